/*
 * host.c - the engine as a WebAssembly side module: text in, text out, nothing of DynamoDB.
 *
 * The module has no memory of its own. lib/wasm/link.mjs places it in the memory of the official
 * SQLite module, so that a pointer means the same to JavaScript, to this code and to SQLite:
 *
 *   lib/wasm/engine.mjs              this file                      core
 *   request's bytes at wasm_input()
 *   wasm_execute(db, op, n)    ->    ddb_execute(input, n)    ->    reply
 *   text at wire[BODY]         <-    bytes of the handle, where they are
 *
 * `wire` is a small block of 32-bit integers beside the text (enum below; lib/wasm/engine.mjs has
 * the same numbers). Clock, randomness and log are imports, and a handle's `user` is the number
 * that JavaScript gave it.
 *
 * Promises: nothing here keeps state of a database. The static data belongs to the module's
 * instance, of which a JavaScript realm has one, and nothing of it is kept between two calls but
 * the input buffer, a snapshot that is being fetched and the text of an error.
 * Start at wasm_execute().
 */
#include <stdlib.h>
#include <string.h>

#include "api/ddb.h"

#define EXPORT __attribute__((used, visibility("default")))
#define IMPORT(name) __attribute__((import_module("host"), import_name(name)))

#define WORK_RETRY_MS 1000
#define WORK_WAIT_MAX_MS 3600000

/* Places in `wire`. */
enum {
    WIRE_STATUS = 0,
    WIRE_FLAGS = 1,          /* FLAG_* */
    WIRE_BODY = 2,           /* a pointer and a length */
    WIRE_CRC32 = 4,
    WIRE_CONTENT_TYPE = 5,   /* a pointer, 0: send none; then its length */
    WIRE_REQUEST_ID = 7,     /* a pointer to 52 characters */
    WIRE_TEXTS = 8,          /* seven texts that go in: an offset in input, -1 absent; each ends
                                in a NUL there */
    WIRE_CHECK_AUTH = 15,
    WIRE_INTS = 16
};
enum { FLAG_PENDING = 1, FLAG_ASCII = 2, FLAG_COMMITTED = 4, FLAG_BITS = 3 }; /* above: delay_ms */
enum { TEXT_TARGET, TEXT_CONTENT_TYPE, TEXT_AUTHORIZATION, TEXT_DATE, TEXT_QUERY,
       TEXT_CREDENTIALS, TEXT_HEAD };
enum { TEXT_PATH, TEXT_REGION, TEXT_ACCOUNT, TEXT_VFS };

static struct {
    char *input;
    size_t input_cap;
    int32_t wire[WIRE_INTS];
    double counters[6];
    ddb_http answer; /* its request id must outlive the call */
    char *error;     /* of the last call that gave one */
    ddb_image image; /* of the last snapshot, until JavaScript has it */
} host;

IMPORT("now") double import_now(int32_t user);
IMPORT("random") void import_random(void *out, size_t n);
IMPORT("log") void import_log(int32_t user, int32_t level, const char *p, size_t n);
IMPORT("files") double import_files(int32_t user, int32_t verb, const char *bucket,
                                    const char *key, double at, const void *in, size_t in_n,
                                    int32_t coding, void *out, size_t out_cap);

/* ------------------------------------------------------------------ what the core asks for -- */

static int64_t host_now_ms(void *user)
{
    return (int64_t)import_now((int32_t)(intptr_t)user);
}

static void host_random(void *user, void *out, size_t n)
{
    (void)user;
    import_random(out, n);
}

static void host_log(void *user, int level, const char *p, size_t n)
{
    import_log((int32_t)(intptr_t)user, level, p, n);
}

static int64_t host_files(void *user, const ddb_files_call *c)
{
    return (int64_t)import_files((int32_t)(intptr_t)user, c->verb, c->bucket, c->key,
                                 (double)c->at, c->in, c->in_n, c->coding, c->out, c->out_cap);
}

/* ------------------------------------------------------------------ the shared bytes -- */

EXPORT int32_t *wasm_wire(void)
{
    return host.wire;
}

/* Makes room for n bytes of input, whose contents are lost. NULL: out of memory. */
EXPORT char *wasm_input(size_t n)
{
    char *p = malloc(n);

    if (p == NULL)
        return NULL;
    free(host.input);
    host.input = p;
    host.input_cap = n;
    return p;
}

