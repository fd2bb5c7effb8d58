/*
 * store_test.c - the store on real SQLite: rows, ranges, transactions, files, failures.
 *
 * Long because one set of helpers serves every kind of range, file and failure.
 *
 * Most tests run on a `shop`: a table with slots for a global index (1) and a local one (2).
 */
#define _POSIX_C_SOURCE 200809L /* mkdtemp, seteuid; GNU names clash with `index` */

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

#include "store/internal.h"
#include "store/snapshot.h"

#if __has_include("../../deps/sqlite3/sqlite3.h")
#include "../../deps/sqlite3/sqlite3.h"
#else
#include "../../node_modules/better-sqlite3/deps/sqlite3/sqlite3.h"
#endif

#define KB(h, pk, sk) \
    ((key_bytes){(h), str_make("\1" pk, sizeof(pk)), str_make("\1" sk, sizeof(sk))})

typedef struct shop {
    test_env e;
    store *st;
    index_def ix[2];
    table t;
    char dir[64], path[96];
} shop;

static void shop_table(shop *s)
{
    s->ix[0] = (index_def){.name = STR("by_x"), .global = true, .slot = 1,
                       .keys = {.part = {{STR("x"), T_S}}, .sort = {{STR("y"), T_S}}, .parts = 1,
                                .sorts = 1},
                       .status = INDEX_ACTIVE};
    s->ix[1] = (index_def){.name = STR("by_z"), .slot = 2,
                       .keys = {.part = {{STR("p"), T_S}}, .sort = {{STR("z"), T_S}}, .parts = 1,
                                .sorts = 1},
                       .status = INDEX_ACTIVE};
    s->t = (table){.number = 1, .name = STR("shop"), .arn = STR("arn"), .status = TABLE_ACTIVE,
                   .keys = {.part = {{STR("p"), T_S}}, .sort = {{STR("s"), T_S}}, .parts = 1,
                            .sorts = 1},
                   .indexes = s->ix, .index_count = 2, .next_slot = 3};
}

static int shop_reopen(shop *s)
{
    store_close(s->st);
    s->st = NULL;
    return store_open(&s->e.cx,
                      &(store_options){.path = s->path[0] ? s->path : NULL, .busy_ms = 50}, &s->st);
}

static void shop_files(shop *s)
{
    snprintf(s->dir, sizeof s->dir, "/tmp/store_test_XXXXXX");
    if (mkdtemp(s->dir) == NULL)
        abort();
    snprintf(s->path, sizeof s->path, "%s/a.db", s->dir);
}

static void shop_init(shop *s, bool file)
{
    memset(s, 0, sizeof *s);
    test_env_init(&s->e);
    shop_table(s);
    if (file)
        shop_files(s);
    if (shop_reopen(s) != 0 || store_begin(s->st, &s->e.cx) != 0 ||
        store_table_create(s->st, &s->e.cx, &s->t) != 0 || store_commit(s->st, &s->e.cx) != 0)
        abort();
}

static void shop_release(shop *s)
{
    char b[96];

    store_close(s->st);
    if (s->dir[0]) {
        snprintf(b, sizeof b, "rm -rf %s", s->dir);
        CHECK_INT(system(b), 0);
    }
    test_env_release(&s->e);
}

static index_cell no_cells[2];

static int put(shop *s, key_bytes k, const char *item, const index_cell *cells)
{
    return store_put(s->st, &s->e.cx, &s->t, &k, strlen(item), str_of(item),
                     cells != NULL ? cells : no_cells);
}

static index_cell cell(key_bytes k)
{
    return (index_cell){true, k};
}

/* The items of a range, in its order, with a blank between. */
static str walk(shop *s, store_range r)
{
    cursor *c;
    row w;
    buf b;
    int rc;

    buf_init_arena(&b, &s->e.a, 100000);
    r.t = &s->t;
    rc = store_cursor_open(s->st, &s->e.cx, &r, &c);
    if (rc < 0)
        return STR("failed to open");
    while ((rc = store_cursor_next(c, &s->e.cx, &w)) > 0) {
        if (b.n > 0)
            buf_byte(&b, ' ');
        buf_str(&b, w.item);
        CHECK_INT(w.size, w.item.n);
    }
    CHECK_INT(rc, 0);
    CHECK_INT(store_cursor_next(c, &s->e.cx, &w), 0);
    store_cursor_close(c);
    return buf_view(&b);
}

/* ---- rows ---- */

TEST(store, gets_what_was_put_and_says_when_there_is_nothing)
{
    shop s;
    row r;

    shop_init(&s, false);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK_INT(put(&s, KB(0xffffffff, "a", "1"), "{\"a\":1}", NULL), 0);
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(0xffffffff, "a", "1"), &r), 0);
    CHECK_STR(r.item, "{\"a\":1}");
    CHECK_INT(r.size, 7);
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(0xffffffff, "a", "2"), &r), DDB_NOT_FOUND);
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(1, "a", "1"), &r), DDB_NOT_FOUND);
    CHECK_INT(put(&s, KB(0xffffffff, "a", "1"), "{}", NULL), 0);
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(0xffffffff, "a", "1"), &r), 0);
    CHECK_STR(r.item, "{}");
    CHECK_INT(store_delete(s.st, &s.e.cx, &s.t, &KB(0xffffffff, "a", "1")), 1);
    CHECK_INT(store_delete(s.st, &s.e.cx, &s.t, &KB(0xffffffff, "a", "1")), 0);
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(0xffffffff, "a", "1"), &r), DDB_NOT_FOUND);
    CHECK_INT(store_commit(s.st, &s.e.cx), 0);
    shop_release(&s);
}

TEST(store, appends_a_row_to_a_buffer_and_respects_its_maximum)
{
    shop s;
    size_t size;
    buf b;

    shop_init(&s, false);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK_INT(put(&s, KB(1, "a", "1"), "{\"a\":1}", NULL), 0);
    buf_init_arena(&b, &s.e.a, 16);
    buf_lit(&b, "[");
    CHECK_INT(store_get_into(s.st, &s.e.cx, &s.t, &KB(1, "a", "1"), &b, &size), 0);
    CHECK_STR(buf_view(&b), "[{\"a\":1}");
    CHECK_INT(size, 7);
    CHECK_INT(store_get_into(s.st, &s.e.cx, &s.t, &KB(1, "b", "1"), &b, &size), DDB_NOT_FOUND);
    buf_init_arena(&b, &s.e.a, 3);
    CHECK_INT(store_get_into(s.st, &s.e.cx, &s.t, &KB(1, "a", "1"), &b, &size), DDB_TOO_BIG);
    shop_release(&s);
}

TEST(store, keeps_rows_of_a_table_without_sort_key_and_large_items)
{
    shop s;
    row r;
    key_bytes k = {7, STR("\1a"), STR("")};
    char *big;

    shop_init(&s, false);
    big = malloc(ITEM_BYTES_MAX);
    memset(big, 'x', ITEM_BYTES_MAX);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK_INT(store_put(s.st, &s.e.cx, &s.t, &k, 5, str_make(big, ITEM_BYTES_MAX), no_cells), 0);
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &k, &r), 0);
    CHECK(r.item.n == ITEM_BYTES_MAX && memcmp(r.item.p, big, ITEM_BYTES_MAX) == 0);
    CHECK_INT(r.size, 5);
    k.sk = STR_ABSENT; /* as good as empty */
    CHECK_INT(store_delete(s.st, &s.e.cx, &s.t, &k), 1);
    free(big);
    shop_release(&s);
}

TEST(store, a_hot_row_takes_one_step_no_prepare_and_no_allocation)
{
    shop s;
    store_counters before, after;
    uint64_t allocs;
    size_t size;
    buf b;

    shop_init(&s, false);
    buf_init(&b, &s.e.m, 4096);
    CHECK(buf_room(&b, 100));
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK_INT(put(&s, KB(1, "a", "1"), "{\"a\":1}", NULL), 0);
    CHECK_INT(store_get_into(s.st, &s.e.cx, &s.t, &KB(1, "a", "1"), &b, &size), 0);
    before = store_counters_get(s.st);
    allocs = s.e.m.allocs;
    CHECK_INT(put(&s, KB(1, "a", "1"), "{\"a\":2}", NULL), 0);
    CHECK_INT(store_get_into(s.st, &s.e.cx, &s.t, &KB(1, "a", "1"), &b, &size), 0);
    after = store_counters_get(s.st);
    CHECK_INT(after.prepares - before.prepares, 0);
    CHECK_INT(after.steps - before.steps, 2);
    CHECK_INT(s.e.m.allocs - allocs, 0);
    buf_release(&b);
    shop_release(&s);
}

