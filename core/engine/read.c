/*
 * read.c - the one road of reads: a row by its key, and pages of rows.
 *
 * A page goes through rows in key order. Each row is counted toward the limit and the 1 MB first,
 * then filtered, then shown (facts capacity 6):
 *
 *   step -> size -> filter -> append to the reply -> limit or 1 MB reached? stop : step
 *
 * Stored text is canonical JSON, so a row that is shown whole is one memcpy from SQLite's page
 * into the reply; nothing is parsed or allocated for it. What a filter or a projection decodes
 * lives in the arena only until the next row.
 *
 * An index is an SQLite index over the same rows, so every row here is a whole item. What the
 * DynamoDB index would not hold is left out when the row is shown and measured. Start at
 * engine_read().
 */
#include "engine/engine.h"

#include <assert.h>

#include "engine/faults.h"
#include "engine/trace.h"
#include "engine/use.h"

/* One page in the making. */
typedef struct page {
    const read_plan *p;
    buf *items;            /* NULL with count_only */
    bool narrow;           /* the index holds only part of the item */
    size_t bytes;          /* evaluated, as the plan's source holds them: what is charged */
    size_t fetched;        /* fetched from the table besides: toward 1 MB too */
    double fetch_units;    /* each fetched item is rounded by itself */
} page;

static int page_row(ctx *cx, page *pg, const row *r, read_result *out);
static int row_show(ctx *cx, page *pg, str item, bool first);
static void page_charge(const page *pg, capacity *used);

/* With faults, limits and traces. A transaction's reads were let in together
 * (engine_transact_reads). */
static int get_watched(engine *e, ctx *cx, const table *t, const key_bytes *k, read_mode mode,
                      row *out)
{
    const fault_touch x = {.t = t, .where = k};
    capacity used = {.t = t};
    int64_t seq;
    int rc = 0;

    if (e->faults != NULL) {
        rc = mode == READ_TRANSACTION ? 0 : faults_touch(e, cx, &x);
        if (rc != 0)
            return rc;
        if (mode != READ_TRANSACTION)
            TRY(throughput_admit(e, cx, &x));
        TRY(rc = lag_seq(e, cx, t, NULL, mode != READ_EVENTUAL, &seq));
    }
    rc = rc > 0 ? store_history_get(e->st, cx, t, k, seq, out) : store_get(e->st, cx, t, k, out);
    if (rc < 0 && rc != DDB_NOT_FOUND)
        return rc;
    used.table = capacity_read_units(rc == 0 ? out->size : 0, mode != READ_EVENTUAL) *
                 (mode == READ_TRANSACTION ? 2 : 1);
    TRY(throughput_spend(e, cx, &used, false));
    if (e->trace != NULL)
        trace_get(e, mode, &used, rc == 0, rc == 0 ? out->size : 0);
    return rc;
}

static bool is_watched(const engine *e)
{
    return e->faults != NULL || e->trace != NULL;
}

int engine_get(engine *e, ctx *cx, const table *t, const key_bytes *k, read_mode mode, row *out)
{
    if (t->use_reads)
        use_note(e, t, k);
    return is_watched(e) ? get_watched(e, cx, t, k, mode, out) : store_get(e->st, cx, t, k, out);
}

int engine_get_into(engine *e, ctx *cx, const table *t, const key_bytes *k, read_mode mode, buf *b,
                    size_t *size)
{
    row r;
    int rc;

    if (t->use_reads)
        use_note(e, t, k);
    if (!is_watched(e))
        return store_get_into(e->st, cx, t, k, b, size);
    rc = get_watched(e, cx, t, k, mode, &r);
    if (rc != 0)
        return rc;
    *size = r.size;
    buf_str(b, r.item);
    return b->err;
}

/* ---- pages ---- */

/* Where the rows of a page come from. */
typedef struct source {
    cursor *now;
    lag_cursor past;
    bool lags;
} source;

static int source_open(engine *e, ctx *cx, const read_plan *p, source *s)
{
    int64_t seq;
    int rc = 0;

    s->lags = false;
    s->now = NULL;
    if (e->faults != NULL)
        TRY(rc = lag_seq(e, cx, p->t, p->ix, p->consistent, &seq));
    if (rc == 0)
        return store_cursor_open(e->st, cx, &p->range, &s->now);
    s->lags = true;
    return lag_open(e, cx, &p->range, seq, &s->past);
}

static int source_next(source *s, ctx *cx, row *r)
{
    return s->lags ? lag_next(&s->past, cx, r) : store_cursor_next(s->now, cx, r);
}

static void source_close(source *s)
{
    if (s->lags)
        lag_close(&s->past);
    else
        store_cursor_close(s->now);
}

/* A Query is about its partition, a Scan about everything. */
static int admit_read(engine *e, ctx *cx, const read_plan *p)
{
    const key_bytes partition = {p->range.h, p->range.pk, STR_ABSENT};
    const fault_touch x = {.t = p->t, .ix = p->ix,
                           .where = p->range.one_partition ? &partition : NULL};

    TRY(faults_touch(e, cx, &x));
    return throughput_admit(e, cx, &x);
}

