/*
 * host.c - what the core asks its host for (api/ddb.h, ddb_host and ddb_files).
 *
 *   time       the system's, or a clock that JavaScript has set
 *   random     a generator of the handle's own, seeded by the system
 *   log        lines that are kept until JavaScript reads them
 *   objects    of buckets: a function of JavaScript's (lib/buckets/calls.cjs)
 */
#if !defined(_WIN32) && !defined(_DEFAULT_SOURCE)
#define _DEFAULT_SOURCE /* getentropy */
#endif
#if defined(__APPLE__)
#define _DARWIN_C_SOURCE
#endif
#include "addon.h"

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

#define LOG_BYTES_MAX 65536u /* what is logged and never read must not grow for ever */

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

void host_init(handle *h, ddb_host *out)
{
    random_seed(h);
    *out = (ddb_host){h, host_now_ms, host_random, host_log};
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
napi_value call_set_files(napi_env env, napi_callback_info info)
{
    napi_value argv[2];
    ddb_files files = {0};
    napi_ref fresh = NULL;
    handle *h;

    if (!addon_arguments(env, info, COUNT_OF(argv), argv) || !(h = addon_handle(env, argv[0])) ||
        !addon_ok(env, napi_create_reference(env, argv[1], 1, &fresh)))
        return NULL;
    if (h->files)
        (void)addon_ok(env, napi_delete_reference(env, h->files));
    h->env = env;
    h->files = fresh;
    files.user = h;
    files.call = host_files;
    ddb_set_files(h->db, &files);
    return NULL;
}
