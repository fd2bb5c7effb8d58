/*
 * keyenc.h - key attribute values as bytes whose memcmp order is DynamoDB's order.
 *
 *   S  01 <utf-8, 00 written as 00 FF> 00 00
 *   B  03 <bytes,  00 written as 00 FF> 00 00
 *   N  02 <00 neg | 01 zero | 02 pos> <exponent of base 100> <digit pairs + 1> <terminator>
 *      negative numbers have exponent, pairs and terminator complemented
 *
 * Each encoding ends itself, so that several concatenate (multi-attribute index keys) and the
 * order stays attribute by attribute. Another layout needs a new STORE_FORMAT.
 */
#ifndef DDB_VALUE_KEYENC_H
#define DDB_VALUE_KEYENC_H

#include "value/value.h"

/* Appends the encoding of a scalar S, N or B. */
void keyenc_put(buf *b, const value *v);
/* Appends the open beginning of an S or B (no terminator): every value that begins with v sorts
 * at or after it. With keyenc_after_prefix() it bounds begins_with. */
void keyenc_put_prefix(buf *b, const value *v);
/* The smallest byte string greater than every string that starts with the n bytes at p: in place,
 * *n shrinks. False when there is none (all FF). */
bool keyenc_after_prefix(char *p, size_t *n);
/* Decodes one value at *at and moves past it: strings are copied into the arena.
 * DDB_STORAGE_CORRUPT on bytes that keyenc_put did not write. */
int keyenc_get(ctx *cx, str *at, value *out);
/* The bytes the service hashes to place a partition key: S and B as they are, N in the service's
 * compact form. Appended to b. */
void keyenc_hash_bytes(buf *b, const value *v);

#endif
