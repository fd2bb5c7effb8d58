/*
 * policy_fuzz.c - policy documents, and the texts that name what they are set on.
 *
 * What is accepted has one form: reading that form again gives the same. What is refused has a
 * message. The input is also read as an ARN and as a tag's key.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "engine/engine.h"
#include "ops/resource.h"

#define NOW 1700000000000
#define CHECK_OR_ABORT(x)  \
    do {                   \
        if (!(x))          \
            abort();       \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static engine owner = {.region = STR("us-east-1"), .account = STR("000000000000")};

static void refused(const ctx *cx)
{
    CHECK_OR_ABORT(cx->err.code == DDB_VALIDATION || cx->err.code == DDB_ACCESS_DENIED ||
                   cx->err.code == DDB_TABLE_NOT_FOUND);
}

static void read_policy(ctx *cx, str text, bool of_stream)
{
    str form, again;

    if (policy_read(&owner, cx, text, of_stream, false, &form) < 0) {
        refused(cx);
        return;
    }
    if (form.n > 20480)
        return; /* numbers of accounts became ARNs: too long to be put again */
    CHECK_OR_ABORT(policy_read(&owner, cx, form, of_stream, false, &again) == 0);
    CHECK_OR_ABORT(str_eq(form, again));
}

static void read_arn(ctx *cx, str text, resource_use use)
{
    resource r;

    if (resource_read(&owner, cx, use, text, &r) < 0) {
        refused(cx);
        return;
    }
    CHECK_OR_ABORT(r.table_name.n > 0 && r.path.n >= r.table_name.n && r.path.n <= text.n);
    CHECK_OR_ABORT(str_eq(r.path, (str){text.p + text.n - r.path.n, r.path.n}));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    char *bytes = malloc(n > 0 ? n : 1); /* a read beyond the input leaves the block */
    mem m;
    arena a;

    if (bytes == NULL)
        return 0;
    if (n > 0)
        memcpy(bytes, p, n);
    str text = {bytes, n};
    mem_init(&m);
    arena_init(&a, &m, ARENA_BYTES_MAX);
    ctx cx = {.m = &m, .a = &a, .now_ms = NOW};
    read_policy(&cx, text, false);
    read_policy(&cx, text, true);
    read_arn(&cx, text, RESOURCE_TAGS);
    read_arn(&cx, text, RESOURCE_POLICY);
    (void)tags_check_key(&cx, text);
    arena_release(&a);
    free(bytes);
    return 0;
}
