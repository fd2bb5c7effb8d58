/*
 * base_test.c - mem, arena, buf, errors, fail and utf8.
 */
#include "base/utf8.h"

#include "test.h"

TEST(mem, counts_and_fails_from_the_nth_allocation_on)
{
    mem m;
    void *a, *b;

    mem_init(&m);
    m.fail_after = 2;
    a = mem_alloc(&m, 10);
    b = mem_realloc(&m, NULL, 10);
    CHECK(a != NULL && b != NULL);
    CHECK(mem_alloc(&m, 1) == NULL);
    CHECK(mem_alloc(&m, 1) == NULL);
    CHECK(mem_realloc(&m, a, 100) == NULL);
    m.fail_after = -1;
    CHECK_INT(m.live, 2);
    a = mem_realloc(&m, a, 1000);
    CHECK(a != NULL);
    mem_free(&m, a);
    mem_free(&m, b);
    mem_free(&m, NULL);
    CHECK_INT(m.live, 0);
    CHECK_INT(m.allocs, 3);
    CHECK_INT(m.frees, 2);
}

TEST(arena, gives_aligned_memory_and_takes_it_back)
{
    test_env e;
    arena_mark mark;

    test_env_init(&e);
    for (size_t n = 0; n < 100; n++) {
        char *p = arena_alloc(&e.a, n);
        REQUIRE(p != NULL);
        CHECK_INT((uintptr_t)p % 8, 0);
        memset(p, 1, n);
    }
    mark = arena_mark_get(&e.a);
    for (int i = 0; i < 50; i++) {
        REQUIRE(arena_alloc(&e.a, 100000) != NULL);
        arena_rewind(&e.a, mark);
        CHECK(arena_mark_get(&e.a).at == mark.at && arena_mark_get(&e.a).head == mark.head);
    }
    arena_reset(&e.a);
    REQUIRE(arena_alloc(&e.a, 1) != NULL);
    test_env_release(&e);
}

TEST(arena, keeps_to_its_maximum)
{
    test_env e;

    test_env_init(&e);
    e.a.max = 100000;
    CHECK(arena_alloc(&e.a, 100001) == NULL);
    CHECK(arena_alloc(&e.a, SIZE_MAX) == NULL);
    CHECK(arena_alloc(&e.a, SIZE_MAX - 7) == NULL);
    CHECK(arena_array(&e.a, SIZE_MAX / 2, 4) == NULL);
    for (int i = 0; i < 9; i++)
        CHECK(arena_alloc(&e.a, 10000) != NULL);
    CHECK(arena_alloc(&e.a, 50000) == NULL);
    test_env_release(&e);
}

TEST(arena, array_is_zeroed)
{
    test_env e;
    uint32_t *p;

    test_env_init(&e);
    p = ARENA_ARRAY(&e.a, uint32_t, 33);
    REQUIRE(p != NULL);
    for (int i = 0; i < 33; i++)
        CHECK_INT(p[i], 0);
    test_env_release(&e);
}

TEST(buf, grows_and_keeps_its_bytes)
{
    test_env e;
    buf b;

    test_env_init(&e);
    for (int round = 0; round < 2; round++) {
        if (round == 0)
            buf_init(&b, &e.m, 100000);
        else
            buf_init_arena(&b, &e.a, 100000);
        for (int i = 0; i < 10000; i++)
            buf_put(&b, "0123456789" + i % 10, 1);
        CHECK_INT(b.err, 0);
        CHECK_INT(b.n, 10000);
        for (size_t i = 0; i < b.n; i++)
            CHECK(b.p[i] == (char)('0' + i % 10));
        buf_reset(&b);
        CHECK_MEM_EQ(buf_view(&b), STR(""));
        buf_release(&b);
    }
    test_env_release(&e);
}

TEST(buf, stays_failed_until_reset)
{
    test_env e;
    buf b;

    test_env_init(&e);
    buf_init(&b, &e.m, 300);
    for (int i = 0; i < 31; i++)
        buf_lit(&b, "0123456789");
    CHECK_INT(b.err, DDB_TOO_BIG);
    CHECK_INT(b.n, 300);
    buf_byte(&b, 'x');
    CHECK_INT(b.n, 300);
    buf_reset(&b);
    buf_byte(&b, 'x');
    CHECK_MEM_EQ(buf_view(&b), STR("x"));
    e.m.fail_after = 0;
    buf_put(&b, "", 0);
    CHECK_INT(b.err, 0);
    CHECK(!buf_grow(&b, 299));
    CHECK_INT(b.err, DDB_NOMEM);
    buf_release(&b);
    test_env_release(&e);
}

