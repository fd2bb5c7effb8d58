/*
 * table_test.c - key encoding and checks, index entries, and the stored form of definitions.
 */
#include "test.h"

#include "base/hash.h"
#include "table/table.h"

static value s_(const char *z) { return value_scalar(T_S, str_of(z)); }
static value n_(const char *z) { return value_scalar(T_N, str_of(z)); }
static value b_(const char *z) { return value_scalar(T_B, str_of(z)); }
static attr at(const char *name, value v) { return (attr){str_of(name), v}; }
#define MAP(...) ((map){(attr[]){__VA_ARGS__}, COUNT(((attr[]){__VA_ARGS__}))})

static key_attr key(const char *name, value_type t) { return (key_attr){str_of(name), (uint8_t)t}; }

/* pk:S sk:N; GSI by-city (city:S), LSI by-age (pk, age:N), GSI multi (a:S, b:N | c:S). */
typedef struct fixture {
    test_env env;
    index_def indexes[3];
    vector_def vectors[2];
    search_attr schema[2];
    str entry[4];
    key_attr defined[4];
    str non_key[2];
    table t;
} fixture;

static void setup(fixture *f)
{
    memset(f, 0, sizeof *f);
    test_env_init(&f->env);
    f->t = (table){.number = 7, .name = STR("people"),
        .arn = STR("arn:aws:dynamodb:r:1:table/people"),
                   .id = "0b8a2c1e-0000-4000-8000-000000000000", .status = TABLE_ACTIVE,
                   .created_ms = 1700000000123, .indexes = f->indexes, .index_count = 3,
                   .defined = f->defined, .defined_count = 4, .next_slot = 3};
    f->t.keys = (key_schema){.part = {key("pk", T_S)}, .sort = {key("sk", T_N)}, .parts = 1,
        .sorts = 1};
    f->non_key[0] = STR("na\"me");
    f->non_key[1] = STR("x");
    f->indexes[0] = (index_def){.name = STR("by-city"), .global = true, .slot = 0,
                            .projection = PROJECT_INCLUDE, .non_key = f->non_key,
                            .non_key_count = 2, .status = INDEX_ACTIVE,
                            .keys = {.part = {key("city", T_S)}, .parts = 1}};
    f->indexes[1] = (index_def){.name = STR("by-age"), .slot = 1, .projection = PROJECT_KEYS_ONLY,
                            .keys = {.part = {key("pk", T_S)}, .sort = {key("age", T_N)},
                                     .parts = 1, .sorts = 1}};
    f->indexes[2] = (index_def){.name = STR("multi"), .global = true, .slot = 2,
                            .projection = PROJECT_ALL, .status = INDEX_CREATING,
                            .backfilling = true, .made_by_update = true,
                            .keys = {.part = {key("a", T_S), key("b", T_N)},
                                     .sort = {key("c", T_S)}, .parts = 2, .sorts = 1}};
    f->defined[0] = key("pk", T_S);
    f->defined[1] = key("sk", T_N);
    f->defined[2] = key("city", T_S);
    f->defined[3] = key("age", T_N);
}

/* by-face: v of three numbers, tenant:S HASH, age:N INLINE_FILTER, name included; by-all. */
static void add_vectors(fixture *f)
{
    f->schema[0] = (search_attr){key("tenant", T_S), true};
    f->schema[1] = (search_attr){key("age", T_N), false};
    f->entry[0] = STR("name");
    f->entry[1] = STR("v");
    f->entry[2] = STR("tenant");
    f->entry[3] = STR("age");
    f->vectors[0] = (vector_def){.ix = {.name = STR("by-face"), .projection = PROJECT_INCLUDE,
                                        .global = true, .status = INDEX_ACTIVE,
                                        .non_key = f->entry, .non_key_count = 4},
                                 .projection = PROJECT_INCLUDE, .included = 1,
                                 .attribute = STR("v"), .dimensions = 3,
                                 .distance = VECTOR_EUCLIDEAN, .schema = f->schema,
                                 .schema_count = 2};
    f->vectors[1] = (vector_def){.ix = {.name = STR("by-all"), .status = INDEX_CREATING,
                                        .until_ms = 5},
                                 .attribute = STR("w"), .dimensions = 1};
    f->t.vectors = f->vectors;
    f->t.vector_count = 2;
}