/* ---- ranges ---- */

/* One partition with sort keys 1 to 5, and others around it. */
static void fill(shop *s)
{
    static const char *const sk[] = {"1", "2", "3", "4", "5"};

    CHECK_INT(store_begin(s->st, &s->e.cx), 0);
    for (int i = 4; i >= 0; i--) {
        char item[8];
        key_bytes k = KB(10, "a", "?");
        char key[3] = {1, sk[i][0], 0};
        k.sk = str_make(key, 2);
        snprintf(item, sizeof item, "a%s", sk[i]);
        CHECK_INT(put(s, k, item, NULL), 0);
    }
    CHECK_INT(put(s, KB(10, "b", "1"), "b1", NULL), 0);
    CHECK_INT(put(s, KB(9, "z", "1"), "z1", NULL), 0);
    CHECK_INT(put(s, KB(0, "y", "1"), "y1", NULL), 0);
    CHECK_INT(put(s, KB(0xffffffff, "c", "1"), "c1", NULL), 0);
    CHECK_INT(put(s, KB(0xffffffff, "c", "2"), "c2", NULL), 0);
}

TEST(store, queries_a_partition_within_half_open_bounds)
{
    static const struct {
        str lo, hi, from; /* from absent: no position */
        bool backward;
        const char *want;
    } cases[] = {
        {{NULL, 0}, {NULL, 0}, {NULL, 0}, false, "a1 a2 a3 a4 a5"},
        {{NULL, 0}, {NULL, 0}, {NULL, 0}, true, "a5 a4 a3 a2 a1"},
        {STR_INIT("\0012"), STR_INIT("\0014"), {NULL, 0}, false, "a2 a3"},
        {STR_INIT("\0012"), STR_INIT("\0014"), {NULL, 0}, true, "a3 a2"},
        {STR_INIT("\0012\0"), {NULL, 0}, {NULL, 0}, false, "a3 a4 a5"},
        {STR_INIT("\0014"), STR_INIT("\0012"), {NULL, 0}, false, ""},
        {{NULL, 0}, {NULL, 0}, STR_INIT("\0013"), false, "a4 a5"},
        {{NULL, 0}, {NULL, 0}, STR_INIT("\0013"), true, "a2 a1"},
        {{NULL, 0}, {NULL, 0}, STR_INIT("\00135"), false, "a4 a5"}, /* need not exist */
        {{NULL, 0}, {NULL, 0}, STR_INIT("\00135"), true, "a3 a2 a1"},
        {STR_INIT("\0013"), {NULL, 0}, STR_INIT("\0011"), false, "a3 a4 a5"}, /* before the range */
        {STR_INIT("\0011"), STR_INIT("\0013"), STR_INIT("\0015"), true, "a2 a1"},
        {STR_INIT("\0012"), STR_INIT("\0014"), STR_INIT("\0013"), false, ""},
        {STR_INIT("\0012"), STR_INIT("\0014"), STR_INIT("\0015"), false, ""},
    };
    shop s;

    shop_init(&s, false);
    fill(&s);
    for (size_t i = 0; i < COUNT(cases); i++) {
        store_range r = {.one_partition = true, .h = 10, .pk = STR("\1a"), .lo = cases[i].lo,
                         .hi = cases[i].hi, .backward = cases[i].backward,
                         .after = cases[i].from.p != NULL};
        char note[16];
        r.from = (key_bytes){10, STR("\1a"), cases[i].from};
        snprintf(note, sizeof note, "case %zu", i);
        CHECK_STR_NOTE(walk(&s, r), cases[i].want, note);
    }
    shop_release(&s);
}

TEST(store, scans_in_hash_order_within_a_segment_and_after_a_position)
{
    shop s;

    shop_init(&s, false);
    fill(&s);
    CHECK_STR(walk(&s, (store_range){.h_max = UINT32_MAX}), "y1 z1 a1 a2 a3 a4 a5 b1 c1 c2");
    CHECK_STR(walk(&s, (store_range){.h_max = UINT32_MAX, .backward = true}),
              "c2 c1 b1 a5 a4 a3 a2 a1 z1 y1");
    CHECK_STR(walk(&s, (store_range){.h_min = 9, .h_max = 10}), "z1 a1 a2 a3 a4 a5 b1");
    CHECK_STR(walk(&s, (store_range){.h_min = 11, .h_max = UINT32_MAX}), "c1 c2");
    CHECK_STR(walk(&s, (store_range){.h_min = 1, .h_max = 8}), "");
    CHECK_STR(walk(&s, (store_range){.h_max = UINT32_MAX, .after = true, .from = KB(10, "a", "4")}),
              "a5 b1 c1 c2");
    CHECK_STR(walk(&s, (store_range){.h_max = 10, .after = true, .from = KB(10, "a", "4")}),
              "a5 b1");
    CHECK_STR(walk(&s, (store_range){.h_min = 10, .h_max = 10, .after = true,
                                     .from = KB(9, "z", "1")}), "a1 a2 a3 a4 a5 b1");
    CHECK_STR(walk(&s, (store_range){.h_max = 10, .after = true, .from = KB(11, "z", "1")}), "");
    CHECK_STR(walk(&s, (store_range){.h_min = 9, .h_max = UINT32_MAX, .backward = true,
                                     .after = true, .from = KB(10, "a", "2")}), "a1 z1");
    CHECK_STR(walk(&s, (store_range){.h_max = UINT32_MAX, .after = true,
                                     .from = KB(UINT32_MAX, "c", "2")}), "");
    shop_release(&s);
}

/* Five rows in the global index, three of them with the same sort key; four in the local one. */
static void fill_indexes(shop *s)
{
    CHECK_INT(store_begin(s->st, &s->e.cx), 0);
#define ROW(h, pk, sk, item, ...) \
    CHECK_INT(put(s, KB(h, pk, sk), item, (index_cell[2]){__VA_ARGS__}), 0)
    ROW(30, "a", "1", "a1", cell(KB(70, "g", "5")), cell(KB(30, "a", "9")));
    ROW(20, "b", "1", "b1", cell(KB(70, "g", "5")), cell(KB(20, "b", "1")));
    ROW(30, "a", "2", "a2", cell(KB(70, "g", "5")), cell(KB(30, "a", "8")));
    ROW(30, "a", "3", "a3", cell(KB(70, "g", "1")), cell(KB(30, "a", "8")));
    ROW(30, "a", "4", "a4", cell(KB(60, "f", "1")), {0});
    ROW(30, "a", "5", "a5", {0}, cell(KB(30, "a", "1")));
    ROW(10, "c", "1", "c1", {0}, {0});
#undef ROW
}

TEST(store, queries_a_global_index_with_the_table_key_as_tie_breaker)
{
    shop s;
    store_range q = {.one_partition = true, .h = 70, .pk = STR("\1g")};
    store_range r;

    shop_init(&s, false);
    fill_indexes(&s);
    q.ix = &s.ix[0];
    CHECK_STR(walk(&s, q), "a3 b1 a1 a2");
    r = q, r.backward = true;
    CHECK_STR(walk(&s, r), "a2 a1 b1 a3");
    r = q, r.lo = STR("\0015");
    CHECK_STR(walk(&s, r), "b1 a1 a2");
    r = q, r.hi = STR("\0015");
    CHECK_STR(walk(&s, r), "a3");
    r = q, r.hi = STR("\0015"), r.backward = true;
    CHECK_STR(walk(&s, r), "a3");
    r = q, r.lo = STR("\0012"), r.backward = true;
    CHECK_STR(walk(&s, r), "a2 a1 b1");
    r = q, r.after = true, r.from = KB(70, "g", "5"), r.from_base = KB(20, "b", "1");
    CHECK_STR(walk(&s, r), "a1 a2");
    r.backward = true;
    CHECK_STR(walk(&s, r), "a3");
    r.from_base = KB(30, "a", "2");
    CHECK_STR(walk(&s, r), "a1 b1 a3");
    r.hi = STR("\0015"); /* the position lies behind the range: its bound holds */
    CHECK_STR(walk(&s, r), "a3");
    r = q, r.after = true, r.from = KB(70, "g", "1"), r.from_base = KB(30, "a", "3");
    r.lo = STR("\0014");
    CHECK_STR(walk(&s, r), "b1 a1 a2");
    shop_release(&s);
}

