/*
 * number_fuzz.c - two texts, cut at the first blank: canonical form is stable, order and sums
 * agree with each other.
 */
#include "fuzz.h"
#include "value/number.h"

static int sign(int c)
{
    return (c > 0) - (c < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    const char *text = (const char *)p, *blank = n == 0 ? NULL : memchr(text, ' ', n);
    size_t cut = blank == NULL ? n : (size_t)(blank - text);
    str a = {text, cut}, b = {text + cut + (cut < n), n - cut - (cut < n)}, again;
    fuzz_env e;

    fuzz_env_init(&e);
    if (number_canonical(&e.cx, a, &a) == 0) {
        char put[NUMBER_TEXT_MAX];
        number x, y, z, back;
        FUZZ_CHECK(number_canonical(&e.cx, a, &again) == 0 && str_eq(a, again));
        FUZZ_CHECK(number_parse(&e.cx, a, &x) == 0);
        FUZZ_CHECK(str_eq((str){put, number_put(&x, put)}, a));
        FUZZ_CHECK(number_size(a) >= 1 && number_size(a) <= 22);
        FUZZ_CHECK(number_cmp_text(a, a) == 0);
        if (number_canonical(&e.cx, b, &b) == 0) {
            int c = number_cmp_text(a, b);
            FUZZ_CHECK(sign(c) == -sign(number_cmp_text(b, a)));
            FUZZ_CHECK((c == 0) == str_eq(a, b));
            number_parse_canonical(b, &y);
            if (number_sub(&e.cx, &x, &y, &z) == 0) {
                FUZZ_CHECK(z.sign == sign(c));
                /* a - b + b is a again: sums are exact. */
                FUZZ_CHECK(number_add(&e.cx, &z, &y, &back) == 0);
                FUZZ_CHECK(str_eq((str){put, number_put(&back, put)}, a));
            }
            if (number_add(&e.cx, &x, &y, &z) == 0) {
                FUZZ_CHECK(number_sub(&e.cx, &z, &y, &back) == 0);
                FUZZ_CHECK(str_eq((str){put, number_put(&back, put)}, a));
            }
        }
    }
    fuzz_env_release(&e);
    return 0;
}
