/*
 * handle.h - a database handle for tests of the api: a host with a clock that stands still and
 * random bytes that repeat, and calls that give the reply as a str.
 */
#ifndef DDB_TEST_HANDLE_H
#define DDB_TEST_HANDLE_H

#include "api/ddb.h"
#include "base/bytes.h"

#define HANDLE_NOW 1700000000000

typedef struct handle_host {
    int64_t now;
    uint8_t seed;
} handle_host;

static inline int64_t handle_now(void *user)
{
    return ((handle_host *)user)->now;
}

static inline void handle_random(void *user, void *out, size_t n)
{
    handle_host *h = user;
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)out)[i] = h->seed = (uint8_t)(h->seed * 5u + 3u);
}

static inline void handle_log(void *user, int level, const char *p, size_t n)
{
    (void)user, (void)level, (void)p, (void)n;
}

static inline ddb_options handle_options(handle_host *h, const char *path)
{
    *h = (handle_host){.now = HANDLE_NOW, .seed = 1};
    return (ddb_options){.path = path,
                         .host = {h, handle_now, handle_random, handle_log}};
}

/* Runs an operation by name; *r has the whole reply. */
static inline str handle_run(ddb *db, const char *op, const char *json, ddb_reply *r)
{
    ddb_execute(db, ddb_op_find(op, strlen(op)), json, strlen(json), r);
    return (str){r->body, r->body_n};
}

#endif
