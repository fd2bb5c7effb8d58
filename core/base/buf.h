/*
 * buf.h - a growing byte buffer with a maximum and a sticky error.
 *
 * Appends need no check each: once an append fails (out of memory, or beyond `max`) `err` is set
 * and every later append does nothing. The owner looks at err once, at the end. buf_reset() keeps
 * the memory and clears err. A buf with an arena takes its memory there, else from mem.
 */
#ifndef DDB_BASE_BUF_H
#define DDB_BASE_BUF_H

#include <stdarg.h>

#include "base/arena.h"
#include "base/bytes.h"

typedef struct buf {
    mem *m;   /* one of m and a is set */
    arena *a;
    char *p;
    size_t n, cap, max;
    int err;  /* 0, DDB_NOMEM or DDB_TOO_BIG (errors.h) */
} buf;

void buf_init(buf *b, mem *m, size_t max);         /* memory from m; buf_release() frees it */
void buf_init_arena(buf *b, arena *a, size_t max); /* memory from a; never released */
void buf_release(buf *b);
void buf_reset(buf *b);
bool buf_grow(buf *b, size_t more); /* room for `more` bytes beyond n; false sets err */

static inline bool buf_room(buf *b, size_t more)
{
    return more <= b->cap - b->n ? true : buf_grow(b, more);
}
static inline void buf_put(buf *b, const void *p, size_t n)
{
    if (b->err == 0 && buf_room(b, n) && n > 0) {
        memcpy(b->p + b->n, p, n);
        b->n += n;
    }
}
static inline void buf_str(buf *b, str s) { buf_put(b, s.p, s.n); }
static inline void buf_byte(buf *b, char c)
{
    if (b->err == 0 && buf_room(b, 1))
        b->p[b->n++] = c;
}
#define buf_lit(b, lit) buf_put((b), "" lit, sizeof(lit) - 1)
void buf_int(buf *b, int64_t v); /* decimal */
void buf_hex(buf *b, const void *p, size_t n); /* two digits a byte */
/* printf of our own: %s char*, %S str (by value, may hold NUL), %d int, %l int64_t, %z size_t,
 * %c int, %%. Nothing else. */
void buf_fmt(buf *b, const char *fmt, ...);
void buf_vfmt(buf *b, const char *fmt, va_list ap);
static inline str buf_view(const buf *b) { return (str){b->p ? b->p : "", b->n}; }

#endif
