/*
 * json_test.c - the parser's tree, what it refuses, and JSON text out.
 */
#include "value/json.h"

#include "test.h"

/* The tree written back, to compare it with what we meant. */
static void put(buf *b, const json *j)
{
    static const char *const words[] = {"null", "true", "false"};

    if (j->key.p != NULL) {
        json_put_string(b, j->key);
        buf_byte(b, ':');
    }
    if (j->type <= J_FALSE) {
        buf_str(b, str_of(words[j->type]));
    } else if (j->type == J_NUMBER) {
        buf_str(b, j->s);
        if (j->decimal)
            buf_byte(b, 'd');
    } else if (j->type == J_STRING) {
        json_put_string(b, j->s);
    } else {
        uint32_t n = 0;
        buf_byte(b, j->type == J_OBJECT ? '{' : '[');
        for (const json *c = j->child; c != NULL; c = c->next) {
            if (n++ > 0)
                buf_byte(b, ',');
            put(b, c);
        }
        CHECK_INT(n, j->count);
        buf_byte(b, j->type == J_OBJECT ? '}' : ']');
    }
}

TEST(json, parses_every_form)
{
    static const struct { const char *in, *out; } cases[] = {
        {"null", "null"}, {" true ", "true"}, {"\t\r\nfalse\n", "false"},
        {"0", "0"}, {"-0", "-0"}, {"10", "10"}, {"-1.5", "-1.5d"}, {"1e5", "1e5d"},
        {"1E+05", "1E+05d"}, {"0.10e-7", "0.10e-7d"},
        {"\"\"", "\"\""}, {"\"abc\"", "\"abc\""},
        {"[]", "[]"}, {"{}", "{}"}, {"[ ]", "[]"}, {"{ }", "{}"},
        {"[1,[2,[]],{}]", "[1,[2,[]],{}]"},
        {" { \"a\" : [ 1 , 2 ] , \"b\" : { \"c\" : null } } ", "{\"a\":[1,2],\"b\":{\"c\":null}}"},
        {"{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}"},
        {"{\"\":[{},[],\"\",0]}", "{\"\":[{},[],\"\",0]}"},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]],2]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
         "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]],2]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"},
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        json *j;
        buf b;
        int rc = json_parse(&e.cx, str_of(cases[i].in), &j);
        CHECK_INT_NOTE(rc, 0, cases[i].in);
        if (rc != 0)
            continue;
        buf_init_arena(&b, &e.a, 10000);
        put(&b, j);
        CHECK_STR(buf_view(&b), cases[i].out);
        test_env_reset(&e);
    }
    test_env_release(&e);
}

TEST(json, decodes_strings)
{
    static const struct { str in, out; } cases[] = {
        {STR_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), STR_INIT("\"\\/\b\f\n\r\t")},
        {STR_INIT("\"\\u0041\\u00e9\\u20AC\""), STR_INIT("A\xc3\xa9\xe2\x82\xac")},
        {STR_INIT("\"\\u0000\""), STR_INIT("\0")},
        {STR_INIT("\"\\ud83d\\ude00\""), STR_INIT("\xf0\x9f\x98\x80")},
        {STR_INIT("\"\\ud83d\""), STR_INIT("\xef\xbf\xbd")},
        {STR_INIT("\"\\ude00x\""), STR_INIT("\xef\xbf\xbdx")},
        {STR_INIT("\"\\ud83d\\u0041\""), STR_INIT("\xef\xbf\xbd" "A")},
        {STR_INIT("\"\\ud83d\\ud83d\\ude00\""), STR_INIT("\xef\xbf\xbd\xf0\x9f\x98\x80")},
        {STR_INIT("\"abcdefghij\\\"klmnopqrstu\""), STR_INIT("abcdefghij\"klmnopqrstu")},
        {STR_INIT("\"caf\xc3\xa9 and more text here\""),
         STR_INIT("caf\xc3\xa9 and more text here")},
        {STR_INIT("\"\xc3\xa9\\n\xf0\x9f\x98\x80\""), STR_INIT("\xc3\xa9\n\xf0\x9f\x98\x80")},
        {STR_INIT("\"a\xff" "b\xc3\""), STR_INIT("a\xef\xbf\xbd" "b\xef\xbf\xbd")},
        {STR_INIT("\"\xed\xa0\x80\""), STR_INIT("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd")},
        {STR_INIT("\"\x7f/\""), STR_INIT("\x7f/")},
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        json *j;
        CHECK_INT_NOTE(json_parse(&e.cx, cases[i].in, &j), 0, cases[i].in.p);
        CHECK_MEM_EQ(j->s, cases[i].out);
        test_env_reset(&e);
    }
    test_env_release(&e);
}

