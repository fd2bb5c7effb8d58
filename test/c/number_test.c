/*
 * number_test.c - grammar, canonical text, limits, order, sums and sizes of numbers.
 *
 * Evidence: captures of the service collected in the facts of attribute values (number grammar,
 * sizes "byte exact"); AWS Developer Guide, "Supported data types: Number".
 */
#include "value/number.h"

#include "test.h"

#define NINES38 "99999999999999999999999999999999999999"
#define ZEROS20 "00000000000000000000"
#define ZEROS88 ZEROS20 ZEROS20 ZEROS20 ZEROS20 "00000000"

#define NOT_A_NUMBER "The parameter cannot be converted to a numeric value: "
#define OVERFLOW \
    "Number overflow. Attempting to store a number with magnitude larger than supported range"
#define UNDERFLOW \
    "Number underflow. Attempting to store a number with magnitude smaller than supported range"
#define PRECISION "Attempting to store more than 38 significant digits in a Number"

TEST(number, has_one_canonical_text)
{
    static const struct { const char *in, *out; } cases[] = {
        {"0", "0"}, {"-0", "0"}, {"+0", "0"}, {"00", "0"}, {"0.0", "0"}, {"-0.00", "0"},
        {"0e999", "0"},
        {".0", "0"}, {"0.", "0"}, {"0e-99999999999999999999", "0"},
        {"+5", "5"}, {"-7", "-7"}, {"+.5", "0.5"}, {".5", "0.5"}, {"-.5", "-0.5"}, {"5.", "5"},
        {"00042", "42"}, {"1e+2", "100"}, {"1e2", "100"}, {"1.5E+3", "1500"}, {"1E-3", "0.001"},
        {"1.23E10", "12300000000"}, {"1.50", "1.5"}, {"100", "100"}, {"100.0", "100"},
        {"0.10", "0.1"}, {"12.34", "12.34"}, {"-12.340", "-12.34"}, {"1200e-2", "12"},
        {"123e-1", "12.3"}, {"0.000123e3", "0.123"}, {"0.00123e5", "123"}, {"1e0", "1"},
        {"1e00002", "100"},
        {NINES38, NINES38}, {"-" NINES38, "-" NINES38}, {"0." NINES38, "0." NINES38},
        {"000" NINES38 "000", NINES38 "000"}, {NINES38 ".000", NINES38},
        {"9.9999999999999999999999999999999999999E+125", NINES38 ZEROS88},
        {"1E-130", "0." ZEROS20 ZEROS20 ZEROS20 ZEROS20 ZEROS20 ZEROS20 "0000000001"},
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        str out = STR_ABSENT, again = STR_ABSENT;
        CHECK_INT_NOTE(number_canonical(&e.cx, str_of(cases[i].in), &out), 0, cases[i].in);
        CHECK_STR_NOTE(out, cases[i].out, cases[i].in);
        CHECK_INT(number_canonical(&e.cx, out, &again), 0);
        CHECK_MEM_EQ(again, out);
        test_env_reset(&e);
    }
    test_env_release(&e);
}

TEST(number, keeps_canonical_text_in_place)
{
    static const char *const cases[] = {"0", "1", "-1", "100", "0.5", "-0.25", "12.34", NINES38};
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        str out;
        CHECK_INT(number_canonical(&e.cx, str_of(cases[i]), &out), 0);
        CHECK(out.p == cases[i]);
    }
    CHECK_INT(e.m.allocs, 0);
    test_env_release(&e);
}

