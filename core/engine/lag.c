/*
 * lag.c - reads that see what was there a while ago: global indexes that lag behind their table,
 * and eventually consistent reads.
 *
 * A table's state at a time is kept as images of what writes replaced (store/backup.h): the rows
 * as they are, except where a key has an entry behind that time's place in the history, whose
 * oldest image is the truth. A range as it was is therefore two runs in reading order,
 *
 *   the range as it is, without the keys that changed     and     old images that fall into it
 *
 * and lag_next() merges them. Changes of the last moments are few, and they are held in the
 * request's memory; nothing here is meant to be fast.
 *
 * Images are kept from the moment the first lag of a table is set (engine/write.c), so what was
 * written before is seen at once.
 */
#include "engine/faults.h"

#include <assert.h>

#define TRIM_EVERY 256
#define TRIM_ROWS 1024

/* ---- what is kept ---- */

static bool about(const fault_rule *r, const table *t)
{
    return r->kind == FAULT_LAG && (r->table.p == NULL || str_eq(r->table, t->name));
}

bool lag_wants_history(const engine *e, const table *t)
{
    const faults *f = e->faults;

    for (const fault_rule *r = f->lags == 0 ? NULL : f->rules; r != NULL; r = r->next)
        if (about(r, t))
            return true;
    return false;
}

int lag_keep(engine *e, ctx *cx, const write_plan *p, const write_result *w)
{
    faults *f = e->faults;
    int64_t longest_ms = 0;

    TRY(store_history_add(e->st, cx, p->t->number, &p->where, cx->now_ms, w->old_size,
                          w->existed ? w->old_text : STR_ABSENT));
    if (++f->history_adds % TRIM_EVERY != 0)
        return 0;
    for (const fault_rule *r = f->rules; r != NULL; r = r->next)
        if (about(r, p->t) && r->ms > longest_ms)
            longest_ms = r->ms;
    return store_history_trim(e->st, cx, p->t->number, cx->now_ms - longest_ms, INT64_MAX,
                              TRIM_ROWS);
}

int lag_forget(engine *e, ctx *cx, const table *t)
{
    int rc = 1;

    if (t->keeps_history || (e->faults != NULL && lag_wants_history(e, t)))
        return 0;
    while (rc > 0)
        rc = store_history_trim(e->st, cx, t->number, INT64_MAX, INT64_MAX, TRIM_ROWS);
    return rc;
}

/* ---- what is seen ---- */

int lag_seq(engine *e, ctx *cx, const table *t, const index_def *ix, bool consistent, int64_t *seq)
{
    faults *f = e->faults;
    bool global = ix != NULL && ix->global;
    int64_t longest_ms = -1;

    if (f->lags == 0 || f->op.p == NULL || consistent)
        return 0;
    for (fault_rule *r = f->rules; r != NULL; r = r->next) {
        if (!about(r, t) || (!global && !r->eventual))
            continue;
        if (r->index.p != NULL && (ix == NULL || !str_eq(r->index, ix->name)))
            continue;
        r->hits++;
        if (r->ms > longest_ms)
            longest_ms = r->ms;
    }
    if (longest_ms < 0)
        return 0;
    TRY(store_history_at(e->st, cx, t->number, cx->now_ms - longest_ms, seq));
    return 1;
}

/* ---- a range as it was ---- */

static int copy_bytes(ctx *cx, str s, str *out)
{
    char *p = arena_copy(cx->a, s.p, s.n);

    *out = (str){p, s.n};
    return p == NULL ? DDB_NOMEM : 0;
}

static int copy_key(ctx *cx, const key_bytes *k, key_bytes *out)
{
    out->h = k->h;
    TRY(copy_bytes(cx, k->pk, &out->pk));
    return copy_bytes(cx, k->sk, &out->sk);
}

static int key_order(const key_bytes *a, const key_bytes *b)
{
    int c = a->h < b->h ? -1 : a->h > b->h;

    if (c == 0)
        c = str_cmp(a->pk, b->pk);
    return c != 0 ? c : str_cmp(a->sk, b->sk);
}

/* The order of two rows in a table or an index: ties of the index by the table's key. */
static int row_order(const key_bytes *a_at, const key_bytes *a, const key_bytes *b_at,
                     const key_bytes *b)
{
    int c = key_order(a_at, b_at);

    return c != 0 ? c : key_order(a, b);
}

/* Where the row stands in what the range is of: 1, or 0 when the index has it not. */
static int place(ctx *cx, const store_range *range, const row *r, key_bytes *at)
{
    item_view view = item_view_text(r->item);

    if (range->ix != NULL)
        return index_key(cx, range->t, range->ix, &view, at);
    *at = r->key;
    return 1;
}

static bool in_range(const store_range *range, const row *r, const key_bytes *at)
{
    if (range->one_partition &&
        (at->h != range->h || !str_eq(at->pk, range->pk) ||
         (range->lo.p != NULL && str_cmp(at->sk, range->lo) < 0) ||
         (range->hi.p != NULL && str_cmp(at->sk, range->hi) >= 0)))
        return false;
    if (!range->one_partition && (at->h < range->h_min || at->h > range->h_max))
        return false;
    if (!range->after)
        return true;
    int c = row_order(at, &r->key, &range->from,
                      range->ix != NULL ? &range->from_base : &range->from);
    return range->backward ? c < 0 : c > 0;
}

