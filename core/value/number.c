/*
 * number.c - decimal numbers of 38 digits: reading, canonical text, comparison, exact sums.
 *
 *   "-0120.50e1"  ->  sign -1, digits 1 2 0 5, exponent 4   ->  "-1205"
 *
 * Promises:
 *   - number_put(number_parse(x)) is the same for all x of one value (one canonical text);
 *   - sums are exact, or refused.
 * Start at scan_text(); the usual text is canonical already and only checked (is_canonical()).
 */
#include "value/number.h"

#include <assert.h>

#define MSG_OVERFLOW "Number overflow. Attempting to store a number with magnitude larger than " \
                     "supported range"
#define MSG_UNDERFLOW "Number underflow. Attempting to store a number with magnitude smaller " \
                      "than supported range"
#define MSG_PRECISION "Attempting to store more than 38 significant digits in a Number"

/* Largest and smallest exponent of 0.d1d2...: 9.99e125 is 0.999e126, 1e-130 is 0.1e-129. */
#define TOP_MAX (NUMBER_EXPONENT_MAX + 1)
#define TOP_MIN (NUMBER_EXPONENT_MIN + 1)

/* Exponents beyond this are infinite for a text of REQUEST_BYTES_MAX digits. */
#define EXPONENT_HUGE ((int64_t)1 << 40)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A text taken apart: digits [first, last] hold all that is not zero, and may have a point. */
typedef struct scanned {
    bool negative;
    const char *first, *last; /* NULL: zero */
    int64_t count;            /* significant digits */
    int64_t top;              /* exponent of 0.d1d2... */
} scanned;

/* `[eE] [+-]? digits` at p; moves the point by it. The end, or NULL when it is not of this form. */
static const char *scan_exponent(const char *p, const char *end, int64_t *exponent)
{
    bool negative = false;
    int64_t e = 0;

    p++;
    if (p < end && (*p == '+' || *p == '-'))
        negative = *p++ == '-';
    if (p == end || !is_digit(*p))
        return NULL;
    for (; p < end && is_digit(*p); p++)
        e = e >= EXPONENT_HUGE ? e : e * 10 + (*p - '0');
    *exponent = negative ? -e : e;
    return p;
}

/* [+-]? (digits [. digits*] | . digits) exponent?; false when the text is no number. */
static bool scan_text(str text, scanned *out)
{
    const char *p = text.p, *end = text.p + text.n;
    int64_t digits = 0, before_point = -1, first_at = 0, last_at = 0, exponent = 0;

    *out = (scanned){0};
    if (p < end && (*p == '+' || *p == '-'))
        out->negative = *p++ == '-';
    for (; p < end; p++) {
        if (*p == '.') {
            if (before_point >= 0)
                return false;
            before_point = digits;
        } else if (is_digit(*p)) {
            if (*p != '0') {
                if (out->first == NULL) {
                    out->first = p;
                    first_at = digits;
                }
                out->last = p;
                last_at = digits;
            }
            digits++;
        } else {
            break;
        }
    }
    if (digits == 0)
        return false;
    if (p < end && (*p == 'e' || *p == 'E')) {
        p = scan_exponent(p, end, &exponent);
        if (p == NULL)
            return false;
    }
    if (p != end)
        return false;
    if (out->first != NULL) {
        out->count = last_at - first_at + 1;
        out->top = (before_point < 0 ? digits : before_point) - first_at + exponent;
    }
    return true;
}

/* The order of range before precision is that of dynalite's captures. */
static int check_range(ctx *cx, int64_t top, int64_t count)
{
    if (count == 0)
        return 0;
    if (top > TOP_MAX)
        return fail_str(cx, DDB_VALIDATION, STR(MSG_OVERFLOW));
    if (top < TOP_MIN)
        return fail_str(cx, DDB_VALIDATION, STR(MSG_UNDERFLOW));
    if (count > NUMBER_DIGITS_MAX)
        return fail_str(cx, DDB_VALIDATION, STR(MSG_PRECISION));
    return 0;
}

/* `out` of a scan that is in range. */
static void take_digits(const scanned *s, number *out)
{
    out->n = 0;
    out->sign = 0;
    out->exponent = 0;
    if (s->first == NULL)
        return;
    out->sign = s->negative ? -1 : 1;
    out->exponent = (int16_t)s->top;
    for (const char *p = s->first; p <= s->last; p++)
        if (*p != '.')
            out->d[out->n++] = (uint8_t)(*p - '0');
}

int number_parse(ctx *cx, str text, number *out)
{
    scanned s;

    if (text.n == 0)
        return fail_str(cx, DDB_VALIDATION,
                        STR("The parameter cannot be converted to a numeric value"));
    if (!scan_text(text, &s))
        return fail(cx, DDB_VALIDATION,
                    "The parameter cannot be converted to a numeric value: %S", text);
    TRY(check_range(cx, s.top, s.count));
    take_digits(&s, out);
    return 0;
}