static void teardown(fixture *f) { test_env_release(&f->env); }

/* ---- keys ---- */

TEST(table, encodes_partition_and_sort_apart)
{
    fixture f;
    key_bytes k;
    setup(&f);
    map m = MAP(at("pk", s_("a")), at("sk", n_("1")));
    CHECK_INT(key_encode(&f.env.cx, &f.t.keys, &m, &k), 0);
    CHECK_MEM_EQ(k.pk, str_make("\x01"
                                "a\0\0",
                                4));
    CHECK(k.sk.n > 0 && k.sk.p[0] == 2);
    CHECK_INT(k.h, hash_partition(STR("a")));

    key_schema only = {.part = {key("pk", T_S)}, .parts = 1};
    CHECK_INT(key_encode(&f.env.cx, &only, &m, &k), 0);
    CHECK(k.sk.p != NULL && k.sk.n == 0);
    teardown(&f);
}

TEST(table, joins_the_parts_of_a_multi_attribute_key)
{
    fixture f;
    key_bytes one, two, other;
    setup(&f);
    map m = MAP(at("a", s_("x")), at("b", n_("2")), at("c", s_("z")));
    map swapped = MAP(at("c", s_("z")), at("b", n_("2")), at("a", s_("x")));
    map different = MAP(at("a", s_("x")), at("b", n_("3")), at("c", s_("z")));
    CHECK_INT(key_encode(&f.env.cx, &f.indexes[2].keys, &m, &one), 0);
    CHECK_INT(key_encode(&f.env.cx, &f.indexes[2].keys, &swapped, &two), 0);
    CHECK_INT(key_encode(&f.env.cx, &f.indexes[2].keys, &different, &other), 0);
    CHECK(one.h == two.h && str_eq(one.pk, two.pk) && str_eq(one.sk, two.sk));
    CHECK(one.h != other.h);
    CHECK_MEM_LT(one.pk, other.pk);
    teardown(&f);
}

#define MISMATCH "The provided key element does not match the schema"

TEST(table, wants_exactly_the_key_attributes_in_a_key)
{
    fixture f;
    setup(&f);
    ctx *cx = &f.env.cx;
    map good = MAP(at("sk", n_("1")), at("pk", s_("a")));
    map cases[] = {
        MAP(at("pk", s_("a"))),
        MAP(at("pk", s_("a")), at("sk", n_("1")), at("z", s_("b"))),
        MAP(at("pk", s_("a")), at("other", n_("1"))),
        MAP(at("pk", b_("a")), at("sk", n_("1"))),
        MAP(at("pk", s_("")), at("sk", s_("1"))),
    };
    CHECK_INT(table_check_key(cx, &f.t, &good), 0);
    for (size_t i = 0; i < COUNT(cases); i++)
        CHECK_FAIL(cx, table_check_key(cx, &f.t, &cases[i]), DDB_VALIDATION, MISMATCH);
    map empty = MAP(at("pk", s_("")), at("sk", n_("1")));
    CHECK_FAIL(cx, table_check_key(cx, &f.t, &empty), DDB_VALIDATION,
               "One or more parameter values are not valid. The AttributeValue for a key attribute "
               "cannot contain an empty string value. Key: pk");
    teardown(&f);
}

TEST(table, limits_the_length_of_keys)
{
    fixture f;
    char big[2050];
    setup(&f);
    ctx *cx = &f.env.cx;
    memset(big, 'x', sizeof big);
    map m = MAP(at("pk", value_scalar(T_S, str_make(big, 2048))), at("sk", n_("1")));
    CHECK_INT(table_check_key(cx, &f.t, &m), 0);
    m.attrs[0].v.s.n = 2049;
    CHECK_FAIL(cx, table_check_key(cx, &f.t, &m), DDB_VALIDATION,
               "One or more parameter values were invalid: Size of hashkey has exceeded the "
               "maximum "
               "size limit of2048 bytes");
    f.t.keys.sort[0].type = T_B;
    m = MAP(at("pk", s_("a")), at("sk", value_scalar(T_B, str_make(big, 1024))));
    CHECK_INT(table_check_item_key(cx, &f.t, &m), 0);
    m.attrs[1].v.s.n = 1025;
    CHECK_FAIL(cx, table_check_item_key(cx, &f.t, &m), DDB_VALIDATION,
               "One or more parameter values were invalid: Aggregated size of all range keys has "
               "exceeded the size limit of 1024 bytes");
    teardown(&f);
}

