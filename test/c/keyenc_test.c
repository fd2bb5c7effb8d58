/*
 * keyenc_test.c - key bytes: each form in hex, order, self-delimiting, the way back, hash bytes.
 */
#include "value/keyenc.h"

#include "test.h"
#include "value/number.h"

static const char *const type_tag[] = {[T_S] = "S", [T_N] = "N", [T_B] = "B"};

static value scalar(test_env *e, value_type t, const char *text)
{
    str s = str_of(text);

    if (t == T_N)
        CHECK_INT_NOTE(number_canonical(&e->cx, s, &s), 0, text);
    return value_scalar(t, s);
}

static str encoded(test_env *e, const value *v)
{
    buf b;
    buf_init_arena(&b, &e->a, 10000);
    keyenc_put(&b, v);
    CHECK_INT(b.err, 0);
    return buf_view(&b);
}

static str hex(test_env *e, str s)
{
    static const char digits[] = "0123456789abcdef";
    char *out = arena_alloc(&e->a, s.n * 2);
    for (size_t i = 0; i < s.n; i++) {
        out[2 * i] = digits[(uint8_t)s.p[i] >> 4];
        out[2 * i + 1] = digits[s.p[i] & 15];
    }
    return (str){out, s.n * 2};
}

TEST(keyenc, has_this_layout)
{
    static const struct { value_type type; const char *text; const char *hex; } cases[] = {
        {T_S, "", "010000"}, {T_S, "ab", "0161620000"}, {T_B, "\xff\x01", "03ff010000"},
        {T_N, "0", "0201"},
        {T_N, "1", "0202810200"},         /* 0.01e2: exponent 1, pair 01 */
        {T_N, "12", "0202810d00"},        /* 0.12e2 */
        {T_N, "100", "0202820200"},       /* 0.01e4 */
        {T_N, "12.5", "0202810d3300"},    /* pairs 12 50 */
        {T_N, "0.01", "0202800200"},
        {T_N, "0.001", "02027f0b00"},     /* pair 10 of 100^-1 */
        {T_N, "-1", "02007efdff"}, {T_N, "-12.5", "02007ef2ccff"},
        {T_N, "9.9999999999999999999999999999999999999e125",
         "0202bf6464646464646464646464646464646464646400"},
        {T_N, "1e-130", "0202400200"},
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        value v = scalar(&e, cases[i].type, cases[i].text);
        CHECK_STR_NOTE(hex(&e, encoded(&e, &v)), cases[i].hex, cases[i].text);
    }
    test_env_release(&e);
}

TEST(keyenc, writes_a_zero_byte_as_two)
{
    test_env e;
    value v = value_scalar(T_S, STR("a\0b\0"));
    test_env_init(&e);
    CHECK_STR(hex(&e, encoded(&e, &v)), "016100ff6200ff0000");
    test_env_release(&e);
}

TEST(keyenc, orders_as_dynamodb)
{
    static const char *const numbers[] = {
        "-9.9e125", "-1e125", "-1000", "-100.5", "-100", "-99", "-12.5", "-12", "-10.1", "-10",
        "-9", "-2.5", "-1.01", "-1", "-0.99", "-0.1", "-0.0101", "-0.01", "-1e-129", "-1e-130",
        "0", "1e-130", "1e-129", "0.01", "0.0101", "0.1", "0.99", "1", "1.01", "2.5", "9", "10",
        "10.1", "12", "12.5", "99", "100", "100.5", "1000",
        "12345678901234567890123456789012345678", "1e125", "9.9e125"};
    static const str strings[] = {
        STR_INIT(""), STR_INIT("\0"), STR_INIT("\0\0"), STR_INIT("\0\x01"), STR_INIT("\0\xff"),
        STR_INIT("\x01"), STR_INIT("A"), STR_INIT("a"), STR_INIT("a\0"), STR_INIT("a\0\0"),
        STR_INIT("a\0b"), STR_INIT("a\x01"), STR_INIT("aa"), STR_INIT("b"), STR_INIT("z"),
        STR_INIT("\xc2\xbf"), STR_INIT("\xff"), STR_INIT("\xff\0"), STR_INIT("\xff\xff")};
    test_env e;
    test_env_init(&e);
    for (size_t i = 1; i < COUNT(numbers); i++) {
        value a = scalar(&e, T_N, numbers[i - 1]), b = scalar(&e, T_N, numbers[i]);
        CHECK_MEM_LT_NOTE(encoded(&e, &a), encoded(&e, &b), numbers[i]);
    }
    for (size_t i = 1; i < COUNT(strings); i++) {
        value a = value_scalar(T_B, strings[i - 1]), b = value_scalar(T_B, strings[i]);
        CHECK_MEM_LT(encoded(&e, &a), encoded(&e, &b));
    }
    test_env_release(&e);
}