TEST(buf, formats_its_directives)
{
    test_env e;
    buf b;

    test_env_init(&e);
    buf_init_arena(&b, &e.a, 1000);
    buf_fmt(&b, "%s|%S|%d|%l|%z|%c|%%|", "ab", str_make("c\0d", 3), -5, INT64_MIN, (size_t)7, 'x');
    CHECK_MEM_EQ(buf_view(&b), STR("ab|c\0d|-5|-9223372036854775808|7|x|%|"));
    buf_reset(&b);
    buf_int(&b, 0);
    buf_int(&b, INT64_MAX);
    CHECK_MEM_EQ(buf_view(&b), STR("09223372036854775807"));
    test_env_release(&e);
}

TEST(errors, rows_carry_the_wire_form)
{
    const error_info *i = error_info_get(DDB_RESOURCE_NOT_FOUND);

    CHECK_STR(str_of(i->type), "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException");
    CHECK_STR(str_of(i->name), "ResourceNotFoundException");
    CHECK_INT(i->status, 400);
    CHECK_STR(str_of(error_info_get(DDB_SERIALIZATION)->member), "Message");
    CHECK_STR(str_of(error_info_get(DDB_VALIDATION)->type),
              "com.amazon.coral.validate#ValidationException");
    CHECK_STR(str_of(error_info_get(DDB_BAD_ARGUMENT)->name), "BadArgument");
    CHECK_STR(str_of(error_info_get(DDB_NOMEM)->name), "InternalServerError");
    CHECK_STR(str_of(error_info_get(DDB_BAD_ARGUMENT - 1)->name), "InternalServerError");
    CHECK_STR(str_of(error_info_get(-100000)->name), "InternalServerError");
    for (int code = DDB_VALIDATION; code >= DDB_BAD_ARGUMENT; code--)
        CHECK_INT(error_info_get(code)->code, code);
}

static int fail_body(test_env *e, void *arg)
{
    int rc = fail(&e->cx, DDB_VALIDATION, "Value '%s'", "x");

    (void)arg;
    if (rc == DDB_NOMEM)
        return rc;
    CHECK_FAIL(&e->cx, rc, DDB_VALIDATION, "Value 'x'");
    return 0;
}

TEST(fail, keeps_the_text_or_reports_no_memory)
{
    test_each_alloc_failure(fail_body, NULL);
}

TEST(utf8, accepts_exactly_the_well_formed)
{
    static const struct { str s; bool ok; size_t utf16; } cases[] = {
        {STR_INIT(""), true, 0},
        {STR_INIT("abcdefghijklmnopq"), true, 17},
        {STR_INIT("\xc3\xa9"), true, 1},
        {STR_INIT("abcdefgh\xc3\xa9 abcdefg\xe2\x82\xac"), true, 18},
        {STR_INIT("\xf0\x9f\x98\x80"), true, 2},
        {STR_INIT("\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"), true, 3},
        {STR_INIT("\xf4\x8f\xbf\xbf"), true, 2},
        {STR_INIT("\0"), true, 1},
        {STR_INIT("\x80"), false, 0},
        {STR_INIT("\xc0\x80"), false, 0},
        {STR_INIT("\xc1\xbf"), false, 0},
        {STR_INIT("\xc3"), false, 0},
        {STR_INIT("\xc3("), false, 0},
        {STR_INIT("\xe0\x9f\xbf"), false, 0},
        {STR_INIT("\xed\xa0\x80"), false, 0},
        {STR_INIT("\xe2\x82"), false, 0},
        {STR_INIT("\xf0\x8f\xbf\xbf"), false, 0},
        {STR_INIT("\xf4\x90\x80\x80"), false, 0},
        {STR_INIT("\xf5\x80\x80\x80"), false, 0},
        {STR_INIT("\xf0\x9f\x98"), false, 0},
        {STR_INIT("abcdefgh\xff"), false, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CHECK_INT_NOTE(utf8_valid(cases[i].s), cases[i].ok, cases[i].s.p);
        if (cases[i].ok)
            CHECK_INT_NOTE(utf8_utf16_length(cases[i].s), cases[i].utf16, cases[i].s.p);
    }
}

TEST(utf8, writes_what_it_accepts)
{
    for (uint32_t cp = 0; cp <= 0x10ffff; cp += cp < 0x900 ? 1 : 97) {
        char out[4];
        size_t n = utf8_put(out, cp);
        if (cp < 0xd800 || cp > 0xdfff)
            CHECK(utf8_valid(str_make(out, n)) && utf8_sequence(str_make(out, n)) == n);
    }
}

TEST(utf8, ascii_sees_each_position)
{
    char text[20];

    for (size_t i = 0; i < sizeof text; i++) {
        memset(text, 'a', sizeof text);
        CHECK(utf8_ascii(str_make(text, sizeof text)));
        text[i] = (char)0x80;
        CHECK(!utf8_ascii(str_make(text, sizeof text)));
    }
    CHECK(utf8_ascii(STR_ABSENT));
}