TEST(store, scans_a_global_index_and_leaves_out_what_is_not_in_it)
{
    shop s;
    store_range q = {.h_max = UINT32_MAX}, r;

    shop_init(&s, false);
    fill_indexes(&s);
    q.ix = &s.ix[0];
    CHECK_STR(walk(&s, q), "a4 a3 b1 a1 a2");
    r = q, r.backward = true;
    CHECK_STR(walk(&s, r), "a2 a1 b1 a3 a4");
    r = q, r.h_min = 61;
    CHECK_STR(walk(&s, r), "a3 b1 a1 a2");
    r = q, r.h_max = 60;
    CHECK_STR(walk(&s, r), "a4");
    r = q, r.after = true, r.from = KB(70, "g", "5"), r.from_base = KB(30, "a", "1");
    CHECK_STR(walk(&s, r), "a2");
    r.backward = true;
    CHECK_STR(walk(&s, r), "b1 a3 a4");
    shop_release(&s);
}

TEST(store, reads_a_local_index_in_its_partition_and_as_a_whole)
{
    shop s;
    store_range q = {.one_partition = true, .h = 30, .pk = STR("\1a")}, r;

    shop_init(&s, false);
    fill_indexes(&s);
    q.ix = &s.ix[1];
    CHECK_STR(walk(&s, q), "a5 a2 a3 a1");
    r = q, r.backward = true;
    CHECK_STR(walk(&s, r), "a1 a3 a2 a5");
    r = q, r.lo = STR("\0018"), r.hi = STR("\0019");
    CHECK_STR(walk(&s, r), "a2 a3");
    r.backward = true;
    CHECK_STR(walk(&s, r), "a3 a2");
    r = q, r.after = true, r.from = KB(30, "a", "8"), r.from_base = KB(30, "a", "2");
    CHECK_STR(walk(&s, r), "a3 a1");
    r.backward = true;
    CHECK_STR(walk(&s, r), "a5");
    r = (store_range){.ix = &s.ix[1], .h_max = UINT32_MAX};
    CHECK_STR(walk(&s, r), "b1 a5 a2 a3 a1");
    r.after = true, r.from = KB(30, "a", "8"), r.from_base = KB(30, "a", "2");
    CHECK_STR(walk(&s, r), "a3 a1");
    r.backward = true;
    CHECK_STR(walk(&s, r), "a5 b1");
    shop_release(&s);
}

TEST(store, moves_a_row_between_indexes_as_its_cells_change)
{
    shop s;
    store_range q = {.h_max = UINT32_MAX};
    index_cell cells[2] = {{0}};

    shop_init(&s, false);
    fill_indexes(&s);
    q.ix = &s.ix[0];
    CHECK_INT(put(&s, KB(30, "a", "3"), "a3", NULL), 0);
    CHECK_STR(walk(&s, q), "a4 b1 a1 a2");
    cells[0] = cell(KB(5, "e", "1"));
    CHECK_INT(put(&s, KB(30, "a", "1"), "a1", cells), 0);
    CHECK_STR(walk(&s, q), "a1 a4 b1 a2");
    CHECK_INT(store_set_index(s.st, &s.e.cx, &s.t, &s.ix[0], &KB(10, "c", "1"), &cells[0]), 0);
    CHECK_STR(walk(&s, q), "c1 a1 a4 b1 a2");
    cells[0].in = false;
    CHECK_INT(store_set_index(s.st, &s.e.cx, &s.t, &s.ix[0], &KB(20, "b", "1"), &cells[0]), 0);
    CHECK_INT(store_delete(s.st, &s.e.cx, &s.t, &KB(30, "a", "4")), 1);
    CHECK_STR(walk(&s, q), "c1 a1 a2");
    cells[1] = cell(KB(30, "a", "0"));
    CHECK_INT(store_set_index(s.st, &s.e.cx, &s.t, &s.ix[1], &KB(30, "a", "4"), &cells[1]), 0);
    q.ix = &s.ix[1];
    CHECK_STR(walk(&s, q), "b1 a5 a2");
    shop_release(&s);
}

TEST(store, every_range_is_a_search_of_its_index_and_none_sorts)
{
    shop s;
    buf b;

    shop_init(&s, false);
    for (int i = 0; i < 12; i++) {
        const index_def *ix = i % 3 == 0 ? NULL : &s.ix[i % 3 - 1];
        store_range r = {.t = &s.t, .ix = ix, .one_partition = (i / 3) % 2 == 0,
                         .backward = i >= 6};
        static const char *const names[] = {"INDEX t1_k (", "INDEX t1_x1 (", "INDEX t1_x2 ("};
        buf_init_arena(&b, &s.e.a, 4096);
        CHECK_INT(store_explain(s.st, &s.e.cx, &r, &b), 0);
        buf_byte(&b, '\0');
        if (strncmp(b.p, "SEARCH t1 USING", 15) != 0 || strstr(b.p, names[i % 3]) == NULL ||
            strstr(b.p, "TEMP B-TREE") != NULL || strchr(b.p, '\n') != b.p + b.n - 2)
            test_failed(__FILE__, __LINE__, "plan %d: %s", i, b.p);
    }
    shop_release(&s);
}

TEST(store, cursors_of_one_kind_may_be_nested_and_outlive_a_forgotten_table)
{
    shop s;
    store_range q = {.h_max = UINT32_MAX};
    cursor *a, *b;
    row r;

    shop_init(&s, false);
    fill(&s);
    q.t = &s.t;
    CHECK_INT(store_cursor_open(s.st, &s.e.cx, &q, &a), 0);
    CHECK_INT(store_cursor_next(a, &s.e.cx, &r), 1);
    CHECK_INT(store_cursor_open(s.st, &s.e.cx, &q, &b), 0);
    CHECK_INT(store_cursor_next(b, &s.e.cx, &r), 1);
    CHECK_STR(r.item, "y1");
    CHECK_INT(store_cursor_next(a, &s.e.cx, &r), 1);
    CHECK_STR(r.item, "z1");
    store_cursor_close(b);
    store_forget_table(s.st, 1);
    CHECK_INT(store_cursor_next(a, &s.e.cx, &r), 1);
    CHECK_STR(r.item, "a1");
    store_cursor_close(a);
    store_cursor_close(NULL);
    shop_release(&s);
}

TEST(store, a_cursor_is_reused_without_a_prepare)
{
    shop s;
    store_counters before;
    uint64_t allocs;

    shop_init(&s, false);
    fill(&s);
    (void)walk(&s, (store_range){.one_partition = true, .h = 10, .pk = STR("\1a")});
    before = store_counters_get(s.st);
    allocs = s.e.m.allocs;
    for (int i = 0; i < 2; i++) {
        store_range r = {.t = &s.t, .one_partition = true, .h = 10, .pk = STR("\1a"),
                         .lo = STR("\0013")};
        cursor *c;
        row w;
        CHECK_INT(store_cursor_open(s.st, &s.e.cx, &r, &c), 0);
        while (store_cursor_next(c, &s.e.cx, &w) > 0)
            ;
        store_cursor_close(c);
    }
    CHECK_INT(store_counters_get(s.st).prepares - before.prepares, 0);
    CHECK_INT(store_counters_get(s.st).steps - before.steps, 8);
    CHECK_INT(s.e.m.allocs - allocs, 0);
    shop_release(&s);
}

/* ---- sums ---- */

TEST(store, sums_are_right_and_free_until_something_changes)
{
    shop s;
    int64_t items, bytes;
    store_counters before;

    shop_init(&s, false);
    fill_indexes(&s);
    CHECK_INT(store_table_stats(s.st, &s.e.cx, &s.t, &items, &bytes), 0);
    CHECK_INT(items, 7);
    CHECK_INT(bytes, 14);
    before = store_counters_get(s.st);
    CHECK_INT(store_table_stats(s.st, &s.e.cx, &s.t, &items, &bytes), 0);
    CHECK_INT(store_counters_get(s.st).steps - before.steps, 0);
    CHECK_INT(items, 7);
    CHECK_INT(store_index_stats(s.st, &s.e.cx, &s.t, &s.ix[0], &items, &bytes), 0);
    CHECK_INT(items, 5);
    CHECK_INT(store_index_stats(s.st, &s.e.cx, &s.t, &s.ix[1], &items, &bytes), 0);
    CHECK_INT(items, 5);
    CHECK_INT(store_collection_bytes(s.st, &s.e.cx, &s.t, 30, STR("\1a"), &bytes), 0);
    CHECK_INT(bytes, 10);
    CHECK_INT(store_collection_bytes(s.st, &s.e.cx, &s.t, 30, STR("\1z"), &bytes), 0);
    CHECK_INT(bytes, 0);

    CHECK_INT(store_commit(s.st, &s.e.cx), 0);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK_INT(store_delete(s.st, &s.e.cx, &s.t, &KB(10, "c", "1")), 1);
    CHECK_INT(store_table_stats(s.st, &s.e.cx, &s.t, &items, &bytes), 0);
    CHECK_INT(items, 6);
    store_rollback(s.st);
    CHECK_INT(store_table_stats(s.st, &s.e.cx, &s.t, &items, &bytes), 0);
    CHECK_INT(items, 7);
    shop_release(&s);
}