/* A text that JavaScript put into input, or NULL. */
static const char *input_text(int which)
{
    int32_t at = host.wire[WIRE_TEXTS + which];

    return at < 0 || (size_t)at >= host.input_cap ? NULL : host.input + at;
}

static void put_pointer(int place, const void *p)
{
    host.wire[place] = (int32_t)(intptr_t)p;
}

static void give_body(int status, const char *body, size_t n, bool ascii, bool pending)
{
    host.wire[WIRE_STATUS] = status;
    host.wire[WIRE_FLAGS] = (pending ? FLAG_PENDING : 0) | (ascii ? FLAG_ASCII : 0);
    put_pointer(WIRE_BODY, body);
    host.wire[WIRE_BODY + 1] = (int32_t)n;
}

static void give_reply(const ddb_reply *r)
{
    give_body(r->status, r->body, r->body_n, r->ascii, r->pending);
    host.wire[WIRE_FLAGS] |= (r->committed ? FLAG_COMMITTED : 0) | (r->delay_ms << FLAG_BITS);
}

/* ------------------------------------------------------------------ running operations -- */

EXPORT void wasm_execute(ddb *db, int32_t op, size_t n)
{
    ddb_reply reply;

    ddb_execute(db, op, host.input, n, &reply);
    give_reply(&reply);
}

EXPORT void wasm_execute_alone(ddb *db, int32_t op, size_t n)
{
    ddb_reply reply;

    ddb_execute_alone(db, op, host.input, n, &reply);
    give_reply(&reply);
}

EXPORT void wasm_http(ddb *db, size_t n)
{
    ddb_http_request request = {
        .target = input_text(TEXT_TARGET),
        .content_type = input_text(TEXT_CONTENT_TYPE),
        .authorization = input_text(TEXT_AUTHORIZATION),
        .date = input_text(TEXT_DATE),
        .query = input_text(TEXT_QUERY),
        .credentials = input_text(TEXT_CREDENTIALS),
        .head = input_text(TEXT_HEAD),
        .body = host.input,
        .body_n = n,
        .check_auth = host.wire[WIRE_CHECK_AUTH] != 0,
    };
    ddb_http *answer = &host.answer;

    ddb_dispatch_http(db, &request, answer);
    give_body(answer->status, answer->body, answer->body_n, answer->ascii, answer->pending);
    host.wire[WIRE_FLAGS] |= answer->delay_ms << FLAG_BITS;
    host.wire[WIRE_CRC32] = (int32_t)answer->crc32;
    put_pointer(WIRE_CONTENT_TYPE, answer->content_type);
    host.wire[WIRE_CONTENT_TYPE + 1] =
        answer->content_type != NULL ? (int32_t)strlen(answer->content_type) : 0;
    put_pointer(WIRE_REQUEST_ID, answer->request_id);
}

EXPORT void wasm_commit(ddb *db)
{
    ddb_reply reply;

    ddb_commit(db, &reply);
    give_reply(&reply);
}

EXPORT void wasm_rollback(ddb *db)
{
    ddb_rollback(db);
}

/* Works for a few milliseconds. Returns when to call it next, as the addon's work() does: in that
 * many milliseconds, -1: not before something happens. */
EXPORT double wasm_work(ddb *db)
{
    int64_t next;

    if (ddb_work(db))
        return 0;
    next = ddb_next_work_ms(db);
    if (next == 0) /* work that failed */
        return WORK_RETRY_MS;
    return next > WORK_WAIT_MAX_MS ? WORK_WAIT_MAX_MS : (double)next;
}

/* ------------------------------------------------------------------ whole databases -- */

/* The image's bytes as the reply's body with status 0, or the error. JavaScript calls
 * wasm_free_image() once it has them. */
EXPORT void wasm_snapshot(ddb *db)
{
    ddb_reply reply;

    ddb_snapshot(db, &host.image, &reply);
    if (host.image.p != NULL)
        give_body(0, (const char *)host.image.p, host.image.n, false, false);
    else
        give_reply(&reply);
}

EXPORT void wasm_free_image(void)
{
    ddb_free_image(&host.image);
    host.image = (ddb_image){0};
}

static void give_error(int status)
{
    give_body(status, host.error, strlen(host.error), false, false);
}

