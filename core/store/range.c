/*
 * range.c - runs of rows in the order of a table or of one of its indexes, and sums over them.
 *
 * One statement serves every bound of a kind of range, so that a table has few of them:
 *
 *   query, table    h pk | lo <= sk < hi
 *   query, global   x_h x_pk | (x_sk, h, pk, sk) > position, x_sk < hi
 *   query, local    h pk | (x_sk, sk) > position, x_sk < hi
 *   scan, table     (h, pk, sk) > position, h <= h_max
 *   scan, global    (x_h, x_pk, x_sk, h, pk, sk) > position, x_h <= h_max
 *   scan, local     (h, pk, x_sk, sk) > position, h <= h_max
 *
 * and backward the same with < and the lower bounds. A position is what to start after; without
 * one it is the smallest tuple of the range: base keys begin at h = -1, which no row has, so
 * "> (lo, -1, '', '')" is "x_sk >= lo". Backward likewise, "< (hi, -1, '', '')" is "x_sk < hi".
 * "No upper bound" is FF, which no key begins with (asserted when rows are written).
 *
 * INDEXED BY makes a statement that SQLite cannot run on its index an error when it is prepared;
 * store_test.c checks that each plan is a SEARCH and none sorts.
 */
#include <assert.h>

#include <sqlite3.h>

#include "store/internal.h"
#include "store/upkeep.h"

static const str past_all = STR_INIT("\xff");

/* Appends a column of index ix for '#', of the table else: "#sk" is x3_sk. */
static void put_name(buf *b, const index_def *ix, const char *name)
{
    if (name[0] == '#')
        buf_fmt(b, "x%d_%s", (int)ix->slot, name + 1);
    else
        buf_fmt(b, "%s", name);
}

static void put_list(buf *b, const index_def *ix, const char *const *list, int n, const char *after)
{
    for (int i = 0; i < n; i++) {
        if (i > 0)
            buf_byte(b, ',');
        put_name(b, ix, list[i]);
        buf_fmt(b, "%s", after);
    }
}

/* Columns in the order of the index; the first two are those a query fixes. */
static const char *const *columns(const index_def *ix, int *n)
{
    static const char *const of_table[] = {"h", "pk", "sk"};
    static const char *const of_global[] = {"#h", "#pk", "#sk", "h", "pk", "sk"};
    static const char *const of_local[] = {"h", "pk", "#sk", "sk"};

    *n = ix == NULL ? 3 : ix->global ? 6 : 4;
    return ix == NULL ? of_table : ix->global ? of_global : of_local;
}

static void put_select(buf *b, const table *t, const index_def *ix)
{
    buf_fmt(b, "SELECT h,pk,sk,size,item FROM t%l INDEXED BY t%l_", t->number, t->number);
    if (ix == NULL)
        buf_byte(b, 'k');
    else
        buf_fmt(b, "x%d", (int)ix->slot);
    buf_lit(b, " WHERE ");
    if (ix != NULL) { /* SQLite must see that the partial index holds all that is asked for */
        put_name(b, ix, ix->global ? "#h" : "#sk");
        buf_lit(b, " IS NOT NULL AND ");
    }
}

/* "(a,b,c)>(?3,?4,?5)" */
static void put_position(buf *b, const index_def *ix, const char *const *list, int n, int parameter,
                         bool backward)
{
    buf_byte(b, '(');
    put_list(b, ix, list, n, "");
    buf_fmt(b, ")%s(", backward ? "<" : ">");
    for (int i = 0; i < n; i++)
        buf_fmt(b, i > 0 ? ",?%d" : "?%d", parameter + i);
    buf_byte(b, ')');
}

static void put_order(buf *b, const index_def *ix, const char *const *list, int n, bool backward)
{
    buf_lit(b, " ORDER BY ");
    put_list(b, ix, list, n, backward ? " DESC" : "");
}

static void write_query(buf *b, const table *t, const index_def *ix, bool backward)
{
    int n;
    const char *const *list = columns(ix, &n);

    put_select(b, t, ix);
    put_name(b, ix, list[0]);
    buf_lit(b, "=?1 AND ");
    put_name(b, ix, list[1]);
    buf_lit(b, "=?2 AND ");
    if (ix == NULL) {
        buf_lit(b, "sk>=?3 AND sk<?4");
    } else {
        put_position(b, ix, list + 2, n - 2, 3, backward);
        buf_lit(b, " AND ");
        put_name(b, ix, "#sk");
        buf_fmt(b, backward ? ">=?%d" : "<?%d", n + 1);
    }
    put_order(b, ix, list + 2, n - 2, backward);
}

