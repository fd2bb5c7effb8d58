/*
 * catalog_test.c - the catalog in step with the file, names and ARNs, and the filling of indexes.
 */
#include "test.h"

#include <unistd.h>

#include "engine/backfill.h"
#include "engine/catalog.h"

static int64_t clock_step(void *user)
{
    return *(int64_t *)user += 1;
}
static void zero_random(void *user, void *out, size_t n)
{
    (void)user;
    memset(out, 0, n);
}
static void no_log(void *user, int level, const char *p, size_t n)
{
    (void)user, (void)level, (void)p, (void)n;
}

/* An engine on memory of its own. */
typedef struct fixture {
    test_env env;
    int64_t now;
    engine *e;
} fixture;

static int open_engine(fixture *f, const char *path)
{
    ddb_host host = {&f->now, clock_step, zero_random, no_log};
    store_options o = {.path = path, .durability = DURABILITY_RELAXED, .busy_ms = 100};
    return engine_open(&f->env.cx, &o, &host, STR("eu-west-1"), STR("123456789012"), &f->e);
}

static void setup(fixture *f, const char *path)
{
    memset(f, 0, sizeof *f);
    test_env_init(&f->env);
    CHECK_INT(open_engine(f, path), 0);
}

static void teardown(fixture *f)
{
    engine_close(f->e);
    test_env_release(&f->env);
}

static void fresh_file(const char *path)
{
    char other[256];
    unlink(path);
    snprintf(other, sizeof other, "%s-wal", path);
    unlink(other);
    snprintf(other, sizeof other, "%s-shm", path);
    unlink(other);
}

static int add(fixture *f, const char *name, table *t)
{
    *t = (table){.name = str_of(name), .arn = STR("arn"), .status = TABLE_ACTIVE};
    t->keys = (key_schema){.part = {{STR("pk"), T_S}}, .parts = 1};
    TRY(store_table_next_number(f->e->st, &f->env.cx, &t->number));
    return catalog_add(f->e, &f->env.cx, t);
}

static int begin(fixture *f) { return store_begin(f->e->st, &f->env.cx); }
static int commit(fixture *f) { return store_commit(f->e->st, &f->env.cx); }
static int refresh(fixture *f) { return catalog_refresh(f->e, &f->env.cx); }
static bool has(fixture *f, const char *name) { return catalog_find(f->e, str_of(name)) != NULL; }

TEST(catalog, keeps_names_in_byte_order)
{
    static const char *const names[] = {"bb", "b", "a", "B", "ba"};
    static const char *const sorted[] = {"B", "a", "b", "ba", "bb"};
    fixture f;
    table t;
    setup(&f, NULL);
    CHECK_INT(begin(&f), 0);
    for (size_t i = 0; i < COUNT(names); i++)
        CHECK_INT(add(&f, names[i], &t), 0);
    CHECK_INT(catalog_count(f.e), COUNT(names));
    for (uint32_t i = 0; i < COUNT(sorted); i++)
        CHECK_STR(catalog_at(f.e, i)->name, sorted[i]);
    CHECK(catalog_at(f.e, COUNT(sorted)) == NULL);
    CHECK_INT(catalog_first_after(f.e, STR_ABSENT), 0);
    CHECK_INT(catalog_first_after(f.e, STR("b")), 3);
    CHECK_INT(catalog_first_after(f.e, STR("az")), 2); /* need not exist */
    CHECK_INT(catalog_first_after(f.e, STR("zz")), 5);
    CHECK(has(&f, "ba") && !has(&f, "bc"));
    CHECK_INT(catalog_remove(f.e, &f.env.cx, catalog_find(f.e, STR("b"))), 0);
    CHECK(!has(&f, "b") && has(&f, "ba") && has(&f, "B"));
    teardown(&f);
}

TEST(catalog, finds_each_of_many_tables)
{
    fixture f;
    table t;
    char name[16];
    setup(&f, NULL);
    CHECK_INT(begin(&f), 0);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "t%d", i * 37 % 100);
        CHECK_INT(add(&f, name, &t), 0);
    }
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "t%d", i);
        CHECK(has(&f, name));
        CHECK_STR(catalog_find(f.e, str_of(name))->name, name);
    }
    teardown(&f);
}

