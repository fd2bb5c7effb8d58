/*
 * backfill.c - filling a new index in slices, and the engine's background work.
 *
 * A slice is a few batches. A batch reads rows in table order behind the stored position, closes
 * its cursor, and then writes the index cells of the rows that belong to the index: SQLite does
 * not define what a SELECT sees of rows that change under it.
 *
 *   ddb_meta  backfill.<table number>.<slot>  ->  <h> <hex of pk> <hex of sk>, of the last row done
 *
 * Bounds: BATCH_ROWS and BATCH_BYTES bound what a batch holds and reads; SLICE_MS of the host's
 * clock ends a slice, and SLICE_ROWS does when the clock stands still.
 * Start at backfill_slice().
 */
#include "engine/backfill.h"

#include "engine/catalog.h"
#include "engine/work.h"

#define BATCH_ROWS 128u
#define BATCH_BYTES (512u * 1024)
#define SLICE_MS 4
#define SLICE_ROWS 2048u

typedef struct filled_row {
    key_bytes where;
    index_cell cell;
} filled_row;

typedef struct batch {
    filled_row *rows; /* BATCH_ROWS, those that go into the index */
    uint32_t count;
    uint32_t read;    /* rows looked at */
    key_bytes last;   /* the last of them */
    bool end;         /* no row behind it */
} batch;

/* ---- the stored position ---- */

static str position_key(ctx *cx, const table *t, const index_def *ix)
{
    buf b;

    buf_init_arena(&b, cx->a, 64);
    buf_fmt(&b, "backfill.%l.%d", t->number, (int)ix->slot);
    return b.err != 0 ? STR_ABSENT : buf_view(&b);
}

/* Reads the hex word at the beginning of *s, up to a blank or the end. */
static int get_hex(ctx *cx, str *s, str *out)
{
    size_t n = 0;
    char *p;

    while (n < s->n && s->p[n] != ' ')
        n++;
    p = arena_alloc(cx->a, n / 2 + 1);
    if (p == NULL)
        return DDB_NOMEM;
    for (size_t i = 0; i + 1 < n; i += 2) {
        int hi = hex_value(s->p[i]), lo = hex_value(s->p[i + 1]);
        if (hi < 0 || lo < 0)
            return fail(cx, DDB_STORAGE_CORRUPT, "A stored backfill position is damaged");
        p[i / 2] = (char)(hi * 16 + lo);
    }
    *out = (str){p, n / 2};
    s->p += n < s->n ? n + 1 : n;
    s->n -= n < s->n ? n + 1 : n;
    return 0;
}

int position_save(engine *e, ctx *cx, str key, const key_bytes *at)
{
    buf b;

    buf_init_arena(&b, cx->a, 64u * 1024);
    buf_fmt(&b, "%l ", (int64_t)at->h);
    buf_hex(&b, at->pk.p, at->pk.n);
    buf_byte(&b, ' ');
    buf_hex(&b, at->sk.p, at->sk.n);
    return b.err != 0 ? b.err : store_meta_put(e->st, cx, key, buf_view(&b));
}

int position_load(engine *e, ctx *cx, str key, key_bytes *at)
{
    int64_t h = 0;
    str s;
    int rc = store_meta_get(e->st, cx, key, &s);

    if (rc == DDB_NOT_FOUND)
        return 0;
    TRY(rc);
    for (; s.n > 0 && s.p[0] >= '0' && s.p[0] <= '9' && h <= UINT32_MAX; s.p++, s.n--)
        h = h * 10 + (s.p[0] - '0');
    if (s.n == 0 || s.p[0] != ' ' || h > UINT32_MAX)
        return fail(cx, DDB_STORAGE_CORRUPT, "A stored backfill position is damaged");
    s.p++, s.n--;
    at->h = (uint32_t)h;
    TRY(get_hex(cx, &s, &at->pk));
    TRY(get_hex(cx, &s, &at->sk));
    return 1;
}

/* ---- one batch ---- */

static int copy_key(ctx *cx, const key_bytes *from, key_bytes *to)
{
    char *p = arena_alloc(cx->a, from->pk.n + from->sk.n);

    if (p == NULL)
        return DDB_NOMEM;
    memcpy(p, from->pk.p, from->pk.n);
    if (from->sk.n > 0)
        memcpy(p + from->pk.n, from->sk.p, from->sk.n);
    *to = (key_bytes){from->h, {p, from->pk.n}, {p + from->pk.n, from->sk.n}};
    return 0;
}

static int look_at(ctx *cx, const table *t, const index_def *ix, const row *r, batch *b)
{
    item_view view = item_view_text(r->item);
    filled_row *f = &b->rows[b->count];
    int rc;

    TRY(copy_key(cx, &r->key, &b->last));
    b->read++;
    rc = index_key(cx, t, ix, &view, &f->cell.key);
    if (rc <= 0)
        return rc;
    f->cell.in = true;
    f->where = b->last;
    b->count++;
    return 0;
}