static void write_scan(buf *b, const table *t, const index_def *ix, bool backward)
{
    int n;
    const char *const *list = columns(ix, &n);

    put_select(b, t, ix);
    put_position(b, ix, list, n, 1, backward);
    buf_lit(b, " AND ");
    put_name(b, ix, list[0]);
    buf_fmt(b, backward ? ">=?%d" : "<=?%d", n + 1);
    put_order(b, ix, list, n, backward);
}

static void bind_int(sqlite3_stmt *q, int at, int64_t v)
{
    (void)sqlite3_bind_int64(q, at, v); /* binding a number cannot fail */
}

/* Binds h, pk, sk of a table key; absent: what sorts before all. */
static void bind_base(sqlite3_stmt *q, int at, const key_bytes *base)
{
    bind_int(q, at, base != NULL ? (int64_t)base->h : -1);
    sql_bind_bytes(q, at + 1, base != NULL ? base->pk : STR(""));
    sql_bind_bytes(q, at + 2, base != NULL ? base->sk : STR(""));
}

/* A query of the table needs no position: the bounds close in on it. */
static int bind_query_table(ctx *cx, sqlite3_stmt *q, const store_range *r)
{
    str lo = r->lo, hi = r->hi.p != NULL ? r->hi : past_all;

    if (r->after && r->backward && str_cmp(r->from.sk, hi) < 0)
        hi = r->from.sk;
    if (r->after && !r->backward && str_cmp(r->from.sk, lo) >= 0) {
        char *next = arena_alloc(cx->a, r->from.sk.n + 1);
        if (next == NULL)
            return DDB_NOMEM;
        if (r->from.sk.n > 0)
            memcpy(next, r->from.sk.p, r->from.sk.n);
        next[r->from.sk.n] = '\0';
        lo = (str){next, r->from.sk.n + 1};
    }
    bind_int(q, 1, r->h);
    sql_bind_bytes(q, 2, r->pk);
    sql_bind_bytes(q, 3, lo);
    sql_bind_bytes(q, 4, hi);
    return 0;
}

static void bind_query_index(sqlite3_stmt *q, const store_range *r)
{
    str hi = r->hi.p != NULL ? r->hi : past_all;
    str from = r->backward ? hi : r->lo;
    const key_bytes *base = NULL;

    if (r->after && (r->backward ? str_cmp(r->from.sk, hi) < 0
                                 : str_cmp(r->from.sk, r->lo) >= 0)) {
        from = r->from.sk;
        base = &r->from_base;
    }
    bind_int(q, 1, r->h);
    sql_bind_bytes(q, 2, r->pk);
    sql_bind_bytes(q, 3, from);
    if (r->ix->global) {
        bind_base(q, 4, base);
        sql_bind_bytes(q, 7, r->backward ? r->lo : hi);
    } else {
        sql_bind_bytes(q, 4, base != NULL ? base->sk : STR(""));
        sql_bind_bytes(q, 5, r->backward ? r->lo : hi);
    }
}

static void bind_scan(sqlite3_stmt *q, const store_range *r)
{
    /* The edge of the segment, and the position where that lies further in. */
    key_bytes from = {.h = r->backward ? r->h_max : r->h_min,
                      .pk = r->backward ? past_all : STR(""),
                      .sk = STR("")};
    bool after = r->after && (r->backward ? r->from.h <= r->h_max : r->from.h >= r->h_min);
    int at = 4;

    if (after)
        from = r->from;
    bind_base(q, 1, &from);
    if (r->ix != NULL && r->ix->global) {
        bind_base(q, 4, after ? &r->from_base : NULL);
        at = 7;
    } else if (r->ix != NULL) {
        sql_bind_bytes(q, 4, after ? r->from_base.sk : STR(""));
        at = 5;
    }
    bind_int(q, at, r->backward ? r->h_min : r->h_max);
}

static sql_writer writer_of(const store_range *r)
{
    return r->one_partition ? write_query : write_scan;
}