TEST(catalog, keeps_a_replaced_table_until_the_next_request)
{
    fixture f;
    table t, changed;
    setup(&f, NULL);
    CHECK_INT(begin(&f), 0);
    CHECK_INT(add(&f, "abc", &t), 0);
    const table *old = catalog_find(f.e, STR("abc"));
    changed = *old;
    changed.deletion_protection = true;
    CHECK_INT(catalog_replace(f.e, &f.env.cx, &changed), 0);
    CHECK(!old->deletion_protection); /* readable: the sanitizer would tell */
    CHECK_STR(old->name, "abc");
    CHECK(catalog_find(f.e, STR("abc"))->deletion_protection);
    CHECK_INT(refresh(&f), 0);
    CHECK(catalog_find(f.e, STR("abc"))->deletion_protection);
    teardown(&f);
}

TEST(catalog, forgets_what_was_rolled_back)
{
    fixture f;
    table t;
    setup(&f, NULL);
    CHECK_INT(begin(&f), 0);
    CHECK_INT(add(&f, "kept", &t), 0);
    CHECK_INT(commit(&f), 0);
    CHECK_INT(refresh(&f), 0);
    CHECK_INT(begin(&f), 0);
    CHECK_INT(add(&f, "gone", &t), 0);
    CHECK_INT(catalog_remove(f.e, &f.env.cx, catalog_find(f.e, STR("kept"))), 0);
    store_rollback(f.e->st);
    catalog_invalidate(f.e);
    CHECK(catalog_is_stale(f.e));
    CHECK_INT(refresh(&f), 0);
    CHECK(!catalog_is_stale(f.e));
    CHECK(has(&f, "kept") && !has(&f, "gone"));
    teardown(&f);
}

TEST(catalog, sees_what_another_connection_changed)
{
    static const char path[] = "/tmp/ddblite_catalog_test.db";
    fixture a, b;
    table t;
    str ignored;
    fresh_file(path);
    setup(&a, path);
    CHECK_INT(begin(&a), 0);
    CHECK_INT(add(&a, "one", &t), 0);
    CHECK_INT(commit(&a), 0);
    setup(&b, path);
    CHECK(has(&b, "one"));
    const table *kept = catalog_find(b.e, STR("one"));

    CHECK_INT(begin(&a), 0);
    CHECK_INT(refresh(&a), 0);
    CHECK_INT(add(&a, "two", &t), 0);
    CHECK_INT(commit(&a), 0);
    (void)store_meta_get(b.e->st, &b.env.cx, STR("format"), &ignored); /* looks at the file */
    CHECK(catalog_is_stale(b.e));
    CHECK_INT(refresh(&b), 0);
    CHECK(has(&b, "one") && has(&b, "two"));
    CHECK(catalog_find(b.e, STR("one")) == kept); /* unchanged definitions stay where they are */

    CHECK_INT(begin(&a), 0);
    CHECK_INT(catalog_remove(a.e, &a.env.cx, catalog_find(a.e, STR("one"))), 0);
    CHECK_INT(commit(&a), 0);
    (void)store_meta_get(b.e->st, &b.env.cx, STR("format"), &ignored);
    CHECK_INT(refresh(&b), 0);
    CHECK(!has(&b, "one") && has(&b, "two"));
    teardown(&a);
    teardown(&b);

    setup(&a, path);
    CHECK(!has(&a, "one") && has(&a, "two"));
    teardown(&a);
    fresh_file(path);
}

/* ---- names ---- */

TEST(catalog, resolves_names_and_arns)
{
#define ARN(region, account, rest) "arn:aws:dynamodb:" region ":" account ":" rest
    fixture f;
    table t;
    const table *found;
    setup(&f, NULL);
    ctx *cx = &f.env.cx;
    CHECK_INT(begin(&f), 0);
    CHECK_INT(add(&f, "abc", &t), 0);
    CHECK_INT(engine_table(f.e, cx, STR("abc"), &found), 0);
    CHECK_INT(engine_table(f.e, cx, STR(ARN("eu-west-1", "123456789012", "table/abc")), &found), 0);
    CHECK_STR(found->name, "abc");
    CHECK_FAIL(cx, engine_table(f.e, cx, STR("nope"), &found), DDB_RESOURCE_NOT_FOUND,
               "Requested resource not found");
    CHECK_FAIL(cx, engine_table_control(f.e, cx, STR("nope"), &found), DDB_RESOURCE_NOT_FOUND,
               "Requested resource not found: Table: nope not found");
    CHECK_FAIL(cx, engine_table_control(f.e, cx, STR(ARN("eu-west-1", "123456789012",
        "table/nope")), &found),
               DDB_RESOURCE_NOT_FOUND, "Requested resource not found: Table: nope not found");
    CHECK_FAIL(cx, engine_table(f.e, cx, STR(ARN("us-east-1", "123456789012", "table/abc")),
        &found),
               DDB_VALIDATION,
               "1 validation error detected: Invalid AWS region in "
               "'" ARN("us-east-1", "123456789012", "table/abc") "'");
    CHECK_INT(engine_table(f.e, cx, STR(ARN("eu-west-1", "999999999999", "table/abc")), &found),
              DDB_ACCESS_DENIED);
    CHECK_INT(engine_table(f.e, cx, STR(ARN("eu-west-1", "123456789012", "stream/abc")), &found),
              DDB_VALIDATION);
    CHECK_INT(engine_table(f.e, cx, STR("arn:"), &found), DDB_VALIDATION);
    teardown(&f);
}