TEST(number, refuses_other_grammar_and_range)
{
    static const struct { const char *in, *message; } cases[] = {
        {"", "The parameter cannot be converted to a numeric value"},
        {" 5", NOT_A_NUMBER " 5"}, {"5 ", NOT_A_NUMBER "5 "}, {"1+2", NOT_A_NUMBER "1+2"},
        {"1.2.3", NOT_A_NUMBER "1.2.3"}, {"++5", NOT_A_NUMBER "++5"}, {"+", NOT_A_NUMBER "+"},
        {"-", NOT_A_NUMBER "-"}, {".", NOT_A_NUMBER "."}, {"+.", NOT_A_NUMBER "+."},
        {"e2", NOT_A_NUMBER "e2"}, {"1e", NOT_A_NUMBER "1e"}, {"1e+", NOT_A_NUMBER "1e+"},
        {".e1", NOT_A_NUMBER ".e1"}, {"1.2e3.4", NOT_A_NUMBER "1.2e3.4"},
        {"0x5", NOT_A_NUMBER "0x5"}, {"NaN", NOT_A_NUMBER "NaN"}, {"1-", NOT_A_NUMBER "1-"},
        {"Infinity", NOT_A_NUMBER "Infinity"}, {"1_000", NOT_A_NUMBER "1_000"},
        {"1e5e5", NOT_A_NUMBER "1e5e5"}, {"1,000", NOT_A_NUMBER "1,000"},
        {"1e126", OVERFLOW}, {"-1e126", OVERFLOW}, {"0.1e127", OVERFLOW}, {"10e125", OVERFLOW},
        {"1e99999999999999999999999", OVERFLOW}, {"1e-131", UNDERFLOW}, {"-1e-131", UNDERFLOW},
        {"0.1e-130", UNDERFLOW}, {"1e-99999999999999999999999", UNDERFLOW},
        {NINES38 "9", PRECISION}, {"1" NINES38, PRECISION}, {"0.1" NINES38, PRECISION},
        {"1000000000000000000000000000000000000.01", PRECISION},
        {"9" NINES38 "e120", OVERFLOW}, /* range before precision */
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        str out;
        number x;
        CHECK_FAIL_NOTE(&e.cx, number_canonical(&e.cx, str_of(cases[i].in), &out), DDB_VALIDATION,
                        cases[i].message, cases[i].in);
        CHECK_FAIL_NOTE(&e.cx, number_parse(&e.cx, str_of(cases[i].in), &x), DDB_VALIDATION,
                        cases[i].message, cases[i].in);
        test_env_reset(&e);
    }
    test_env_release(&e);
}

TEST(number, a_long_text_may_hold_a_short_number)
{
    enum { ZEROS = 200000 };
    char *text = malloc(ZEROS + 20);
    test_env e;
    str out;

    REQUIRE(text != NULL);
    test_env_init(&e);
    memset(text, '0', ZEROS);
    text[1] = '.';
    memcpy(text + ZEROS, "15e200000", 9);
    CHECK_INT(number_canonical(&e.cx, str_make(text, ZEROS + 9), &out), 0);
    CHECK_STR(out, "15");
    text[0] = '5';
    text[1] = '0';
    memcpy(text + ZEROS, "e-199997", 8);
    CHECK_INT(number_canonical(&e.cx, str_make(text, ZEROS + 8), &out), 0);
    CHECK_STR(out, "500");
    test_env_release(&e);
    free(text);
}

TEST(number, orders_by_value)
{
    static const char *const ascending[] = {
        "-" NINES38 ZEROS88, "-1000", "-999.9", "-100", "-12.5", "-12", "-2", "-1.5", "-1",
        "-0.5", "-0.05", "-0.001", "0", "0.0001", "0.001", "0.05", "0.1", "0.12", "0.5", "1",
        "1.05", "1.5", "2", "9", "10", "10.01", "12", "99", "100", "1000", NINES38 ZEROS88};
    for (size_t i = 0; i < COUNT(ascending); i++)
        for (size_t k = 0; k < COUNT(ascending); k++) {
            int c = number_cmp_text(str_of(ascending[i]), str_of(ascending[k]));
            CHECK_INT_NOTE((c > 0) - (c < 0), (i > k) - (i < k), ascending[i]);
        }
}

TEST(number, adds_and_subtracts_exactly)
{
    static const struct { const char *a, *b, *sum, *difference; } cases[] = {
        {"1", "2", "3", "-1"}, {"0", "0", "0", "0"}, {"5", "0", "5", "5"}, {"0", "5", "5", "-5"},
        {"-5", "5", "0", "-10"}, {"5", "-5", "0", "10"}, {"5", "5", "10", "0"},
        {"0.1", "0.2", "0.3", "-0.1"}, {"99", "1", "100", "98"}, {"100", "1", "101", "99"},
        {"1000", "0.001", "1000.001", "999.999"}, {"-1.5", "-2.5", "-4", "1"},
        {"-1.5", "2.5", "1", "-4"}, {"1.5", "-2.5", "-1", "4"}, {"12.75", "0.25", "13", "12.5"},
        {"9007199254740993", "1", "9007199254740994", "9007199254740992"},
        {NINES38, "-1", "99999999999999999999999999999999999998",
         "100000000000000000000000000000000000000"},
        {"5e37", "5e37", "1e38", "0"}, {"1e125", "8e125", "9e125", "-7e125"},
        {"1e-130", "1e-130", "2e-130", "0"}, {"1.5e-128", "-1.4e-128", "1e-129", "2.9e-128"},
        {NINES38, "1", "100000000000000000000000000000000000000",
         "99999999999999999999999999999999999998"},
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        number a, b, got;
        char text[NUMBER_TEXT_MAX];
        str want;
        REQUIRE(number_parse(&e.cx, str_of(cases[i].a), &a) == 0);
        REQUIRE(number_parse(&e.cx, str_of(cases[i].b), &b) == 0);
        CHECK_INT(number_add(&e.cx, &a, &b, &got), 0);
        CHECK_INT(number_canonical(&e.cx, str_of(cases[i].sum), &want), 0);
        CHECK_MEM_EQ(str_make(text, number_put(&got, text)), want);
        CHECK_INT(number_add(&e.cx, &b, &a, &got), 0);
        CHECK_MEM_EQ(str_make(text, number_put(&got, text)), want);
        CHECK_INT(number_sub(&e.cx, &a, &b, &got), 0);
        CHECK_INT(number_canonical(&e.cx, str_of(cases[i].difference), &want), 0);
        CHECK_MEM_EQ(str_make(text, number_put(&got, text)), want);
        test_env_reset(&e);
    }
    test_env_release(&e);
}

