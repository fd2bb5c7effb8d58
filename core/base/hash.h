/*
 * hash.h - CRC-32 of replies, MD5 of partition keys and objects, SHA-256, and a hash for our own
 * tables.
 */
#ifndef DDB_BASE_HASH_H
#define DDB_BASE_HASH_H

#include "base/bytes.h"

uint32_t hash_crc32(const void *p, size_t n);          /* IEEE, as in x-amz-crc32 */
/* The first 32 bits (big-endian) of MD5("Outliers" + bytes): where real DynamoDB places a
 * partition key, so that scans and parallel-scan segments come in its order (dynalite's
 * published observation). */
uint32_t hash_partition(str key_bytes);
/* MD5 of an object in a bucket. */
typedef struct md5 {
    uint32_t state[4];
    uint64_t n;
    uint8_t block[64];
} md5;
void md5_init(md5 *m);
void md5_add(md5 *m, const void *p, size_t n);
void md5_end(md5 *m, uint8_t out[16]);

uint64_t hash_fnv1a(str s);                            /* in-memory tables only, never stored */

/* SHA-256 of a request, for idempotency tokens. */
typedef struct sha256 {
    uint32_t h[8];
    uint64_t n;
    uint8_t block[64];
} sha256;
void sha256_init(sha256 *s);
void sha256_add(sha256 *s, const void *p, size_t n);
void sha256_end(sha256 *s, uint8_t out[32]);

/* HMAC-SHA256 (RFC 2104). */
void hmac_sha256(str key, str text, uint8_t out[32]);

#endif