/* ---- filling an index ---- */

static int put_row(fixture *f, const table *t, int i)
{
    ctx *cx = &f->env.cx;
    char text[128], pk[16];
    key_bytes k;
    attr a = {STR("pk"), {0}};
    map m = {&a, 1};

    snprintf(pk, sizeof pk, "p%d", i);
    a.v = value_scalar(T_S, str_of(pk));
    /* Every third row lacks the index key, every seventh has one of another type. */
    if (i % 3 == 0)
        snprintf(text, sizeof text, "{\"pk\":{\"S\":\"p%d\"}}", i);
    else
        snprintf(text, sizeof text, "{\"pk\":{\"S\":\"p%d\"},\"g\":{\"%s\":\"%d\"}}", i,
                 i % 7 == 0 ? "S" : "N", i);
    TRY(key_encode(cx, &t->keys, &m, &k));
    return store_put(f->e->st, cx, t, &k, 10, str_of(text), NULL);
}

static int expected_entries(int rows)
{
    int n = 0;
    for (int i = 0; i < rows; i++)
        n += i % 3 != 0 && i % 7 != 0;
    return n;
}

static int count_entries(fixture *f, const table *t)
{
    store_range r = {.t = t, .ix = &t->indexes[0], .h_max = UINT32_MAX};
    cursor *c;
    row row;
    int n = 0, rc = store_cursor_open(f->e->st, &f->env.cx, &r, &c);
    CHECK_INT(rc, 0);
    while (rc == 0 && store_cursor_next(c, &f->env.cx, &row) == 1)
        n++;
    store_cursor_close(c);
    return n;
}

/* Adds the index `g` (N) to the table, as UpdateTable does, without a slice. */
static int add_index(fixture *f, const char *name)
{
    ctx *cx = &f->env.cx;
    const table *old = catalog_find(f->e, str_of(name));
    table next = *old;
    index_def ix = {.name = STR("by-g"), .global = true, .slot = 0, .status = INDEX_CREATING,
                .backfilling = true, .made_by_update = true,
                .keys = {.part = {{STR("g"), T_N}}, .parts = 1}};
    next.indexes = &ix;
    next.index_count = 1;
    next.next_slot = 1;
    TRY(store_index_create(f->e->st, cx, &next, &ix));
    return catalog_replace(f->e, cx, &next);
}

TEST(catalog, fills_a_new_index_in_slices)
{
    enum { ROWS = 2000 };
    static const char path[] = "/tmp/ddblite_backfill_test.db";
    fixture f;
    table t;
    int slices = 0, rc;
    fresh_file(path);
    setup(&f, path);
    CHECK_INT(begin(&f), 0);
    CHECK_INT(add(&f, "abc", &t), 0);
    for (int i = 0; i < ROWS; i++)
        CHECK_INT(put_row(&f, &t, i), 0);
    CHECK_INT(add_index(&f, "abc"), 0);
    CHECK_INT(engine_work(f.e, &f.env.cx), 1); /* work is waiting, but the group is open */
    CHECK_INT(count_entries(&f, catalog_find(f.e, STR("abc"))), 0);
    CHECK_INT(commit(&f), 0);

    CHECK_INT(engine_work(f.e, &f.env.cx), 1);
    CHECK(!store_in_transaction(f.e->st));
    int after_one = count_entries(&f, catalog_find(f.e, STR("abc")));
    CHECK(after_one > 0 && after_one < expected_entries(ROWS));
    teardown(&f);

    setup(&f, path); /* goes on where it was */
    CHECK(backfill_index(catalog_find(f.e, STR("abc"))) != NULL);
    CHECK_INT(count_entries(&f, catalog_find(f.e, STR("abc"))), after_one);
    while ((rc = engine_work(f.e, &f.env.cx)) == 1 && slices < 100) {
        test_env_reset(&f.env);
        slices++;
    }
    CHECK_INT(rc, 0);
    CHECK(slices > 0);
    const table *done = catalog_find(f.e, STR("abc"));
    CHECK_INT(done->indexes[0].status, INDEX_ACTIVE);
    CHECK(!done->indexes[0].backfilling && backfill_index(done) == NULL);
    CHECK_INT(count_entries(&f, done), expected_entries(ROWS));
    CHECK_INT(engine_work(f.e, &f.env.cx), 0);
    teardown(&f);

    setup(&f, path);
    CHECK_INT(catalog_find(f.e, STR("abc"))->indexes[0].status, INDEX_ACTIVE);
    teardown(&f);
    fresh_file(path);
}

