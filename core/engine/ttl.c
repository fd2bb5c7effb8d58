/*
 * ttl.c - Time To Live; see ttl.h.
 *
 *   ENABLING   rows of before get their column, slice by slice behind a stored position, as an
 *              index is filled (backfill.c); items already expire
 *   ENABLED    ttl_filling is false
 *   DISABLED   no index
 */
#include "engine/ttl.h"

#include "engine/backfill.h"
#include "engine/catalog.h"
#include "engine/work.h"
#include "engine/write.h"
#include "store/ttl.h"

#define SLICE_MS 4
#define SLICE_ROWS 2048u       /* bounds a slice when the clock stands still */
#define FILL_BATCH 256u
#define FILL_BYTES (512u * 1024)
#define SWEEP_BATCH 64u
#define LOOK_MS 60000          /* how long a nearer time that a write brought may be overlooked */

/* ---- filling ---- */

typedef struct expiring {
    key_bytes where;
    int64_t seconds;
} expiring;

typedef struct fill {
    expiring rows[FILL_BATCH];
    uint32_t count, read;
    key_bytes last;
    bool end;
} fill;

static str position_key(ctx *cx, const table *t)
{
    buf b;

    buf_init_arena(&b, cx->a, 64);
    buf_fmt(&b, "ttl.%l", t->number);
    return b.err != 0 ? STR_ABSENT : buf_view(&b);
}

static int copy_key(ctx *cx, const key_bytes *from, key_bytes *to)
{
    to->h = from->h;
    to->pk = (str){arena_copy(cx->a, from->pk.p, from->pk.n), from->pk.n};
    to->sk = (str){arena_copy(cx->a, from->sk.p, from->sk.n), from->sk.n};
    return to->pk.p == NULL || to->sk.p == NULL ? DDB_NOMEM : 0;
}

/* The cursor closes before a row is changed: SQLite does not define what a SELECT sees of that. */
static int read_batch(engine *e, ctx *cx, const table *t, const key_bytes *from, fill *f)
{
    store_range range = {.t = t, .h_max = UINT32_MAX, .after = from != NULL};
    size_t bytes = 0;
    cursor *c;
    row r;
    int rc;

    f->count = f->read = 0;
    if (from != NULL)
        range.from = *from;
    TRY(store_cursor_open(e->st, cx, &range, &c));
    while ((rc = store_cursor_next(c, cx, &r)) > 0) {
        f->read++;
        bytes += r.size;
        rc = table_expiry(t, r.item, &f->rows[f->count].seconds);
        if (rc > 0)
            rc = copy_key(cx, &r.key, &f->rows[f->count++].where);
        if (rc >= 0)
            rc = copy_key(cx, &r.key, &f->last);
        if (rc < 0 || f->read == FILL_BATCH || bytes >= FILL_BYTES)
            break;
    }
    f->end = rc == 0 && f->read < FILL_BATCH && bytes < FILL_BYTES;
    store_cursor_close(c);
    return rc < 0 ? rc : 0;
}

static int fill_end(engine *e, ctx *cx, const table *t, str key)
{
    table next = *t;

    next.ttl_filling = false;
    TRY(store_meta_delete(e->st, cx, key));
    return catalog_replace(e, cx, &next);
}

/* 1: more is left. */
static int fill_slice(engine *e, ctx *cx, const table *t)
{
    int64_t began = e->host.now_ms(e->host.user);
    str key = position_key(cx, t);
    fill *f = ARENA_NEW(cx->a, fill);
    uint32_t rows = 0;

    if (key.p == NULL || f == NULL)
        return DDB_NOMEM;
    do {
        arena_mark mark = arena_mark_get(cx->a);
        key_bytes from;
        int rc = position_load(e, cx, key, &from);

        TRY(rc);
        TRY(read_batch(e, cx, t, rc > 0 ? &from : NULL, f));
        for (uint32_t i = 0; i < f->count; i++)
            TRY(store_ttl_set(e->st, cx, t, &f->rows[i].where, f->rows[i].seconds));
        if (f->read > 0)
            TRY(position_save(e, cx, key, &f->last));
        rows += f->read;
        arena_rewind(cx->a, mark);
    } while (!f->end && rows < SLICE_ROWS && e->host.now_ms(e->host.user) - began < SLICE_MS);
    return f->end ? fill_end(e, cx, t, key) : 1;
}

static const table *waiting(engine *e)
{
    const table *t;

    for (uint32_t i = 0; (t = catalog_at(e, i)) != NULL; i++)
        if (t->ttl_filling)
            return t;
    return NULL;
}

static int fill_work(engine *e, ctx *cx)
{
    const table *t = waiting(e);
    int rc = t == NULL ? 0 : fill_slice(e, cx, t);

    return rc == 0 ? waiting(e) != NULL : rc;
}

/* ---- the setting ---- */

