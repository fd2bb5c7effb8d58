/*
 * addon.c - the engine as a Node-API addon: text in, text out, nothing of DynamoDB.
 *
 * One call runs one operation on the calling thread. Nothing is allocated here for it:
 *
 *   lib/native.cjs                      this file                       core
 *   input.utf8Write(json)               (pinned Buffer, one an env)
 *   exec(handle, op, n)        ->       ddb_execute(input, n)     ->    reply
 *   string, wire[STATUS..]     <-       latin1 or utf8 string     <-    bytes of the handle
 *
 * `wire` is a second pinned Buffer: small integers and header texts that travel beside the string
 * (enum below; lib/native.cjs has the same numbers). A user's mistake is never a JavaScript
 * exception here; only misuse by our own JavaScript and a failing Node-API throw.
 *
 * Promises:
 *   - no globals: each environment (main thread, worker thread, test isolate) has its own state;
 *   - a handle is closed by close(), by the garbage collector, or when its environment ends,
 *     whichever is first; a call on a closed handle throws ERR_DDBLITE_CLOSED;
 *   - nothing registered here keeps a process alive.
 * Long because: it is a flat list of short calls that share one set of checks.
 * Start at exec_op(); init() lists what JavaScript sees.
 */
#if !defined(_WIN32) && !defined(_DEFAULT_SOURCE)
#define _DEFAULT_SOURCE /* getentropy */
#endif
#if defined(__APPLE__)
#define _DARWIN_C_SOURCE
#endif
#ifndef NAPI_VERSION
#define NAPI_VERSION 8
#endif

#include <node_api.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(_WIN32)
#include <windows.h>
/* bcrypt.h wants the types of windows.h before it. */
#include <bcrypt.h>
#else
#include <sys/random.h>
#include <unistd.h>
#endif

#include "api/ddb.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define HANDLE_MAGIC 0x64646231u
#define WORK_RETRY_MS 1000
#define WORK_WAIT_MAX_MS 3600000 /* JavaScript's timers end at 24 days, and clocks are set */
#define LOG_BYTES_MAX 65536u /* what is logged and never read must not grow for ever */

/* Places in `wire`: 32-bit integers first, then texts. */
enum {
    WIRE_STATUS = 0,
    WIRE_FLAGS = 1,             /* FLAG_* */
    WIRE_CRC32 = 2,
    WIRE_CONTENT_TYPE_N = 3,    /* -1: send none */
    WIRE_TARGET = 4,            /* request header texts: offset in input and length, -1 absent; */
    WIRE_REQUEST_TYPE = 6,      /* each is followed by a NUL in input */
    WIRE_AUTHORIZATION = 8,
    WIRE_DATE = 10,
    WIRE_QUERY = 12,
    WIRE_CREDENTIALS = 14,
    WIRE_HEAD = 16,
    WIRE_HTTP_FLAGS = 18,       /* HTTP_* */
    WIRE_REQUEST_ID_AT = 76,    /* bytes: 52 characters */
    WIRE_CONTENT_TYPE_AT = 140, /* bytes */
    WIRE_BYTES = 256
};
enum { FLAG_PENDING = 1, FLAG_ASCII = 2, FLAG_BITS = 2 }; /* above: delay_ms */
enum { HTTP_CHECK_AUTH = 1 };

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

/* ------------------------------------------------------------------ errors to JavaScript -- */

/* True when a Node-API call went well; else an exception is pending and the caller returns NULL. */
static bool ok(napi_env env, napi_status status)
{
    const napi_extended_error_info *info = NULL;
    bool pending = false;

    if (status == napi_ok)
        return true;
    if (napi_get_last_error_info(env, &info) != napi_ok)
        info = NULL;
    if (napi_is_exception_pending(env, &pending) == napi_ok && !pending)
        (void)napi_throw_error(env, "ERR_DDBLITE_NAPI", /* nothing is left to try if it fails */
                               info && info->error_message ? info->error_message
                                                           : "A Node-API call failed");
    return false;
}

static napi_value throw_error(napi_env env, const char *code, const char *text)
{
    (void)ok(env, napi_throw_error(env, code, text));
    return NULL;
}

/* ------------------------------------------------------------------ what the core asks for -- */

