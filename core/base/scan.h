/*
 * scan.h - finds the first byte of a class, eight bytes at a time.
 *
 * A word is tested with arithmetic: each function below marks, in the high bit of a byte, that
 * the byte belongs to its class. A borrow can mark a byte above the first true one by mistake,
 * never below it, so only the lowest mark is used.
 */
#ifndef DDB_BASE_SCAN_H
#define DDB_BASE_SCAN_H

#include "base/bytes.h"

#define SCAN_HIGH 0x8080808080808080u
#define SCAN_ONES 0x0101010101010101u

/* Eight bytes, the first one in the lowest bits. */
static inline uint64_t scan_load(const char *p)
{
    uint64_t w;

    memcpy(&w, p, sizeof w);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    return w;
}

/* Bytes before the lowest mark of a mask that is not 0. */
static inline size_t scan_first(uint64_t mask)
{
#if defined(__GNUC__) || defined(__clang__)
    return (size_t)__builtin_ctzll(mask) / 8;
#else
    size_t n = 0;
    for (; (mask & 0x80) == 0; mask >>= 8)
        n++;
    return n;
#endif
}

static inline uint64_t scan_equal(uint64_t w, uint8_t c)
{
    uint64_t x = w ^ SCAN_ONES * c;
    return (x - SCAN_ONES) & ~x & SCAN_HIGH;
}

static inline uint64_t scan_below(uint64_t w, uint8_t limit) /* limit <= 0x80 */
{
    return (w - SCAN_ONES * limit) & ~w & SCAN_HIGH;
}

/* The first `"`, `\` or control character at or after p; end when there is none. */
static inline const char *scan_string_special(const char *p, const char *end)
{
    for (; end - p >= 8; p += 8) {
        uint64_t w = scan_load(p);
        uint64_t mask = scan_equal(w, '"') | scan_equal(w, '\\') | scan_below(w, 0x20);
        if (mask != 0)
            return p + scan_first(mask);
    }
    while (p < end && *p != '"' && *p != '\\' && (uint8_t)*p >= 0x20)
        p++;
    return p;
}

/* The same, and every byte beyond ASCII. */
static inline const char *scan_string_plain(const char *p, const char *end)
{
    for (; end - p >= 8; p += 8) {
        uint64_t w = scan_load(p);
        uint64_t mask = scan_equal(w, '"') | scan_equal(w, '\\') | scan_below(w, 0x20) |
                        (w & SCAN_HIGH);
        if (mask != 0)
            return p + scan_first(mask);
    }
    while (p < end && *p != '"' && *p != '\\' && (uint8_t)*p >= 0x20 && (uint8_t)*p < 0x80)
        p++;
    return p;
}

#endif
