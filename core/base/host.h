/*
 * host.h - what the core asks of the program around it. All callbacks are required.
 */
#ifndef DDB_BASE_HOST_H
#define DDB_BASE_HOST_H

#include <stddef.h>
#include <stdint.h>

typedef struct ddb_host {
    void *user;
    int64_t (*now_ms)(void *user);                          /* Unix time in milliseconds */
    void (*random)(void *user, void *out, size_t n);        /* fills n bytes */
    void (*log)(void *user, int level, const char *p, size_t n); /* level: 0 error .. 2 info */
} ddb_host;

/*
 * Objects in buckets: what stands in for S3 in exports and imports. Optional (ddb_set_files).
 * Buckets and keys are UTF-8 and NUL-terminated; the host keeps them inside of its own place.
 */
enum {
    DDB_FILES_NO_BUCKET = -1,
    DDB_FILES_NO_KEY = -2,
    DDB_FILES_FAILED = -3
};
typedef enum {
    DDB_FILES_BUCKET, /* is there such a bucket? 0 */
    DDB_FILES_PUT,    /* the object becomes its first `at` bytes, then `in` coded: its new size */
    DDB_FILES_NEXT,   /* the first key behind `in` that begins with `key`: its bytes to out, or 0 */
    DDB_FILES_READ,   /* decoded bytes from `at` on to out: how many; 0 at the end */
    DDB_FILES_SIZE    /* bytes of the object as it stands */
} ddb_files_verb;
enum { DDB_CODING_NONE, DDB_CODING_GZIP, DDB_CODING_ZSTD };

typedef struct ddb_files_call {
    ddb_files_verb verb;
    int coding;
    const char *bucket, *key;
    int64_t at;
    const void *in;
    size_t in_n;
    void *out;
    size_t out_cap;
} ddb_files_call;

typedef struct ddb_files {
    void *user;
    int64_t (*call)(void *user, const ddb_files_call *c); /* below 0: DDB_FILES_* */
} ddb_files;

#endif