void number_parse_canonical(str text, number *out)
{
    scanned s;

    /* A damaged row must not write beyond d[]: what is out of range reads as zero. */
    if (!scan_text(text, &s) || s.count > NUMBER_DIGITS_MAX || s.top > TOP_MAX || s.top < TOP_MIN)
        s = (scanned){0};
    take_digits(&s, out);
}

size_t number_put(const number *x, char out[NUMBER_TEXT_MAX])
{
    char *q = out;
    int i = 0, whole = x->exponent;

    if (x->n == 0) {
        out[0] = '0';
        return 1;
    }
    if (x->sign < 0)
        *q++ = '-';
    if (whole <= 0)
        *q++ = '0';
    for (; whole > 0; whole--)
        *q++ = (char)('0' + (i < x->n ? x->d[i++] : 0));
    if (i < x->n) {
        *q++ = '.';
        for (int zeros = -x->exponent; zeros > 0; zeros--)
            *q++ = '0';
        while (i < x->n)
            *q++ = (char)('0' + x->d[i++]);
    }
    assert(q - out <= NUMBER_TEXT_MAX);
    return (size_t)(q - out);
}

/* The text is what number_put() would give, and short enough to be in range for sure. */
static bool is_canonical(str text)
{
    const char *p = text.p, *end = text.p + text.n, *whole;

    if (text.n == 0 || text.n > NUMBER_DIGITS_MAX)
        return false;
    if (*p == '-')
        p++;
    whole = p;
    while (p < end && is_digit(*p))
        p++;
    if (p == whole || (*whole == '0' && p - whole > 1))
        return false;
    if (p == end)
        return !(*whole == '0' && *text.p == '-');
    if (*p++ != '.' || p == end)
        return false;
    while (p < end && is_digit(*p))
        p++;
    return p == end && end[-1] != '0';
}

int number_canonical(ctx *cx, str text, str *out)
{
    char canonical[NUMBER_TEXT_MAX];
    number x;
    size_t n;

    if (is_canonical(text)) {
        *out = text;
        return 0;
    }
    TRY(number_parse(cx, text, &x));
    n = number_put(&x, canonical);
    out->p = arena_copy(cx->a, canonical, n);
    out->n = n;
    return out->p == NULL ? DDB_NOMEM : 0;
}

/* Digits before the point, and the digits behind it. */
static str split(str text, str *fraction)
{
    const char *point = memchr(text.p, '.', text.n);

    if (point == NULL) {
        *fraction = STR("");
        return text;
    }
    *fraction = (str){point + 1, text.n - (size_t)(point + 1 - text.p)};
    return (str){text.p, (size_t)(point - text.p)};
}

int number_cmp_text(str a, str b)
{
    bool a_minus = a.n > 0 && *a.p == '-', b_minus = b.n > 0 && *b.p == '-';
    str a_whole, b_whole, a_fraction, b_fraction;
    int c;

    if (a_minus != b_minus)
        return a_minus ? -1 : 1;
    if (a_minus) {
        str swap = {a.p + 1, a.n - 1};
        a = (str){b.p + 1, b.n - 1};
        b = swap;
    }
    a_whole = split(a, &a_fraction);
    b_whole = split(b, &b_fraction);
    /* No leading zeros: more digits is more; as many compare as text, and so do fractions. */
    if (a_whole.n != b_whole.n)
        return a_whole.n < b_whole.n ? -1 : 1;
    c = str_cmp(a_whole, b_whole);
    return c != 0 ? c : str_cmp(a_fraction, b_fraction);
}

static int cmp_magnitude(const number *a, const number *b)
{
    if (a->n == 0 || b->n == 0)
        return (a->n > 0) - (b->n > 0);
    if (a->exponent != b->exponent)
        return a->exponent < b->exponent ? -1 : 1;
    return str_cmp((str){(const char *)a->d, a->n}, (str){(const char *)b->d, b->n});
}

#define SUM_DIGITS (TOP_MAX - TOP_MIN + NUMBER_DIGITS_MAX + 2) /* farthest apart, and a carry */

