/*
 * value_test.c - equality, order and contains() of attribute values.
 *
 * Evidence: AWS Developer Guide, "Condition and filter expressions" and the comparison facts.
 */
#include "values.h"

TEST(value, names_each_type)
{
    static const char *const names[T_COUNT] = {"S", "N", "B", "SS", "NS", "BS",
                                               "L", "M", "BOOL", "NULL"};
    for (int t = 0; t < T_COUNT; t++)
        CHECK_STR(str_of(value_type_name((value_type)t)), names[t]);
}

TEST(value, equals_deeply)
{
    static const struct { const char *a, *b; bool equal; } cases[] = {
        {"{'S':'a'}", "{'S':'a'}", true}, {"{'S':'a'}", "{'S':'b'}", false},
        {"{'S':'1'}", "{'N':'1'}", false}, {"{'S':'YQ=='}", "{'B':'YQ=='}", false},
        {"{'N':'1'}", "{'N':'1.0'}", true}, {"{'N':'100'}", "{'N':'1e2'}", true},
        {"{'N':'1'}", "{'N':'-1'}", false},
        {"{'N':'12345678901234567890123456789012345678'}",
         "{'N':'12345678901234567890123456789012345679'}", false},
        {"{'B':'AAE='}", "{'B':'AAE='}", true}, {"{'B':''}", "{'B':'AA=='}", false},
        {"{'BOOL':true}", "{'BOOL':true}", true}, {"{'BOOL':true}", "{'BOOL':false}", false},
        {"{'NULL':true}", "{'NULL':true}", true}, {"{'NULL':true}", "{'BOOL':true}", false},
        {"{'SS':['a','b','c']}", "{'SS':['c','a','b']}", true},
        {"{'SS':['a','b']}", "{'SS':['a','c']}", false},
        {"{'SS':['a']}", "{'SS':['a','b']}", false},
        {"{'SS':['1']}", "{'NS':['1']}", false},
        {"{'NS':['1','2.0']}", "{'NS':['2','1.00']}", true},
        {"{'BS':['AA==']}", "{'BS':['AA==']}", true},
        {"{'L':[{'S':'a'},{'N':'1'}]}", "{'L':[{'S':'a'},{'N':'1.0'}]}", true},
        {"{'L':[{'S':'a'},{'N':'1'}]}", "{'L':[{'N':'1'},{'S':'a'}]}", false},
        {"{'L':[]}", "{'L':[]}", true}, {"{'L':[]}", "{'M':{}}", false},
        {"{'M':{}}", "{'M':{}}", true},
        {"{'L':[{'S':'a'}]}", "{'L':[]}", false},
        {"{'M':{'a':{'N':'1'},'b':{'SS':['x','y']}}}", "{'M':{'b':{'SS':['y','x']},'a':{'N':'1'}}}",
         true},
        {"{'M':{'a':{'N':'1'}}}", "{'M':{'b':{'N':'1'}}}", false},
        {"{'M':{'a':{'N':'1'}}}", "{'M':{'a':{'N':'2'}}}", false},
        {"{'M':{'a':{'M':{'x':{'L':[{'NULL':true}]}}}}}",
         "{'M':{'a':{'M':{'x':{'L':[{'NULL':true}]}}}}}", true},
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        value a = value_of(&e, cases[i].a), b = value_of(&e, cases[i].b);
        CHECK_INT_NOTE(value_eq(&a, &b), cases[i].equal, cases[i].a);
        CHECK_INT_NOTE(value_eq(&b, &a), cases[i].equal, cases[i].b);
    }
    test_env_release(&e);
}

/* Sets large enough for the block-wise comparison, in another order, and with one difference. */
TEST(value, compares_large_sets_and_maps)
{
    static const uint32_t counts[] = {15, 16, 17, 100, 511, 512, 513, 1300};
    test_env e;
    test_env_init(&e);
    for (size_t c = 0; c < COUNT(counts); c++) {
        uint32_t n = counts[c];
        str *a = ARENA_ARRAY(&e.a, str, n), *b = ARENA_ARRAY(&e.a, str, n);
        attr *x = ARENA_ARRAY(&e.a, attr, n), *y = ARENA_ARRAY(&e.a, attr, n);
        value p = {.type = T_SS, .count = n}, q = p;
        map mp = {x, n}, mq = {y, n};
        for (uint32_t i = 0; i < n; i++) {
            char text[20];
            int size = snprintf(text, sizeof text, "element%u", i);
            a[i] = (str){arena_copy(&e.a, text, (size_t)size), (size_t)size};
            b[n - 1 - i] = a[i];
            x[i] = (attr){a[i], value_scalar(T_S, a[i])};
            y[n - 1 - i] = x[i];
        }
        p.elems = a;
        q.elems = b;
        CHECK(value_eq(&p, &q));
        CHECK(map_eq(&mp, &mq));
        y[n / 2].v.s = STR("other");
        CHECK(!map_eq(&mp, &mq));
        y[n / 2] = (attr){STR("other"), y[n / 2].v};
        CHECK(!map_eq(&mp, &mq));
        b[n / 2] = STR("other");
        CHECK(!value_eq(&p, &q));
        CHECK(!value_eq(&q, &p));
    }
    test_env_release(&e);
}