int store_cursor_open(store *st, ctx *cx, const store_range *r, cursor **out)
{
    cursor *c;
    int rc = 0;

    TRY(stmts_borrow(st, cx, r->t, r->one_partition ? DO_QUERY : DO_SCAN, r->ix, r->backward,
                     writer_of(r), &c));
    if (!r->one_partition)
        bind_scan(c->q, r);
    else if (r->ix != NULL)
        bind_query_index(c->q, r);
    else
        rc = bind_query_table(cx, c->q, r);
    if (rc < 0)
        stmts_return(c);
    else
        *out = c;
    return rc;
}

int store_cursor_next(cursor *c, ctx *cx, row *out)
{
    int rc;

    assert(c->busy);
    if (c->ended)
        return 0; /* SQLite would begin anew */
    rc = sql_step(c->st, cx, c->q);
    if (rc <= 0) {
        c->ended = true;
        return rc;
    }
    out->key.h = (uint32_t)sqlite3_column_int64(c->q, 0);
    out->key.pk = sql_column(c->q, 1);
    out->key.sk = sql_column(c->q, 2);
    out->size = (size_t)sqlite3_column_int64(c->q, 3);
    out->item = sql_column(c->q, 4);
    return 1;
}

void store_cursor_close(cursor *c)
{
    if (c != NULL)
        stmts_return(c);
}

int store_explain(store *st, ctx *cx, const store_range *r, buf *out)
{
    sqlite3_stmt *q = NULL;
    buf b;
    int rc;

    buf_init_arena(&b, cx->a, 4096);
    buf_lit(&b, "EXPLAIN QUERY PLAN ");
    writer_of(r)(&b, r->t, r->ix, r->backward);
    if (b.err != 0)
        return b.err;
    rc = sql_prepare(st, cx, buf_view(&b), &q);
    if (rc == 0) {
        while ((rc = sql_step(st, cx, q)) > 0) {
            buf_str(out, sql_column(q, 3));
            buf_byte(out, '\n');
        }
    }
    (void)sqlite3_finalize(q); /* repeats an error that is in rc */
    return rc < 0 ? rc : out->err;
}

/* ---- sums ---- */

/*
 * Counting 1,000,000 rows takes 5 ms, the entries of an index 50 ms, adding up their sizes 300 ms.
 * So a large table's bytes are its items times the mean of a sample, and what was found is told
 * again until so many rows were written that it may be wrong by more than a thousandth.
 */
#define SUM_EXACT_ITEMS 20000
#define SUM_SAMPLE_ITEMS 1000 /* in the order of hashes, which makes them a fair sample */
#define SUM_CHANGES 1000      /* the fraction of its items a large table may change by */

static void put_index_rows(buf *b, const table *t, const index_def *ix)
{
    if (ix == NULL)
        return;
    buf_fmt(b, " INDEXED BY t%l_x%d WHERE ", t->number, (int)ix->slot);
    put_name(b, ix, ix->global ? "#h" : "#sk");
    buf_lit(b, " IS NOT NULL");
}

static void write_count(buf *b, const table *t, const index_def *ix, bool backward)
{
    (void)backward;
    buf_fmt(b, "SELECT count(*),0 FROM t%l", t->number);
    put_index_rows(b, t, ix);
}

static void write_sum(buf *b, const table *t, const index_def *ix, bool backward)
{
    (void)backward;
    buf_fmt(b, "SELECT count(*),coalesce(sum(size),0)FROM t%l", t->number);
    put_index_rows(b, t, ix);
}

static void write_sample(buf *b, const table *t, const index_def *ix, bool backward)
{
    (void)backward;
    buf_fmt(b, "SELECT count(*),coalesce(sum(size),0)FROM(SELECT size FROM t%l", t->number);
    if (ix == NULL)
        buf_fmt(b, " INDEXED BY t%l_k WHERE h>=0", t->number);
    put_index_rows(b, t, ix);
    buf_fmt(b, " LIMIT %d)", SUM_SAMPLE_ITEMS);
}

static void write_sum_partition(buf *b, const table *t, const index_def *ix, bool backward)
{
    (void)ix;
    (void)backward;
    buf_fmt(b, "SELECT count(*),coalesce(sum(size),0)FROM t%l WHERE h=?1 AND pk=?2", t->number);
}

