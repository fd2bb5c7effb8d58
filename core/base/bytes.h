/*
 * bytes.h - a borrowed run of bytes, the currency of the core.
 *
 * A `str` never owns memory: it points into the request text, a request arena, a SQLite column
 * (until the next step) or a literal. It may hold NUL bytes. p == NULL means "absent", which
 * differs from present and empty (p != NULL, n == 0).
 */
#ifndef DDB_BASE_BYTES_H
#define DDB_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct str {
    const char *p;
    size_t n;
} str;

#define STR(lit) ((str){"" lit, sizeof(lit) - 1})
#define STR_INIT(lit) {"" lit, sizeof(lit) - 1} /* for static tables */
#define STR_ABSENT ((str){NULL, 0})
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static inline bool str_eq(str a, str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Unsigned byte order, the shorter prefix first: DynamoDB's order of S and B. */
static inline int str_cmp(str a, str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n == 0 ? 0 : memcmp(a.p, b.p, n);
    if (c != 0)
        return c;
    return a.n < b.n ? -1 : a.n > b.n;
}

static inline str str_of(const char *z)
{
    return (str){z, strlen(z)};
}

/* The hexadecimal digit of the low four bits, and its value: -1 for what is none. */
static inline char hex_digit(unsigned v)
{
    return "0123456789abcdef"[v & 15u];
}
static inline int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Two digits a byte, and no NUL. Returns the end. */
static inline char *hex_put(char *out, const void *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned c = ((const uint8_t *)p)[i];
        *out++ = hex_digit(c >> 4);
        *out++ = hex_digit(c);
    }
    return out;
}

static inline bool str_starts(str s, str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

#endif
