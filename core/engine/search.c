/*
 * search.c - exact nearest neighbours by looking at every vector.
 *
 *   packed.h: all vectors as floats -> distance -> a heap; from the nearest on: row -> filter
 *   too many for memory, or a read of the past:
 *     row -> components (table/vector.c) -> filter -> distance -> a heap of the best so far
 *
 * The service searches approximately and its index is copied to a little later; here every search
 * sees every committed item, and the result is the true one. What a heap slot keeps is the row's
 * key; the rows that remain are fetched again at the end, in the same snapshot.
 * Start at engine_search().
 */
#include "engine/search.h"

#include <assert.h>

#include "engine/faults.h"
#include "engine/packed.h"
#include "engine/trace.h"
#include "value/size.h"

#define STATS_ROWS_MAX 20000

/* ---- the heap: the worst of the best is at its root ---- */

typedef struct slot {
    double score; /* less is nearer */
    int64_t seq;  /* scan order */
    key_bytes key;
    char *memory; /* of key, as long as the slot needed so far */
    size_t room;
} slot;

typedef struct search {
    const search_plan *p;
    float *row;
    double norm;
    slot *slots[SEARCH_TOP_MAX];
    uint32_t count;
    int64_t seq, bytes; /* rows looked at, and their sizes */
    bool lags;          /* reads the table as it was at `past`, a place in the history */
    int64_t past;
    arena *kept;        /* keys of slots: longer than a row */
} search;

static bool farther(const slot *a, const slot *b)
{
    return a->score != b->score ? a->score > b->score : a->seq > b->seq;
}

static void swap(slot **a, slot **b)
{
    slot *t = *a;

    *a = *b;
    *b = t;
}

static void sift_down(slot **heap, uint32_t n, uint32_t at)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= n)
            return;
        if (child + 1 < n && farther(heap[child + 1], heap[child]))
            child++;
        if (!farther(heap[child], heap[at]))
            return;
        swap(&heap[child], &heap[at]);
        at = child;
    }
}