TEST(keyenc, comes_back_and_concatenates)
{
    static const struct { value_type type; str text; } cases[] = {
        {T_S, STR_INIT("")}, {T_S, STR_INIT("user#1")}, {T_B, STR_INIT("\0\xff\0\0\x01")},
        {T_N, STR_INIT("0")}, {T_N, STR_INIT("1")}, {T_N, STR_INIT("-1")}, {T_N, STR_INIT("10")},
        {T_N, STR_INIT("0.5")}, {T_N, STR_INIT("-0.05")}, {T_N, STR_INIT("123.456")},
        {T_N, STR_INIT("-123.456")}, {T_N, STR_INIT("1000000")}, {T_S, STR_INIT("\0")},
        {T_N, STR_INIT("12345678901234567890123456789012345678")},
        {T_N, STR_INIT("-1.2345678901234567890123456789012345678")},
        {T_N, STR_INIT("0.00000000012345678901234567890123456789012345678")},
    };
    test_env e;
    str at;
    buf b;

    test_env_init(&e);
    buf_init_arena(&b, &e.a, 100000);
    for (size_t i = 0; i < COUNT(cases); i++) {
        value v = value_scalar(cases[i].type, cases[i].text);
        keyenc_put(&b, &v);
    }
    at = buf_view(&b);
    for (size_t i = 0; i < COUNT(cases); i++) {
        value v;
        CHECK_INT(keyenc_get(&e.cx, &at, &v), 0);
        CHECK_STR_NOTE(str_of(type_tag[v.type]), type_tag[cases[i].type], cases[i].text.p);
        CHECK_MEM_EQ(v.s, cases[i].text);
    }
    CHECK_INT(at.n, 0);
    test_env_release(&e);
}

TEST(keyenc, refuses_bytes_it_did_not_write)
{
    static const str cases[] = {
        STR_INIT(""), STR_INIT("\x04"), STR_INIT("\x01"), STR_INIT("\x01" "a"),
        STR_INIT("\x01" "a\0"), STR_INIT("\x01" "a\0\x01"), STR_INIT("\x02"), STR_INIT("\x02\x03"),
        STR_INIT("\x02\x02"), STR_INIT("\x02\x02\x81"), STR_INIT("\x02\x02\x81\0"),
        STR_INIT("\x02\x02\x81\x02"), STR_INIT("\x02\x02\x81\x65\0"),
        STR_INIT("\x02\x02\xff\x02\0"),
        STR_INIT("\x02\0\x7e\x01\xff"), STR_INIT("\x02\x02\x81\x01\0"),
        STR_INIT("\x02\x02\x81zzzzzzzzzzzzzzzzzzzzzzzzz\0"), STR_INIT("\x03\0\xff\0"),
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        str at = cases[i];
        value v;
        CHECK_INT_NOTE(keyenc_get(&e.cx, &at, &v), DDB_STORAGE_CORRUPT, cases[i].p);
    }
    test_env_release(&e);
}