/* Runs c and reads its one row into c->items and c->bytes. */
static int run_sum(store *st, ctx *cx, cursor *c)
{
    int rc = sql_step(st, cx, c->q);

    assert(rc != 0); /* an aggregate has a row */
    if (rc < 0)
        return rc;
    c->items = sqlite3_column_int64(c->q, 0);
    c->bytes = sqlite3_column_int64(c->q, 1);
    return 0;
}

/* Looks at the file, so that store_version() knows of commits of others. */
static int refresh_version(store *st, ctx *cx)
{
    sqlite3_stmt *q;

    if (st->in_memory || store_in_transaction(st))
        return 0;
    TRY(sql_fixed(st, cx, SQL_DATA_VERSION, &q));
    return sql_run(st, cx, q);
}

/* Another statement of t that gives two numbers. */
static int run_other(store *st, ctx *cx, const table *t, const index_def *ix, cursor_use use,
                     sql_writer sql, int64_t *items, int64_t *bytes)
{
    cursor *c;
    int rc;

    TRY(stmts_borrow(st, cx, t, use, ix, false, sql, &c));
    rc = run_sum(st, cx, c);
    *items = c->items;
    *bytes = c->bytes;
    stmts_return(c);
    return rc;
}

/* Counts, and adds up or estimates, into c. */
static int find_sum(store *st, ctx *cx, const table *t, const index_def *ix, cursor *c)
{
    int64_t count, sampled, bytes;

    TRY(run_other(st, cx, t, ix, DO_COUNT, write_count, &count, &bytes));
    if (count <= SUM_EXACT_ITEMS)
        return run_sum(st, cx, c);
    TRY(run_other(st, cx, t, ix, DO_SAMPLE, write_sample, &sampled, &bytes));
    c->items = count;
    c->bytes = sampled == 0 ? 0 : (int64_t)((double)bytes / (double)sampled * (double)count);
    return 0;
}

/* Is the sum that c holds still good? */
static bool sum_holds(const cursor *c, const sum_stamp *now)
{
    uint64_t may = c->items > SUM_EXACT_ITEMS ? (uint64_t)c->items / SUM_CHANGES : 0;

    return c->stamp.set && now->changes - c->stamp.changes <= may &&
           c->stamp.epoch == now->epoch && c->stamp.version == now->version;
}

static int sum(store *st, ctx *cx, const table *t, const index_def *ix, int64_t *items,
               int64_t *bytes)
{
    sum_stamp now;
    cursor *c;
    int rc;

    TRY(stmts_borrow(st, cx, t, DO_SUM, ix, false, write_sum, &c));
    rc = refresh_version(st, cx);
    now = (sum_stamp){true, c->of->changes, st->epoch, store_version(st)};
    if (rc == 0 && !sum_holds(c, &now)) {
        c->stamp.set = false;
        rc = find_sum(st, cx, t, ix, c);
        now.version = store_version(st); /* another's commit may have come in between */
        if (rc == 0)
            c->stamp = now;
    }
    *items = c->items;
    *bytes = c->bytes;
    stmts_return(c);
    return rc;
}

bool store_stats_estimated(int64_t items)
{
    return items > SUM_EXACT_ITEMS;
}

int store_table_stats(store *st, ctx *cx, const table *t, int64_t *items, int64_t *bytes)
{
    return sum(st, cx, t, NULL, items, bytes);
}

int store_index_stats(store *st, ctx *cx, const table *t, const index_def *ix, int64_t *items,
                      int64_t *bytes)
{
    return sum(st, cx, t, ix, items, bytes);
}

int store_bytes(store *st, ctx *cx, int64_t *bytes)
{
    int64_t pages, size;

    TRY(sql_number(st, cx, "PRAGMA page_count", &pages));
    TRY(sql_number(st, cx, "PRAGMA page_size", &size));
    *bytes = pages * size;
    return 0;
}

int store_collection_bytes(store *st, ctx *cx, const table *t, uint32_t h, str pk, int64_t *bytes)
{
    cursor *c;
    int rc;

    TRY(stmts_borrow(st, cx, t, DO_SUM_PARTITION, NULL, false, write_sum_partition, &c));
    bind_int(c->q, 1, h);
    sql_bind_bytes(c->q, 2, pk);
    rc = run_sum(st, cx, c);
    if (rc == 0)
        *bytes = c->bytes;
    stmts_return(c);
    return rc;
}