/* Doubles an array of the arena; the old one stays as waste. */
static int grow(ctx *cx, lag_cursor *c, uint32_t *cap)
{
    uint32_t more = *cap == 0 ? 64 : 2 * *cap;
    key_bytes *changed = ARENA_ARRAY(cx->a, key_bytes, more);
    lag_row *past = ARENA_ARRAY(cx->a, lag_row, more);

    if (changed == NULL || past == NULL)
        return DDB_NOMEM;
    if (*cap > 0) {
        memcpy(changed, c->changed, c->changed_count * sizeof *changed);
        memcpy(past, c->past, c->past_count * sizeof *past);
    }
    c->changed = changed;
    c->past = past;
    *cap = more;
    return 0;
}

static int take_change(ctx *cx, lag_cursor *c, const past_row *p)
{
    lag_row *x = &c->past[c->past_count];
    int rc;

    TRY(copy_key(cx, &p->r.key, &c->changed[c->changed_count]));
    x->r.key = c->changed[c->changed_count++];
    if (p->absent)
        return 0;
    x->r.size = p->r.size;
    TRY(copy_bytes(cx, p->r.item, &x->r.item));
    TRY(rc = place(cx, c->range, &x->r, &x->at));
    if (rc > 0 && in_range(c->range, &x->r, &x->at))
        c->past_count++;
    return 0;
}

static int read_changes(engine *e, ctx *cx, lag_cursor *c, int64_t seq)
{
    uint32_t cap = 0;
    past_row p;
    past then;
    int rc;

    TRY(store_past_open_changes(e->st, cx, c->range->t->number, seq, INT64_MAX, NULL, &then));
    while ((rc = store_past_next(&then, cx, &p)) > 0) {
        rc = c->changed_count == cap ? grow(cx, c, &cap) : 0;
        if (rc == 0)
            rc = take_change(cx, c, &p);
        if (rc < 0)
            break;
    }
    store_past_close(&then);
    return rc;
}

static int reading_order(const lag_cursor *c, const lag_row *a, const lag_row *b)
{
    int order = row_order(&a->at, &a->r.key, &b->at, &b->r.key);

    return c->range->backward ? -order : order;
}

/* Heap sort: no recursion, no second array. */
static void sift(const lag_cursor *c, uint32_t root, uint32_t n)
{
    lag_row *x = c->past;

    for (;;) {
        uint32_t child = 2 * root + 1;
        if (child >= n)
            return;
        if (child + 1 < n && reading_order(c, &x[child], &x[child + 1]) < 0)
            child++;
        if (reading_order(c, &x[root], &x[child]) >= 0)
            return;
        lag_row swap = x[root];
        x[root] = x[child];
        x[child] = swap;
        root = child;
    }
}

static void sort_past(lag_cursor *c)
{
    for (uint32_t i = c->past_count / 2; i-- > 0;)
        sift(c, i, c->past_count);
    for (uint32_t n = c->past_count; n > 1; n--) {
        lag_row swap = c->past[0];
        c->past[0] = c->past[n - 1];
        c->past[n - 1] = swap;
        sift(c, 0, n - 1);
    }
}

int lag_open(engine *e, ctx *cx, const store_range *range, int64_t seq, lag_cursor *out)
{
    *out = (lag_cursor){.range = range};
    TRY(read_changes(e, cx, out, seq));
    sort_past(out);
    return store_cursor_open(e->st, cx, range, &out->now);
}

static bool has_changed(const lag_cursor *c, const key_bytes *k)
{
    uint32_t lo = 0, hi = c->changed_count;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        int order = key_order(&c->changed[mid], k);
        if (order == 0)
            return true;
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return false;
}

static int read_head(lag_cursor *c, ctx *cx)
{
    int rc;

    while (!c->has_head) {
        rc = store_cursor_next(c->now, cx, &c->head);
        if (rc <= 0)
            return rc;
        if (has_changed(c, &c->head.key))
            continue;
        TRY(rc = place(cx, c->range, &c->head, &c->head_at));
        assert(rc > 0); /* the cursor gives what the index has */
        c->has_head = rc > 0;
    }
    return 1;
}

int lag_next(lag_cursor *c, ctx *cx, row *out)
{
    int head = read_head(c, cx);
    const lag_row *then = c->next < c->past_count ? &c->past[c->next] : NULL;

    TRY(head);
    if (head == 0 && then == NULL)
        return 0;
    if (head > 0 && then != NULL) {
        const lag_row now = {c->head, c->head_at};
        head = reading_order(c, &now, then) < 0;
    }
    if (head > 0) {
        *out = c->head;
        c->has_head = false;
    } else {
        *out = then->r;
        c->next++;
    }
    return 1;
}

void lag_close(lag_cursor *c)
{
    store_cursor_close(c->now);
}