/* ---- transactions ---- */

TEST(store, commits_and_rolls_back)
{
    shop s;
    row r;

    shop_init(&s, true);
    CHECK(!store_in_transaction(s.st));
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK(store_in_transaction(s.st));
    CHECK_INT(put(&s, KB(1, "a", "1"), "{}", NULL), 0);
    store_rollback(s.st);
    CHECK(!store_in_transaction(s.st));
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(1, "a", "1"), &r), DDB_NOT_FOUND);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK_INT(put(&s, KB(1, "a", "1"), "{}", NULL), 0);
    CHECK_INT(store_commit(s.st, &s.e.cx), 0);
    CHECK_INT(store_counters_get(s.st).commits, 3); /* creation of the file, of the table, this */
    CHECK_INT(shop_reopen(&s), 0);
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(1, "a", "1"), &r), 0);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK_INT(put(&s, KB(1, "a", "2"), "{}", NULL), 0);
    CHECK_INT(shop_reopen(&s), 0); /* closing rolls back */
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(1, "a", "2"), &r), DDB_NOT_FOUND);
    store_rollback(s.st); /* with nothing open */
    shop_release(&s);
}

TEST(store, a_savepoint_undoes_a_part)
{
    for (int file = 0; file < 2; file++) {
        shop s;

        shop_init(&s, file);
        CHECK_INT(store_begin(s.st, &s.e.cx), 0);
        CHECK_INT(put(&s, KB(1, "a", "1"), "a1", NULL), 0);
        CHECK_INT(store_savepoint(s.st, &s.e.cx), 0);
        CHECK_INT(put(&s, KB(1, "a", "1"), "changed", NULL), 0);
        CHECK_INT(put(&s, KB(1, "a", "2"), "a2", NULL), 0);
        store_rollback_to(s.st);
        CHECK_STR(walk(&s, (store_range){.h_max = UINT32_MAX}), "a1");
        CHECK_INT(store_savepoint(s.st, &s.e.cx), 0);
        CHECK_INT(put(&s, KB(1, "a", "3"), "a3", NULL), 0);
        CHECK_INT(store_release(s.st, &s.e.cx), 0);
        CHECK_INT(store_commit(s.st, &s.e.cx), 0);
        CHECK_STR(walk(&s, (store_range){.h_max = UINT32_MAX}), "a1 a3");
        shop_release(&s);
    }
}

TEST(store, refuses_to_write_outside_a_transaction)
{
    shop s;
    index_cell none = {0};

    shop_init(&s, false);
    CHECK_INT(put(&s, KB(1, "a", "1"), "{}", NULL), DDB_STORAGE_IO);
    CHECK_INT(store_delete(s.st, &s.e.cx, &s.t, &KB(1, "a", "1")), DDB_STORAGE_IO);
    CHECK_INT(store_set_index(s.st, &s.e.cx, &s.t, &s.ix[0], &KB(1, "a", "1"), &none),
              DDB_STORAGE_IO);
    CHECK_INT(store_savepoint(s.st, &s.e.cx), DDB_STORAGE_IO);
    CHECK_INT(store_commit(s.st, &s.e.cx), DDB_STORAGE_IO);
    CHECK_INT(store_meta_put(s.st, &s.e.cx, STR("k"), STR("v")), DDB_STORAGE_IO);
    CHECK_INT(store_table_save(s.st, &s.e.cx, &s.t), DDB_STORAGE_IO);
    shop_release(&s);
}

/* ---- catalog, settings, tokens ---- */

static int list_names(void *user, int64_t number, str name, str definition)
{
    buf *b = user;

    CHECK(definition.n > 2);
    buf_fmt(b, "%l:%S ", number, name);
    return b->n > 100 ? DDB_TOO_BIG : 0;
}

TEST(store, keeps_the_catalog_in_name_order)
{
    shop s;
    table t;
    int64_t n;
    buf b;

    shop_init(&s, true);
    t = s.t;
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK_INT(store_table_next_number(s.st, &s.e.cx, &n), 0);
    CHECK_INT(n, 1);
    CHECK_INT(store_table_next_number(s.st, &s.e.cx, &t.number), 0);
    CHECK_INT(t.number, 2);
    t.name = STR("Alpha");
    CHECK_INT(store_table_create(s.st, &s.e.cx, &t), 0);
    CHECK_INT(store_commit(s.st, &s.e.cx), 0);
    CHECK_INT(shop_reopen(&s), 0);
    buf_init_arena(&b, &s.e.a, 1000);
    CHECK_INT(store_tables(s.st, &s.e.cx, list_names, &b), 0);
    CHECK_STR(buf_view(&b), "2:Alpha 1:shop ");
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    t.deletion_protection = true;
    CHECK_INT(store_table_save(s.st, &s.e.cx, &t), 0);
    CHECK_INT(store_table_drop(s.st, &s.e.cx, &s.t), 0);
    CHECK_INT(store_table_save(s.st, &s.e.cx, &s.t), DDB_STALE);
    CHECK_INT(store_table_next_number(s.st, &s.e.cx, &n), 0);
    CHECK_INT(n, 3);
    CHECK_INT(store_commit(s.st, &s.e.cx), 0);
    buf_reset(&b);
    CHECK_INT(store_tables(s.st, &s.e.cx, list_names, &b), 0);
    CHECK_STR(buf_view(&b), "2:Alpha ");
    buf_init_arena(&b, &s.e.a, 1000);
    while (b.n <= 92)
        buf_lit(&b, "-");
    CHECK_INT(store_tables(s.st, &s.e.cx, list_names, &b), DDB_TOO_BIG);
    shop_release(&s);
}

TEST(store, drops_a_table_that_was_used_and_rolls_creation_back)
{
    shop s;
    row r;

    shop_init(&s, false);
    fill_indexes(&s);
    (void)walk(&s, (store_range){.ix = &s.ix[0], .h_max = UINT32_MAX});
    CHECK_INT(store_commit(s.st, &s.e.cx), 0);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK_INT(store_table_drop(s.st, &s.e.cx, &s.t), 0);
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(30, "a", "1"), &r), DDB_STALE);
    store_rollback(s.st);
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(30, "a", "1"), &r), 0);
    shop_release(&s);
}

TEST(store, adds_and_drops_an_index_on_a_table_in_use)
{
    for (int global = 0; global < 2; global++) {
        shop s;
        index_def more[3];
        table t;
        index_cell cells[3] = {{0}};
        store_range q = {.h_max = UINT32_MAX};

        shop_init(&s, false);
        fill_indexes(&s);
        memcpy(more, s.ix, sizeof s.ix);
        more[2] = (index_def){.name = STR("new"), .global = global, .slot = 7};
        t = s.t;
        t.indexes = more;
        t.index_count = 3;
        t.next_slot = 8;
        CHECK_INT(store_index_create(s.st, &s.e.cx, &t, &more[2]), 0);
        s.t = t;
        q.ix = &more[2];
        CHECK_STR(walk(&s, q), "");
        cells[2] = cell(KB(30, "a", "1"));
        CHECK_INT(store_set_index(s.st, &s.e.cx, &t, &more[2], &KB(30, "a", "2"), &cells[2]), 0);
        CHECK_INT(put(&s, KB(30, "a", "9"), "a9", cells), 0);
        CHECK_STR(walk(&s, q), "a2 a9");
        CHECK_INT(store_index_drop(s.st, &s.e.cx, &t, &more[2]), 0);
        CHECK_STR(walk(&s, q), "failed to open");
        s.t.indexes = s.ix;
        s.t.index_count = 2;
        q.ix = &s.ix[0];
        CHECK_STR(walk(&s, q), "a4 a3 b1 a1 a2");
        CHECK_INT(put(&s, KB(30, "a", "9"), "a9", NULL), 0);
        CHECK_INT(store_commit(s.st, &s.e.cx), 0);
        shop_release(&s);
    }
}