TEST(json, strings_without_escapes_point_into_the_text)
{
    static const char text[] = "{\"name\":\"caf\xc3\xa9\"}";
    test_env e;
    json *j;

    test_env_init(&e);
    REQUIRE(json_parse(&e.cx, str_of(text), &j) == 0);
    CHECK(j->child->key.p == text + 2);
    CHECK(j->child->s.p == text + 9);
    test_env_release(&e);
}

TEST(json, refuses_what_is_not_json)
{
    static const char *const cases[] = {
        "", " ", "nul", "tru", "True", "NaN", "Infinity", "undefined", "'a'", "a",
        "01", "-", "+1", ".5", "5.", "1e", "1e+", "-a", "0x1", "1.e5", "--1",
        "\"", "\"a", "\"\\", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\u\"",
        "\"a\nb\"", "\"\t\"", "\"abcdefgh\x01\"",
        "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "[}", "{]",
        "{", "}", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{1:2}",
        "{\"a\" 1}", "{\"a\":1]", "{a:1}", "{\"a\":1 \"b\":2}", "{\"a\"::1}",
        "1 2", "{} {}", "[] x", "null,", "\xef\xbb\xbf{}", "\"\\\xc3\xa9\"", "\"\\\n\"", "// x\n1",
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        json *j;
        int rc = json_parse(&e.cx, str_of(cases[i]), &j);
        CHECK_FAIL_NOTE(&e.cx, rc, DDB_SERIALIZATION, NULL, cases[i]);
        test_env_reset(&e);
    }
    test_env_release(&e);
}

/* Every prefix of a text is no text: no read beyond its end (the copy has no byte behind it). */
TEST(json, stops_at_the_end_of_any_prefix)
{
    static const char text[] =
        "{\"a\\u00e9\":[1.5e+3,\"x\\n\xe2\x82\xac\",true,false,null],\"b\":{}}";
    test_env e;
    test_env_init(&e);
    for (size_t n = 0; n < sizeof text - 1; n++) {
        json *j;
        char *copy = arena_copy(&e.a, text, n);
        CHECK_INT(json_parse(&e.cx, str_make(copy, n), &j), DDB_SERIALIZATION);
        test_env_reset(&e);
    }
    test_env_release(&e);
}

TEST(json, nests_to_its_limit_without_recursion)
{
    size_t n = JSON_DEPTH_MAX + 2; /* the innermost is empty and takes no place on the stack */
    char *text = malloc(2 * n);
    test_env e;
    json *j;

    REQUIRE(text != NULL);
    memset(text, '[', n);
    memset(text + n, ']', n);
    test_env_init(&e);
    CHECK_INT(json_parse(&e.cx, str_make(text + 1, 2 * n - 2), &j), 0);
    CHECK_INT(json_parse(&e.cx, str_make(text, 2 * n), &j), DDB_SERIALIZATION);
    CHECK_INT(json_parse(&e.cx, str_make(text, n - 1), &j), DDB_SERIALIZATION);
    test_env_release(&e);
    free(text);
}

TEST(json, get_takes_the_last_of_equal_names)
{
    test_env e;
    json *j;

    test_env_init(&e);
    REQUIRE(json_parse(&e.cx, STR("{\"a\":1,\"b\":2,\"a\":3}"), &j) == 0);
    CHECK_STR(json_get(j, STR("a"))->s, "3");
    CHECK_STR(json_get(j, STR("b"))->s, "2");
    CHECK(json_get(j, STR("c")) == NULL);
    test_env_release(&e);
}

static int parse_body(test_env *e, void *arg)
{
    json *j;
    (void)arg;
    return json_parse(&e->cx, STR("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[{\"a\\n\":\"b\\u00e9\"}"
                                  "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"), &j);
}

TEST(json, survives_each_failed_allocation)
{
    test_each_alloc_failure(parse_body, NULL);
}

