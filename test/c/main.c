/*
 * main.c - runs the registered tests; `./x_test name` runs those whose behaviour contains name.
 */
#include <stdarg.h>

#include "test.h"

/* The runner's own state: the list is built by constructors before main(). */
static test_case *first, **tail = &first;
static int failures;

void test_register(test_case *t)
{
    *tail = t;
    tail = &t->next;
}

void test_failed(const char *file, int line, const char *fmt, ...)
{
    va_list ap;

    failures++;
    fprintf(stderr, "%s:%d: ", file, line);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

/* Bytes as text, with everything unprintable in hex. */
static const char *show(str s, char *out, size_t max)
{
    size_t n = 0;

    if (s.p == NULL)
        return "(absent)";
    for (size_t i = 0; i < s.n && n + 8 < max; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c < 0x7f)
            out[n++] = (char)c;
        else
            n += (size_t)snprintf(out + n, max - n, "\\x%02x", c);
    }
    out[n] = '\0';
    return out;
}

void test_check_int(const char *file, int line, const char *what, long long got, long long want,
                    const char *note)
{
    if (got != want)
        test_failed(file, line, "%s is %lld, not %lld  [%s]", what, got, want, note);
}

void test_check_str(const char *file, int line, const char *what, str got, str want,
                    const char *note)
{
    char a[1024], b[1024];

    if (!str_eq(got, want) || (got.p == NULL) != (want.p == NULL))
        test_failed(file, line, "%s is\n    |%s|, not\n    |%s|  [%s]", what,
                    show(got, a, sizeof a), show(want, b, sizeof b), note);
}

void test_check_lt(const char *file, int line, const char *what, str a, str b, const char *note)
{
    char x[512], y[512];

    if (str_cmp(a, b) >= 0)
        test_failed(file, line, "not %s: |%s| |%s|  [%s]", what, show(a, x, sizeof x),
                    show(b, y, sizeof y), note);
}

void test_check_fail(const char *file, int line, const char *what, const ctx *cx, int rc, int code,
                     const char *message, const char *note)
{
    char got[1024];

    if (rc != code)
        test_failed(file, line, "%s is %d, not %d |%s|  [%s]", what, rc, code,
                    show(cx->err.message, got, sizeof got), note);
    else if (message == NULL ? cx->err.message.p != NULL
                             : !str_eq(cx->err.message, str_of(message)))
        test_failed(file, line, "message is\n    |%s|, not\n    |%s|  [%s]",
                    show(cx->err.message, got, sizeof got), message ? message : "(none)", note);
}

void test_env_init(test_env *e)
{
    mem_init(&e->m);
    arena_init(&e->a, &e->m, ARENA_BYTES_MAX);
    e->cx = (ctx){.m = &e->m, .a = &e->a, .now_ms = 1700000000000};
}

void test_env_release(test_env *e)
{
    arena_release(&e->a);
    if (e->m.live != 0)
        test_failed(__FILE__, __LINE__, "%lld blocks are still allocated", (long long)e->m.live);
}

void test_env_reset(test_env *e)
{
    arena_reset(&e->a);
    e->cx.err = (error){0};
}

void test_each_alloc_failure(int (*body)(test_env *e, void *arg), void *arg)
{
    for (int64_t n = 0; n < 1000000; n++) {
        test_env e;
        int rc, before = failures;
        bool untouched;

        test_env_init(&e);
        e.m.fail_after = n;
        rc = body(&e, arg);
        untouched = e.m.fail_after > 0;
        e.m.fail_after = -1;
        test_env_release(&e);
        if (rc < 0 && rc != DDB_NOMEM)
            test_failed(__FILE__, __LINE__, "rc is %d when allocation %lld fails", rc,
                        (long long)n);
        if (rc < 0 && untouched)
            test_failed(__FILE__, __LINE__, "DDB_NOMEM without a failed allocation");
        if (untouched || failures > before)
            return;
    }
    test_failed(__FILE__, __LINE__, "a million allocations and no end");
}

int main(int argc, char **argv)
{
    int passed = 0, failed = 0;

    for (test_case *t = first; t != NULL; t = t->next) {
        int before = failures;
        if (argc > 1 && strstr(t->behaviour, argv[1]) == NULL)
            continue;
        t->run();
        if (failures == before) {
            passed++;
        } else {
            failed++;
            printf("FAIL %s %s\n", t->module, t->behaviour);
        }
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0;
}