static int64_t columns_of(shop *s)
{
    sqlite3_stmt *q = NULL;
    int64_t n = 0;

    if (sqlite3_prepare_v2(s->st->db, "SELECT count(*)FROM pragma_table_info('t1')", -1, &q, NULL) ==
            SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
        n = sqlite3_column_int64(q, 0);
    (void)sqlite3_finalize(q);
    return n;
}

TEST(store, makes_and_drops_indexes_without_end)
{
    index_cell cells[3] = {{0}, {0}, cell(KB(30, "a", "1"))};
    store_range q = {.h_max = UINT32_MAX};
    int64_t most = 0, last = 0;
    index_def more[3];
    table t;
    shop s;

    shop_init(&s, false);
    fill_indexes(&s);
    memcpy(more, s.ix, sizeof s.ix);
    t = s.t;
    t.indexes = more;
    for (uint16_t slot = 7; slot < 400; slot++) {
        more[2] = (index_def){.name = STR("new"), .global = true, .slot = slot};
        t.index_count = 3;
        t.next_slot = (uint16_t)(slot + 1);
        CHECK_INT(store_index_create(s.st, &s.e.cx, &t, &more[2]), 0);
        last = columns_of(&s);
        most = last > most ? last : most;
        if (slot % 50 != 0)
            CHECK_INT(store_index_drop(s.st, &s.e.cx, &t, &more[2]), 0);
        else {
            s.t = t;
            q.ix = &more[2];
            CHECK_STR(walk(&s, q), "");
            CHECK_INT(store_set_index(s.st, &s.e.cx, &t, &more[2], &KB(30, "a", "2"), &cells[2]), 0);
            CHECK_STR(walk(&s, q), "a2");
            q.ix = &more[0];
            CHECK_STR(walk(&s, q), "a4 a3 b1 a1 a2");
            CHECK_INT(store_index_drop(s.st, &s.e.cx, &t, &more[2]), 0);
        }
    }
    CHECK(most <= ROW_COLUMNS_MAX && last < most); /* dead columns went, and more than once */
    CHECK_INT(store_commit(s.st, &s.e.cx), 0);
    s.t.indexes = s.ix;
    s.t.index_count = 2;
    shop_release(&s);
}

TEST(store, writes_statements_anew_when_a_table_has_other_indexes)
{
    shop s;
    table bare;

    shop_init(&s, false);
    fill_indexes(&s);
    bare = s.t;
    bare.index_count = 0;
    CHECK_INT(store_put(s.st, &s.e.cx, &bare, &KB(1, "a", "1"), 2, STR("{}"), NULL), 0);
    CHECK_INT(put(&s, KB(1, "a", "2"), "{}",
                  (index_cell[2]){cell(KB(1, "g", "1")), cell(KB(1, "a", "1"))}), 0);
    CHECK_STR(walk(&s, (store_range){.ix = &s.ix[0], .h_max = 50}), "{}");
    shop_release(&s);
}

TEST(store, keeps_statements_of_a_bounded_number_of_tables)
{
    shop s;
    table t;
    row r;

    shop_init(&s, false);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    t = s.t;
    t.index_count = 0;
    for (int i = 2; i <= STMT_TABLES_MAX + 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%d", i);
        t.number = i;
        t.name = str_of(name);
        CHECK_INT(store_table_create(s.st, &s.e.cx, &t), 0);
        CHECK_INT(store_put(s.st, &s.e.cx, &t, &KB(1, "a", "1"), 2, STR("{}"), NULL), 0);
        CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(1, "a", "1"), &r), DDB_NOT_FOUND);
    }
    CHECK_INT(s.st->table_count, STMT_TABLES_MAX);
    t.number = 2; /* forgotten meanwhile, table 1 in steady use was not */
    CHECK_INT(store_get(s.st, &s.e.cx, &t, &KB(1, "a", "1"), &r), 0);
    store_forget_all(s.st);
    CHECK_INT(s.st->table_count, 0);
    CHECK_INT(store_get(s.st, &s.e.cx, &t, &KB(1, "a", "1"), &r), 0);
    shop_release(&s);
}

TEST(store, keeps_settings)
{
    shop s;
    str v;

    shop_init(&s, true);
    CHECK_INT(store_meta_get(s.st, &s.e.cx, STR("k"), &v), DDB_NOT_FOUND);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK_INT(store_meta_put(s.st, &s.e.cx, STR("k"), STR("one\0two")), 0);
    CHECK_INT(store_meta_put(s.st, &s.e.cx, STR("empty"), STR("")), 0);
    CHECK_INT(store_commit(s.st, &s.e.cx), 0);
    CHECK_INT(shop_reopen(&s), 0);
    CHECK_INT(store_meta_get(s.st, &s.e.cx, STR("k"), &v), 0);
    CHECK_MEM_EQ(v, STR("one\0two"));
    CHECK_INT(store_meta_get(s.st, &s.e.cx, STR("empty"), &v), 0);
    CHECK_STR(v, "");
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK_INT(store_meta_put(s.st, &s.e.cx, STR("k"), STR("x")), 0);
    CHECK_INT(store_meta_get(s.st, &s.e.cx, STR("k"), &v), 0);
    CHECK_STR(v, "x");
    CHECK_INT(store_meta_delete(s.st, &s.e.cx, STR("k")), 0);
    CHECK_INT(store_meta_get(s.st, &s.e.cx, STR("k"), &v), DDB_NOT_FOUND);
    shop_release(&s);
}

TEST(store, keeps_tokens_until_they_expire)
{
    shop s;
    str hash, response;
    const char *h32 = "0123456789abcdef0123456789abcdef";

    shop_init(&s, false);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK_INT(store_token_get(s.st, &s.e.cx, STR("A"), STR("t"), 0, &hash, &response), 0);
    CHECK_INT(store_token_put(s.st, &s.e.cx, STR("A"), STR("t"), 100, str_of(h32), STR("{}")), 0);
    CHECK_INT(store_token_get(s.st, &s.e.cx, STR("A"), STR("t"), 99, &hash, &response), 1);
    CHECK_STR(hash, h32);
    CHECK_STR(response, "{}");
    CHECK_INT(store_token_get(s.st, &s.e.cx, STR("A"), STR("t"), 100, &hash, &response), 0);
    CHECK_INT(store_token_get(s.st, &s.e.cx, STR("B"), STR("t"), 1, &hash, &response), 0);
    CHECK_INT(store_token_put(s.st, &s.e.cx, STR("A"), STR("t"), 300, str_of(h32), STR("")), 0);
    CHECK_INT(store_token_put(s.st, &s.e.cx, STR("A"), STR("u"), 150, str_of(h32), STR("")), 0);
    CHECK_INT(store_token_trim(s.st, &s.e.cx, 150), 0);
    CHECK_INT(store_token_get(s.st, &s.e.cx, STR("A"), STR("u"), 1, &hash, &response), 0);
    CHECK_INT(store_token_get(s.st, &s.e.cx, STR("A"), STR("t"), 1, &hash, &response), 1);
    CHECK_STR(response, "");
    shop_release(&s);
}

/* ---- files ---- */

static void write_file(const char *path, const char *p, size_t n)
{
    FILE *f = fopen(path, "wb");

    if (f == NULL || fwrite(p, 1, n, f) != n || fclose(f) != 0)
        abort();
}

static str read_file(arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    char b[65536];
    size_t n;

    if (f == NULL)
        return STR_ABSENT;
    n = fread(b, 1, sizeof b, f);
    fclose(f);
    return (str){arena_copy(a, b, n), n};
}

static void foreign(const char *path, const char *sql)
{
    sqlite3 *db;

    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        abort();
    sqlite3_close(db);
}

TEST(store, refuses_files_that_are_not_its_own_and_leaves_them_alone)
{
    static const struct {
        const char *sql; /* NULL: garbage */
        int code;
        const char *says;
    } cases[] = {
        {NULL, DDB_NOT_A_DATABASE, "it is not an SQLite file"},
        {"CREATE TABLE a(b)", DDB_NOT_A_DATABASE, "another program"},
        {"PRAGMA journal_mode=WAL;CREATE TABLE a(b)", DDB_NOT_A_DATABASE, "another program"},
        {"PRAGMA application_id=5", DDB_NOT_A_DATABASE, "another program"},
        {"PRAGMA user_version=1", DDB_NOT_A_DATABASE, "another program"},
        {"PRAGMA application_id=1684300396;PRAGMA user_version=2", DDB_FORMAT_NEWER, "format 2"},
    };
    shop s;

    memset(&s, 0, sizeof s);
    test_env_init(&s.e);
    shop_files(&s);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char garbage[4096];
        str before, message;
        memset(garbage, 'g', sizeof garbage);
        unlink(s.path);
        if (cases[i].sql == NULL)
            write_file(s.path, garbage, sizeof garbage);
        else
            foreign(s.path, cases[i].sql);
        before = read_file(&s.e.a, s.path);
        CHECK_INT_NOTE(shop_reopen(&s), cases[i].code, cases[i].says);
        message = s.e.cx.err.message;
        message.p = arena_copy(&s.e.a, message.p, message.n + 1);
        ((char *)(uintptr_t)message.p)[message.n] = '\0';
        CHECK(strstr(message.p, cases[i].says) != NULL);
        CHECK(strstr(message.p, s.path) != NULL);
        CHECK(str_eq(before, read_file(&s.e.a, s.path)));
    }
    shop_release(&s);
}

