/*
 * ctx.c - the one way to raise an error.
 */
#include "base/ctx.h"

#include <assert.h>

#include "base/limits.h"

/* An error text may quote what the user sent; it is never longer than that and some words. */
#define MESSAGE_BYTES_MAX ((size_t)REQUEST_BYTES_MAX * 2)

int fail(ctx *cx, int code, const char *fmt, ...)
{
    buf b;
    va_list ap;

    buf_init_arena(&b, cx->a, MESSAGE_BYTES_MAX);
    va_start(ap, fmt);
    buf_vfmt(&b, fmt, ap);
    va_end(ap);
    if (b.err != 0) {
        cx->err = (error){.code = DDB_NOMEM};
        return DDB_NOMEM;
    }
    return fail_str(cx, code, buf_view(&b));
}

int fail_str(ctx *cx, int code, str message)
{
    assert(code < 0);
    cx->err = (error){.code = code, .message = message};
    return code;
}
