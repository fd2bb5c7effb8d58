/*
 * foreign_fuzz.c - any bytes as a database file of DynamoDB Local: the reader answers with JSON or
 * with a typed error, and pages of items come to an end.
 *
 * corpus/foreign has a small file with such a catalog and a table; pages of 512 bytes.
 */
#define _POSIX_C_SOURCE 200809L /* mkstemp, pwrite */

#include <unistd.h>

#include "fuzz.h"
#include "store/foreign.h"
#include "store/internal.h"
#include "value/json.h"

/* An item takes a byte and more; the longest input has 4,096. */
#define PAGES_MAX 4096

static char path[] = "/tmp/foreign_fuzz_XXXXXX";
static int fd = -1;

static void remove_file(void)
{
    (void)unlink(path); /* the process ends */
}

static void write_file(const uint8_t *p, size_t n)
{
    if (fd < 0) {
        fd = mkstemp(path);
        FUZZ_CHECK(fd >= 0 && atexit(remove_file) == 0);
    }
    FUZZ_CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, p, n, 0) == (ssize_t)n);
}

static void check(fuzz_env *e, int rc, const buf *list)
{
    buf b;
    json *tree;

    FUZZ_CHECK(rc <= 0);
    if (rc < 0) {
        FUZZ_CHECK(rc == DDB_NOMEM || (e->cx.err.code == rc && e->cx.err.message.n > 0));
        FUZZ_CHECK(rc == DDB_NOMEM || rc == DDB_NOT_A_DATABASE || rc == DDB_STORAGE_CORRUPT ||
                   rc == DDB_STORAGE_IO || rc == DDB_STORAGE_READONLY);
        e->cx.err = (error){0};
        return;
    }
    buf_init_arena(&b, &e->a, REPLY_BYTES_MAX);
    buf_byte(&b, '[');
    buf_str(&b, buf_view(list));
    buf_byte(&b, ']');
    FUZZ_CHECK(json_parse(&e->cx, buf_view(&b), &tree) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    int64_t after = 0, last;
    store st;
    fuzz_env e;
    buf out;
    int rc;

    fuzz_env_init(&e);
    st = (store){.m = &e.m};
    write_file(p, n);
    buf_init_arena(&out, &e.a, REPLY_BYTES_MAX);
    rc = foreign_tables(&st, &e.cx, path, &out);
    check(&e, rc, &out);
    for (int page = 0; rc == 0; page++, after = last) {
        FUZZ_CHECK(page < PAGES_MAX);
        buf_init_arena(&out, &e.a, REPLY_BYTES_MAX);
        rc = foreign_items(&st, &e.cx, path, STR("Music"), after, &out, &last);
        check(&e, rc, &out);
        if (rc < 0 || last < 0)
            break;
        FUZZ_CHECK(last > after);
    }
    fuzz_env_release(&e);
    return 0;
}