TEST(store, opens_an_empty_file_and_one_left_by_a_crash_during_creation)
{
    shop s;

    memset(&s, 0, sizeof s);
    test_env_init(&s.e);
    shop_files(&s);
    write_file(s.path, "", 0);
    CHECK_INT(shop_reopen(&s), 0);
    store_close(s.st);
    s.st = NULL;
    unlink(s.path);
    foreign(s.path, "PRAGMA page_size=8192;PRAGMA journal_mode=WAL");
    CHECK_INT(shop_reopen(&s), 0);
    CHECK_INT(shop_reopen(&s), 0);
    shop_release(&s);
}

TEST(store, a_database_in_memory_takes_an_image_with_pages_of_another_size)
{
    store_image image;
    int64_t pages = 0;
    shop s;
    row r;

    memset(&s, 0, sizeof s);
    test_env_init(&s.e);
    shop_table(&s);
    shop_files(&s);
    foreign(s.path, "PRAGMA page_size=8192;PRAGMA journal_mode=WAL");
    CHECK_INT(shop_reopen(&s), 0);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK_INT(store_table_create(s.st, &s.e.cx, &s.t), 0);
    CHECK_INT(store_commit(s.st, &s.e.cx), 0);
    fill(&s);
    CHECK_INT(store_commit(s.st, &s.e.cx), 0);
    REQUIRE(store_image_take(s.st, &s.e.cx, &image) == 0);
    store_close(s.st);
    s.st = NULL;
    REQUIRE(store_open(&s.e.cx, &(store_options){0}, &s.st) == 0);
    CHECK_INT(sql_number(s.st, &s.e.cx, "PRAGMA page_size", &pages), 0);
    CHECK_INT(pages, 4096);
    CHECK_INT(store_image_check(&s.e.cx, image.p, image.n), 0);
    CHECK_INT(store_image_restore(s.st, &s.e.cx, image.p, image.n), 0);
    store_image_free(&image);
    CHECK_INT(sql_number(s.st, &s.e.cx, "PRAGMA page_size", &pages), 0);
    CHECK_INT(pages, 8192);
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(10, "a", "1"), &r), 0);
    CHECK_STR(r.item, "a1");
    shop_release(&s);
}

TEST(store, says_why_a_file_cannot_be_opened)
{
    shop s;

    memset(&s, 0, sizeof s);
    test_env_init(&s.e);
    shop_files(&s);
    snprintf(s.path, sizeof s.path, "%s/missing/a.db", s.dir);
    CHECK_INT(shop_reopen(&s), DDB_STORAGE_IO);
    snprintf(s.path, sizeof s.path, "%s", s.dir);
    CHECK_INT(shop_reopen(&s), DDB_STORAGE_IO);
    CHECK_INT(store_open(&s.e.cx, &(store_options){.path = ""}, &s.st), DDB_BAD_ARGUMENT);
    CHECK_INT(store_open(&s.e.cx, &(store_options){.path = ":memory:"}, &s.st), 0);
    CHECK(store_in_memory(s.st));
    shop_release(&s);
}

/* Root may write everywhere, so these run as somebody else where we are root. */
static bool become_nobody(const shop *s)
{
    if (geteuid() != 0)
        return true;
    return chown(s->dir, 65534, 65534) == 0 && seteuid(65534) == 0;
}

TEST(store, refuses_read_only_files_and_media)
{
    shop s;
    char shm[128];

    shop_init(&s, true);
    store_close(s.st);
    s.st = NULL;
    REQUIRE(chmod(s.path, 0444) == 0 && become_nobody(&s));
    CHECK_INT(shop_reopen(&s), DDB_STORAGE_READONLY);
    REQUIRE(geteuid() != 0 || seteuid(0) == 0);
    if (geteuid() == 65534)
        REQUIRE(seteuid(0) == 0);

    /* A writable file in a directory where no -wal can be made. */
    REQUIRE(chmod(s.path, 0666) == 0 && become_nobody(&s));
    REQUIRE(chmod(s.dir, 0555) == 0);
    CHECK(shop_reopen(&s) < 0);
    CHECK(s.e.cx.err.code == DDB_STORAGE_IO || s.e.cx.err.code == DDB_STORAGE_READONLY);
    snprintf(shm, sizeof shm, "%s-shm", s.path);
    CHECK(access(shm, F_OK) != 0);
    REQUIRE(chmod(s.dir, 0755) == 0);
    if (getuid() == 0)
        REQUIRE(seteuid(0) == 0);
    CHECK_INT(shop_reopen(&s), 0);
    shop_release(&s);
}

TEST(store, waits_for_a_lock_and_then_says_busy)
{
    shop s;
    store *other = NULL;

    shop_init(&s, true);
    CHECK_INT(store_open(&s.e.cx, &(store_options){.path = s.path, .busy_ms = 20}, &other), 0);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK_INT(store_begin(other, &s.e.cx), DDB_STORAGE_BUSY);
    CHECK(!store_in_transaction(other));
    CHECK_INT(put(&s, KB(1, "a", "1"), "{}", NULL), 0);
    CHECK_INT(store_commit(s.st, &s.e.cx), 0);
    CHECK_INT(store_begin(other, &s.e.cx), 0);
    store_close(other);
    other = NULL;
    CHECK_INT(sql_exec(s.st, &s.e.cx, "PRAGMA locking_mode=EXCLUSIVE;BEGIN EXCLUSIVE"), 0);
    CHECK_INT(store_open(&s.e.cx, &(store_options){.path = s.path, .busy_ms = 20}, &other),
              DDB_STORAGE_BUSY);
    shop_release(&s);
}

TEST(store, processes_that_create_one_file_at_once_all_succeed)
{
    shop s;
    int failed = 0, status;

    memset(&s, 0, sizeof s);
    test_env_init(&s.e);
    shop_files(&s);
    for (int i = 0; i < 6; i++) {
        if (fork() == 0) {
            store *st;
            int64_t n;
            int rc = store_open(&s.e.cx, &(store_options){.path = s.path, .busy_ms = 5000}, &st);
            if (rc == 0)
                rc = store_begin(st, &s.e.cx);
            if (rc == 0)
                rc = store_table_next_number(st, &s.e.cx, &n);
            if (rc == 0)
                rc = store_commit(st, &s.e.cx);
            if (rc < 0)
                fprintf(stderr, "%d %.*s\n", rc, (int)s.e.cx.err.message.n, s.e.cx.err.message.p);
            _exit(rc == 0 ? 0 : 1);
        }
    }
    while (wait(&status) > 0)
        failed += status != 0;
    CHECK_INT(failed, 0);
    CHECK_INT(shop_reopen(&s), 0);
    {
        int64_t n = 0;
        CHECK_INT(store_begin(s.st, &s.e.cx), 0);
        CHECK_INT(store_table_next_number(s.st, &s.e.cx, &n), 0);
        CHECK_INT(n, 7);
    }
    shop_release(&s);
}

/* ---- two connections ---- */

