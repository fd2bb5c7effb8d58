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
 * Start at exec_op(); init() lists what JavaScript sees.
 */
#include "addon.h"

#include <stdlib.h>
#include <string.h>

#define HANDLE_MAGIC 0x64646231u
#define WORK_RETRY_MS 1000
#define WORK_WAIT_MAX_MS 3600000 /* JavaScript's timers end at 24 days, and clocks are set */

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
enum { FLAG_PENDING = 1, FLAG_ASCII = 2, FLAG_COMMITTED = 4, FLAG_BITS = 3 }; /* above: delay_ms */
enum { HTTP_CHECK_AUTH = 1 };

/* ------------------------------------------------------------------ errors to JavaScript -- */

bool addon_ok(napi_env env, napi_status status)
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

napi_value addon_throw(napi_env env, const char *code, const char *text)
{
    (void)addon_ok(env, napi_throw_error(env, code, text));
    return NULL;
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

bool addon_arguments(napi_env env, napi_callback_info info, size_t want, napi_value *argv)
{
    size_t argc = want;

    return addon_ok(env, napi_get_cb_info(env, info, &argc, argv, NULL, NULL));
}

static addon *addon_of(napi_env env)
{
    void *data = NULL;

    if (!addon_ok(env, napi_get_instance_data(env, &data)))
        return NULL;
    return data;
}

handle *addon_handle(napi_env env, napi_value value)
{
    void *data = NULL;
    handle *h;

    if (napi_get_value_external(env, value, &data) != napi_ok || !data ||
        ((handle *)data)->magic != HANDLE_MAGIC) {
        (void)addon_throw(env, "ERR_DDBLITE_HANDLE", "Not a database handle");
        return NULL;
    }
    h = data;
    if (!h->db) {
        (void)addon_throw(env, "ERR_DDBLITE_CLOSED", "The database is closed");
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

napi_value addon_reply(napi_env env, char *wire, const ddb_reply *r)
{
    napi_value text = NULL;

    put_wire(wire, WIRE_STATUS, r->status);
    put_wire(wire, WIRE_FLAGS, (r->pending ? FLAG_PENDING : 0) | (r->ascii ? FLAG_ASCII : 0) |
                                   (r->committed ? FLAG_COMMITTED : 0) |
                                   (r->delay_ms << FLAG_BITS));
    if (!addon_ok(env, r->ascii ? napi_create_string_latin1(env, r->body, r->body_n, &text)
                                : napi_create_string_utf8(env, r->body, r->body_n, &text)))
        return NULL;
    return text;
}

addon *addon_with_input(napi_env env, int32_t n)
{
    addon *a = addon_of(env);

    if (!a)
        return NULL;
    if (!a->input || !a->wire || n < 0 || (size_t)n > a->input_cap) {
        (void)addon_throw(env, "ERR_DDBLITE_INPUT", "The input buffer does not hold that much");
        return NULL;
    }
    return a;
}

typedef void execute_fn(ddb *db, int op, const char *json, size_t n, ddb_reply *reply);

static napi_value execute_with(napi_env env, napi_callback_info info, execute_fn *execute)
{
    napi_value argv[3];
    int32_t op, n;
    handle *h;
    addon *a;
    ddb_reply reply;

    if (!addon_arguments(env, info, COUNT_OF(argv), argv) || !(h = addon_handle(env, argv[0])) ||
        !addon_ok(env, napi_get_value_int32(env, argv[1], &op)) ||
        !addon_ok(env, napi_get_value_int32(env, argv[2], &n)) || !(a = addon_with_input(env, n)))
        return NULL;
    if (op < 0 || !ddb_op_name(op))
        return addon_throw(env, "ERR_DDBLITE_OPERATION", "No such operation number");
    execute(h->db, op, a->input, (size_t)n, &reply);
    return addon_reply(env, a->wire, &reply);
}

/* exec(handle, op, n) -> body */
static napi_value exec_op(napi_env env, napi_callback_info info)
{
    return execute_with(env, info, ddb_execute);
}

/* execAlone(handle, op, n) -> body; a write is committed */
static napi_value exec_alone(napi_env env, napi_callback_info info)
{
    return execute_with(env, info, ddb_execute_alone);
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

    if (!addon_arguments(env, info, COUNT_OF(argv), argv) || !(h = addon_handle(env, argv[0])) ||
        !addon_ok(env, napi_get_value_int32(env, argv[1], &n)) || !(a = addon_with_input(env, n)))
        return NULL;
    if (!header_text(a, WIRE_TARGET, &request.target) ||
        !header_text(a, WIRE_REQUEST_TYPE, &request.content_type) ||
        !header_text(a, WIRE_AUTHORIZATION, &request.authorization) ||
        !header_text(a, WIRE_DATE, &request.date) ||
        !header_text(a, WIRE_QUERY, &request.query) ||
        !header_text(a, WIRE_CREDENTIALS, &request.credentials) ||
        !header_text(a, WIRE_HEAD, &request.head))
        return addon_throw(env, "ERR_DDBLITE_INPUT", "A header lies outside the input buffer");
    flags = get_wire(a->wire, WIRE_HTTP_FLAGS);
    request.body = a->input;
    request.body_n = (size_t)n;
    request.check_auth = (flags & HTTP_CHECK_AUTH) != 0;

    ddb_dispatch_http(h->db, &request, &answer);

    type_n = answer.content_type ? strlen(answer.content_type) : 0;
    if (type_n > WIRE_BYTES - WIRE_CONTENT_TYPE_AT)
        return addon_throw(env, "ERR_DDBLITE_INPUT", "The content type is too long");
    put_wire(a->wire, WIRE_CRC32, (int32_t)answer.crc32);
    put_wire(a->wire, WIRE_CONTENT_TYPE_N, answer.content_type ? (int32_t)type_n : -1);
    memcpy(a->wire + WIRE_REQUEST_ID_AT, answer.request_id, sizeof answer.request_id - 1);
    if (answer.content_type)
        memcpy(a->wire + WIRE_CONTENT_TYPE_AT, answer.content_type, type_n);
    reply = (ddb_reply){.status = answer.status, .body = answer.body, .body_n = answer.body_n,
                        .ascii = answer.ascii, .pending = answer.pending,
                        .delay_ms = answer.delay_ms};
    return addon_reply(env, a->wire, &reply);
}

/* commit(handle) -> body */
static napi_value commit(napi_env env, napi_callback_info info)
{
    napi_value argv[1];
    handle *h;
    addon *a;
    ddb_reply reply;

    if (!addon_arguments(env, info, COUNT_OF(argv), argv) || !(h = addon_handle(env, argv[0])) ||
        !(a = addon_with_input(env, 0)))
        return NULL;
    ddb_commit(h->db, &reply);
    return addon_reply(env, a->wire, &reply);
}

static napi_value rollback(napi_env env, napi_callback_info info)
{
    napi_value argv[1];
    handle *h;

    if (addon_arguments(env, info, COUNT_OF(argv), argv) && (h = addon_handle(env, argv[0])))
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

    if (!addon_arguments(env, info, COUNT_OF(argv), argv) || !(h = addon_handle(env, argv[0])))
        return NULL;
    if (!ddb_work(h->db)) {
        next = ddb_next_work_ms(h->db);
        next = next == 0 ? WORK_RETRY_MS : next > WORK_WAIT_MAX_MS ? WORK_WAIT_MAX_MS : next;
    }
    if (!addon_ok(env, napi_create_int64(env, next, &result)))
        return NULL;
    return result;
}

/* ------------------------------------------------------------------ opening and closing -- */

static bool pin_buffer(napi_env env, napi_value value, napi_ref *ref, char **p, size_t *n)
{
    void *data = NULL;
    napi_ref fresh = NULL;

    if (!addon_ok(env, napi_get_buffer_info(env, value, &data, n)) ||
        !addon_ok(env, napi_create_reference(env, value, 1, &fresh)))
        return false;
    if (*ref)
        (void)addon_ok(env, napi_delete_reference(env, *ref));
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

    if (!addon_arguments(env, info, COUNT_OF(argv), argv) || !(a = addon_of(env)))
        return NULL;
    a->wire = NULL;
    if (!pin_buffer(env, argv[1], &a->wire_ref, &a->wire, &wire_n) ||
        !pin_buffer(env, argv[0], &a->input_ref, &a->input, &a->input_cap))
        return NULL;
    if (wire_n < WIRE_BYTES) {
        a->wire = NULL;
        return addon_throw(env, "ERR_DDBLITE_INPUT", "The wire buffer is too small");
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
    if (!addon_ok(env, napi_typeof(env, value, &type)))
        return false;
    if (type == napi_undefined || type == napi_null)
        return true;
    if (!addon_ok(env, napi_get_value_string_utf8(env, value, NULL, 0, &n)))
        return false;
    p = malloc(n + 1);
    if (!p) {
        (void)addon_throw(env, "ERR_DDBLITE_MEMORY", "Out of memory");
        return false;
    }
    if (!addon_ok(env, napi_get_value_string_utf8(env, value, p, n + 1, &n))) {
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
        return addon_throw(env, "ERR_DDBLITE_MEMORY", "Out of memory");
    host_init(h, &options->host);
    if (ddb_open(options, &h->db, &error_body) < 0) {
        h->db = NULL;
        if (error_body)
            (void)addon_ok(env,
                           napi_create_string_utf8(env, error_body, NAPI_AUTO_LENGTH, &result));
        else
            (void)addon_throw(env, "ERR_DDBLITE_MEMORY", "Out of memory");
        free(error_body);
        handle_finalize(env, h, NULL);
        return result;
    }
    handle_link(h, a);
    if (!addon_ok(env, napi_create_external(env, h, handle_finalize, NULL, &result))) {
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
    if (!addon_ok(env, napi_typeof(env, value, &type)))
        return false;
    if (type == napi_undefined)
        return true;
    h = addon_handle(env, value);
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

    if (addon_arguments(env, info, COUNT_OF(argv), argv) && (a = addon_of(env)) &&
        text_argument(env, argv[0], &path) && text_argument(env, argv[1], &region) &&
        text_argument(env, argv[2], &account) &&
        addon_ok(env, napi_get_value_int32(env, argv[3], &durability)) &&
        addon_ok(env, napi_get_value_int32(env, argv[4], &busy_ms)) &&
        addon_ok(env, napi_get_value_int32(env, argv[5], &delay_ms)) &&
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

    if (!addon_arguments(env, info, COUNT_OF(argv), argv) ||
        !addon_ok(env, napi_get_value_external(env, argv[0], &data)))
        return NULL;
    if (!data || ((handle *)data)->magic != HANDLE_MAGIC)
        return addon_throw(env, "ERR_DDBLITE_HANDLE", "Not a database handle");
    handle_close(data);
    return NULL;
}

/* ------------------------------------------------------------------ facts about it -- */

static bool set_number(napi_env env, napi_value object, const char *name, double number)
{
    napi_value value;

    return addon_ok(env, napi_create_double(env, number, &value)) &&
           addon_ok(env, napi_set_named_property(env, object, name, value));
}

static napi_value counters(napi_env env, napi_callback_info info)
{
    napi_value argv[1], object = NULL;
    handle *h;
    ddb_counters c;

    if (!addon_arguments(env, info, COUNT_OF(argv), argv) || !(h = addon_handle(env, argv[0])))
        return NULL;
    c = ddb_counters_get(h->db);
    if (!addon_ok(env, napi_create_object(env, &object)) ||
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

    if (!addon_arguments(env, info, COUNT_OF(argv), argv) || !(h = addon_handle(env, argv[0])) ||
        !(a = addon_with_input(env, 0)))
        return NULL;
    ddb_describe(h->db, &reply);
    return addon_reply(env, a->wire, &reply);
}

/* failAfter(handle, n): tests; see ddb_fail_after. */
static napi_value fail_after(napi_env env, napi_callback_info info)
{
    napi_value argv[2];
    handle *h;
    int64_t n;

    if (addon_arguments(env, info, COUNT_OF(argv), argv) && (h = addon_handle(env, argv[0])) &&
        addon_ok(env, napi_get_value_int64(env, argv[1], &n)))
        ddb_fail_after(h->db, n);
    return NULL;
}

/* setClock(handle, ms): Unix time the engine sees from now on; negative: the system's again. */
static napi_value set_clock(napi_env env, napi_callback_info info)
{
    napi_value argv[2];
    handle *h;
    int64_t ms;

    if (addon_arguments(env, info, COUNT_OF(argv), argv) && (h = addon_handle(env, argv[0])) &&
        addon_ok(env, napi_get_value_int64(env, argv[1], &ms)))
        h->clock_ms = ms < 0 ? -1 : ms;
    return NULL;
}

/* driveClock(handle, driven): JavaScript moves the clock from here on, or lets go of it. */
static napi_value drive_clock(napi_env env, napi_callback_info info)
{
    napi_value argv[2];
    bool driven;
    handle *h;

    if (addon_arguments(env, info, COUNT_OF(argv), argv) && (h = addon_handle(env, argv[0])) &&
        addon_ok(env, napi_get_value_bool(env, argv[1], &driven)))
        ddb_drive_clock(h->db, driven);
    return NULL;
}

/* readLog(handle) -> lines since the last call */
static napi_value read_log(napi_env env, napi_callback_info info)
{
    napi_value argv[1], text = NULL;
    handle *h;

    if (!addon_arguments(env, info, COUNT_OF(argv), argv) || !(h = addon_handle(env, argv[0])) ||
        !addon_ok(env, napi_create_string_utf8(env, h->log ? h->log : "", h->log_n, &text)))
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

    if (!addon_arguments(env, info, COUNT_OF(argv), argv) || !text_argument(env, argv[0], &name))
        return NULL;
    if (name)
        op = ddb_op_find(name, strlen(name));
    free(name);
    if (!addon_ok(env, napi_create_int32(env, op, &result)))
        return NULL;
    return result;
}

/* operations() -> names, in the order of their numbers */
static napi_value operations(napi_env env, napi_callback_info info)
{
    napi_value list = NULL, name;
    const char *text;

    (void)info;
    if (!addon_ok(env, napi_create_array(env, &list)))
        return NULL;
    for (int op = 0; (text = ddb_op_name(op)) != NULL; op++)
        if (!addon_ok(env, napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &name)) ||
            !addon_ok(env, napi_set_element(env, list, (uint32_t)op, name)))
            return NULL;
    return list;
}

static bool set_facts(napi_env env, napi_value exports)
{
    napi_value version;

    return addon_ok(env, napi_create_string_utf8(env, ddb_sqlite_version(), NAPI_AUTO_LENGTH,
                                                 &version)) &&
           addon_ok(env, napi_set_named_property(env, exports, "sqliteVersion", version)) &&
           set_number(env, exports, "contractVersion", DDB_CONTRACT_VERSION);
}

/* ------------------------------------------------------------------ the module -- */

static napi_value init(napi_env env, napi_value exports)
{
    static const struct {
        const char *name;
        napi_callback call;
    } calls[] = {
        {"bind", bind_buffers},       {"open", open_database},
        {"close", close_database},    {"exec", exec_op},
        {"execAlone", exec_alone},
        {"http", exec_http},          {"commit", commit},
        {"rollback", rollback},       {"work", work},
        {"counters", counters},       {"failAfter", fail_after},
        {"setClock", set_clock},      {"driveClock", drive_clock},
        {"readLog", read_log},        {"describe", describe},
        {"opFind", op_find},          {"operations", operations},
        {"setFiles", call_set_files}, {"snapshot", call_snapshot},
        {"restore", call_restore},    {"checkSnapshot", call_check_snapshot},
        {"transfer", call_transfer},  {"reset", call_reset},
    };
    addon *a = calloc(1, sizeof *a);

    if (!a)
        return addon_throw(env, "ERR_DDBLITE_MEMORY", "Out of memory");
    if (!addon_ok(env, napi_set_instance_data(env, a, addon_finalize, NULL))) {
        free(a);
        return NULL;
    }
    if (!addon_ok(env, napi_add_env_cleanup_hook(env, environment_ends, a)))
        return NULL;
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        napi_value function;
        if (!addon_ok(env, napi_create_function(env, calls[i].name, NAPI_AUTO_LENGTH,
                                                calls[i].call, NULL, &function)) ||
            !addon_ok(env, napi_set_named_property(env, exports, calls[i].name, function)))
            return NULL;
    }
    return set_facts(env, exports) ? exports : NULL;
}

NAPI_MODULE_INIT()
{
    return init(env, exports);
}