static int64_t host_now_ms(void *user)
{
    const handle *h = user;
    struct timespec t;

    if (h->clock_ms >= 0)
        return h->clock_ms;
    if (timespec_get(&t, TIME_UTC) != TIME_UTC)
        return 0;
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint64_t rotate_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

/* xoshiro256**: request and table ids need to be unlike each other, not secret. */
static uint64_t random_next(uint64_t s[4])
{
    uint64_t result = rotate_left(s[1] * 5, 7) * 9, t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

static void host_random(void *user, void *out, size_t n)
{
    handle *h = user;
    char *p = out;

    while (n > 0) {
        uint64_t r = random_next(h->random);
        size_t part = n < sizeof r ? n : sizeof r;
        memcpy(p, &r, part);
        p += part;
        n -= part;
    }
}

static void random_seed(handle *h)
{
    bool seeded;
#if defined(_WIN32)
    seeded = BCryptGenRandom(NULL, (PUCHAR)h->random, sizeof h->random,
                             BCRYPT_USE_SYSTEM_PREFERRED_RNG) == 0;
#else
    seeded = getentropy(h->random, sizeof h->random) == 0;
#endif
    if (!seeded) { /* a kernel without it: time and address still differ between handles */
        h->random[0] = (uint64_t)host_now_ms(h);
        h->random[1] = (uint64_t)(uintptr_t)h;
        h->random[2] = (uint64_t)clock();
    }
    h->random[3] |= 1; /* the generator must not start from all zeros */
}

static const char *const level_names[] = {"error", "warn", "info"};

/* Keeps the line until JavaScript reads it; drops it when the buffer is full. */
static void host_log(void *user, int level, const char *p, size_t n)
{
    handle *h = user;
    const char *name = level_names[level < 0 || level > 2 ? 2 : level];
    size_t head = strlen(name) + 1, more;
    char *grown;

    if (n > LOG_BYTES_MAX)
        return;
    more = head + n + 1;
    if (h->log_n + more > LOG_BYTES_MAX)
        return;
    grown = realloc(h->log, h->log_n + more);
    if (!grown)
        return;
    h->log = grown;
    grown += h->log_n;
    memcpy(grown, name, head - 1);
    grown[head - 1] = ' ';
    memcpy(grown + head, p, n);
    grown[head + n] = '\n';
    h->log_n += more;
}

/* ------------------------------------------------------------------ handles -- */

static void handle_close(handle *h)
{
    if (h->files)
        (void)napi_delete_reference(h->env, h->files); /* nothing can be done if it fails */
    h->files = NULL;
    if (h->db) {
        ddb_close(h->db);
        h->db = NULL;
    }
    if (h->owner) {
        if (h->prev)
            h->prev->next = h->next;
        else
            h->owner->open = h->next;
        if (h->next)
            h->next->prev = h->prev;
        h->owner = NULL;
        h->prev = h->next = NULL;
    }
}

static void handle_finalize(napi_env env, void *data, void *hint)
{
    handle *h = data;

    (void)env;
    (void)hint;
    handle_close(h);
    h->magic = 0;
    free(h->log);
    free(h);
}

/* Closing frees no handle: their finalizers run later and find them closed. */
static void environment_ends(void *data)
{
    addon *a = data;

    while (a->open)
        handle_close(a->open);
}

static void addon_finalize(napi_env env, void *data, void *hint)
{
    (void)env;
    (void)hint;
    free(data);
}

/* Reads up to `want` arguments; missing ones are undefined. */
static bool arguments(napi_env env, napi_callback_info info, size_t want, napi_value *argv)
{
    size_t argc = want;

    return ok(env, napi_get_cb_info(env, info, &argc, argv, NULL, NULL));
}

static addon *addon_of(napi_env env)
{
    void *data = NULL;

    if (!ok(env, napi_get_instance_data(env, &data)))
        return NULL;
    return data;
}

/* The open handle behind a JavaScript value, or NULL with an exception pending. */
static handle *handle_of(napi_env env, napi_value value)
{
    void *data = NULL;
    handle *h;

    if (napi_get_value_external(env, value, &data) != napi_ok || !data ||
        ((handle *)data)->magic != HANDLE_MAGIC) {
        (void)throw_error(env, "ERR_DDBLITE_HANDLE", "Not a database handle");
        return NULL;
    }
    h = data;
    if (!h->db) {
        (void)throw_error(env, "ERR_DDBLITE_CLOSED", "The database is closed");
        return NULL;
    }
    return h;
}

/* ------------------------------------------------------------------ running operations -- */

static void put_wire(char *wire, int place, int32_t value)
{
    memcpy(wire + (size_t)place * sizeof value, &value, sizeof value);
}

static int32_t get_wire(const char *wire, int place)
{
    int32_t value;

    memcpy(&value, wire + (size_t)place * sizeof value, sizeof value);
    return value;
}

static napi_value give_reply(napi_env env, char *wire, const ddb_reply *r)
{
    napi_value text = NULL;

    put_wire(wire, WIRE_STATUS, r->status);
    put_wire(wire, WIRE_FLAGS, (r->pending ? FLAG_PENDING : 0) | (r->ascii ? FLAG_ASCII : 0) |
                                   (r->delay_ms << FLAG_BITS));
    if (!ok(env, r->ascii ? napi_create_string_latin1(env, r->body, r->body_n, &text)
                          : napi_create_string_utf8(env, r->body, r->body_n, &text)))
        return NULL;
    return text;
}

/* The environment's buffers, checked against the number of bytes JavaScript says it wrote. */
static addon *addon_with_input(napi_env env, int32_t n)
{
    addon *a = addon_of(env);

    if (!a)
        return NULL;
    if (!a->input || !a->wire || n < 0 || (size_t)n > a->input_cap) {
        (void)throw_error(env, "ERR_DDBLITE_INPUT", "The input buffer does not hold that much");
        return NULL;
    }
    return a;
}

/* exec(handle, op, n) -> body */
static napi_value exec_op(napi_env env, napi_callback_info info)
{
    napi_value argv[3];
    int32_t op, n;
    handle *h;
    addon *a;
    ddb_reply reply;

    if (!arguments(env, info, COUNT_OF(argv), argv) || !(h = handle_of(env, argv[0])) ||
        !ok(env, napi_get_value_int32(env, argv[1], &op)) ||
        !ok(env, napi_get_value_int32(env, argv[2], &n)) || !(a = addon_with_input(env, n)))
        return NULL;
    if (op < 0 || !ddb_op_name(op))
        return throw_error(env, "ERR_DDBLITE_OPERATION", "No such operation number");
    ddb_execute(h->db, op, a->input, (size_t)n, &reply);
    return give_reply(env, a->wire, &reply);
}

/* A header text that JavaScript put into input. False: the offsets lie. */
static bool header_text(const addon *a, int place, const char **out)
{
    int32_t at = get_wire(a->wire, place), n = get_wire(a->wire, place + 1);

    *out = NULL;
    if (n < 0)
        return true;
    if (at < 0 || (size_t)at >= a->input_cap || (size_t)n >= a->input_cap - (size_t)at ||
        a->input[(size_t)at + (size_t)n] != '\0')
        return false;
    *out = a->input + at;
    return true;
}

/* http(handle, n) -> body; headers travel in wire. */
static napi_value exec_http(napi_env env, napi_callback_info info)
{
    napi_value argv[2];
    int32_t n, flags;
    handle *h;
    addon *a;
    ddb_http_request request = {0};
    ddb_http answer;
    ddb_reply reply;
    size_t type_n;

    if (!arguments(env, info, COUNT_OF(argv), argv) || !(h = handle_of(env, argv[0])) ||
        !ok(env, napi_get_value_int32(env, argv[1], &n)) || !(a = addon_with_input(env, n)))
        return NULL;
    if (!header_text(a, WIRE_TARGET, &request.target) ||
        !header_text(a, WIRE_REQUEST_TYPE, &request.content_type) ||
        !header_text(a, WIRE_AUTHORIZATION, &request.authorization) ||
        !header_text(a, WIRE_DATE, &request.date) ||
        !header_text(a, WIRE_QUERY, &request.query) ||
        !header_text(a, WIRE_CREDENTIALS, &request.credentials) ||
        !header_text(a, WIRE_HEAD, &request.head))
        return throw_error(env, "ERR_DDBLITE_INPUT", "A header lies outside the input buffer");
    flags = get_wire(a->wire, WIRE_HTTP_FLAGS);
    request.body = a->input;
    request.body_n = (size_t)n;
    request.check_auth = (flags & HTTP_CHECK_AUTH) != 0;

    ddb_dispatch_http(h->db, &request, &answer);

    type_n = answer.content_type ? strlen(answer.content_type) : 0;
    if (type_n > WIRE_BYTES - WIRE_CONTENT_TYPE_AT)
        return throw_error(env, "ERR_DDBLITE_INPUT", "The content type is too long");
    put_wire(a->wire, WIRE_CRC32, (int32_t)answer.crc32);
    put_wire(a->wire, WIRE_CONTENT_TYPE_N, answer.content_type ? (int32_t)type_n : -1);
    memcpy(a->wire + WIRE_REQUEST_ID_AT, answer.request_id, sizeof answer.request_id - 1);
    if (answer.content_type)
        memcpy(a->wire + WIRE_CONTENT_TYPE_AT, answer.content_type, type_n);
    reply = (ddb_reply){answer.status, answer.body, answer.body_n, answer.ascii, answer.pending,
                        answer.delay_ms};
    return give_reply(env, a->wire, &reply);
}

/* commit(handle) -> body */
static napi_value commit(napi_env env, napi_callback_info info)
{
    napi_value argv[1];
    handle *h;
    addon *a;
    ddb_reply reply;

    if (!arguments(env, info, COUNT_OF(argv), argv) || !(h = handle_of(env, argv[0])) ||
        !(a = addon_with_input(env, 0)))
        return NULL;
    ddb_commit(h->db, &reply);
    return give_reply(env, a->wire, &reply);
}

static napi_value rollback(napi_env env, napi_callback_info info)
{
    napi_value argv[1];
    handle *h;

    if (arguments(env, info, COUNT_OF(argv), argv) && (h = handle_of(env, argv[0])))
        ddb_rollback(h->db);
    return NULL;
}

/* work(handle) -> in how many milliseconds to call again: 0 at once, -1 never. Work that has failed
 * would be due at once for ever, so it waits. */
static napi_value work(napi_env env, napi_callback_info info)
{
    napi_value argv[1], result = NULL;
    int64_t next = 0;
    handle *h;

    if (!arguments(env, info, COUNT_OF(argv), argv) || !(h = handle_of(env, argv[0])))
        return NULL;
    if (!ddb_work(h->db)) {
        next = ddb_next_work_ms(h->db);
        next = next == 0 ? WORK_RETRY_MS : next > WORK_WAIT_MAX_MS ? WORK_WAIT_MAX_MS : next;
    }
    if (!ok(env, napi_create_int64(env, next, &result)))
        return NULL;
    return result;
}

/* ------------------------------------------------------------------ objects in buckets -- */

/* The JavaScript function answers with a number, or with bytes for `out`. */
static int64_t files_result(napi_env env, napi_value result, const ddb_files_call *c)
{
    bool is_buffer = false;
    void *data = NULL;
    double number;
    size_t n = 0;

    if (napi_is_buffer(env, result, &is_buffer) != napi_ok)
        return DDB_FILES_FAILED;
    if (!is_buffer)
        return napi_get_value_double(env, result, &number) == napi_ok ? (int64_t)number
                                                                      : DDB_FILES_FAILED;
    if (napi_get_buffer_info(env, result, &data, &n) != napi_ok || n > c->out_cap)
        return DDB_FILES_FAILED;
    if (n > 0)
        memcpy(c->out, data, n);
    return (int64_t)n;
}

/* fn(verb, bucket, key, at, bytes, coding, most); what it throws is a failure of the file. */
static int64_t files_in_scope(napi_env env, napi_ref files, const ddb_files_call *c)
{
    napi_value argv[7], fn, global, result = NULL, thrown;
    napi_status status;

    if (napi_get_reference_value(env, files, &fn) != napi_ok || fn == NULL ||
        napi_get_global(env, &global) != napi_ok ||
        napi_create_int32(env, c->verb, &argv[0]) != napi_ok ||
        napi_create_string_utf8(env, c->bucket, NAPI_AUTO_LENGTH, &argv[1]) != napi_ok ||
        napi_create_string_utf8(env, c->key, NAPI_AUTO_LENGTH, &argv[2]) != napi_ok ||
        napi_create_double(env, (double)c->at, &argv[3]) != napi_ok ||
        napi_create_buffer_copy(env, c->in_n, c->in_n > 0 ? c->in : "", NULL, &argv[4]) !=
            napi_ok ||
        napi_create_int32(env, c->coding, &argv[5]) != napi_ok ||
        napi_create_double(env, (double)c->out_cap, &argv[6]) != napi_ok)
        return DDB_FILES_FAILED;
    status = napi_call_function(env, global, fn, COUNT_OF(argv), argv, &result);
    if (status != napi_ok) {
        (void)napi_get_and_clear_last_exception(env, &thrown); /* it is the failure */
        return DDB_FILES_FAILED;
    }
    return files_result(env, result, c);
}

static int64_t host_files(void *user, const ddb_files_call *c)
{
    handle *h = user;
    napi_handle_scope scope;
    int64_t result;

    if (!h->files || napi_open_handle_scope(h->env, &scope) != napi_ok)
        return DDB_FILES_FAILED;
    result = files_in_scope(h->env, h->files, c);
    (void)napi_close_handle_scope(h->env, scope); /* it was opened */
    return result;
}

/* setFiles(handle, fn): fn is called while operations and work() run, and must not call in. */
static napi_value set_files(napi_env env, napi_callback_info info)
{
    napi_value argv[2];
    ddb_files files = {0};
    napi_ref fresh = NULL;
    handle *h;

    if (!arguments(env, info, COUNT_OF(argv), argv) || !(h = handle_of(env, argv[0])) ||
        !ok(env, napi_create_reference(env, argv[1], 1, &fresh)))
        return NULL;
    if (h->files)
        (void)ok(env, napi_delete_reference(env, h->files));
    h->env = env;
    h->files = fresh;
    files.user = h;
    files.call = host_files;
    ddb_set_files(h->db, &files);
    return NULL;
}

/* ------------------------------------------------------------------ whole databases -- */

static void image_finalize(napi_env env, void *data, void *hint)
{
    ddb_image image = {data, 0};

    (void)env, (void)hint;
    ddb_free_image(&image);
}

/* A Buffer over the image where the host allows memory of others in one, else over a copy. */
static napi_value image_buffer(napi_env env, ddb_image *image)
{
    napi_value buffer = NULL;
    void *ignored;

    if (napi_create_external_buffer(env, image->n, image->p, image_finalize, NULL, &buffer) ==
        napi_ok)
        return buffer;
    if (!ok(env, napi_create_buffer_copy(env, image->n, image->p, &ignored, &buffer)))
        buffer = NULL;
    ddb_free_image(image);
    return buffer;
}

/* snapshot(handle) -> Buffer, or the error body with its status in wire */
static napi_value snapshot(napi_env env, napi_callback_info info)
{
    napi_value argv[1];
    ddb_image image;
    ddb_reply reply;
    handle *h;
    addon *a;

    if (!arguments(env, info, COUNT_OF(argv), argv) || !(h = handle_of(env, argv[0])) ||
        !(a = addon_with_input(env, 0)))
        return NULL;
    ddb_snapshot(h->db, &image, &reply);
    if (image.p)
        return image_buffer(env, &image);
    return give_reply(env, a->wire, &reply);
}

/* checkSnapshot(buffer) -> undefined, or the error body */
static napi_value check_snapshot(napi_env env, napi_callback_info info)
{
    napi_value argv[1], text = NULL;
    char *error_body = NULL;
    void *p;
    size_t n;

    if (!arguments(env, info, COUNT_OF(argv), argv) ||
        !ok(env, napi_get_buffer_info(env, argv[0], &p, &n)))
        return NULL;
    if (ddb_check_snapshot(p, n, &error_body) < 0 && error_body)
        (void)ok(env, napi_create_string_utf8(env, error_body, NAPI_AUTO_LENGTH, &text));
    ddb_free_error(error_body);
    return text;
}

/* restore(handle, buffer) -> body */
static napi_value restore(napi_env env, napi_callback_info info)
{
    napi_value argv[2];
    ddb_reply reply;
    handle *h;
    addon *a;
    void *p;
    size_t n;

    if (!arguments(env, info, COUNT_OF(argv), argv) || !(h = handle_of(env, argv[0])) ||
        !ok(env, napi_get_buffer_info(env, argv[1], &p, &n)) || !(a = addon_with_input(env, 0)))
        return NULL;
    ddb_restore(h->db, p, n, &reply);
    return give_reply(env, a->wire, &reply);
}

/* transfer(handle, step, number, buffer or undefined) -> Buffer or body */
static napi_value transfer(napi_env env, napi_callback_info info)
{
    napi_value argv[4];
    ddb_transfer t = {0};
    napi_valuetype type;
    ddb_reply reply;
    handle *h;
    addon *a;
    void *p = NULL;

    if (!arguments(env, info, COUNT_OF(argv), argv) || !(h = handle_of(env, argv[0])) ||
        !ok(env, napi_get_value_int32(env, argv[1], &t.step)) ||
        !ok(env, napi_get_value_int64(env, argv[2], &t.number)) ||
        !ok(env, napi_typeof(env, argv[3], &type)) || !(a = addon_with_input(env, 0)))
        return NULL;
    if (type != napi_undefined && !ok(env, napi_get_buffer_info(env, argv[3], &p, &t.n)))
        return NULL;
    t.p = p;
    ddb_transfer_run(h->db, &t, &reply);
    if (t.out.p)
        return image_buffer(env, &t.out);
    return give_reply(env, a->wire, &reply);
}

/* reset(handle, n) -> body; what to reset is the n bytes of JSON in input */
static napi_value reset(napi_env env, napi_callback_info info)
{
    napi_value argv[2];
    ddb_reply reply;
    handle *h;
    int32_t n;
    addon *a;

    if (!arguments(env, info, COUNT_OF(argv), argv) || !(h = handle_of(env, argv[0])) ||
        !ok(env, napi_get_value_int32(env, argv[1], &n)) || !(a = addon_with_input(env, n)))
        return NULL;
    ddb_reset(h->db, a->input, (size_t)n, &reply);
    return give_reply(env, a->wire, &reply);
}

/* ------------------------------------------------------------------ opening and closing -- */

static bool pin_buffer(napi_env env, napi_value value, napi_ref *ref, char **p, size_t *n)
{
    void *data = NULL;
    napi_ref fresh = NULL;

    if (!ok(env, napi_get_buffer_info(env, value, &data, n)) ||
        !ok(env, napi_create_reference(env, value, 1, &fresh)))
        return false;
    if (*ref)
        (void)ok(env, napi_delete_reference(env, *ref));
    *ref = fresh;
    *p = data;
    return true;
}

/* bind(input, wire): the two Buffers of this environment, held until the next bind. */
static napi_value bind_buffers(napi_env env, napi_callback_info info)
{
    napi_value argv[2];
    addon *a;
    size_t wire_n = 0;

    if (!arguments(env, info, COUNT_OF(argv), argv) || !(a = addon_of(env)))
        return NULL;
    a->wire = NULL;
    if (!pin_buffer(env, argv[1], &a->wire_ref, &a->wire, &wire_n) ||
        !pin_buffer(env, argv[0], &a->input_ref, &a->input, &a->input_cap))
        return NULL;
    if (wire_n < WIRE_BYTES) {
        a->wire = NULL;
        return throw_error(env, "ERR_DDBLITE_INPUT", "The wire buffer is too small");
    }
    return NULL;
}

/* A copy of a string argument, NULL for undefined and null. False: an exception is pending. */
static bool text_argument(napi_env env, napi_value value, char **out)
{
    napi_valuetype type;
    size_t n = 0;
    char *p;

    *out = NULL;
    if (!ok(env, napi_typeof(env, value, &type)))
        return false;
    if (type == napi_undefined || type == napi_null)
        return true;
    if (!ok(env, napi_get_value_string_utf8(env, value, NULL, 0, &n)))
        return false;
    p = malloc(n + 1);
    if (!p) {
        (void)throw_error(env, "ERR_DDBLITE_MEMORY", "Out of memory");
        return false;
    }
    if (!ok(env, napi_get_value_string_utf8(env, value, p, n + 1, &n))) {
        free(p);
        return false;
    }
    *out = p;
    return true;
}

static handle *handle_new(void)
{
    handle *h = calloc(1, sizeof *h);

    if (!h)
        return NULL;
    h->magic = HANDLE_MAGIC;
    h->clock_ms = -1;
    random_seed(h);
    return h;
}

/* Makes the handle's database belong to the environment. */
static void handle_link(handle *h, addon *a)
{
    h->owner = a;
    h->next = a->open;
    if (a->open)
        a->open->prev = h;
    a->open = h;
}

/* Opens the database and gives its handle, or the error body as a string. */
static napi_value open_with(napi_env env, addon *a, ddb_options *options)
{
    handle *h = handle_new();
    napi_value result = NULL;
    char *error_body = NULL;

    if (!h)
        return throw_error(env, "ERR_DDBLITE_MEMORY", "Out of memory");
    options->host = (ddb_host){h, host_now_ms, host_random, host_log};
    if (ddb_open(options, &h->db, &error_body) < 0) {
        h->db = NULL;
        if (error_body)
            (void)ok(env, napi_create_string_utf8(env, error_body, NAPI_AUTO_LENGTH, &result));
        else
            (void)throw_error(env, "ERR_DDBLITE_MEMORY", "Out of memory");
        free(error_body);
        handle_finalize(env, h, NULL);
        return result;
    }
    handle_link(h, a);
    if (!ok(env, napi_create_external(env, h, handle_finalize, NULL, &result))) {
        handle_finalize(env, h, NULL);
        return NULL;
    }
    return result;
}

/* The handle a new database is to be a copy of, NULL for undefined. */
static bool copied_handle(napi_env env, napi_value value, ddb **out)
{
    napi_valuetype type;
    handle *h;

    *out = NULL;
    if (!ok(env, napi_typeof(env, value, &type)))
        return false;
    if (type == napi_undefined)
        return true;
    h = handle_of(env, value);
    if (h)
        *out = h->db;
    return h != NULL;
}

/* open(path | null, region | null, account | null, durability, busyMs, tableDelayMs,
 * handle | undefined) -> handle | error body; a handle's content is what the new one begins with */
static napi_value open_database(napi_env env, napi_callback_info info)
{
    napi_value argv[7], result = NULL;
    char *path = NULL, *region = NULL, *account = NULL;
    ddb_options options = {0};
    int32_t durability, busy_ms, delay_ms;
    addon *a;

    if (arguments(env, info, COUNT_OF(argv), argv) && (a = addon_of(env)) &&
        text_argument(env, argv[0], &path) && text_argument(env, argv[1], &region) &&
        text_argument(env, argv[2], &account) &&
        ok(env, napi_get_value_int32(env, argv[3], &durability)) &&
        ok(env, napi_get_value_int32(env, argv[4], &busy_ms)) &&
        ok(env, napi_get_value_int32(env, argv[5], &delay_ms)) &&
        copied_handle(env, argv[6], &options.copy_of)) {
        options.path = path;
        options.region = region;
        options.account = account;
        options.durability = durability;
        options.busy_ms = busy_ms;
        options.table_delay_ms = delay_ms;
        result = open_with(env, a, &options);
    }
    free(path);
    free(region);
    free(account);
    return result;
}

/* close(handle): closing twice is fine. */
static napi_value close_database(napi_env env, napi_callback_info info)
{
    napi_value argv[1];
    void *data = NULL;

    if (!arguments(env, info, COUNT_OF(argv), argv) ||
        !ok(env, napi_get_value_external(env, argv[0], &data)))
        return NULL;
    if (!data || ((handle *)data)->magic != HANDLE_MAGIC)
        return throw_error(env, "ERR_DDBLITE_HANDLE", "Not a database handle");
    handle_close(data);
    return NULL;
}

/* ------------------------------------------------------------------ facts about it -- */

static bool set_number(napi_env env, napi_value object, const char *name, double number)
{
    napi_value value;

    return ok(env, napi_create_double(env, number, &value)) &&
           ok(env, napi_set_named_property(env, object, name, value));
}

static napi_value counters(napi_env env, napi_callback_info info)
{
    napi_value argv[1], object = NULL;
    handle *h;
    ddb_counters c;

    if (!arguments(env, info, COUNT_OF(argv), argv) || !(h = handle_of(env, argv[0])))
        return NULL;
    c = ddb_counters_get(h->db);
    if (!ok(env, napi_create_object(env, &object)) ||
        !set_number(env, object, "requests", (double)c.requests) ||
        !set_number(env, object, "allocs", (double)c.allocs) ||
        !set_number(env, object, "prepares", (double)c.prepares) ||
        !set_number(env, object, "steps", (double)c.steps) ||
        !set_number(env, object, "commits", (double)c.commits) ||
        !set_number(env, object, "liveBlocks", (double)c.live_blocks))
        return NULL;
    return object;
}

/* describe(handle) -> JSON of the operation table and its shapes */
static napi_value describe(napi_env env, napi_callback_info info)
{
    napi_value argv[1];
    handle *h;
    addon *a;
    ddb_reply reply;

    if (!arguments(env, info, COUNT_OF(argv), argv) || !(h = handle_of(env, argv[0])) ||
        !(a = addon_with_input(env, 0)))
        return NULL;
    ddb_describe(h->db, &reply);
    return give_reply(env, a->wire, &reply);
}

/* failAfter(handle, n): tests; see ddb_fail_after. */
static napi_value fail_after(napi_env env, napi_callback_info info)
{
    napi_value argv[2];
    handle *h;
    int64_t n;

    if (arguments(env, info, COUNT_OF(argv), argv) && (h = handle_of(env, argv[0])) &&
        ok(env, napi_get_value_int64(env, argv[1], &n)))
        ddb_fail_after(h->db, n);
    return NULL;
}

/* setClock(handle, ms): Unix time the engine sees from now on; negative: the system's again. */
static napi_value set_clock(napi_env env, napi_callback_info info)
{
    napi_value argv[2];
    handle *h;
    int64_t ms;

    if (arguments(env, info, COUNT_OF(argv), argv) && (h = handle_of(env, argv[0])) &&
        ok(env, napi_get_value_int64(env, argv[1], &ms)))
        h->clock_ms = ms < 0 ? -1 : ms;
    return NULL;
}

/* driveClock(handle, driven): JavaScript moves the clock from here on, or lets go of it. */
static napi_value drive_clock(napi_env env, napi_callback_info info)
{
    napi_value argv[2];
    bool driven;
    handle *h;

    if (arguments(env, info, COUNT_OF(argv), argv) && (h = handle_of(env, argv[0])) &&
        ok(env, napi_get_value_bool(env, argv[1], &driven)))
        ddb_drive_clock(h->db, driven);
    return NULL;
}

/* readLog(handle) -> lines since the last call */
static napi_value read_log(napi_env env, napi_callback_info info)
{
    napi_value argv[1], text = NULL;
    handle *h;

    if (!arguments(env, info, COUNT_OF(argv), argv) || !(h = handle_of(env, argv[0])) ||
        !ok(env, napi_create_string_utf8(env, h->log ? h->log : "", h->log_n, &text)))
        return NULL;
    h->log_n = 0;
    return text;
}

/* opFind(name) -> number, or -1 */
static napi_value op_find(napi_env env, napi_callback_info info)
{
    napi_value argv[1], result = NULL;
    char *name = NULL;
    int op = -1;

    if (!arguments(env, info, COUNT_OF(argv), argv) || !text_argument(env, argv[0], &name))
        return NULL;
    if (name)
        op = ddb_op_find(name, strlen(name));
    free(name);
    if (!ok(env, napi_create_int32(env, op, &result)))
        return NULL;
    return result;
}

/* operations() -> names, in the order of their numbers */
static napi_value operations(napi_env env, napi_callback_info info)
{
    napi_value list = NULL, name;
    const char *text;

    (void)info;
    if (!ok(env, napi_create_array(env, &list)))
        return NULL;
    for (int op = 0; (text = ddb_op_name(op)) != NULL; op++)
        if (!ok(env, napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &name)) ||
            !ok(env, napi_set_element(env, list, (uint32_t)op, name)))
            return NULL;
    return list;
}

static bool set_facts(napi_env env, napi_value exports)
{
    napi_value version;

    return ok(env, napi_create_string_utf8(env, ddb_sqlite_version(), NAPI_AUTO_LENGTH,
                                           &version)) &&
           ok(env, napi_set_named_property(env, exports, "sqliteVersion", version)) &&
           set_number(env, exports, "contractVersion", DDB_CONTRACT_VERSION);
}

/* ------------------------------------------------------------------ the module -- */

static napi_value init(napi_env env, napi_value exports)
{
    static const struct {
        const char *name;
        napi_callback call;
    } calls[] = {
        {"bind", bind_buffers},     {"open", open_database}, {"close", close_database},
        {"exec", exec_op},          {"http", exec_http},     {"commit", commit},
        {"rollback", rollback},     {"work", work},          {"counters", counters},
        {"failAfter", fail_after},  {"setClock", set_clock}, {"readLog", read_log},
        {"describe", describe},
        {"opFind", op_find},        {"operations", operations}, {"setFiles", set_files},
        {"snapshot", snapshot},     {"restore", restore},    {"reset", reset},
        {"transfer", transfer}, {"checkSnapshot", check_snapshot}, {"driveClock", drive_clock},
    };
    addon *a = calloc(1, sizeof *a);

    if (!a)
        return throw_error(env, "ERR_DDBLITE_MEMORY", "Out of memory");
    if (!ok(env, napi_set_instance_data(env, a, addon_finalize, NULL))) {
        free(a);
        return NULL;
    }
    if (!ok(env, napi_add_env_cleanup_hook(env, environment_ends, a)))
        return NULL;
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        napi_value function;
        if (!ok(env, napi_create_function(env, calls[i].name, NAPI_AUTO_LENGTH, calls[i].call,
                                          NULL, &function)) ||
            !ok(env, napi_set_named_property(env, exports, calls[i].name, function)))
            return NULL;
    }
    return set_facts(env, exports) ? exports : NULL;
}

NAPI_MODULE_INIT()
{
    return init(env, exports);
}