TEST(store, the_version_grows_with_others_commits_only)
{
    shop s;
    store *other = NULL;
    uint32_t v;
    row r;

    shop_init(&s, true);
    CHECK_INT(store_open(&s.e.cx, &(store_options){.path = s.path}, &other), 0);
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(1, "a", "1"), &r), DDB_NOT_FOUND);
    v = store_version(s.st);
    for (int i = 0; i < 3; i++) { /* ours: commits, rollbacks, lost transactions */
        CHECK_INT(store_begin(s.st, &s.e.cx), 0);
        CHECK_INT(store_version(s.st), v);
        CHECK_INT(put(&s, KB(1, "b", "1"), i == 0 ? "{}" : i == 1 ? "{1}" : "{2}", NULL), 0);
        CHECK_INT(store_version(s.st), v);
        if (i == 1)
            store_rollback(s.st);
        else
            CHECK_INT(store_commit(s.st, &s.e.cx), 0);
        CHECK_INT(store_version(s.st), v);
        CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(1, "a", "1"), &r), DDB_NOT_FOUND);
        CHECK_INT(store_version(s.st), v);
    }
    CHECK_INT(store_begin(other, &s.e.cx), 0);
    CHECK_INT(store_put(other, &s.e.cx, &s.t, &KB(1, "a", "1"), 2, STR("{}"), no_cells), 0);
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(1, "a", "1"), &r), DDB_NOT_FOUND);
    CHECK_INT(store_version(s.st), v);
    CHECK_INT(store_commit(other, &s.e.cx), 0);
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(1, "a", "1"), &r), 0);
    CHECK(store_version(s.st) != v);
    v = store_version(s.st);
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(1, "a", "1"), &r), 0);
    CHECK_INT(store_version(s.st), v);

    /* A begin notices too, and own work after it hides nothing. */
    CHECK_INT(store_begin(other, &s.e.cx), 0);
    CHECK_INT(store_put(other, &s.e.cx, &s.t, &KB(1, "a", "2"), 2, STR("{}"), no_cells), 0);
    CHECK_INT(store_commit(other, &s.e.cx), 0);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK(store_version(s.st) != v);
    v = store_version(s.st);
    CHECK_INT(put(&s, KB(1, "c", "1"), "{}", NULL), 0);
    CHECK_INT(store_commit(s.st, &s.e.cx), 0);
    CHECK_INT(store_version(s.st), v);
    store_close(other);
    shop_release(&s);
}

TEST(store, sums_notice_commits_of_others)
{
    shop s;
    store *other = NULL;
    int64_t items, bytes;

    shop_init(&s, true);
    CHECK_INT(store_open(&s.e.cx, &(store_options){.path = s.path}, &other), 0);
    CHECK_INT(store_table_stats(s.st, &s.e.cx, &s.t, &items, &bytes), 0);
    CHECK_INT(items, 0);
    CHECK_INT(store_begin(other, &s.e.cx), 0);
    CHECK_INT(store_put(other, &s.e.cx, &s.t, &KB(1, "a", "1"), 2, STR("{}"), no_cells), 0);
    CHECK_INT(store_commit(other, &s.e.cx), 0);
    CHECK_INT(store_table_stats(s.st, &s.e.cx, &s.t, &items, &bytes), 0);
    CHECK_INT(items, 1);
    store_close(other);
    shop_release(&s);
}

TEST(store, a_read_transaction_keeps_one_snapshot)
{
    shop s;
    store *other = NULL;
    row r;

    shop_init(&s, true);
    CHECK_INT(store_open(&s.e.cx, &(store_options){.path = s.path}, &other), 0);
    CHECK_INT(store_begin_read(s.st, &s.e.cx), 0);
    CHECK(!store_in_transaction(s.st));
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(1, "a", "1"), &r), DDB_NOT_FOUND);
    CHECK_INT(store_begin(other, &s.e.cx), 0);
    CHECK_INT(store_put(other, &s.e.cx, &s.t, &KB(1, "a", "1"), 2, STR("{}"), no_cells), 0);
    CHECK_INT(store_commit(other, &s.e.cx), 0);
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(1, "a", "1"), &r), DDB_NOT_FOUND);
    CHECK_INT(put(&s, KB(1, "b", "1"), "{}", NULL), DDB_STORAGE_IO);
    store_end_read(s.st);
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(1, "a", "1"), &r), 0);
    CHECK_INT(store_begin_read(s.st, &s.e.cx), 0);
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(1, "a", "1"), &r), 0);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0); /* ends the snapshot first */
    CHECK_INT(store_begin_read(s.st, &s.e.cx), 0);
    store_end_read(s.st); /* both do nothing inside */
    CHECK(store_in_transaction(s.st));
    CHECK_INT(store_commit(s.st, &s.e.cx), 0);
    store_close(other);
    shop_release(&s);
}

TEST(store, statements_are_stale_after_another_connection_changed_the_schema)
{
    shop s;
    store *other = NULL;
    row r;
    cursor *c;
    store_range q = {.h_max = UINT32_MAX};

    shop_init(&s, true);
    q.t = &s.t;
    q.ix = &s.ix[0];
    CHECK_INT(store_open(&s.e.cx, &(store_options){.path = s.path}, &other), 0);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK_INT(put(&s, KB(1, "a", "1"), "{}", NULL), 0);
    CHECK_INT(store_commit(s.st, &s.e.cx), 0);
    (void)walk(&s, q);

    CHECK_INT(store_begin(other, &s.e.cx), 0);
    CHECK_INT(store_index_drop(other, &s.e.cx, &s.t, &s.ix[0]), 0);
    CHECK_INT(store_commit(other, &s.e.cx), 0);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK_INT(put(&s, KB(1, "a", "2"), "{}", NULL), 0); /* the columns are still there */
    store_rollback(s.st);
    CHECK_INT(store_cursor_open(s.st, &s.e.cx, &q, &c), 0); /* prepared before */
    CHECK_INT(store_cursor_next(c, &s.e.cx, &r), DDB_STALE);
    CHECK_INT(store_cursor_next(c, &s.e.cx, &r), 0);
    store_cursor_close(c);
    store_forget_all(s.st);
    CHECK_INT(store_cursor_open(s.st, &s.e.cx, &q, &c), DDB_STALE);
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(1, "a", "1"), &r), 0);

    CHECK_INT(store_begin(other, &s.e.cx), 0);
    CHECK_INT(store_table_drop(other, &s.e.cx, &s.t), 0);
    CHECK_INT(store_commit(other, &s.e.cx), 0);
    CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(1, "a", "1"), &r), DDB_STALE);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK_INT(put(&s, KB(1, "a", "2"), "{}", NULL), DDB_STALE);
    CHECK(store_in_transaction(s.st));
    store_rollback(s.st);
    store_close(other);
    shop_release(&s);
}

static void put_many(shop *s, int from, int to)
{
    char pk[16];

    for (int i = from; i < to; i++) {
        int n = snprintf(pk, sizeof pk, "%d", i);
        key_bytes k = {(uint32_t)i * 2654435761u, {pk, (size_t)n}, STR("")};
        CHECK_INT(store_put(s->st, &s->e.cx, &s->t, &k, 100, STR("{}"), no_cells), 0);
    }
}

TEST(store, sums_of_a_large_table_may_be_a_thousandth_old)
{
    static const struct {
        int from, to;
        int64_t items; /* what is told then */
    } steps[] = {
        {0, 20000, 20000}, {20000, 20001, 20001}, {20001, 20020, 20001},
        {20020, 20022, 20022}, {20022, 30000, 30000}, {30000, 30001, 30000},
    };
    int64_t items, bytes;
    shop s;

    shop_init(&s, false);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    for (size_t i = 0; i < COUNT(steps); i++) {
        put_many(&s, steps[i].from, steps[i].to);
        CHECK_INT(store_table_stats(s.st, &s.e.cx, &s.t, &items, &bytes), 0);
        CHECK_INT(items, steps[i].items);
        CHECK_INT(bytes, steps[i].items * 100);
    }
    CHECK_INT(store_commit(s.st, &s.e.cx), 0);
    shop_release(&s);
}

/* ---- failures ---- */

TEST(store, a_full_database_loses_the_transaction_and_says_so)
{
    for (int file = 0; file < 2; file++) {
        shop s;
        char item[6001], limit[64];
        int rc = 0, n = 0;
        uint32_t v;
        row r;

        shop_init(&s, file);
        memset(item, 'x', 6000);
        item[6000] = '\0';
        CHECK_INT(store_begin(s.st, &s.e.cx), 0);
        CHECK_INT(put(&s, KB(1, "a", "1"), "{}", NULL), 0);
        CHECK_INT(store_commit(s.st, &s.e.cx), 0);
        v = store_version(s.st);
        snprintf(limit, sizeof limit, "PRAGMA max_page_count=%d", 40);
        CHECK_INT(sql_exec(s.st, &s.e.cx, limit), 0);
        CHECK_INT(store_begin(s.st, &s.e.cx), 0);
        while (rc == 0 && n < 100) {
            key_bytes k = KB(1, "b", "?");
            char sk[2] = {1, (char)n++};
            k.sk = str_make(sk, 2);
            rc = put(&s, k, item, NULL);
        }
        CHECK_INT(rc, DDB_STORAGE_FULL);
        CHECK_INT(s.e.cx.err.code, DDB_STORAGE_FULL);
        /* Whether SQLite kept the rest of the transaction is its choice; we must tell. */
        CHECK_INT(store_in_transaction(s.st), sqlite3_get_autocommit(s.st->db) == 0);
        if (!store_in_transaction(s.st)) {
            CHECK_INT(put(&s, KB(1, "c", "1"), "{}", NULL), DDB_STORAGE_IO);
            CHECK_INT(store_commit(s.st, &s.e.cx), DDB_STORAGE_IO);
            store_rollback_to(s.st);
        }
        store_rollback(s.st);
        CHECK(!store_in_transaction(s.st));
        CHECK_INT(store_version(s.st), v);
        CHECK_STR(walk(&s, (store_range){.h_max = UINT32_MAX}), "{}");
        CHECK_INT(store_begin(s.st, &s.e.cx), 0);
        CHECK_INT(put(&s, KB(1, "a", "2"), "{}", NULL), 0);
        CHECK_INT(store_commit(s.st, &s.e.cx), 0);
        CHECK_INT(store_get(s.st, &s.e.cx, &s.t, &KB(1, "a", "2"), &r), 0);
        CHECK_INT(store_version(s.st), v);
        shop_release(&s);
    }
}