TEST(table, names_the_key_an_item_lacks)
{
    fixture f;
    setup(&f);
    ctx *cx = &f.env.cx;
    map none = MAP(at("z", s_("a")));
    map no_sort = MAP(at("pk", s_("a")));
    map type = MAP(at("pk", s_("a")), at("sk", s_("1")));
    CHECK_FAIL(cx, table_check_item_key(cx, &f.t, &none), DDB_VALIDATION,
               "One or more parameter values were invalid: Missing the key pk in the item");
    CHECK_FAIL(cx, table_check_item_key(cx, &f.t, &no_sort), DDB_VALIDATION,
               "One or more parameter values were invalid: Missing the key sk in the item");
    CHECK_FAIL(cx, table_check_item_key(cx, &f.t, &type), DDB_VALIDATION,
               "One or more parameter values were invalid: Type mismatch for key sk expected: N "
               "actual: S");
    teardown(&f);
}

TEST(table, checks_the_index_keys_of_an_item)
{
    fixture f;
    char big[1025];
    setup(&f);
    ctx *cx = &f.env.cx;
    memset(big, 'x', sizeof big);
    map sparse = MAP(at("pk", s_("a")), at("sk", n_("1")));
    map type = MAP(at("age", s_("1")), at("city",
        n_("1"))); /* the global index is looked at first */
    map local = MAP(at("age", s_("1")));
    map empty = MAP(at("city", s_("")));
    map large = MAP(at("a", s_("1")), at("c", value_scalar(T_S, str_make(big, 1025))));
    CHECK_INT(table_check_index_keys(cx, &f.t, &sparse), 0);
    CHECK_FAIL(cx, table_check_index_keys(cx, &f.t, &type), DDB_VALIDATION,
               "One or more parameter values were invalid: Type mismatch for Index Key city "
               "Expected: S Actual: N IndexName: by-city");
    CHECK_FAIL(cx, table_check_index_keys(cx, &f.t, &local), DDB_VALIDATION,
               "One or more parameter values were invalid: Type mismatch for Index Key age "
               "Expected: N Actual: S IndexName: by-age");
    CHECK_FAIL(cx, table_check_index_keys(cx, &f.t, &empty), DDB_VALIDATION,
               "One or more parameter values are not valid. A value specified for a secondary "
               "index "
               "key is not supported. The AttributeValue for a key attribute cannot contain an "
               "empty "
               "string value. IndexName: by-city, IndexKey: city");
    CHECK_INT(table_check_index_keys(cx, &f.t, &large), 0); /* while it is created */
    f.indexes[2].status = INDEX_ACTIVE;
    CHECK_FAIL(cx, table_check_index_keys(cx, &f.t, &large), DDB_VALIDATION,
               "One or more parameter values were invalid: Size limit exceeded for Index Key c "
               "Actual Size: 1025 bytes Max Size: 1024 bytes IndexName: multi");
    teardown(&f);
}

/* ---- indexes ---- */

static int in_index(fixture *f, int i, const char *text, key_bytes *k)
{
    item_view v = item_view_text(str_of(text));
    return index_key(&f->env.cx, &f->t, &f->indexes[i], &v, k);
}