/* 0, or -1 and the error's JSON as the reply's body, valid until the next error. */
EXPORT int32_t wasm_check_snapshot(unsigned char *p, size_t n)
{
    ddb_free_error(host.error);
    host.error = NULL;
    if (ddb_check_snapshot(p, n, &host.error) >= 0)
        return 0;
    give_error(400);
    return -1;
}

EXPORT void wasm_restore(ddb *db, const unsigned char *p, size_t n)
{
    ddb_reply reply;

    ddb_restore(db, p, n, &reply);
    give_reply(&reply);
}

/* As wasm_snapshot(), where there are bytes. */
EXPORT void wasm_transfer(ddb *db, int32_t step, int32_t number, const unsigned char *p, size_t n)
{
    ddb_transfer t = {.step = step, .number = number, .p = p, .n = n};
    ddb_reply reply;

    ddb_transfer_run(db, &t, &reply);
    host.image = t.out;
    if (host.image.p != NULL)
        give_body(0, (const char *)host.image.p, host.image.n, false, false);
    else
        give_reply(&reply);
}

EXPORT void wasm_reset(ddb *db, size_t n)
{
    ddb_reply reply;

    ddb_reset(db, host.input, n, &reply);
    give_reply(&reply);
}

/* ------------------------------------------------------------------ opening and closing -- */

/* The database, or NULL and the error's JSON as the reply's body, valid until the next error. The
 * texts are path, region, account and vfs. `copied` may be NULL: what the database begins with. */
EXPORT ddb *wasm_open(int32_t user, int32_t durability, int32_t busy_ms, int32_t table_delay_ms,
                      int32_t mode, ddb *copied)
{
    ddb_options options = {
        .path = input_text(TEXT_PATH),
        .region = input_text(TEXT_REGION),
        .account = input_text(TEXT_ACCOUNT),
        .vfs = input_text(TEXT_VFS),
        .durability = durability,
        .busy_ms = busy_ms,
        .table_delay_ms = table_delay_ms,
        .mode = mode,
        .copy_of = copied,
        .host = {(void *)(intptr_t)user, host_now_ms, host_random, host_log},
    };
    ddb *db = NULL;

    ddb_free_error(host.error);
    host.error = NULL;
    if (ddb_open(&options, &db, &host.error) < 0)
        give_error(500);
    return db;
}

/* From now on objects in buckets are the host's `files`. */
EXPORT void wasm_set_files(ddb *db, int32_t user)
{
    ddb_files files = {(void *)(intptr_t)user, host_files};

    ddb_set_files(db, &files);
}

EXPORT void wasm_close(ddb *db)
{
    ddb_close(db);
}

/* ------------------------------------------------------------------ facts about it -- */

/* Raised with every change of what engine.mjs sees of this file. */
EXPORT int32_t wasm_abi_version(void)
{
    return 2;
}

/* SQLITE_VERSION_NUMBER of the headers that the core was compiled with (scripts/build-wasm.mjs). */
EXPORT int32_t wasm_sqlite_minimum(void)
{
    return SQLITE_MINIMUM;
}

EXPORT int32_t wasm_contract_version(void)
{
    return DDB_CONTRACT_VERSION;
}

EXPORT const char *wasm_sqlite_version(void)
{
    return ddb_sqlite_version();
}

/* NUL-terminated; NULL past the last. */
EXPORT const char *wasm_op_name(int32_t op)
{
    return ddb_op_name(op);
}

/* Six doubles in the order of lib/wasm/engine.mjs, valid until the next call. */
EXPORT const double *wasm_counters(const ddb *db)
{
    ddb_counters c = ddb_counters_get(db);

    host.counters[0] = (double)c.requests;
    host.counters[1] = (double)c.allocs;
    host.counters[2] = (double)c.prepares;
    host.counters[3] = (double)c.steps;
    host.counters[4] = (double)c.commits;
    host.counters[5] = (double)c.live_blocks;
    return host.counters;
}

EXPORT void wasm_drive_clock(ddb *db, int32_t driven)
{
    ddb_drive_clock(db, driven != 0);
}

EXPORT void wasm_describe(ddb *db)
{
    ddb_reply reply;

    ddb_describe(db, &reply);
    give_reply(&reply);
}

/* Tests: see ddb_fail_after. */
EXPORT void wasm_fail_after(ddb *db, double n)
{
    ddb_fail_after(db, (int64_t)n);
}