/* a + b for a of the greater magnitude, which is not zero; b counts as `b_sign` * its digits. */
static int sum(ctx *cx, const number *a, const number *b, int b_sign, number *out)
{
    int8_t acc[SUM_DIGITS] = {0}; /* [i]: the digit of 10^(low + i) */
    int low = a->exponent - a->n, top, first, last = 0, carry = 0;
    int direction = a->sign == b_sign ? 1 : -1;
    int16_t high;

    if (b->n > 0 && b->exponent - b->n < low)
        low = b->exponent - b->n;
    top = a->exponent - low; /* acc[top] can only take a carry */
    for (int i = 0; i < a->n; i++)
        acc[top - 1 - i] = (int8_t)a->d[i];
    for (int i = 0; i < b->n; i++) {
        int8_t *place = &acc[b->exponent - low - 1 - i];
        *place = (int8_t)(*place + direction * b->d[i]);
    }
    for (int i = 0; i <= top; i++) {
        int v = acc[i] + carry;
        carry = v > 9 ? 1 : v < 0 ? -1 : 0;
        acc[i] = (int8_t)(v - carry * 10);
    }
    assert(carry == 0);
    for (first = top; first >= 0 && acc[first] == 0; first--)
        ;
    if (first < 0) {
        *out = (number){0};
        return 0;
    }
    while (acc[last] == 0)
        last++;
    high = (int16_t)(low + first + 1);
    TRY(check_range(cx, high, first - last + 1));
    *out = (number){.sign = a->sign, .exponent = high, .n = (uint8_t)(first - last + 1)};
    for (int i = 0; i < out->n; i++)
        out->d[i] = (uint8_t)acc[first - i];
    return 0;
}

static int add_signed(ctx *cx, const number *a, const number *b, int b_sign, number *out)
{
    number swapped;

    if (b->n == 0) {
        *out = *a;
        return 0;
    }
    if (cmp_magnitude(a, b) >= 0)
        return sum(cx, a, b, b_sign, out);
    swapped = *b;
    swapped.sign = (int8_t)b_sign;
    return sum(cx, &swapped, a, a->sign, out);
}

int number_add(ctx *cx, const number *a, const number *b, number *out)
{
    return add_signed(cx, a, b, b->sign, out);
}

int number_sub(ctx *cx, const number *a, const number *b, number *out)
{
    return add_signed(cx, a, b, -b->sign, out);
}

/* Two digits a byte, rounded up on each side of the point; the zeros that only place the digits
 * cost nothing (captures of the service's item sizes). */
size_t number_size(str text)
{
    size_t sign = text.n > 0 && *text.p == '-' ? 1 : 0;
    str whole, fraction;

    whole = split((str){text.p + sign, text.n - sign}, &fraction);
    if (whole.n == 1 && *whole.p == '0') {
        whole.n = 0;
        while (fraction.n > 0 && *fraction.p == '0') {
            fraction.p++;
            fraction.n--;
        }
    } else if (fraction.n == 0) {
        while (whole.n > 0 && whole.p[whole.n - 1] == '0')
            whole.n--;
    }
    return 1 + (whole.n + 1) / 2 + (fraction.n + 1) / 2 + sign;
}

/* ---- floating point ---- */

#define MANTISSA_FULL 1000000000000000000u /* 19 digits and more: they fit into 64 bits */

/* 10^n, 0 <= n <= 22, are doubles exactly. */
static double scale10(double v, int exponent)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

    for (; exponent > 22; exponent -= 22)
        v *= powers[22];
    for (; exponent < -22; exponent += 22)
        v /= powers[22];
    return exponent >= 0 ? v * powers[exponent] : v / powers[-exponent];
}

/* The value of eight bytes that are digits, all at once: vectors have millions of them. */
static bool eight_digits(const char *p, uint64_t *out)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t x;

    memcpy(&x, p, sizeof x);
    if ((x & 0xf0f0f0f0f0f0f0f0u) != 0x3030303030303030u ||
        ((x + 0x0606060606060606u) & 0xf0f0f0f0f0f0f0f0u) != 0x3030303030303030u)
        return false;
    x -= 0x3030303030303030u;
    x = x * 10 + (x >> 8); /* pairs in every second byte */
    *out = ((x & 0x000000ff000000ffu) * 0x000f424000000064u +
            ((x >> 16) & 0x000000ff000000ffu) * 0x0000271000000001u) >> 32;
    return true;
#else
    (void)p;
    (void)out;
    return false;
#endif
}

double number_double(str text)
{
    const char *p = text.p, *end = text.p + text.n;
    bool negative = p < end && *p == '-';
    uint64_t mantissa = 0;
    int exponent = 0;
    double v;

    p += negative;
    for (; p < end && *p != '.'; p++) {
        if (mantissa < MANTISSA_FULL)
            mantissa = mantissa * 10 + (uint64_t)(*p - '0');
        else
            exponent++; /* cut off: beyond what a double holds */
    }
    if (p < end) {
        const char *point = ++p;
        uint64_t eight;
        while (mantissa < MANTISSA_FULL / 100000000 && end - p >= 8 && eight_digits(p, &eight)) {
            mantissa = mantissa * 100000000 + eight;
            p += 8;
        }
        for (; p < end && mantissa < MANTISSA_FULL; p++)
            mantissa = mantissa * 10 + (uint64_t)(*p - '0');
        exponent -= (int)(p - point);
    }
    v = scale10((double)mantissa, exponent);
    return negative ? -v : v;
}
