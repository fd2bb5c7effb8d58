/*
 * keyenc_fuzz.c - byte order of two keys is their value order, keys come back, and any bytes are
 * decoded or refused. The first input byte chooses the type, the second where to cut.
 */
#include "fuzz.h"
#include "value/keyenc.h"
#include "value/number.h"

static int sign(int c)
{
    return (c > 0) - (c < 0);
}

static str encode(fuzz_env *e, const value *v)
{
    buf b;

    buf_init_arena(&b, &e->a, REPLY_BYTES_MAX);
    keyenc_put(&b, v);
    FUZZ_CHECK(b.err == 0);
    return buf_view(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static const value_type types[] = {T_S, T_N, T_B};
    value_type t;
    str rest, a, b, at;
    fuzz_env e;
    value back;

    if (n < 2)
        return 0;
    fuzz_env_init(&e);
    t = types[p[0] % 3];
    rest = (str){(const char *)p + 2, n - 2};
    a = (str){rest.p, rest.n == 0 ? 0 : p[1] % rest.n};
    b = (str){a.p + a.n, rest.n - a.n};

    at = rest;
    if (keyenc_get(&e.cx, &at, &back) == 0) {
        str again = encode(&e, &back);
        FUZZ_CHECK(at.n < rest.n && at.p + at.n == rest.p + rest.n);
        /* Strings have one form; a number's redundant zero pairs are dropped. */
        FUZZ_CHECK(back.type == T_N || str_eq(again, (str){rest.p, rest.n - at.n}));
    }
    if (t != T_N || (number_canonical(&e.cx, a, &a) == 0 && number_canonical(&e.cx, b, &b) == 0)) {
        value x = value_scalar(t, a), y = value_scalar(t, b);
        str ex = encode(&e, &x), ey = encode(&e, &y);
        int order;
        FUZZ_CHECK(value_cmp(&x, &y, &order));
        FUZZ_CHECK(sign(str_cmp(ex, ey)) == sign(order));
        at = ex;
        FUZZ_CHECK(keyenc_get(&e.cx, &at, &back) == 0 && at.n == 0);
        FUZZ_CHECK(value_eq(&x, &back));
        buf h;
        buf_init_arena(&h, &e.a, REPLY_BYTES_MAX);
        keyenc_hash_bytes(&h, &x);
        FUZZ_CHECK(h.err == 0);
        if (t != T_N) {
            buf low, high;
            size_t m;
            bool bounded;
            buf_init_arena(&low, &e.a, REPLY_BYTES_MAX);
            keyenc_put_prefix(&low, &x);
            buf_init_arena(&high, &e.a, REPLY_BYTES_MAX);
            keyenc_put_prefix(&high, &x);
            m = high.n;
            bounded = keyenc_after_prefix(high.p, &m);
            FUZZ_CHECK(bounded);
            FUZZ_CHECK(str_starts(b, a) == (str_cmp(ey, buf_view(&low)) >= 0 &&
                                            str_cmp(ey, (str){high.p, m}) < 0));
        }
    }
    fuzz_env_release(&e);
    return 0;
}