TEST(json, writes_strings_with_the_fewest_escapes)
{
    static const struct { str in; const char *out; } cases[] = {
        {STR_INIT(""), "\"\""},
        {STR_INIT("plain text of some length"), "\"plain text of some length\""},
        {STR_INIT("\"\\/\b\f\n\r\t"), "\"\\\"\\\\/\\b\\f\\n\\r\\t\""},
        {STR_INIT("a\0\x01\x1f\x7f"), "\"a\\u0000\\u0001\\u001f\x7f\""},
        {STR_INIT("\xc3\xa9\xf0\x9f\x98\x80<>&'"), "\"\xc3\xa9\xf0\x9f\x98\x80<>&'\""},
        {STR_INIT("abcdefghijk\"lmnopqrstu\\vwxyz\n"), "\"abcdefghijk\\\"lmnopqrstu\\\\vwxyz\\n\""},
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        buf b;
        buf_init_arena(&b, &e.a, 1000);
        json_put_string(&b, cases[i].in);
        CHECK_STR(buf_view(&b), cases[i].out);
    }
    test_env_release(&e);
}

TEST(json, writes_doubles_and_timestamps_as_the_service)
{
    static const struct { double v; const char *out; } doubles[] = {
        {0, "0.0"}, {1, "1.0"}, {0.5, "0.5"}, {1.5, "1.5"}, {128.5, "128.5"},
        {1000000, "1000000.0"},
        {0.1, "0.1"}, {0.3, "0.3"}, {2.25, "2.25"}, {-1.5, "-1.5"}, {1.0 / 3, "0.3333333333333333"},
        {1421866952.062, "1421866952.062"},
    };
    static const struct { int64_t ms; const char *out; } stamps[] = {
        {1421866952062, "1421866952.062"}, {1421866952000, "1421866952"}, {1500, "1.5"},
        {1420, "1.42"}, {0, "0"}, {7, "0.007"}, {-1500, "-1.5"},
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(doubles); i++) {
        buf b;
        buf_init_arena(&b, &e.a, 100);
        json_put_double(&b, doubles[i].v);
        CHECK_STR(buf_view(&b), doubles[i].out);
    }
    for (size_t i = 0; i < COUNT(stamps); i++) {
        buf b;
        buf_init_arena(&b, &e.a, 100);
        json_put_timestamp(&b, stamps[i].ms);
        CHECK_STR(buf_view(&b), stamps[i].out);
    }
    test_env_release(&e);
}

TEST(base64, goes_there_and_back)
{
    static const struct { str raw; const char *text; } cases[] = {
        {STR_INIT(""), ""}, {STR_INIT("f"), "Zg=="}, {STR_INIT("fo"), "Zm8="},
        {STR_INIT("foo"), "Zm9v"}, {STR_INIT("foob"), "Zm9vYg=="}, {STR_INIT("fooba"), "Zm9vYmE="},
        {STR_INIT("foobar"), "Zm9vYmFy"}, {STR_INIT("\xff\xff\xff\xfe\xfb"), "/////vs="},
        {STR_INIT("\0\0\0"), "AAAA"}, {STR_INIT("\0"), "AA=="},
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        buf b;
        str back = STR_ABSENT;
        buf_init_arena(&b, &e.a, 1000);
        base64_put(&b, cases[i].raw);
        CHECK_STR(buf_view(&b), cases[i].text);
        CHECK_INT(base64_decode(&e.cx, str_of(cases[i].text), &back), 0);
        CHECK_MEM_EQ(back, cases[i].raw);
        CHECK(back.n <= base64_decoded_max(strlen(cases[i].text)));
    }
    test_env_release(&e);
}

/* Evidence: the texts of SerializationException for Blob members, as captured by dynalite. */
TEST(base64, refuses_with_the_services_texts)
{
    static const char length[] =
        "Base64 encoded length is expected a multiple of 4 bytes but found: ";
    static const char last[] = "Invalid last non-pad Base64 character dectected";
    static const struct { const char *text, *number; } cases[] = {
        {"a", "1"}, {"ab", "2"}, {"abc", "3"}, {"abcde", "5"}, {"=", "1"},
        {"=+/=", NULL}, {"+/+=", NULL}, {"====", NULL}, {"a===", NULL}, {"ab=c", NULL},
        {"Zh==", NULL}, {"Zm9=", NULL}, {"Zm9v====", NULL}, {"Zg==Zm9v", NULL}, {"Zm9\n", NULL},
        {"Zm-_", NULL}, {"Zm 9", NULL}, {"\xc3\xa9" "abc", NULL}, {"\xc3\xa9" "ab", "3"},
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char message[120];
        str out;
        int rc = base64_decode(&e.cx, str_of(cases[i].text), &out);
        snprintf(message, sizeof message, "%s%s", cases[i].number ? length : last,
                 cases[i].number ? cases[i].number : "");
        CHECK_FAIL_NOTE(&e.cx, rc, DDB_SERIALIZATION, message, cases[i].text);
        test_env_reset(&e);
    }
    test_env_release(&e);
}