TEST(table, leaves_items_without_valid_index_keys_out)
{
    fixture f;
    key_bytes k, table_key;
    setup(&f);
    static const char with[] = "{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"1\"},\"age\":{\"N\":\"9\"},"
                               "\"city\":{\"S\":\"Rome\"}}";
    static const char without[] = "{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"1\"},"
                                  "\"city\":{\"N\":\"1\"},\"a\":{\"S\":\"\"},\"b\":{\"N\":\"1\"},"
                                  "\"c\":{\"S\":\"c\"}}";
    CHECK_INT(in_index(&f, 0, with, &k), 1);
    CHECK_INT(k.sk.n, 0);
    CHECK_INT(in_index(&f, 1, with, &k), 1);
    map m = MAP(at("pk", s_("p")), at("sk", n_("1")));
    CHECK_INT(key_encode(&f.env.cx, &f.t.keys, &m, &table_key), 0);
    CHECK(k.h == table_key.h && str_eq(k.pk, table_key.pk)); /* an LSI stands in its partition */
    CHECK_INT(in_index(&f, 2, with, &k), 0);
    for (int i = 0; i < 3; i++)
        CHECK_INT(in_index(&f, i, without, &k), 0);
    item_view none = item_view_none();
    CHECK_INT(index_key(&f.env.cx, &f.t, &f.indexes[0], &none, &k), 0);
    teardown(&f);
}

static void check_entry(fixture *f, int i, const char *text, const char *want)
{
    buf b;
    size_t by_text = 0, by_map = 0;
    map m;
    item_view view = item_view_text(str_of(text)), decoded;
    ctx *cx = &f->env.cx;

    buf_init_arena(&b, cx->a, 1 << 20);
    CHECK_INT(index_entry_put(cx, &f->t, &f->indexes[i], str_of(text), &b), 0);
    CHECK_STR(buf_view(&b), want);
    CHECK_INT(item_parse(cx, str_of(text), &m), 0);
    decoded = item_view_map(&m);
    CHECK_INT(index_entry_size(cx, &f->t, &f->indexes[i], &view, str_of(text), &by_text), 0);
    CHECK_INT(index_entry_size(cx, &f->t, &f->indexes[i], &decoded, str_of(text), &by_map), 0);
    CHECK_INT(by_text, by_map);
}

TEST(table, cuts_index_entries_from_the_stored_text)
{
    fixture f;
    setup(&f);
    static const char item[] =
        "{\"pk\":{\"S\":\"p\"},\"y\":{\"M\":{\"city\":{\"S\":\"}\"}}},"
        "\"na\\\"me\":{\"S\":\"\\\"\"},"
        "\"sk\":{\"N\":\"1\"},\"age\":{\"N\":\"9\"},\"city\":{\"S\":\"Rome\"}}";
    check_entry(&f, 0, item,
                "{\"pk\":{\"S\":\"p\"},\"na\\\"me\":{\"S\":\"\\\"\"},\"sk\":{\"N\":\"1\"},"
                "\"city\":{\"S\":\"Rome\"}}");
    check_entry(&f, 1, item, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"1\"},\"age\":{\"N\":\"9\"}}");
    check_entry(&f, 2, item, item);
    CHECK(index_projects(&f.t, &f.indexes[0], STR("x")));
    CHECK(!index_projects(&f.t, &f.indexes[0], STR("age")));
    CHECK(index_projects(&f.t, &f.indexes[1], STR("sk")));
    CHECK(!index_projects(&f.t, &f.indexes[1], STR("city")));
    CHECK(index_projects(&f.t, &f.indexes[2], STR("anything")));
    teardown(&f);
}

/* ---- the stored definition ---- */

static str stored(fixture *f, const table *t)
{
    buf b;
    buf_init_arena(&b, f->env.cx.a, 1 << 20);
    table_store(t, &b);
    CHECK_INT(b.err, 0);
    return buf_view(&b);
}

static void fill(fixture *f)
{
    f->t.billing = BILLING_PAY_PER_REQUEST;
    f->t.billing_summary = true;
    f->t.on_demand_since_ms = 5;
    f->t.rw = (throughput){1, INT64_MAX, 3, 4, 5};
    f->t.on_demand = (on_demand_limits){-1, 9};
    f->t.warm = (warm_throughput){10, 11};
    f->t.class_ = TABLE_CLASS_INFREQUENT;
    f->t.class_since_ms = 12;
    f->t.deletion_protection = f->t.stream_enabled = f->t.sse_enabled = true;
    f->t.stream_view = 3;
    f->t.stream_label = STR("2024-01-01T00:00:00.000");
    f->t.sse_type = STR("KMS");
    f->t.sse_key = STR("arn:k\xc3\xa9y");
    f->t.rest = STR("\"Tags\":[{\"Key\":\"a\",\"Value\":\"\\n\"}]");
}

