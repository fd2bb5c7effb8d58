/*
 * utf8.c - validity and lengths of UTF-8, eight bytes at a time while text is ASCII.
 */
#include "base/utf8.h"

#define HIGH_BITS 0x8080808080808080u

static uint64_t load8(const char *p)
{
    uint64_t w;

    memcpy(&w, p, sizeof w);
    return w;
}

bool utf8_ascii(str s)
{
    size_t i = 0;
    unsigned char any = 0;

    for (; s.n - i >= 8; i += 8)
        if ((load8(s.p + i) & HIGH_BITS) != 0)
            return false;
    for (; i < s.n; i++)
        any |= (unsigned char)s.p[i];
    return any < 0x80;
}

/* Bytes of the valid sequence at p, which has n > 0 bytes; 0 when there is none. The bounds of
 * the second byte exclude overlong forms, surrogates and what lies beyond U+10FFFF. */
static size_t sequence(const unsigned char *p, size_t n)
{
    unsigned char c = p[0], low = 0x80, high = 0xbf;
    size_t length;

    if (c < 0x80)
        return 1;
    if (c < 0xc2 || c > 0xf4)
        return 0;
    length = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (c == 0xe0)
        low = 0xa0;
    else if (c == 0xed)
        high = 0x9f;
    else if (c == 0xf0)
        low = 0x90;
    else if (c == 0xf4)
        high = 0x8f;
    if (n < length || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

bool utf8_valid(str s)
{
    size_t i = 0;

    while (i < s.n) {
        size_t length;
        if (s.n - i >= 8 && (load8(s.p + i) & HIGH_BITS) == 0) {
            i += 8;
            continue;
        }
        length = sequence((const unsigned char *)s.p + i, s.n - i);
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}

size_t utf8_sequence(str s)
{
    return s.n == 0 ? 0 : sequence((const unsigned char *)s.p, s.n);
}

size_t utf8_utf16_length(str s)
{
    size_t units = 0;

    /* Every sequence begins with a byte that is no continuation; one of four bytes lies outside
     * the basic plane and takes two units. */
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        units += (size_t)((c & 0xc0) != 0x80) + (size_t)(c >= 0xf0);
    }
    return units;
}

size_t utf8_put(char out[4], uint32_t cp)
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xc0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3f));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xe0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
        out[2] = (char)(0x80 | (cp & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
    out[3] = (char)(0x80 | (cp & 0x3f));
    return 4;
}
