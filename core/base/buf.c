/*
 * buf.c - growth and formatting of buf.h.
 */
#include "base/buf.h"

#include <assert.h>

#include "base/errors.h"

#define FIRST_CAPACITY 256u

void buf_init(buf *b, mem *m, size_t max)
{
    *b = (buf){.m = m, .max = max};
}

void buf_init_arena(buf *b, arena *a, size_t max)
{
    *b = (buf){.a = a, .max = max};
}

void buf_release(buf *b)
{
    if (b->m != NULL)
        mem_free(b->m, b->p);
    b->p = NULL;
    b->n = b->cap = 0;
}

void buf_reset(buf *b)
{
    b->n = 0;
    b->err = 0;
}

/* New memory in the arena with the content; in place when the buffer ends where the arena's free
 * space begins, which is the usual case while one reply is built. */
static char *grow_in_arena(buf *b, size_t cap)
{
    arena *a = b->a;
    size_t more = (cap - b->cap + 7u) & ~(size_t)7u; /* the arena's pointer stays aligned */
    char *p;

    if (b->p != NULL && b->p + b->cap == a->at && more <= (size_t)(a->end - a->at)) {
        a->at += more;
        return b->p;
    }
    p = arena_alloc(a, cap);
    if (p != NULL && b->n > 0)
        memcpy(p, b->p, b->n);
    return p;
}

bool buf_grow(buf *b, size_t more)
{
    size_t need, cap;
    char *p;

    if (b->err != 0)
        return false;
    if (b->n > b->max || more > b->max - b->n) {
        b->err = DDB_TOO_BIG;
        return false;
    }
    need = b->n + more;
    cap = b->cap < FIRST_CAPACITY ? FIRST_CAPACITY : b->cap;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    cap = cap > b->max ? b->max : cap; /* buf_room() looks at cap only: it must not pass max */
    p = b->a != NULL ? grow_in_arena(b, cap) : mem_realloc(b->m, b->p, cap);
    if (p == NULL) {
        b->err = DDB_NOMEM;
        return false;
    }
    b->p = p;
    b->cap = cap;
    return true;
}

void buf_hex(buf *b, const void *p, size_t n)
{
    if (b->err == 0 && buf_room(b, 2 * n)) {
        (void)hex_put(b->p + b->n, p, n); /* its end is known */
        b->n += 2 * n;
    }
}

void buf_int(buf *b, int64_t v)
{
    char digits[20];
    size_t n = sizeof digits;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

    do {
        digits[--n] = (char)('0' + u % 10);
        u /= 10;
    } while (u != 0);
    if (v < 0)
        buf_byte(b, '-');
    buf_put(b, digits + n, sizeof digits - n);
}

void buf_fmt(buf *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    buf_vfmt(b, fmt, ap);
    va_end(ap);
}

void buf_vfmt(buf *b, const char *fmt, va_list ap)
{
    for (const char *from = fmt;; from = fmt) {
        while (*fmt != '\0' && *fmt != '%')
            fmt++;
        buf_put(b, from, (size_t)(fmt - from));
        if (*fmt == '\0')
            return;
        switch (fmt[1]) {
        case 's': buf_str(b, str_of(va_arg(ap, const char *))); break;
        case 'S': buf_str(b, va_arg(ap, str)); break;
        case 'd': buf_int(b, va_arg(ap, int)); break;
        case 'l': buf_int(b, va_arg(ap, int64_t)); break;
        case 'z': buf_int(b, (int64_t)va_arg(ap, size_t)); break;
        case 'c': buf_byte(b, (char)va_arg(ap, int)); break;
        case '%': buf_byte(b, '%'); break;
        default: assert(false); return; /* a directive that buf_fmt does not know */
        }
        fmt += 2;
    }
}