static int read_batch(engine *e, ctx *cx, const table *t, const index_def *ix,
                      const key_bytes *from, batch *b)
{
    store_range range = {.t = t, .h_max = UINT32_MAX, .after = from != NULL};
    size_t bytes = 0;
    cursor *c;
    row r;
    int rc;

    *b = (batch){.rows = ARENA_ARRAY(cx->a, filled_row, BATCH_ROWS)};
    if (b->rows == NULL)
        return DDB_NOMEM;
    if (from != NULL)
        range.from = *from;
    TRY(store_cursor_open(e->st, cx, &range, &c));
    do {
        rc = store_cursor_next(c, cx, &r);
        if (rc <= 0)
            break;
        bytes += r.size;
        rc = look_at(cx, t, ix, &r, b);
    } while (rc >= 0 && b->read < BATCH_ROWS && bytes < BATCH_BYTES);
    b->end = rc == 0 && b->read < BATCH_ROWS && bytes < BATCH_BYTES;
    store_cursor_close(c);
    return rc < 0 ? rc : 0;
}

static int fill_batch(engine *e, ctx *cx, const table *t, const index_def *ix, const batch *b)
{
    for (uint32_t i = 0; i < b->count; i++)
        TRY(store_set_index(e->st, cx, t, ix, &b->rows[i].where, &b->rows[i].cell));
    return 0;
}

/* ---- slices ---- */

static int finish(engine *e, ctx *cx, const table *t, const index_def *ix)
{
    table next = *t;
    index_def *full;

    next.indexes = ARENA_ARRAY(cx->a, index_def, t->index_count);
    if (next.indexes == NULL)
        return DDB_NOMEM;
    memcpy(next.indexes, t->indexes, t->index_count * sizeof(index_def));
    full = &next.indexes[ix - t->indexes];
    full->backfilling = false;
    if (full->until_ms <= cx->now_ms) { /* or the catalog will end its transition */
        full->until_ms = 0;
        full->status = INDEX_ACTIVE;
    }
    TRY(backfill_cancel(e, cx, t, ix));
    return catalog_replace(e, cx, &next);
}

int backfill_slice(engine *e, ctx *cx, const table *t, const index_def *ix)
{
    str key = position_key(cx, t, ix);
    int64_t began = e->host.now_ms(e->host.user);
    uint32_t rows = 0;
    batch b = {0};
    int more;

    if (key.p == NULL)
        return DDB_NOMEM;
    do {
        arena_mark mark = arena_mark_get(cx->a);
        key_bytes from;
        more = position_load(e, cx, key, &from);
        TRY(more);
        TRY(read_batch(e, cx, t, ix, more ? &from : NULL, &b));
        TRY(fill_batch(e, cx, t, ix, &b));
        if (b.read > 0)
            TRY(position_save(e, cx, key, &b.last));
        rows += b.read;
        arena_rewind(cx->a, mark);
    } while (!b.end && rows < SLICE_ROWS && e->host.now_ms(e->host.user) - began < SLICE_MS);
    if (!b.end)
        return 1;
    return finish(e, cx, t, ix);
}

int backfill_cancel(engine *e, ctx *cx, const table *t, const index_def *ix)
{
    str key = position_key(cx, t, ix);

    return key.p == NULL ? DDB_NOMEM : store_meta_delete(e->st, cx, key);
}

const index_def *backfill_index(const table *t)
{
    for (uint32_t i = 0; i < t->index_count; i++)
        if (t->indexes[i].global && t->indexes[i].status == INDEX_CREATING)
            return &t->indexes[i];
    return NULL;
}

/* ---- background work ---- */

/* The first table with an index that is not full yet, and the index. */
static const table *waiting(engine *e, const index_def **ix)
{
    const table *t;

    for (uint32_t i = 0; (t = catalog_at(e, i)) != NULL; i++) {
        *ix = backfill_index(t);
        if (*ix != NULL && (*ix)->backfilling)
            return t;
    }
    return NULL;
}

/* Inside its own transaction. */
static int work_slice(engine *e, ctx *cx)
{
    const index_def *ix;
    const table *t = waiting(e, &ix);

    return t == NULL ? 0 : backfill_slice(e, cx, t, ix);
}

int64_t backfill_due_ms(engine *e)
{
    const index_def *ix;

    return waiting(e, &ix) != NULL ? WORK_NOW : WORK_NEVER;
}

int backfill_work(engine *e, ctx *cx)
{
    return work_in_transaction(e, cx, work_slice);
}

/* ---- rows of indexes ---- */

int index_create_rows(engine *e, ctx *cx, const table *t, const index_def *ix)
{
    return store_index_create(e->st, cx, t, ix);
}

int index_drop_rows(engine *e, ctx *cx, const table *t, const index_def *ix)
{
    return store_index_drop(e->st, cx, t, ix);
}