/* ---- memory ---- */

static int open_and_change(test_env *env, void *arg)
{
    fixture f = {.now = 0};
    table t;
    int rc;

    (void)arg;
    f.env = *env;
    f.env.cx.m = &env->m;
    f.env.cx.a = &env->a;
    rc = open_engine(&f, NULL);
    if (rc < 0)
        return rc;
    rc = begin(&f);
    if (rc == 0)
        rc = add(&f, "abc", &t);
    if (rc == 0)
        rc = put_row(&f, &t, 1);
    if (rc == 0)
        rc = add_index(&f, "abc");
    if (rc == 0)
        rc = backfill_slice(f.e, &f.env.cx, catalog_find(f.e, STR("abc")),
                            backfill_index(catalog_find(f.e, STR("abc"))));
    if (rc == 0)
        rc = refresh(&f);
    if (rc == 0) { /* and the table goes, in its time */
        table gone = *catalog_find(f.e, STR("abc"));
        gone.status = TABLE_DELETING;
        gone.until_ms = f.env.cx.now_ms + 1;
        rc = catalog_replace(f.e, &f.env.cx, &gone);
    }
    if (rc == 0)
        rc = commit(&f);
    f.env.cx.now_ms++;
    while (rc == 0 && (rc = engine_work(f.e, &f.env.cx)) > 0)
        rc = 0;
    CHECK(rc != 0 || !has(&f, "abc"));
    engine_close(f.e);
    return rc;
}

TEST(catalog, survives_every_failed_allocation)
{
    test_each_alloc_failure(open_and_change, NULL);
}

/* ---- transitions ---- */

static void delete_until(fixture *f, const char *name, int64_t until_ms)
{
    table t = *catalog_find(f->e, str_of(name));

    t.status = TABLE_DELETING;
    t.until_ms = until_ms;
    CHECK_INT(catalog_replace(f->e, &f->env.cx, &t), 0);
}

TEST(catalog, hides_a_table_when_it_is_gone_and_drops_it_with_the_next_write)
{
    static const char path[] = "/tmp/ddblite_catalog_gone.db";
    fixture a, b;
    table t;

    fresh_file(path);
    setup(&a, path);
    setup(&b, path);
    a.env.cx.now_ms = b.env.cx.now_ms = 50;
    CHECK_INT(begin(&a), 0);
    CHECK_INT(add(&a, "kept", &t), 0);
    CHECK_INT(add(&a, "gone", &t), 0);
    delete_until(&a, "gone", 100);
    CHECK_INT(commit(&a), 0);
    CHECK_INT(refresh(&a), 0);
    CHECK(has(&a, "gone"));
    CHECK_INT(catalog_due_ms(a.e), 100);

    a.env.cx.now_ms = 100;
    CHECK_INT(refresh(&a), 0);
    CHECK(!has(&a, "gone"));
    CHECK_INT(catalog_count(a.e), 1);
    (void)store_forget_all(b.e->st);
    catalog_invalidate(b.e);
    CHECK_INT(refresh(&b), 0);
    CHECK(has(&b, "gone")); /* by its own clock it is still there */

    CHECK_INT(begin(&a), 0); /* what the first attempt drops comes back with its rollback */
    CHECK_INT(refresh(&a), 0);
    store_rollback(a.e->st);
    CHECK_INT(refresh(&a), 0);
    CHECK(!has(&a, "gone"));
    CHECK_INT(begin(&a), 0);
    CHECK_INT(refresh(&a), 0);
    CHECK_INT(add(&a, "gone", &t), 0); /* the name is free */
    CHECK_INT(commit(&a), 0);
    CHECK_INT(refresh(&a), 0);
    CHECK(has(&a, "gone") && has(&a, "kept"));
    CHECK_INT(catalog_due_ms(a.e), INT64_MAX);
    teardown(&b);
    teardown(&a);
    fresh_file(path);
}

