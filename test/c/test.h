/*
 * test.h - the C unit tests' frame: tests register themselves, checks count and go on.
 *
 *   TEST(number, trims_trailing_zeros) { CHECK_STR(canonical("1.50"), "1.5"); }
 *
 * One executable a module (`make -C test/c number`). A failed CHECK prints its place and the test
 * goes on; a failed REQUIRE leaves the test. Memory comes from a test_env, whose release checks
 * that nothing is left. The core is compiled with DDB_ARENA_EXACT here: each arena allocation is
 * a block of its own, so AddressSanitizer sees every overrun and test_each_alloc_failure() can
 * fail every single allocation.
 */
#ifndef DDB_TEST_H
#define DDB_TEST_H

#include <stdio.h>
#include <stdlib.h>

#include "base/ctx.h"
#include "base/limits.h"

typedef struct test_case {
    const char *module, *behaviour;
    void (*run)(void);
    struct test_case *next;
} test_case;

void test_register(test_case *t);
void test_failed(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#define TEST(mod, what)                                                                  \
    static void test_##mod##_##what(void);                                               \
    __attribute__((constructor)) static void test_register_##mod##_##what(void)          \
    {                                                                                    \
        static test_case t = {#mod, #what, test_##mod##_##what, NULL};                   \
        test_register(&t);                                                               \
    }                                                                                    \
    static void test_##mod##_##what(void)

#define CHECK(cond)                                                                      \
    do {                                                                                 \
        if (!(cond))                                                                     \
            test_failed(__FILE__, __LINE__, "%s", #cond);                                \
    } while (0)
#define REQUIRE(cond)                                                                    \
    do {                                                                                 \
        if (!(cond)) {                                                                   \
            test_failed(__FILE__, __LINE__, "%s", #cond);                                \
            return;                                                                      \
        }                                                                                \
    } while (0)

/* A str without braces, whose comma would end a macro argument. */
static inline str str_make(const char *p, size_t n)
{
    return (str){p, n};
}

/* CHECK_*(what we got, what we want). `note` is the input of a table-driven case. */
#define CHECK_INT(got, want) \
    test_check_int(__FILE__, __LINE__, #got, (long long)(got), (long long)(want), "")
#define CHECK_INT_NOTE(got, want, note) \
    test_check_int(__FILE__, __LINE__, #got, (long long)(got), (long long)(want), (note))
#define CHECK_STR(got, want_cstr) \
    test_check_str(__FILE__, __LINE__, #got, (got), str_of(want_cstr), "")
#define CHECK_STR_NOTE(got, want_cstr, note) \
    test_check_str(__FILE__, __LINE__, #got, (got), str_of(want_cstr), (note))
#define CHECK_MEM_EQ(got, want_str) \
    test_check_str(__FILE__, __LINE__, #got, (got), (want_str), "")
/* Two str: the first sorts before the second in memcmp order. */
#define CHECK_MEM_LT(a, b) test_check_lt(__FILE__, __LINE__, #a " < " #b, (a), (b), "")
#define CHECK_MEM_LT_NOTE(a, b, note) \
    test_check_lt(__FILE__, __LINE__, #a " < " #b, (a), (b), (note))
/* rc is code, and the ctx holds exactly this message (NULL: no message). */
#define CHECK_FAIL(cx, rc, code, message) \
    test_check_fail(__FILE__, __LINE__, #rc, (cx), (rc), (code), (message), "")
#define CHECK_FAIL_NOTE(cx, rc, code, message, note) \
    test_check_fail(__FILE__, __LINE__, #rc, (cx), (rc), (code), (message), (note))

void test_check_int(const char *file, int line, const char *what, long long got, long long want,
                    const char *note);
void test_check_str(const char *file, int line, const char *what, str got, str want,
                    const char *note);
void test_check_lt(const char *file, int line, const char *what, str a, str b, const char *note);
void test_check_fail(const char *file, int line, const char *what, const ctx *cx, int rc, int code,
                     const char *message, const char *note);

/* Memory of one test: a mem, an arena on it, a ctx on both. */
typedef struct test_env {
    mem m;
    arena a;
    ctx cx;
} test_env;
void test_env_init(test_env *e);
void test_env_release(test_env *e); /* checks that every block was freed */
void test_env_reset(test_env *e);   /* drops the arena and the error, between cases */

/* Runs body once for each allocation it makes, failing that one and all after it, until it is
 * left alone. body gets a fresh env and must give DDB_NOMEM or success; what it took from e->m
 * itself it must free. */
void test_each_alloc_failure(int (*body)(test_env *e, void *arg), void *arg);

#endif