int ttl_enable(engine *e, ctx *cx, const table *t, str attribute)
{
    table next = *t;
    int rc;

    next.ttl_enabled = next.ttl_filling = true;
    next.ttl_attribute = attribute;
    next.ttl_slot = next.next_slot++;
    next.ttl_changed_ms = cx->now_ms;
    TRY(store_ttl_create(e->st, cx, &next));
    TRY(catalog_replace(e, cx, &next));
    e->ttl_due_ms = WORK_NOW;
    rc = fill_slice(e, cx, catalog_find(e, t->name));
    return rc < 0 ? rc : 0;
}

/* The position of a filling that ends early. */
int ttl_forget(engine *e, ctx *cx, const table *t)
{
    str key;

    if (!t->ttl_filling)
        return 0;
    key = position_key(cx, t);
    return key.p == NULL ? DDB_NOMEM : store_meta_delete(e->st, cx, key);
}

int ttl_disable(engine *e, ctx *cx, const table *t)
{
    table next = *t;

    next.ttl_enabled = next.ttl_filling = false;
    next.ttl_attribute = STR_ABSENT;
    next.ttl_changed_ms = cx->now_ms;
    TRY(ttl_forget(e, cx, t));
    TRY(store_ttl_drop(e->st, cx, t));
    return catalog_replace(e, cx, &next);
}

/* ---- sweeping ---- */

int64_t ttl_due_ms(engine *e)
{
    return e->ttl_due_ms;
}

typedef struct sweep {
    int64_t from_s, to_s; /* expired: from_s <= ttl < to_s */
    key_bytes keys[SWEEP_BATCH];
    uint32_t count;
} sweep;

static sweep *sweep_at(ctx *cx)
{
    sweep *s = ARENA_NEW(cx->a, sweep);

    if (s == NULL)
        return NULL;
    s->to_s = cx->now_ms / 1000; /* expired is what lies strictly before now */
    s->from_s = s->to_s - TTL_AGE_MAX_S;
    s->count = 0;
    return s;
}

/* The first table behind position *at that has an expired item. */
static int find_expired(engine *e, ctx *cx, sweep *s, uint32_t max, uint32_t *at, const table **out)
{
    for (; (*out = catalog_at(e, *at)) != NULL; ++*at) {
        if (!(*out)->ttl_enabled)
            continue;
        TRY(store_ttl_expired(e->st, cx, *out, s->from_s, s->to_s, max, s->keys, &s->count));
        if (s->count > 0)
            return 1;
    }
    return 0;
}

static int remove_items(engine *e, ctx *cx, const table *t, const sweep *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        arena_mark mark = arena_mark_get(cx->a);
        write_plan p = {.kind = WRITE_DELETE, .t = t, .where = s->keys[i], .factor = 1,
                        .expiry = true};
        write_result w;

        TRY(engine_write(e, cx, &p, &w));
        arena_rewind(cx->a, mark);
    }
    return 0;
}

/* Inside the transaction nobody changes an item between looking and removing. 1: more is left. */
static int sweep_slice(engine *e, ctx *cx)
{
    int64_t began = e->host.now_ms(e->host.user);
    uint32_t at = 0, rows = 0;
    arena_mark mark = arena_mark_get(cx->a);
    const table *t;
    int rc;

    for (;;) {
        sweep *s = sweep_at(cx);

        if (s == NULL)
            return DDB_NOMEM;
        rc = find_expired(e, cx, s, SWEEP_BATCH, &at, &t);
        if (rc <= 0)
            return rc;
        TRY(remove_items(e, cx, t, s));
        rows += s->count;
        arena_rewind(cx->a, mark);
        if (rows >= SLICE_ROWS || e->host.now_ms(e->host.user) - began >= SLICE_MS)
            return 1;
    }
}

/* When to look again. */
static int next_look(engine *e, ctx *cx, int64_t *due)
{
    int64_t from_s = cx->now_ms / 1000 - TTL_AGE_MAX_S;
    const table *t;

    *due = WORK_NEVER;
    for (uint32_t i = 0; (t = catalog_at(e, i)) != NULL; i++) {
        int64_t seconds, look = e->driven ? WORK_NEVER : cx->now_ms + LOOK_MS;
        int rc;

        if (!t->ttl_enabled)
            continue;
        rc = store_ttl_next(e->st, cx, t, from_s, &seconds);
        TRY(rc);
        if (rc > 0 && (seconds + 1) * 1000 < look)
            look = (seconds + 1) * 1000;
        if (look < *due)
            *due = look;
    }
    return 0;
}

/* Looking needs no write lock; it is taken when there is something to do. */
int ttl_work(engine *e, ctx *cx)
{
    uint32_t at = 0;
    const table *t;
    sweep *s = sweep_at(cx);
    int rc;

    if (s == NULL)
        return DDB_NOMEM;
    if (waiting(e) != NULL) {
        rc = work_in_transaction(e, cx, fill_work);
        if (rc != 0)
            return rc;
    }
    rc = find_expired(e, cx, s, 1, &at, &t);
    if (rc > 0)
        rc = work_in_transaction(e, cx, sweep_slice);
    if (rc != 0)
        return rc;
    return next_look(e, cx, &e->ttl_due_ms);
}
