/*
 * size_test.c - item sizes and nesting.
 *
 * Evidence: AWS Developer Guide, "DynamoDB item sizes and formats"; captures for numbers.
 */
#include "value/size.h"

#include "values.h"

TEST(size, counts_each_type)
{
    static const struct { const char *text; int size; } cases[] = {
        {"{'S':''}", 0}, {"{'S':'abc'}", 3}, {"{'S':'\xc3\xa9\xf0\x9f\x98\x80'}", 6},
        {"{'N':'0'}", 1}, {"{'N':'-12345'}", 5}, {"{'N':'100.50'}", 4},
        {"{'B':''}", 0}, {"{'B':'AAEC'}", 3}, {"{'BOOL':true}", 1}, {"{'BOOL':false}", 1},
        {"{'NULL':true}", 1}, {"{'SS':['a','bcd']}", 4}, {"{'NS':['1','-100']}", 5},
        {"{'BS':['AA==','AAEC']}", 4}, {"{'L':[]}", 3}, {"{'M':{}}", 3},
        {"{'L':[{'S':'ab'},{'N':'1'}]}", 9}, {"{'M':{'key':{'S':'ab'}}}", 9},
        {"{'L':[{'L':[{'BOOL':true}]}]}", 9},
        {"{'M':{'a':{'M':{'b':{'N':'1'}}}}}", 12},
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        value v = value_of(&e, cases[i].text);
        CHECK_INT_NOTE(size_value(&v), cases[i].size, cases[i].text);
    }
    test_env_release(&e);
}

TEST(size, of_the_documented_item_is_23_bytes)
{
    test_env e;
    map m;

    test_env_init(&e);
    m = map_of(&e, "{'shirt-color':{'S':'R'},'shirt-size':{'S':'M'}}");
    CHECK_INT(size_map(&m), 23);
    CHECK_INT(size_attr(&m.attrs[0]), 12);
    test_env_release(&e);
}

TEST(size, nesting_ends_at_level_32)
{
    value chain[NESTING_MAX + 1] = {{0}};

    for (int levels = 1; levels <= NESTING_MAX + 1; levels++) {
        for (int i = 0; i < levels - 1; i++) {
            chain[i] = (value){.type = T_L, .count = 1};
            chain[i].items = &chain[i + 1];
        }
        chain[levels - 1] = value_scalar(T_S, STR("x"));
        CHECK_INT(size_nesting_ok(&chain[0]), levels <= NESTING_MAX);
    }
}
