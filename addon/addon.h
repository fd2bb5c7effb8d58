/*
 * addon.h - what the files of the addon share. What JavaScript calls is a napi_callback; addon.c
 * lists them all.
 *
 *   addon.c    the buffers, operations, opening and closing, the module
 *   whole.c    snapshots, exports, imports, emptying: whole databases as bytes
 *   host.c     what the core asks its host for: time, random numbers, a log, objects in buckets
 */
#ifndef DDB_ADDON_H
#define DDB_ADDON_H

#ifndef NAPI_VERSION
#define NAPI_VERSION 8
#endif

#include <node_api.h>

#include "api/ddb.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

typedef struct handle handle;

/* One JavaScript environment. */
typedef struct addon {
    handle *open; /* the list of handles that hold a database */
    napi_ref input_ref, wire_ref;
    char *input;
    size_t input_cap;
    char *wire;
} addon;

/* One database. Freed by its finalizer; `owner` is NULL once the database is closed. */
struct handle {
    uint32_t magic;
    ddb *db;
    addon *owner;
    handle *prev, *next;
    uint64_t random[4];
    int64_t clock_ms; /* a clock that was set, or -1: the system's */
    napi_env env;     /* of `files` */
    napi_ref files;   /* a function that keeps objects (set_files), or NULL */
    char *log;        /* lines not yet read */
    size_t log_n;
};

/* True when a Node-API call went well; else an exception is pending and the caller returns NULL. */
bool addon_ok(napi_env env, napi_status status);
napi_value addon_throw(napi_env env, const char *code, const char *text); /* NULL */
/* Reads up to `want` arguments; missing ones are undefined. */
bool addon_arguments(napi_env env, napi_callback_info info, size_t want, napi_value *argv);
/* The open handle behind a JavaScript value, or NULL with an exception pending. */
handle *addon_handle(napi_env env, napi_value value);
/* The environment's buffers, checked against the number of bytes JavaScript says it wrote. */
addon *addon_with_input(napi_env env, int32_t n);
napi_value addon_reply(napi_env env, char *wire, const ddb_reply *r);

/* Makes the handle the core's host; its random numbers begin here. */
void host_init(handle *h, ddb_host *out);

napi_value call_set_files(napi_env env, napi_callback_info info);
napi_value call_snapshot(napi_env env, napi_callback_info info);
napi_value call_check_snapshot(napi_env env, napi_callback_info info);
napi_value call_restore(napi_env env, napi_callback_info info);
napi_value call_transfer(napi_env env, napi_callback_info info);
napi_value call_reset(napi_env env, napi_callback_info info);

#endif
