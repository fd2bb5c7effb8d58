/*
 * base64.c - binary values on the wire: standard alphabet, padded, and nothing else.
 */
#include "base/utf8.h"
#include "value/json.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#define NO 0xff

/* The six bits of a character, or NO. */
static const uint8_t bits_of[256] = {
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 62, NO, NO, NO, 63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO, NO, NO, NO, NO, NO,
    NO, 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NO, NO, NO, NO, NO,
    NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
};

void base64_put(buf *b, str raw)
{
    const uint8_t *p = (const uint8_t *)raw.p;
    size_t n = raw.n, encoded = n / 3 * 4 + (n % 3 == 0 ? 0 : 4);
    char *q;

    if (n == 0 || b->err != 0 || !buf_room(b, encoded))
        return;
    q = b->p + b->n;
    for (; n >= 3; p += 3, n -= 3, q += 4) {
        uint32_t w = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
        q[0] = alphabet[w >> 18];
        q[1] = alphabet[w >> 12 & 63];
        q[2] = alphabet[w >> 6 & 63];
        q[3] = alphabet[w & 63];
    }
    if (n > 0) {
        uint32_t w = (uint32_t)p[0] << 16 | (n == 2 ? (uint32_t)p[1] << 8 : 0);
        q[0] = alphabet[w >> 18];
        q[1] = alphabet[w >> 12 & 63];
        q[2] = n == 2 ? alphabet[w >> 6 & 63] : '=';
        q[3] = '=';
    }
    b->n += encoded;
}

size_t base64_decoded_max(size_t encoded)
{
    return encoded / 4 * 3;
}

/* Wrong alphabet, wrong padding, or bits in the last character that no byte takes. */
static int bad_character(ctx *cx)
{
    return fail_str(cx, DDB_SERIALIZATION, STR("Invalid last non-pad Base64 character dectected"));
}

int base64_decode(ctx *cx, str text, str *out)
{
    const uint8_t *p = (const uint8_t *)text.p;
    size_t characters = utf8_utf16_length(text), n = text.n, pad = 0;
    uint8_t bad = 0;
    char *copy, *q;

    if (characters % 4 != 0)
        return fail(cx, DDB_SERIALIZATION,
                    "Base64 encoded length is expected a multiple of 4 bytes but found: %z",
                    characters);
    if (n % 4 != 0)
        return bad_character(cx);
    copy = q = arena_alloc(cx->a, base64_decoded_max(n));
    if (copy == NULL)
        return DDB_NOMEM;
    if (n > 0) {
        pad = p[n - 1] != '=' ? 0 : p[n - 2] != '=' ? 1 : 2;
        n -= 4;
    }
    for (size_t i = 0; i < n; i += 4, q += 3) {
        uint8_t a = bits_of[p[i]], b = bits_of[p[i + 1]], c = bits_of[p[i + 2]],
                d = bits_of[p[i + 3]];
        bad |= a | b | c | d;
        q[0] = (char)(a << 2 | b >> 4);
        q[1] = (char)(b << 4 | c >> 2);
        q[2] = (char)(c << 6 | d);
    }
    if (text.n > 0) {
        uint8_t a = bits_of[p[n]], b = bits_of[p[n + 1]];
        uint8_t c = pad == 2 ? 0 : bits_of[p[n + 2]], d = pad > 0 ? 0 : bits_of[p[n + 3]];
        bad |= a | b | c | d;
        if ((pad == 2 && (b & 15) != 0) || (pad == 1 && (c & 3) != 0))
            bad = NO;
        *q++ = (char)(a << 2 | b >> 4);
        if (pad < 2)
            *q++ = (char)(b << 4 | c >> 2);
        if (pad < 1)
            *q++ = (char)(c << 6 | d);
    }
    if ((bad & 0xc0) != 0)
        return bad_character(cx);
    *out = (str){copy, (size_t)(q - copy)};
    return 0;
}