TEST(catalog, drops_what_is_gone_in_the_background)
{
    fixture f;
    table t;

    setup(&f, NULL);
    f.env.cx.now_ms = 50;
    CHECK_INT(begin(&f), 0);
    CHECK_INT(add(&f, "gone", &t), 0);
    delete_until(&f, "gone", 100);
    CHECK_INT(commit(&f), 0);
    CHECK_INT(engine_work(f.e, &f.env.cx), 0);
    CHECK_INT(engine_next_work_ms(f.e, 50), 50);
    f.env.cx.now_ms = 100;
    while (engine_work(f.e, &f.env.cx) > 0)
        ;
    CHECK_INT(engine_next_work_ms(f.e, 100), -1);
    CHECK_INT(begin(&f), 0);
    CHECK_INT(store_table_create(f.e->st, &f.env.cx, &t), 0); /* number and name are free */
    store_rollback(f.e->st);
    teardown(&f);
}

static bool rows_table_exists(fixture *f, const table *t)
{
    int rc;

    CHECK_INT(begin(f), 0);
    rc = store_table_create(f->e->st, &f->env.cx, t); /* fails when t<number> is there */
    store_rollback(f->e->st);
    test_env_reset(&f->env);
    return rc < 0;
}

TEST(catalog, discards_the_rows_of_a_large_table_in_slices)
{
    enum { ROWS = 9000 };
    static const char path[] = "/tmp/ddblite_discard_test.db";
    fixture f;
    table t;
    int slices = 0, rc;

    fresh_file(path);
    setup(&f, path);
    CHECK_INT(begin(&f), 0);
    CHECK_INT(add(&f, "abc", &t), 0);
    for (int i = 0; i < ROWS; i++)
        CHECK_INT(put_row(&f, &t, i), 0);
    CHECK_INT(add_index(&f, "abc"), 0);
    CHECK_INT(commit(&f), 0);
    while (engine_work(f.e, &f.env.cx) > 0)
        test_env_reset(&f.env);

    CHECK_INT(begin(&f), 0);
    CHECK_INT(catalog_remove(f.e, &f.env.cx, catalog_find(f.e, STR("abc"))), 0);
    CHECK_INT(add(&f, "abc", &t), 0); /* the name is free at once */
    CHECK_INT(commit(&f), 0);
    CHECK_INT(engine_work(f.e, &f.env.cx), 1);
    t.number = 1;
    t.name = STR("other");
    CHECK(rows_table_exists(&f, &t));
    teardown(&f);

    setup(&f, path); /* goes on where it was */
    while ((rc = engine_work(f.e, &f.env.cx)) == 1 && slices < 100) {
        test_env_reset(&f.env);
        slices++;
    }
    CHECK_INT(rc, 0);
    CHECK(slices > 1);
    CHECK(!rows_table_exists(&f, &t));
    CHECK(has(&f, "abc"));
    CHECK_INT(engine_next_work_ms(f.e, f.env.cx.now_ms), -1);
    teardown(&f);
    fresh_file(path);
}

static int remove_large(test_env *env, void *arg)
{
    fixture f = {.now = 0};
    table t;
    int rc;

    (void)arg;
    f.env = *env;
    f.env.cx.m = &env->m;
    f.env.cx.a = &env->a;
    rc = open_engine(&f, NULL);
    if (rc < 0)
        return rc;
    rc = begin(&f);
    if (rc == 0)
        rc = add(&f, "abc", &t);
    for (int i = 0; rc == 0 && i <= DROP_ROWS_MAX; i++)
        rc = put_row(&f, &t, i);
    if (rc == 0)
        rc = catalog_remove(f.e, &f.env.cx, catalog_find(f.e, STR("abc")));
    if (rc == 0)
        rc = commit(&f);
    while (rc == 0 && (rc = engine_work(f.e, &f.env.cx)) > 0)
        rc = 0;
    engine_close(f.e);
    return rc;
}

TEST(catalog, discards_or_keeps_without_memory)
{
    test_each_alloc_failure(remove_large, NULL);
}