TEST(value, orders_scalars_of_one_type_only)
{
    static const struct { const char *a, *b; int order; } cases[] = {
        {"{'S':'A'}", "{'S':'a'}", -1}, {"{'S':'a'}", "{'S':'z'}", -1},
        {"{'S':'z'}", "{'S':'\xc2\xbf'}", -1}, {"{'S':'a'}", "{'S':'aa'}", -1},
        {"{'S':'10'}", "{'S':'9'}", -1}, {"{'N':'10'}", "{'N':'9'}", 1},
        {"{'N':'-10'}", "{'N':'-9'}", -1}, {"{'N':'1.0'}", "{'N':'1'}", 0},
        {"{'B':'AA=='}", "{'B':'AAA='}", -1}, {"{'B':'/w=='}", "{'B':'fw=='}", 1},
    };
    static const char *const none[][2] = {
        {"{'S':'1'}", "{'N':'1'}"}, {"{'S':'a'}", "{'B':'YQ=='}"},
        {"{'BOOL':true}", "{'BOOL':false}"},
        {"{'NULL':true}", "{'NULL':true}"}, {"{'SS':['a']}", "{'SS':['b']}"},
        {"{'L':[]}", "{'L':[]}"}, {"{'M':{}}", "{'M':{}}"}};
    test_env e;
    int c;

    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        value a = value_of(&e, cases[i].a), b = value_of(&e, cases[i].b);
        CHECK(value_cmp(&a, &b, &c));
        CHECK_INT_NOTE((c > 0) - (c < 0), cases[i].order, cases[i].a);
    }
    for (size_t i = 0; i < COUNT(none); i++) {
        value a = value_of(&e, none[i][0]), b = value_of(&e, none[i][1]);
        CHECK(!value_cmp(&a, &b, &c));
    }
    test_env_release(&e);
}

TEST(value, contains_substrings_and_elements)
{
    static const struct { const char *in, *what; bool found; } cases[] = {
        {"{'S':'abc'}", "{'S':''}", true}, {"{'S':'abc'}", "{'S':'bc'}", true},
        {"{'S':'abc'}", "{'S':'abc'}", true}, {"{'S':'abc'}", "{'S':'abcd'}", false},
        {"{'S':'abc'}", "{'S':'ac'}", false}, {"{'S':'aaab'}", "{'S':'aab'}", true},
        {"{'S':''}", "{'S':''}", true}, {"{'S':'1'}", "{'N':'1'}", false},
        {"{'B':'AAEC'}", "{'B':'AQI='}", true}, {"{'B':'AAEC'}", "{'B':'AgE='}", false},
        {"{'B':'YWJj'}", "{'S':'a'}", false},
        {"{'SS':['a','b']}", "{'S':'b'}", true}, {"{'SS':['ab']}", "{'S':'b'}", false},
        {"{'NS':['1','2']}", "{'N':'2.0'}", true}, {"{'NS':['1']}", "{'S':'1'}", false},
        {"{'BS':['AA==']}", "{'B':'AA=='}", true}, {"{'SS':['a']}", "{'SS':['a']}", false},
        {"{'L':[{'S':'a'},{'N':'1'}]}", "{'N':'1.0'}", true},
        {"{'L':[{'M':{'a':{'NULL':true}}}]}", "{'M':{'a':{'NULL':true}}}", true},
        {"{'L':[{'SS':['a','b']}]}", "{'SS':['b','a']}", true},
        {"{'L':[{'L':[{'S':'a'}]}]}", "{'S':'a'}", false},
        {"{'M':{'a':{'S':'b'}}}", "{'S':'a'}", false}, {"{'N':'123'}", "{'N':'2'}", false},
        {"{'BOOL':true}", "{'BOOL':true}", false}, {"{'NULL':true}", "{'NULL':true}", false},
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        value in = value_of(&e, cases[i].in), what = value_of(&e, cases[i].what);
        CHECK_INT_NOTE(value_contains(&in, &what), cases[i].found, cases[i].in);
    }
    test_env_release(&e);
}

/* 300,000 times `a` against half of it and a `b`: quadratic search would take minutes. */
TEST(value, finds_long_substrings_in_linear_time)
{
    enum { N = 300000 };
    char *hay = malloc(N), *needle = malloc(N);
    value in, what;

    REQUIRE(hay != NULL && needle != NULL);
    memset(hay, 'a', N);
    memset(needle, 'a', N);
    needle[N / 2] = 'b';
    in = value_scalar(T_S, (str){hay, N});
    what = value_scalar(T_S, (str){needle, N / 2 + 1});
    CHECK(!value_contains(&in, &what));
    hay[N - 1] = 'b';
    CHECK(value_contains(&in, &what));
    what.s.n = 65;
    CHECK(value_contains(&in, &what));
    hay[N / 2] = 'c';
    what.s.n = N / 2 + 1;
    CHECK(!value_contains(&in, &what));
    free(hay);
    free(needle);
}

TEST(value, map_get_finds_by_exact_name)
{
    test_env e;
    map m;

    test_env_init(&e);
    m = map_of(&e, "{'a':{'S':'1'},'ab':{'S':'2'},'':{'S':'3'}}");
    CHECK_STR(map_get(&m, STR("ab"))->s, "2");
    CHECK_STR(map_get(&m, STR(""))->s, "3");
    CHECK(map_get(&m, STR("b")) == NULL);
    test_env_release(&e);
}