TEST(number, refuses_sums_that_do_not_fit)
{
    static const struct { const char *a, *b, *message; } cases[] = {
        {"9e125", "1e125", OVERFLOW}, {"-9e125", "-1e125", OVERFLOW},
        {"1e125", "1e-130", PRECISION}, {"1e38", "1", PRECISION}, {NINES38, "0.1", PRECISION},
        {NINES38 "0", "1", PRECISION},
        {"1.0000000000000000000000000000000000001e-100", "-1e-100", UNDERFLOW},
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        number a, b, got;
        REQUIRE(number_parse(&e.cx, str_of(cases[i].a), &a) == 0);
        REQUIRE(number_parse(&e.cx, str_of(cases[i].b), &b) == 0);
        CHECK_FAIL_NOTE(&e.cx, number_add(&e.cx, &a, &b, &got), DDB_VALIDATION, cases[i].message,
                        cases[i].a);
        test_env_reset(&e);
    }
    test_env_release(&e);
}

TEST(number, size_counts_digit_pairs_on_each_side_of_the_point)
{
    static const struct { const char *text; int size; } cases[] = {
        {"1", 2}, {"12", 2}, {"123", 3}, {"1234", 3}, {"12345", 4}, {"1234567", 5},
        {"123456789", 6}, {"12345678912", 7}, {NINES38, 20}, {"0042", 2}, {"100", 2}, {"1010", 3},
        {"0.0000001", 2}, {"0", 1}, {"-0", 1}, {"1E125", 2}, {"1E-100", 2}, {"1.5", 3},
        {"1.200", 3}, {"1.234", 4}, {"3.14159", 5}, {"100.5", 4}, {"0.15", 2}, {"-42", 3},
        {"-12345", 5}, {"-1E125", 3}, {"-0.15", 3}, {"10.05", 3}, {"0.050", 2},
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        str text;
        CHECK_INT(number_canonical(&e.cx, str_of(cases[i].text), &text), 0);
        CHECK_INT_NOTE(number_size(text), cases[i].size, cases[i].text);
    }
    test_env_release(&e);
}

TEST(number, is_the_nearest_double_or_beside_it)
{
    static const struct { const char *text; double d; } cases[] = {
        {"0", 0}, {"1", 1}, {"-1", -1}, {"0.5", 0.5}, {"0.1", 0.1}, {"-123.456", -123.456},
        {"3.4028234663852886", 3.4028234663852886}, {"1000000000000000000000", 1e21},
        {"0.000000000000000000000000000000000000001", 1e-39},
        {"340282350000000000000000000000000000000", 3.4028235e38},
        {"12345678901234567890123456789012345678", 12345678901234567890123456789012345678.0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        double d = number_double(str_of(cases[i].text)), gap = d - cases[i].d;
        double most = (cases[i].d < 0 ? -cases[i].d : cases[i].d) * 1e-15;
        CHECK_INT_NOTE(gap <= most && gap >= -most, 1, cases[i].text);
    }
    CHECK(number_double(STR("x.y--")) != 0.5); /* a damaged row: some number, no harm */
}

/* A damaged row: any text must be read without harm. */
TEST(number, reads_damaged_canonical_text_as_zero)
{
    static const char *const cases[] = {"", "x", "1e999", NINES38 "1", "1.2.3", "-"};
    for (size_t i = 0; i < COUNT(cases); i++) {
        number x;
        number_parse_canonical(str_of(cases[i]), &x);
        CHECK_INT(x.n, 0);
        CHECK_INT(x.sign, 0);
    }
}

static int canonical_body(test_env *e, void *arg)
{
    str out;
    (void)arg;
    return number_canonical(&e->cx, STR("1e100"), &out);
}

TEST(number, survives_each_failed_allocation)
{
    test_each_alloc_failure(canonical_body, NULL);
}
