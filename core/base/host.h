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

#endif
