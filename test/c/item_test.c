/*
 * item_test.c - the stored text: written, walked, found, decoded; damaged rows.
 */
#include "value/item.h"

#include "values.h"

static str text_of(test_env *e, const map *m)
{
    buf b;
    buf_init_arena(&b, &e->a, 1000000);
    item_put(&b, m);
    CHECK_INT(b.err, 0);
    return buf_view(&b);
}

TEST(item, has_one_canonical_text)
{
    static const struct { const char *in, *out; } cases[] = {
        {"{}", "{}"},
        {" { 'pk' : { 'S' : 'a' } } ", "{'pk':{'S':'a'}}"},
        {"{'n':{'N':'1.50e1'}}", "{'n':{'N':'15'}}"},
        {"{'b':{'B':'AAEC'},'e':{'B':''}}", "{'b':{'B':'AAEC'},'e':{'B':''}}"},
        {"{'t':{'BOOL':true},'f':{'BOOL':'no'},'z':{'NULL':true}}",
         "{'t':{'BOOL':true},'f':{'BOOL':false},'z':{'NULL':true}}"},
        {"{'ss':{'SS':['b','a']},'ns':{'NS':['2','1.0']},'bs':{'BS':['AA==','']}}",
         "{'ss':{'SS':['b','a']},'ns':{'NS':['2','1']},'bs':{'BS':['AA==','']}}"},
        {"{'l':{'L':[]},'m':{'M':{}}}", "{'l':{'L':[]},'m':{'M':{}}}"},
        {"{'l':{'L':[{'S':'x'},{'L':[{'N':'1'}]}]},'m':{'M':{'k':{'M':{'j':{'S':''}}}}}}",
         "{'l':{'L':[{'S':'x'},{'L':[{'N':'1'}]}]},'m':{'M':{'k':{'M':{'j':{'S':''}}}}}}"},
        {"{'\\u00e9\\n':{'S':'\\u0041\\/\\\\'}}", "{'\xc3\xa9\\n':{'S':'A/\\\\'}}"},
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        map m = map_of(&e, cases[i].in), back;
        str text = text_of(&e, &m);
        CHECK_MEM_EQ(text, quoted(&e, cases[i].out));
        CHECK_INT_NOTE(item_parse(&e.cx, text, &back), 0, cases[i].in);
        CHECK(map_eq(&m, &back));
        CHECK_MEM_EQ(text_of(&e, &back), text);
    }
    test_env_release(&e);
}

#define ITEM "{'pk':{'S':'a}\\\"{'},'a\\nb':{'N':'1'}," \
             "'l':{'L':[{'S':'],\\\\'},{'M':{'pk':{'S':'in'}}}]}," \
             "'':{'SS':['x','}']},'last':{'M':{'z':{'BOOL':true}}}}"

TEST(item, cursor_walks_attributes_as_raw_text)
{
    static const struct { const char *name, *value; bool escaped; } want[] = {
        {"pk", "{'S':'a}\\\"{'}", false}, {"a\\nb", "{'N':'1'}", true},
        {"l", "{'L':[{'S':'],\\\\'},{'M':{'pk':{'S':'in'}}}]}", false},
        {"", "{'SS':['x','}']}", false}, {"last", "{'M':{'z':{'BOOL':true}}}", false}};
    test_env e;
    item_cursor c;

    test_env_init(&e);
    item_cursor_init(&c, quoted(&e, ITEM));
    for (size_t i = 0; i < COUNT(want); i++) {
        REQUIRE(item_cursor_next(&c) == 1);
        CHECK_STR(c.name, want[i].name);
        CHECK_MEM_EQ(c.value, quoted(&e, want[i].value));
        CHECK_INT(c.escaped, want[i].escaped);
    }
    CHECK_INT(item_cursor_next(&c), 0);
    item_cursor_init(&c, STR("{}"));
    CHECK_INT(item_cursor_next(&c), 0);
    CHECK_INT(item_cursor_next(&c), 0);
    test_env_release(&e);
}

TEST(item, find_compares_decoded_top_level_names)
{
    test_env e;
    str text, v;

    test_env_init(&e);
    text = quoted(&e, ITEM);
    CHECK_INT(item_find(text, STR("a\nb"), &v), 1);
    CHECK_MEM_EQ(v, quoted(&e, "{'N':'1'}"));
    CHECK_INT(item_find(text, STR("last"), &v), 1);
    CHECK_INT(item_find(text, STR(""), &v), 1);
    CHECK_MEM_EQ(v, quoted(&e, "{'SS':['x','}']}"));
    CHECK_INT(item_find(text, STR("a\\nb"), &v), 0);
    CHECK_INT(item_find(text, STR("a"), &v), 0);
    CHECK_INT(item_find(text, STR("z"), &v), 0);
    CHECK_INT(item_find(text, STR("a\nbc"), &v), 0);
    CHECK_INT(item_find(STR("{}"), STR("a"), &v), 0);
    test_env_release(&e);
}

TEST(item, parses_one_value)
{
    static const char *const cases[] = {
        "{'S':'a\\nb'}", "{'N':'-1.5'}", "{'B':'AAEC'}", "{'BOOL':false}", "{'NULL':true}",
        "{'SS':['a','b\\\"']}", "{'NS':['1']}", "{'BS':['AA==']}", "{'L':[{'L':[]},{'NULL':true}]}",
        "{'M':{'a':{'N':'1'},'b':{'M':{}}}}",
        "{'NS':['1','2','3','4','5','6','7','8','9','10','11','12','13','14','15','16','17']}"};
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        value v = {0}, want = value_of(&e, cases[i]);
        buf b;
        CHECK_INT_NOTE(item_parse_value(&e.cx, quoted(&e, cases[i]), &v), 0, cases[i]);
        CHECK(value_eq(&v, &want));
        buf_init_arena(&b, &e.a, 1000);
        item_put_value(&b, &v);
        CHECK_MEM_EQ(buf_view(&b), quoted(&e, cases[i]));
    }
    test_env_release(&e);
}

