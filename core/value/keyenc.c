/*
 * keyenc.c - encodes a key attribute so that memcmp order is DynamoDB's sort order.
 *
 * SQLite sorts our keys with memcmp, so this encoding *is* the sort rule (layout: keyenc.h).
 * A number 0.d1d2... * 10^E is written in base 100: the exponent byte is ceil(E / 2) + 128, and
 * when E is odd the first pair is 0 d1. Pairs are 1..100, so the terminator 0 sorts a number
 * before its extensions; complementing everything behind the sign turns the order for negatives.
 *
 * Promises (tried with random pairs by keyenc_fuzz.c):
 *   - sign(value_cmp(a, b)) == sign(memcmp(enc(a), enc(b))) for keys of one type;
 *   - keyenc_get(enc(a)) gives a back.
 * Start at keyenc_put().
 */
#include "value/keyenc.h"

#include <assert.h>

#include "value/number.h"

enum { TAG_S = 1, TAG_N = 2, TAG_B = 3 };
enum { NUMBER_NEGATIVE = 0, NUMBER_ZERO = 1, NUMBER_POSITIVE = 2 };

#define EXPONENT_BIAS 128
#define PAIRS_MAX (NUMBER_DIGITS_MAX / 2 + 1) /* 38 digits that begin in the middle of a pair */

/* Digit pairs of x from its even place on, as 0..99; their count. */
static size_t pairs_of(const number *x, uint8_t out[PAIRS_MAX])
{
    size_t odd = (size_t)(x->exponent & 1), n = (x->n + odd + 1) / 2;

    memset(out, 0, n);
    for (size_t i = 0; i < x->n; i++) {
        size_t place = i + odd;
        out[place / 2] = (uint8_t)(out[place / 2] + (place % 2 == 0 ? x->d[i] * 10 : x->d[i]));
    }
    return n;
}

/* Half of the exponent, rounded up: the exponent of base 100. */
static int exponent_100(const number *x)
{
    return (x->exponent + (x->exponent & 1)) / 2;
}

static void put_number(buf *b, str text)
{
    uint8_t out[PAIRS_MAX + 4], pairs[PAIRS_MAX], flip;
    size_t n = 0, count;
    number x;

    number_parse_canonical(text, &x);
    out[n++] = TAG_N;
    if (x.sign == 0) {
        out[n++] = NUMBER_ZERO;
        buf_put(b, out, n);
        return;
    }
    flip = x.sign < 0 ? 0xff : 0;
    out[n++] = x.sign < 0 ? NUMBER_NEGATIVE : NUMBER_POSITIVE;
    out[n++] = (uint8_t)((exponent_100(&x) + EXPONENT_BIAS) ^ flip);
    count = pairs_of(&x, pairs);
    for (size_t i = 0; i < count; i++)
        out[n++] = (uint8_t)((pairs[i] + 1) ^ flip);
    out[n++] = flip; /* the terminator 0 */
    buf_put(b, out, n);
}

/* Tag and bytes with each 00 as 00 FF. */
static void put_open(buf *b, const value *v)
{
    const char *p = v->s.p, *end = v->s.p + v->s.n;

    assert(v->type == T_S || v->type == T_B);
    buf_byte(b, v->type == T_S ? TAG_S : TAG_B);
    while (p < end) {
        const char *zero = memchr(p, 0, (size_t)(end - p));
        const char *stop = zero == NULL ? end : zero + 1;
        buf_put(b, p, (size_t)(stop - p));
        if (zero != NULL)
            buf_lit(b, "\xff");
        p = stop;
    }
}

void keyenc_put(buf *b, const value *v)
{
    assert(v->type == T_S || v->type == T_N || v->type == T_B);
    if (v->type == T_N) {
        put_number(b, v->s);
        return;
    }
    put_open(b, v);
    buf_put(b, "\0", 2);
}

void keyenc_put_prefix(buf *b, const value *v)
{
    put_open(b, v);
}

bool keyenc_after_prefix(char *p, size_t *n)
{
    while (*n > 0 && (uint8_t)p[*n - 1] == 0xff)
        (*n)--;
    if (*n == 0)
        return false;
    p[*n - 1] = (char)((uint8_t)p[*n - 1] + 1);
    return true;
}

static int corrupt(ctx *cx)
{
    return fail_str(cx, DDB_STORAGE_CORRUPT, STR("A stored key is not of the expected form"));
}