TEST(keyenc, prefix_bounds_hold_exactly_what_begins_with_it)
{
    static const str values[] = {
        STR_INIT(""), STR_INIT("a"), STR_INIT("ab"), STR_INIT("ab\0"), STR_INIT("ab\0c"),
        STR_INIT("ab\xff"), STR_INIT("abz"), STR_INIT("ac"), STR_INIT("\xff"),
        STR_INIT("\xff\xff"), STR_INIT("\xff\xff\x01")};
    test_env e;
    test_env_init(&e);
    for (size_t p = 0; p < COUNT(values); p++) {
        value prefix = value_scalar(T_B, values[p]);
        buf low, high;
        size_t n;
        buf_init_arena(&low, &e.a, 1000);
        keyenc_put_prefix(&low, &prefix);
        buf_init_arena(&high, &e.a, 1000);
        keyenc_put_prefix(&high, &prefix);
        n = high.n;
        CHECK(keyenc_after_prefix(high.p, &n));
        for (size_t i = 0; i < COUNT(values); i++) {
            value v = value_scalar(T_B, values[i]);
            str key = encoded(&e, &v);
            bool in = str_cmp(key, buf_view(&low)) >= 0 && str_cmp(key, str_make(high.p, n)) < 0;
            CHECK_INT_NOTE(in, str_starts(values[i], values[p]), values[i].p);
        }
    }
    test_env_release(&e);
}

TEST(keyenc, no_bytes_follow_all_ff)
{
    char bytes[] = "\xff\xff";
    size_t n = 2;
    CHECK(!keyenc_after_prefix(bytes, &n));
    CHECK_INT(n, 0);
}

/* Evidence: dynalite's numToBuffer, whose order of scans was compared with the service's. */
TEST(keyenc, hashes_the_services_compact_number)
{
    static const struct { const char *text, *hex; } cases[] = {
        {"0", "80"},
        {"1", "c102"},
        {"2", "c103"},
        {"10", "c10b"},
        {"12", "c10d"},
        {"100", "c202"},
        {"123", "c20218"},
        {"1234", "c20d23"},
        {"12.5", "c10d33"},
        {"0.5", "c033"},
        {"0.05", "c006"},
        {"0.001", "bf0b"},
        {"-1", "3e6466"},
        {"-10", "3e5b66"},
        {"-12.5", "3e593366"},
        {"-0.05", "3f6066"},
        {"-123", "3d644e66"},
        {"1e125", "ff0b"},
        {"-1e125", "005b66"},
        {"1e-130", "8002"},
        {"-1e-130", "7f6466"},
        {"99999999999999999999999999999999999999", "d364646464646464646464646464646464646464"},
        {"-99999999999999999999999999999999999999", "2c0202020202020202020202020202020202020266"},
        {"-9999999999999999999999999999999999999", "2c5c02020202020202020202020202020202020266"},
        {"1.2345678901234567890123456789012345678", "c102182e445a02182e445a02182e445a02182e4451"},
        {"-1.2345678901234567890123456789012345678", "3e644e38220c644e38220c644e38220c644e382215"},
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        value v = scalar(&e, T_N, cases[i].text);
        buf b;
        buf_init_arena(&b, &e.a, 100);
        keyenc_hash_bytes(&b, &v);
        CHECK_STR_NOTE(hex(&e, buf_view(&b)), cases[i].hex, cases[i].text);
    }
    test_env_release(&e);
}

TEST(keyenc, hashes_strings_and_binaries_as_they_are)
{
    value v = value_scalar(T_B, STR("\0a"));
    test_env e;
    buf b;
    test_env_init(&e);
    buf_init_arena(&b, &e.a, 100);
    keyenc_hash_bytes(&b, &v);
    CHECK_MEM_EQ(buf_view(&b), STR("\0a"));
    test_env_release(&e);
}

static int round_trip(test_env *e, void *arg)
{
    const value *v = arg;
    value back;
    str at;
    buf b;
    buf_init(&b, &e->m, 1000);
    keyenc_put(&b, v);
    int rc = b.err;
    at = buf_view(&b);
    if (rc == 0)
        rc = keyenc_get(&e->cx, &at, &back);
    buf_release(&b);
    return rc;
}

TEST(keyenc, survives_each_failed_allocation)
{
    value s = value_scalar(T_S, STR("a\0b")), n = value_scalar(T_N, STR("12.5"));
    test_each_alloc_failure(round_trip, &s);
    test_each_alloc_failure(round_trip, &n);
}