TEST(table, reads_its_stored_definition_back)
{
    fixture f;
    table back;
    setup(&f);
    for (int full = 0; full < 2; full++) {
        if (full) {
            fill(&f);
            add_vectors(&f);
        }
        str text = stored(&f, &f.t);
        CHECK_INT(table_load(&f.env.cx, text, &back), 0);
        CHECK_MEM_EQ(stored(&f, &back), text);
        CHECK_STR(back.indexes[0].non_key[0], "na\"me");
        CHECK(back.indexes[2].keys.parts == 2 && back.indexes[2].keys.sorts == 1);
        CHECK(back.indexes[2].backfilling && back.indexes[2].made_by_update);
        CHECK(strcmp(back.id, f.t.id) == 0);
    }
    CHECK_INT(back.vector_count, 2);
    CHECK_STR(back.vectors[0].attribute, "v");
    CHECK(back.vectors[0].schema[0].hash && !back.vectors[0].schema[1].hash);
    teardown(&f);
}

TEST(table, refuses_a_damaged_definition)
{
    static const char *const bad[] = {
        "", "[]", "{", "{}", "{\"name\":1}", "{\"name\":\"abc\",\"arn\":\"x\",\"id\":\"y\"}",
        "{\"name\":\"abc\",\"arn\":\"x\",\"id\":\"0123456789012345678901234567890123456789\","
        "\"part\":[[\"pk\",\"S\"]]}",
        "{\"name\":\"abc\",\"arn\":\"x\",\"id\":\"y\",\"part\":[[\"pk\",\"Q\"]]}",
        "{\"name\":\"abc\",\"arn\":\"x\",\"id\":\"y\",\"part\":[[\"pk\"]]}",
        "{\"name\":\"abc\",\"arn\":\"x\",\"id\":\"y\",\"part\":[[\"pk\",\"S\"]],\"status\":9}",
        "{\"name\":\"abc\",\"arn\":\"x\",\"id\":\"y\",\"part\":[[\"pk\",\"S\"]],\"indexes\":[1]}",
        "{\"name\":\"abc\",\"arn\":\"x\",\"id\":\"y\",\"part\":[[\"pk\",\"S\"]],\"indexes\":[{}]}",
        "{\"name\":\"abc\",\"arn\":\"x\",\"id\":\"y\",\"part\":[[\"pk\",\"S\"]],\"read\":1.5}",
        "{\"name\":\"abc\",\"arn\":\"x\",\"id\":\"y\",\"part\":[[\"pk\",\"S\"]],\"vectors\":[{}]}",
        "{\"name\":\"abc\",\"arn\":\"x\",\"id\":\"y\",\"part\":[[\"pk\",\"S\"]],\"vectors\":["
        "{\"name\":\"abc\",\"attribute\":\"v\",\"dimensions\":5000}]}",
        "{\"name\":\"abc\",\"arn\":\"x\",\"id\":\"y\",\"part\":[[\"pk\",\"S\"]],\"vectors\":["
        "{\"name\":\"abc\",\"attribute\":\"v\",\"dimensions\":5,\"included\":1}]}",
        "{\"name\":\"abc\",\"arn\":\"x\",\"id\":\"y\",\"part\":[[\"a\",\"S\"],[\"b\",\"S\"],"
        "[\"c\",\"S\"],"
        "[\"d\",\"S\"],[\"e\",\"S\"]]}",
    };
    fixture f;
    table t;
    setup(&f);
    for (size_t i = 0; i < COUNT(bad); i++)
        CHECK_INT_NOTE(table_load(&f.env.cx, str_of(bad[i]), &t), DDB_STORAGE_CORRUPT, bad[i]);
    CHECK_INT(table_load(&f.env.cx,
                         STR("{\"name\":\"abc\",\"arn\":\"x\",\"id\":\"y\",\"part\":[[\"pk\","
                             "\"S\"]]}"),
                         &t), 0);
    teardown(&f);
}