int engine_read(engine *e, ctx *cx, const read_plan *p, buf *items, read_result *out)
{
    page pg = {.p = p, .items = p->count_only ? NULL : items};
    source s;
    row r;
    int rc;

    /* Rewinding the arena row by row must not take the reply's memory away. */
    assert(items == NULL || items->a != cx->a);
    assert(p->count_only || items != NULL);
    pg.narrow = p->ix && p->ix->projection != PROJECT_ALL;
    out->count = out->scanned = 0;
    out->bytes = p->bytes_before;
    out->more = false;
    out->last_item = STR_ABSENT;
    if (p->want_capacity)
        out->used = (capacity){.t = p->t};

    if (p->ix != NULL && p->t->loading)
        return fail(cx, DDB_STORAGE_BUSY, "The index %S is built when the bulk load of %S ends",
                    p->ix->name, p->t->name);
    if (e->faults != NULL)
        TRY(admit_read(e, cx, p));
    TRY(source_open(e, cx, p, &s));
    while ((rc = source_next(&s, cx, &r)) > 0) {
        rc = page_row(cx, &pg, &r, out);
        if (rc < 0)
            break;
        if (p->t->use_reads && p->range.one_partition)
            use_note(e, p->t, &r.key);
        out->bytes = p->bytes_before + pg.bytes + pg.fetched;
        if (out->scanned == p->limit || out->bytes >= PAGE_BYTES_MAX) {
            /* The service does not look whether anything follows, and neither do we. */
            out->more = true;
            out->last_item = (str){arena_copy(cx->a, r.item.p, r.item.n), r.item.n};
            rc = out->last_item.p ? 0 : DDB_NOMEM;
            break;
        }
    }
    source_close(&s);
    if (rc == 0 && pg.items && pg.items->err < 0)
        rc = pg.items->err;
    if (rc == 0 && p->want_capacity)
        page_charge(&pg, &out->used);
    if (rc == 0 && is_watched(e)) {
        capacity used = {.t = p->t};
        page_charge(&pg, &used);
        rc = throughput_spend(e, cx, &used, false);
        if (e->trace != NULL)
            trace_read(e, cx, p, out, pg.bytes + pg.fetched, &used);
    }
    return rc;
}

/* The row as its index entry. */
static int view_entry(ctx *cx, const read_plan *p, str item, item_view *out)
{
    buf entry;
    int rc;

    buf_init_arena(&entry, cx->a, SIZE_MAX);
    rc = index_entry_put(cx, p->t, p->ix, item, &entry);
    if (rc < 0 || entry.err < 0)
        return rc < 0 ? rc : entry.err;
    *out = item_view_text(buf_view(&entry));
    return 0;
}

/* Counts one row, and shows it when the filter lets it through. */
static int page_row(ctx *cx, page *pg, const row *r, read_result *out)
{
    const read_plan *p = pg->p;
    arena_mark mark = arena_mark_get(cx->a);
    item_view view = item_view_text(r->item);
    size_t size = r->size;
    bool match = true;
    int rc = 0;

    if (pg->narrow)
        rc = index_entry_size(cx, p->t, p->ix, &view, r->item, &size);
    if (rc == 0 && p->filter && p->filter_entry && pg->narrow)
        rc = view_entry(cx, p, r->item, &view);
    if (rc == 0 && p->filter)
        rc = cond_eval(cx, p->filter, &view, &match);
    if (rc == 0 && match && pg->items)
        rc = row_show(cx, pg, r->item, out->count == 0);
    if (rc < 0)
        return rc; /* its text may lie behind the mark */
    if (pg->narrow || p->filter || p->project)
        arena_rewind(cx->a, mark);
    out->scanned++;
    out->count += match;
    pg->bytes += size;
    if (match && p->fetch_all) {
        pg->fetched += r->size;
        pg->fetch_units += capacity_read_units(r->size, p->consistent);
    }
    return 0;
}

static int row_show(ctx *cx, page *pg, str item, bool first)
{
    const read_plan *p = pg->p;
    bool any;

    if (!first)
        buf_byte(pg->items, ',');
    if (p->project)
        return projection_put(cx, p->project, item, pg->items, &any);
    if (pg->narrow && !p->fetch_all)
        return index_entry_put(cx, p->t, p->ix, item, pg->items);
    buf_str(pg->items, item);
    return 0;
}

/* The sum is rounded once a page, on the arm of what was read (facts capacity 2). */
static void page_charge(const page *pg, capacity *used)
{
    const read_plan *p = pg->p;
    double units = capacity_read_units(pg->bytes, p->consistent);

    if (!p->ix) {
        used->table = units;
        return;
    }
    size_t i = (size_t)(p->ix - p->t->indexes);
    assert(i < p->t->index_count);
    used->index[i] = units;
    used->index_charged[i] = used->any_index = true;
    used->table = pg->fetch_units;
}

/* ---- every row ---- */

int engine_each(engine *e, ctx *cx, const table *t, row_fn fn, void *user)
{
    store_range range = {.t = t, .h_max = UINT32_MAX};
    cursor *c = NULL;
    row r;
    int rc;

    TRY(store_cursor_open(e->st, cx, &range, &c));
    while ((rc = store_cursor_next(c, cx, &r)) > 0) {
        arena_mark mark = arena_mark_get(cx->a);
        rc = fn(cx, user, &r);
        if (rc < 0)
            break; /* its text may lie behind the mark */
        arena_rewind(cx->a, mark);
        if (rc > 0)
            break;
    }
    store_cursor_close(c);
    return rc < 0 ? rc : 0;
}
