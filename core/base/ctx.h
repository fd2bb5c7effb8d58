/*
 * ctx.h - what every function of a request may use: its arena, its error, its clock.
 */
#ifndef DDB_BASE_CTX_H
#define DDB_BASE_CTX_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/errors.h"

typedef struct error {
    int code;      /* 0: none */
    str message;   /* the exact text, in the arena; absent for errors without a text */
    str extra;     /* further members of the error body, e.g. `"Item":{...}`; may be absent */
} error;

typedef struct ctx {
    mem *m;
    arena *a;
    error err;
    int64_t now_ms; /* the host's clock, read once a request; Unix time in milliseconds */
} ctx;

/* Sets cx->err to code and the formatted text (buf_fmt's directives) and gives code back. */
int fail(ctx *cx, int code, const char *fmt, ...);
/* The same with a text that is already built (borrowed: arena or static). */
int fail_str(ctx *cx, int code, str message);

#endif