static int get_number(ctx *cx, str *at, value *out)
{
    const uint8_t *p = (const uint8_t *)at->p, *end = p + at->n;
    char text[NUMBER_TEXT_MAX];
    uint8_t flip;
    number x = {0};
    int pairs = 0;

    if (p == end || *p > NUMBER_POSITIVE)
        return corrupt(cx);
    if (*p == NUMBER_ZERO) {
        p++;
    } else {
        int even;
        flip = *p == NUMBER_NEGATIVE ? 0xff : 0;
        x.sign = *p++ == NUMBER_NEGATIVE ? -1 : 1;
        if (p == end)
            return corrupt(cx);
        even = ((*p++ ^ flip) - EXPONENT_BIAS) * 2;
        for (; p < end && (*p ^ flip) != 0; p++, pairs++) {
            int pair = (*p ^ flip) - 1;
            if (pair > 99 || pairs == PAIRS_MAX)
                return corrupt(cx);
            if (pairs == 0 && pair < 10)
                even--; /* the first pair is 0 d: the exponent was odd */
            else if (x.n < NUMBER_DIGITS_MAX)
                x.d[x.n++] = (uint8_t)(pair / 10);
            else
                return corrupt(cx);
            if (x.n < NUMBER_DIGITS_MAX)
                x.d[x.n++] = (uint8_t)(pair % 10);
            else if (pair % 10 != 0)
                return corrupt(cx);
        }
        if (p == end)
            return corrupt(cx);
        p++;
        while (x.n > 0 && x.d[x.n - 1] == 0)
            x.n--;
        if (x.n == 0 || x.d[0] == 0 || even > NUMBER_EXPONENT_MAX + 1 ||
            even < NUMBER_EXPONENT_MIN + 1)
            return corrupt(cx);
        x.exponent = (int16_t)even;
    }
    at->n -= (size_t)((const char *)p - at->p);
    at->p = (const char *)p;
    *out = value_scalar(T_N, STR_ABSENT);
    out->s.n = number_put(&x, text);
    out->s.p = arena_copy(cx->a, text, out->s.n);
    return out->s.p == NULL ? DDB_NOMEM : 0;
}

/* Bytes up to 00 00. The first pass finds their end, so that the copy has its size. */
static int get_bytes(ctx *cx, value_type type, str *at, value *out)
{
    const char *p = at->p, *end = at->p + at->n;
    size_t zeros = 0, n;
    char *copy;

    for (;; p += 2, zeros++) {
        p = p == end ? NULL : memchr(p, 0, (size_t)(end - p));
        if (p == NULL || end - p < 2)
            return corrupt(cx);
        if (p[1] == 0)
            break;
        if ((uint8_t)p[1] != 0xff)
            return corrupt(cx);
    }
    n = (size_t)(p - at->p) - zeros;
    copy = arena_alloc(cx->a, n);
    if (copy == NULL)
        return DDB_NOMEM;
    *out = value_scalar(type, (str){copy, n});
    for (const char *q = at->p; q < p;) {
        const char *zero = memchr(q, 0, (size_t)(p - q));
        size_t run = (size_t)((zero == NULL ? p : zero + 1) - q);
        memcpy(copy, q, run);
        copy += run;
        q += run + (zero != NULL);
    }
    at->p = p + 2;
    at->n = (size_t)(end - at->p);
    return 0;
}

int keyenc_get(ctx *cx, str *at, value *out)
{
    char tag;

    if (at->n == 0)
        return corrupt(cx);
    tag = *at->p++;
    at->n--;
    if (tag == TAG_N)
        return get_number(cx, at, out);
    if (tag == TAG_S)
        return get_bytes(cx, T_S, at, out);
    return tag == TAG_B ? get_bytes(cx, T_B, at, out) : corrupt(cx);
}

/*
 * A number as the service hashes it: an exponent byte of base 100 and digit pairs plus one;
 * negatives have the exponent complemented, pairs as 101 less, and an end mark while there is
 * room for one (dynalite's observation of the order of scans).
 */
void keyenc_hash_bytes(buf *b, const value *v)
{
    uint8_t out[PAIRS_MAX + 2], pairs[PAIRS_MAX];
    size_t n = 0, count;
    number x;

    if (v->type != T_N) {
        buf_str(b, v->s);
        return;
    }
    number_parse_canonical(v->s, &x);
    if (x.sign == 0) {
        buf_lit(b, "\x80");
        return;
    }
    count = pairs_of(&x, pairs);
    out[n++] = (uint8_t)((exponent_100(&x) - 64) ^ (x.sign < 0 ? 0xff : 0));
    for (size_t i = 0; i < count; i++)
        out[n++] = (uint8_t)(x.sign < 0 ? 101 - pairs[i] : pairs[i] + 1);
    if (x.sign < 0 && count < 20)
        out[n++] = 102;
    buf_put(b, out, n);
}