TEST(store, a_transaction_that_sqlite_ended_is_not_open)
{
    shop s;
    uint32_t v;

    shop_init(&s, true);
    v = store_version(s.st);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK_INT(put(&s, KB(1, "a", "1"), "{}", NULL), 0);
    CHECK_INT(sqlite3_exec(s.st->db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    CHECK(!store_in_transaction(s.st));
    CHECK_INT(put(&s, KB(1, "a", "2"), "{}", NULL), DDB_STORAGE_IO);
    CHECK_INT(store_commit(s.st, &s.e.cx), DDB_STORAGE_IO);
    store_rollback(s.st);
    CHECK_INT(store_version(s.st), v);
    CHECK_INT(store_begin(s.st, &s.e.cx), 0);
    CHECK_INT(store_commit(s.st, &s.e.cx), 0);
    shop_release(&s);
}

TEST(store, a_damaged_file_is_reported_as_such)
{
    shop s;
    row r;
    int rc = 0;
    struct stat f;
    char junk[8192];
    int fd;

    shop_init(&s, true);
    fill(&s);
    CHECK_INT(store_commit(s.st, &s.e.cx), 0);
    store_close(s.st);
    s.st = NULL;
    memset(junk, 0x5a, sizeof junk);
    fd = open(s.path, O_WRONLY);
    REQUIRE(fd >= 0 && fstat(fd, &f) == 0);
    for (off_t at = 8192; at < f.st_size; at += 8192)
        CHECK_INT(pwrite(fd, junk, sizeof junk, at), (long long)sizeof junk);
    close(fd);
    CHECK_INT(shop_reopen(&s), 0); /* the first page, with the schema, is whole */
    rc = store_get(s.st, &s.e.cx, &s.t, &KB(10, "a", "1"), &r);
    CHECK_INT(rc, DDB_STORAGE_CORRUPT);
    shop_release(&s);
}

TEST(store, each_result_code_of_sqlite_has_its_error)
{
    static const struct {
        int sqlite, ours;
    } cases[] = {
        {SQLITE_NOMEM, DDB_NOMEM},
        {SQLITE_IOERR_NOMEM, DDB_NOMEM},
        {SQLITE_ERROR, DDB_STALE},
        {SQLITE_SCHEMA, DDB_STALE},
        {SQLITE_BUSY, DDB_STORAGE_BUSY},
        {SQLITE_BUSY_SNAPSHOT, DDB_STORAGE_BUSY},
        {SQLITE_LOCKED, DDB_STORAGE_BUSY},
        {SQLITE_FULL, DDB_STORAGE_FULL},
        {SQLITE_READONLY, DDB_STORAGE_READONLY},
        {SQLITE_READONLY_DIRECTORY, DDB_STORAGE_READONLY},
        {SQLITE_CORRUPT, DDB_STORAGE_CORRUPT},
        {SQLITE_CORRUPT_INDEX, DDB_STORAGE_CORRUPT},
        {SQLITE_CONSTRAINT_UNIQUE, DDB_STORAGE_CORRUPT},
        {SQLITE_NOTADB, DDB_NOT_A_DATABASE},
        {SQLITE_CANTOPEN, DDB_STORAGE_IO},
        {SQLITE_IOERR_WRITE, DDB_STORAGE_IO},
        {SQLITE_IOERR_FSYNC, DDB_STORAGE_IO},
        {SQLITE_ABORT_ROLLBACK, DDB_STORAGE_IO},
        {SQLITE_PROTOCOL, DDB_STORAGE_IO},
    };
    shop s;

    shop_init(&s, false);
    for (size_t i = 0; i < COUNT(cases); i++) {
        test_env_reset(&s.e);
        CHECK_INT_NOTE(sql_failed(s.st, &s.e.cx, cases[i].sqlite), cases[i].ours,
                       sqlite3_errstr(cases[i].sqlite));
        if (cases[i].ours != DDB_NOMEM && cases[i].ours != DDB_STALE)
            CHECK(s.e.cx.err.message.n > 10);
    }
    shop_release(&s);
}

static int use_store(test_env *e, void *arg)
{
    shop s;
    store_range q = {.h_max = UINT32_MAX};
    int64_t n;
    cursor *c = NULL;
    row r;
    int rc;

    (void)arg;
    memset(&s, 0, sizeof s);
    shop_table(&s);
    q.t = &s.t;
    q.ix = &s.ix[0];
    rc = store_open(&e->cx, &(store_options){0}, &s.st);
    if (rc == 0)
        rc = store_begin(s.st, &e->cx);
    if (rc == 0)
        rc = store_table_create(s.st, &e->cx, &s.t);
    if (rc == 0)
        rc = store_put(s.st, &e->cx, &s.t, &KB(1, "a", "1"), 2, STR("{}"), no_cells);
    if (rc == 0)
        rc = store_get(s.st, &e->cx, &s.t, &KB(1, "a", "1"), &r);
    if (rc == 0)
        rc = store_cursor_open(s.st, &e->cx, &q, &c);
    if (rc == 0)
        rc = store_cursor_next(c, &e->cx, &r);
    store_cursor_close(c);
    if (rc == 0)
        rc = store_table_stats(s.st, &e->cx, &s.t, &n, &n);
    if (rc == 0)
        rc = store_index_drop(s.st, &e->cx, &s.t, &s.ix[0]);
    s.ix[0].slot = 9; /* a slot is not used twice */
    if (rc == 0)
        rc = store_index_create(s.st, &e->cx, &s.t, &s.ix[0]);
    if (rc == 0)
        rc = store_commit(s.st, &e->cx);
    store_close(s.st);
    return rc;
}

TEST(store, survives_the_failure_of_each_allocation)
{
    test_each_alloc_failure(use_store, NULL);
}

TEST(store, opens_in_each_mode_and_durability)
{
    static const durability levels[] = {DURABILITY_NORMAL, DURABILITY_FULL, DURABILITY_RELAXED};
    static const storage_mode modes[] = {STORAGE_SHARED, STORAGE_SOLE, STORAGE_HOST};
    static const int64_t want[3][3] = {{1, 2, 0}, {1, 2, 0}, {0, 0, 0}};

    for (size_t m = 0; m < COUNT(modes); m++) {
        for (size_t d = 0; d < COUNT(levels); d++) {
            shop s;
            char shm[128];
            sqlite3_stmt *q = NULL;
            shop_init(&s, true);
            store_close(s.st);
            s.st = NULL;
            unlink(s.path);
            CHECK_INT(store_open(&s.e.cx, &(store_options){.path = s.path, .mode = modes[m],
                                                           .durability = levels[d]}, &s.st), 0);
            CHECK_INT(store_begin(s.st, &s.e.cx), 0);
            CHECK_INT(store_table_create(s.st, &s.e.cx, &s.t), 0);
            CHECK_INT(put(&s, KB(1, "a", "1"), "{}", NULL), 0);
            CHECK_INT(store_commit(s.st, &s.e.cx), 0);
            CHECK_INT(sql_prepare(s.st, &s.e.cx, STR("PRAGMA synchronous"), &q), 0);
            CHECK_INT(sqlite3_step(q), SQLITE_ROW);
            CHECK_INT(sqlite3_column_int64(q, 0), want[m][d]);
            sqlite3_finalize(q);
            snprintf(shm, sizeof shm, "%s-shm", s.path);
            CHECK_INT(access(shm, F_OK) == 0, modes[m] == STORAGE_SHARED);
            snprintf(shm, sizeof shm, "%s-wal", s.path);
            CHECK_INT(access(shm, F_OK) == 0, modes[m] != STORAGE_HOST);
            CHECK_INT(shop_reopen(&s), 0); /* one format, whatever the mode */
            CHECK_STR(walk(&s, (store_range){.h_max = UINT32_MAX}), "{}");
            shop_release(&s);
        }
    }
}