static void sift_up(slot **heap, uint32_t at)
{
    while (at > 0 && farther(heap[at], heap[(at - 1) / 2])) {
        swap(&heap[at], &heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static int slot_keep(arena *a, slot *s, const key_bytes *k)
{
    size_t n = k->pk.n + k->sk.n;

    if (n > s->room) {
        s->room = n * 2;
        s->memory = arena_alloc(a, s->room);
        if (s->memory == NULL)
            return DDB_NOMEM;
    }
    memcpy(s->memory, k->pk.p, k->pk.n);
    if (k->sk.n > 0)
        memcpy(s->memory + k->pk.n, k->sk.p, k->sk.n);
    s->key = (key_bytes){k->h, {s->memory, k->pk.n}, {s->memory + k->pk.n, k->sk.n}};
    return 0;
}

/* Less is nearer, whatever the function. */
static double nearness(const search_plan *p, const float *v, double norm, double norm_v)
{
    double score = vector_score(p->d, p->query, v, norm, norm_v);

    return p->d->distance == VECTOR_DOT_PRODUCT ? -score : score;
}

static double score_of(const search_plan *p, double nearness)
{
    return p->d->distance == VECTOR_DOT_PRODUCT ? -nearness : nearness;
}

static int search_row(ctx *cx, void *user, const row *r)
{
    search *x = user;
    const search_plan *p = x->p;
    item_view view = item_view_text(r->item);
    bool match = true;
    slot now = {.seq = x->seq++}, *s;
    int rc = vector_of_text(cx, p->d, r->item, x->row);

    x->bytes += (int64_t)r->size;
    if (rc <= 0)
        return rc;
    if (p->filter != NULL)
        TRY(cond_eval(cx, p->filter, &view, &match));
    if (!match)
        return 0;
    now.score = nearness(p, x->row, x->norm,
                         p->d->distance == VECTOR_COSINE ? vector_norm(x->row, p->d->dimensions)
                                                         : 0);
    if (x->count == p->top && !farther(x->slots[0], &now))
        return 0;
    s = x->count < p->top ? x->slots[x->count] : x->slots[0];
    s->score = now.score;
    s->seq = now.seq;
    TRY(slot_keep(x->kept, s, &r->key));
    if (x->count < p->top)
        sift_up(x->slots, x->count++);
    else
        sift_down(x->slots, x->count, 0);
    return 0;
}

/* The heap in order: the farthest goes to the end, again and again. */
static int take_hits(engine *e, ctx *cx, search *x, search_hit *hits)
{
    for (uint32_t n = x->count; n > 0; n--) {
        slot *s = x->slots[0];
        row *r = &hits[n - 1].r;
        int rc = x->lags ? store_history_get(e->st, cx, x->p->t, &s->key, x->past, r)
                             : store_get(e->st, cx, x->p->t, &s->key, r);
        assert(rc != DDB_NOT_FOUND); /* the snapshot is the same */
        TRY(rc);
        hits[n - 1].score = score_of(x->p, s->score);
        swap(&x->slots[0], &x->slots[n - 1]);
        sift_down(x->slots, n - 1, 0);
    }
    return 0;
}

static int prepare(ctx *cx, search *x)
{
    slot *slots = ARENA_ARRAY(cx->a, slot, x->p->top);

    x->row = ARENA_ARRAY(cx->a, float, x->p->d->dimensions);
    if (slots == NULL || x->row == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < x->p->top; i++)
        x->slots[i] = &slots[i];
    x->norm = vector_norm(x->p->query, x->p->d->dimensions);
    return 0;
}

/* The rows as they were. */
static int each_past(engine *e, ctx *cx, search *x)
{
    const store_range all = {.t = x->p->t, .h_max = UINT32_MAX};
    lag_cursor c;
    row r;
    int rc;

    TRY(lag_open(e, cx, &all, x->past, &c));
    while ((rc = lag_next(&c, cx, &r)) > 0) {
        arena_mark mark = arena_mark_get(cx->a);
        rc = search_row(cx, x, &r);
        if (rc < 0)
            break;
        arena_rewind(cx->a, mark);
    }
    lag_close(&c);
    return rc < 0 ? rc : 0;
}

static int search_rows(engine *e, ctx *cx, search *x, search_hit *hits)
{
    arena kept; /* the request's is rewound row by row */
    int rc;

    TRY(prepare(cx, x));
    arena_init(&kept, cx->m, ARENA_BYTES_MAX);
    x->kept = &kept;
    rc = x->lags ? each_past(e, cx, x) : engine_each(e, cx, x->p->t, search_row, x);
    if (rc >= 0)
        rc = take_hits(e, cx, x, hits);
    arena_release(&kept);
    return rc;
}

/* ---- vectors in memory ---- */

typedef struct ranked {
    double score;
    uint32_t at;
} ranked;

static bool nearer(const ranked *a, const ranked *b)
{
    return a->score != b->score ? a->score < b->score : a->at < b->at;
}

/* The nearest is at the root. */
static void sink(ranked *heap, uint32_t n, uint32_t at)
{
    ranked x = heap[at];

    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= n)
            break;
        if (child + 1 < n && nearer(&heap[child + 1], &heap[child]))
            child++;
        if (!nearer(&heap[child], &x))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = x;
}

/* From the nearest on, until there are enough that the filter lets through. */
static int take_nearest(engine *e, ctx *cx, search *x, const packed *k, ranked *heap,
                        search_hit *hits)
{
    for (uint32_t n = k->count; n > 0 && x->count < x->p->top; n--) {
        arena_mark mark = arena_mark_get(cx->a);
        key_bytes key = packed_key(k, heap[0].at);
        search_hit *hit = &hits[x->count];
        bool match = true;
        int rc = store_get(e->st, cx, x->p->t, &key, &hit->r);
        assert(rc != DDB_NOT_FOUND); /* nothing has changed since it was read */
        TRY(rc);
        if (x->p->filter != NULL) {
            item_view view = item_view_text(hit->r.item);
            TRY(cond_eval(cx, x->p->filter, &view, &match));
        }
        hit->score = score_of(x->p, heap[0].score);
        if (match)
            x->count++;
        else
            arena_rewind(cx->a, mark);
        heap[0] = heap[n - 1];
        sink(heap, n - 1, 0);
    }
    return 0;
}

static int search_packed(engine *e, ctx *cx, search *x, const packed *k, search_hit *hits)
{
    ranked *heap = mem_alloc(e->m, (k->count + (size_t)1) * sizeof *heap);
    int rc;

    if (heap == NULL)
        return DDB_NOMEM;
    x->seq = k->rows;
    x->bytes = k->bytes;
    x->norm = vector_norm(x->p->query, k->dimensions);
    for (uint32_t i = 0; i < k->count; i++) {
        const float *v = k->values + (size_t)i * k->dimensions;
        heap[i] = (ranked){nearness(x->p, v, x->norm, k->entries[i].norm), i};
    }
    for (uint32_t i = k->count / 2; i > 0; i--)
        sink(heap, k->count, i - 1);
    rc = take_nearest(e, cx, x, k, heap, hits);
    mem_free(e->m, heap);
    return rc;
}

/* ---- the search ---- */

static int admit(engine *e, ctx *cx, search *x)
{
    const fault_touch touch = {.t = x->p->t, .ix = &x->p->d->ix};
    int rc;

    TRY(faults_touch(e, cx, &touch));
    TRY(rc = lag_seq(e, cx, x->p->t, &x->p->d->ix, false, &x->past));
    x->lags = rc > 0;
    return 0;
}

int engine_search(engine *e, ctx *cx, const search_plan *p, search_hit **hits, uint32_t *count)
{
    search x = {.p = p};
    const packed *k;
    int rc = 0;

    assert(p->top >= 1 && p->top <= SEARCH_TOP_MAX);
    if (e->faults != NULL)
        TRY(admit(e, cx, &x));
    *hits = ARENA_ARRAY(cx->a, search_hit, p->top);
    if (*hits == NULL)
        return DDB_NOMEM;
    if (!x.lags)
        TRY(rc = packed_get(e, cx, p->t, p->d, &k));
    TRY(rc > 0 ? search_packed(e, cx, &x, k, *hits) : search_rows(e, cx, &x, *hits));
    *count = x.count;
    if (e->trace != NULL)
        trace_search(e, p->t, &p->d->ix, p->filter, x.seq, x.count, (size_t)x.bytes);
    return 0;
}

/* ---- numbers ---- */

typedef struct stats {
    const table *t;
    const vector_def *d;
    float *row;
    int64_t rows, items, bytes;
} stats;

static size_t vector_size(const vector_def *d, str text, ctx *cx, int *rc)
{
    str found;
    attr a = {.name = d->attribute};

    *rc = item_find(text, d->attribute, &found);
    if (*rc > 0)
        *rc = item_parse_value(cx, found, &a.v);
    return *rc < 0 ? 0 : size_attr(&a);
}

static int stats_row(ctx *cx, void *user, const row *r)
{
    stats *s = user;
    item_view view = item_view_text(r->item);
    size_t entry, vector;
    int rc;

    if (s->rows == STATS_ROWS_MAX)
        return 1;
    s->rows++;
    rc = vector_of_text(cx, s->d, r->item, s->row);
    if (rc <= 0)
        return rc;
    TRY(index_entry_size(cx, s->t, &s->d->ix, &view, r->item, &entry));
    vector = vector_size(s->d, r->item, cx, &rc);
    TRY(rc);
    s->items++;
    s->bytes += (int64_t)(entry - vector) + (int64_t)s->d->dimensions * (int64_t)sizeof(float);
    return 0;
}

int engine_vector_stats(engine *e, ctx *cx, const table *t, const vector_def *d, int64_t *items,
                        int64_t *bytes)
{
    stats s = {.t = t, .d = d, .row = ARENA_ARRAY(cx->a, float, d->dimensions)};
    int64_t all, ignored;

    if (s.row == NULL)
        return DDB_NOMEM;
    TRY(engine_each(e, cx, t, stats_row, &s));
    *items = s.items;
    *bytes = s.bytes;
    if (s.rows < STATS_ROWS_MAX)
        return 0;
    TRY(store_table_stats(e->st, cx, t, &all, &ignored));
    *items = (int64_t)((double)s.items * (double)all / (double)s.rows);
    *bytes = (int64_t)((double)s.bytes * (double)all / (double)s.rows);
    return 0;
}

/* ---- consumed capacity ---- */

#define REQUEST_BYTES_MIN 1024.0
#define BYTES_A_DIMENSION 30.6875
#define BYTES_A_HIT 65.0

double search_bytes(const vector_def *d, size_t other_bytes, uint32_t hits, uint32_t with_vector)
{
    double dimensions = d->dimensions;
    double sum = BYTES_A_DIMENSION * dimensions + BYTES_A_HIT * hits + (double)other_bytes +
                 (double)sizeof(float) * dimensions * with_vector;

    return sum < REQUEST_BYTES_MIN ? REQUEST_BYTES_MIN : sum;
}

double vector_write_bytes(const vector_def *d, size_t entry, size_t vector)
{
    double sum = (double)sizeof(float) * d->dimensions + (double)(entry - vector);

    return sum < REQUEST_BYTES_MIN ? REQUEST_BYTES_MIN : sum;
}