TEST(table, copies_itself_into_one_block)
{
    fixture f;
    setup(&f);
    fill(&f);
    add_vectors(&f);
    size_t n = table_copy(&f.t, NULL);
    void *block = malloc(n);
    REQUIRE(block != NULL);
    CHECK_INT(table_copy(&f.t, block), n);
    str before = stored(&f, &f.t);
    memset(f.indexes, 0x5a, sizeof f.indexes); /* the copy depends on nothing of the original */
    memset(f.defined, 0x5a, sizeof f.defined);
    memset(f.non_key, 0x5a, sizeof f.non_key);
    memset(f.vectors, 0x5a, sizeof f.vectors);
    memset(f.schema, 0x5a, sizeof f.schema);
    memset(f.entry, 0x5a, sizeof f.entry);
    CHECK_MEM_EQ(stored(&f, block), before);
    free(block);
    teardown(&f);
}

/* ---- transitions ---- */

TEST(table, settles_when_its_time_has_come)
{
    static const struct {
        table_status before;
        int64_t until_ms, now_ms, next_ms;
        table_status after;
        bool gone;
    } cases[] = {
        {TABLE_CREATING, 100, 99, 100, TABLE_CREATING, false},
        {TABLE_CREATING, 100, 100, INT64_MAX, TABLE_ACTIVE, false},
        {TABLE_CREATING, 0, 100, INT64_MAX, TABLE_CREATING, false}, /* a restore ends it */
        {TABLE_UPDATING, 100, 99, 100, TABLE_UPDATING, false},
        {TABLE_UPDATING, 100, 101, INT64_MAX, TABLE_ACTIVE, false},
        {TABLE_DELETING, 100, 99, 100, TABLE_DELETING, false},
        {TABLE_DELETING, 100, 100, INT64_MAX, TABLE_DELETING, true},
        {TABLE_ACTIVE, 0, 100, INT64_MAX, TABLE_ACTIVE, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        table t = {.status = cases[i].before, .until_ms = cases[i].until_ms};
        bool gone;
        CHECK_INT(table_settle(&t, cases[i].now_ms, &gone), cases[i].next_ms);
        CHECK_INT(t.status, cases[i].after);
        CHECK(gone == cases[i].gone);
    }
}

TEST(table, settles_its_indexes_each_at_its_time)
{
    index_def indexes[] = {
        {.name = STR("local")},
        {.name = STR("goes"), .status = INDEX_DELETING, .until_ms = 100},
        {.name = STR("changes"), .status = INDEX_UPDATING, .until_ms = 100},
        {.name = STR("fills"), .status = INDEX_CREATING, .until_ms = 100, .backfilling = true},
        {.name = STR("full"), .status = INDEX_CREATING, .until_ms = 200},
    };
    table t = {.status = TABLE_ACTIVE, .indexes = indexes, .index_count = COUNT(indexes)};
    bool gone;

    CHECK_INT(table_settle(&t, 99, &gone), 100);
    CHECK_INT(t.index_count, 5);
    CHECK_INT(table_settle(&t, 100, &gone), 200);
    CHECK_INT(t.index_count, 4);
    CHECK_STR(t.indexes[0].name, "local");
    CHECK_STR(t.indexes[1].name, "changes");
    CHECK_INT(t.indexes[1].status, INDEX_ACTIVE);
    CHECK_STR(t.indexes[2].name, "fills");
    CHECK_INT(t.indexes[2].status, INDEX_CREATING); /* as long as it does */
    CHECK_INT(t.indexes[3].status, INDEX_CREATING);
    CHECK_INT(table_settle(&t, 200, &gone), INT64_MAX);
    CHECK_INT(t.indexes[3].status, INDEX_ACTIVE);
    CHECK(!gone);
}

/* ---- vectors ---- */

TEST(table, reads_a_vector_from_stored_text_of_its_very_form)
{
#define V "{\"pk\":{\"S\":\"a\"},\"tenant\":{\"S\":\"t\"},\"v\":"
    static const struct { const char *text; int rc; } cases[] = {
        {V "{\"L\":[{\"N\":\"1\"},{\"N\":\"-0.5\"},{\"N\":\"30\"}]}}", 1},
        {V "{\"L\":[{\"N\":\"1\"},{\"N\":\"2\"}]}}", 0},
        {V "{\"L\":[{\"N\":\"1\"},{\"N\":\"2\"},{\"N\":\"3\"},{\"N\":\"4\"}]}}", 0},
        {V "{\"L\":[{\"N\":\"1\"},{\"S\":\"2\"},{\"N\":\"3\"}]}}", 0},
        {V "{\"L\":[{\"N\":\"1\"},{\"N\":\"4000000000000000000000000000000000000000\"},"
           "{\"N\":\"3\"}]}}", 0},
        {V "{\"L\":[]}}", 0},
        {V "{\"NS\":[\"1\",\"2\",\"3\"]}}", 0},
        {"{\"tenant\":{\"S\":\"t\"}}", 0},
        {"{\"v\":{\"L\":[{\"N\":\"1\"},{\"N\":\"2\"},{\"N\":\"3\"}]}}", 0},
        {"{\"tenant\":{\"N\":\"1\"},\"v\":{\"L\":[{\"N\":\"1\"},{\"N\":\"2\"},{\"N\":\"3\"}]}}",
         0},
        {"{\"tenant\":{\"S\":\"\"},\"v\":{\"L\":[{\"N\":\"1\"},{\"N\":\"2\"},{\"N\":\"3\"}]}}",
         0},
        {V "{\"L\":[{\"N\":\"1\"},{\"N\":\"2\"},{\"N\":\"3\"}]},\"age\":{\"S\":\"x\"}}", 0},
        {V "{\"L\":[{\"N\":\"1\"},{\"N\":\"2\"},{\"N\":\"3\"", DDB_STORAGE_CORRUPT},
    };
#undef V
    fixture f;
    float v[3] = {0};

    setup(&f);
    add_vectors(&f);
    for (size_t i = 0; i < COUNT(cases); i++)
        CHECK_INT_NOTE(vector_of_text(&f.env.cx, &f.vectors[0], str_of(cases[i].text), v),
                       cases[i].rc, cases[i].text);
    CHECK_INT(vector_of_text(&f.env.cx, &f.vectors[0], str_of(cases[0].text), v), 1);
    CHECK(v[0] == 1.0f && v[1] == -0.5f && v[2] == 30.0f);
    teardown(&f);
}

TEST(table, measures_vectors_as_their_index_says)
{
    static const float a[] = {3, 4, 0}, b[] = {-3, -4, 0}, zero[] = {0, 0, 0};
    vector_def d = {.dimensions = 3};
    double norm = vector_norm(a, 3);

    CHECK(norm == 5);
    d.distance = VECTOR_COSINE;
    CHECK(vector_score(&d, a, a, norm, norm) == 0 && vector_score(&d, a, b, norm, norm) == 2);
    CHECK(vector_score(&d, a, zero, norm, 0) == 1);
    d.distance = VECTOR_EUCLIDEAN;
    CHECK(vector_score(&d, a, b, norm, norm) == 10);
    CHECK(vector_score(&d, a, zero, norm, 0) == 5);
    d.distance = VECTOR_DOT_PRODUCT;
    CHECK(vector_score(&d, a, b, norm, norm) == -25);
}

/* ---- memory ---- */

static int everything(test_env *e, void *arg)
{
    fixture f;
    key_bytes k;
    table back;
    buf b;
    size_t size;
    static const char item[] = "{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"1\"},\"a\\n\":{\"N\":\"9\"},"
                               "\"city\":{\"S\":\"Rome\"}}";
    item_view view = item_view_text(STR_ABSENT);
    int rc;

    (void)arg;
    setup(&f);
    fill(&f);
    add_vectors(&f);
    test_env_release(&f.env);
    ctx *cx = &e->cx; /* the failing memory */
    view.text = str_of(item);
    buf_init_arena(&b, cx->a, 1 << 20);
    table_store(&f.t, &b);
    rc = b.err;
    if (rc == 0)
        rc = table_load(cx, buf_view(&b), &back);
    if (rc >= 0)
        rc = index_key(cx, &f.t, &f.indexes[0], &view, &k);
    if (rc >= 0)
        rc = index_entry_size(cx, &f.t, &f.indexes[0], &view, str_of(item), &size);
    if (rc >= 0)
        rc = index_entry_put(cx, &f.t, &f.indexes[0], str_of(item), &b);
    return rc < 0 ? rc : b.err;
}

TEST(table, reports_every_failed_allocation)
{
    test_each_alloc_failure(everything, NULL);
}