TEST(item, parses_and_refuses_at_the_nesting_limit)
{
    test_env e;

    test_env_init(&e);
    for (int levels = NESTING_MAX; levels <= NESTING_MAX + 1; levels++) {
        buf b;
        value v;
        buf_init_arena(&b, &e.a, 10000);
        for (int i = 1; i < levels; i++)
            buf_lit(&b, "{\"L\":[");
        buf_lit(&b, "{\"S\":\"x\"}");
        for (int i = 1; i < levels; i++)
            buf_lit(&b, "]}");
        CHECK_INT(item_parse_value(&e.cx, buf_view(&b), &v),
                  levels <= NESTING_MAX ? 0 : DDB_STORAGE_CORRUPT);
    }
    test_env_release(&e);
}

TEST(item, reports_damaged_rows)
{
    static const char *const cases[] = {
        "", "{", "}", "[]", "x", "{'a'", "{'a':", "{'a':{", "{'a':{'S'", "{'a':{'S':",
        "{'a':{'S':'",
        "{'a':{'S':'x'", "{'a':{'S':'x'}", "{'a':{'S':'x'}}}", "{'a':{'S':'x'}},",
        "{'a':{'S':'x'},}",
        "{'a':{}}", "{'a':{'X':'x'}}", "{'a':{'XS':[]}}", "{'a':{'S':1}}", "{'a':{'B':'A'}}",
        "{'a':{'N':''}}", "{'a':{'N':'1e5'}}", "{'a':{'NS':['\\n']}}", "{'a':{'BOOL':1}}",
        "{'a':{'NULL':false}}", "{'a':{'L':['x']}}", "{'a':{'L':[{'S':'x'},]}}",
        "{'a':{'M':[]}}", "{'a':{'S':'\\x'}}", "{'a':{'S':'\\u12'}}", "{'a':{'S':'\\",
        "{a:{'S':'x'}}",
        "{'a':'S'}", "{'a':{'S':'x'} }", "{'a':{'S':'x','N':'1'}}", "{'a':{'SS':['x'}}",
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        str text = quoted(&e, cases[i]), v;
        map m;
        CHECK_INT_NOTE(item_parse(&e.cx, text, &m), DDB_STORAGE_CORRUPT, cases[i]);
        CHECK_INT(e.cx.err.code, 0);
        CHECK(item_find(text, STR("none"), &v) <= 0);
        test_env_reset(&e);
    }
    test_env_release(&e);
}

TEST(item, stops_at_the_end_of_any_prefix)
{
    test_env e;
    size_t n;

    test_env_init(&e);
    n = quoted(&e, ITEM).n;
    while (n-- > 0) {
        str text = {arena_copy(&e.a, quoted(&e, ITEM).p, n), n}, v;
        map m;
        CHECK_INT(item_parse(&e.cx, text, &m), DDB_STORAGE_CORRUPT);
        CHECK_INT(item_find(text, STR("none"), &v), DDB_STORAGE_CORRUPT);
        test_env_reset(&e);
    }
    test_env_release(&e);
}

TEST(item, view_decodes_what_is_asked_for_once)
{
    test_env e;
    item_view none = item_view_none(), view;
    const value *v, *again;
    map m;

    test_env_init(&e);
    CHECK_INT(item_view_get(&e.cx, &none, STR("a"), &v), 0);
    CHECK(v == NULL);
    view = item_view_text(quoted(&e, ITEM));
    CHECK_INT(item_view_get(&e.cx, &view, STR("a\nb"), &v), 0);
    REQUIRE(v != NULL);
    CHECK_STR(v->s, "1");
    CHECK_INT(item_view_get(&e.cx, &view, STR("a\nb"), &again), 0);
    CHECK(v == again);
    CHECK_INT(item_view_get(&e.cx, &view, STR("zz"), &v), 0);
    CHECK(v == NULL);
    m = map_of(&e, "{'a':{'S':'x'}}");
    view = item_view_map(&m);
    CHECK_INT(item_view_get(&e.cx, &view, STR("a"), &v), 0);
    CHECK(v == &m.attrs[0].v);
    view = item_view_text(STR("{\"a\":{\"S\":"));
    CHECK_INT(item_view_get(&e.cx, &view, STR("a"), &v), DDB_STORAGE_CORRUPT);
    test_env_release(&e);
}

static int round_trip(test_env *e, void *arg)
{
    str text = str_of(arg), v;
    item_view view = item_view_text(text);
    const value *got;
    map m;
    buf b;
    int rc = item_parse(&e->cx, text, &m);

    if (rc < 0)
        return rc;
    buf_init(&b, &e->m, 100000);
    item_put(&b, &m);
    rc = b.err;
    if (rc == 0) {
        CHECK_MEM_EQ(buf_view(&b), text);
        CHECK_INT(item_find(text, STR("l"), &v), 1);
    }
    buf_release(&b);
    return rc < 0 ? rc : item_view_get(&e->cx, &view, STR("l"), &got);
}

TEST(item, survives_each_failed_allocation)
{
    static char text[] = "{\"pk\":{\"S\":\"a\\n\"},"
                         "\"l\":{\"L\":[{\"SS\":[\"a\",\"b\"]},{\"B\":\"AA==\"}]},"
                         "\"m\":{\"M\":{\"x\":{\"N\":\"1\"}}}}";
    test_each_alloc_failure(round_trip, text);
}
