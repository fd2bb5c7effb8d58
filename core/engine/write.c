/*
 * write.c - the one road of every write: old image, condition, new image, limits, row and index
 * cells.
 *
 *   engine_write  = write_prepare (reads, decides, builds)  +  write_apply (stores)
 *
 * The old row is read only when something needs it: a condition, an update, returned values or
 * capacity. A plain put is therefore one item text in the arena and one statement, and a plain
 * delete one statement; for such a put the result's `existed` is false and `changed` true whatever
 * stood there before.
 *
 * Everything that can fail by the user's doing happens in write_prepare(), before anything is
 * stored. What needs the request or only the table's definition has been checked by the operation
 * (ops/common.h); here stand the rules that need the item: facts validation 4.5 (11, 12), types 7.
 */
#include "engine/write.h"

#include "engine/faults.h"
#include "engine/stream.h"
#include "engine/trace.h"
#include "engine/use.h"

#include <assert.h>

#include "store/backup.h"
#include "value/size.h"

#define UPDATE_TOO_BIG "Item size to update has exceeded the maximum allowed size"

static int read_old(engine *e, ctx *cx, const write_plan *p, write_result *out);
static int check_condition(ctx *cx, const write_plan *p, write_result *out);
static int make_put(ctx *cx, const write_plan *p, write_result *out);
static int make_update(ctx *cx, const write_plan *p, write_result *out);

int plan_key(ctx *cx, write_plan *p)
{
    return key_encode(cx, &p->t->keys, p->kind == WRITE_PUT ? p->item : p->key, &p->where);
}

const map *write_new_map(const write_plan *p, const write_result *w)
{
    switch (p->kind) {
    case WRITE_PUT:
        return p->item;
    case WRITE_UPDATE:
        return &w->new_map;
    default:
        return NULL;
    }
}

static bool lags(const engine *e, const table *t)
{
    return e->faults != NULL && lag_wants_history(e, t);
}

static bool needs_old(const engine *e, const write_plan *p)
{
    return p->kind == WRITE_UPDATE || p->kind == WRITE_CHECK || p->condition != NULL ||
           p->want_old || p->want_capacity || p->t->stream_enabled || p->t->keeps_history ||
           lags(e, p->t);
}

int write_prepare(engine *e, ctx *cx, const write_plan *p, write_result *out)
{
    bool old = needs_old(e, p);

    memset(out, 0, sizeof *out);
    if (old) {
        TRY(read_old(e, cx, p, out));
        TRY(check_condition(cx, p, out));
        if (out->failed)
            return 0;
    }
    switch (p->kind) {
    case WRITE_PUT:
        TRY(make_put(cx, p, out));
        break;
    case WRITE_UPDATE:
        TRY(make_update(cx, p, out));
        break;
    case WRITE_DELETE:
        out->changed = !old || out->existed;
        break;
    case WRITE_CHECK:
        out->has_new = out->existed;
        out->new_size = out->old_size;
        break;
    }
    if (p->t->index_count > 0)
        TRY(collection_check(e, cx, p, out));
    return p->want_capacity ? capacity_of_write(cx, p, out) : 0;
}

static int put_row(engine *e, ctx *cx, const write_plan *p, const write_result *w)
{
    index_cell cells[INDEX_MAX];
    const table *t = p->t;
    item_view view;

    assert(t->index_count <= INDEX_MAX);
    if (t->index_count == 0)
        return store_put(e->st, cx, t, &p->where, w->new_size, w->new_text, NULL);
    view = item_view_map(write_new_map(p, w));
    for (uint32_t i = 0; i < t->index_count; i++) {
        int rc = index_key(cx, t, &t->indexes[i], &view, &cells[i].key);
        if (rc < 0)
            return rc;
        cells[i].in = rc > 0;
    }
    return store_put(e->st, cx, t, &p->where, w->new_size, w->new_text, cells);
}

static int apply_row(engine *e, ctx *cx, const write_plan *p, write_result *out)
{
    int rc;

    /* The entry comes first: when the row's statement fails, an old image that was not replaced
     * says nothing wrong. */
    if (p->t->keeps_history)
        TRY(store_history_add(e->st, cx, p->t->number, &p->where, cx->now_ms, out->old_size,
                              out->existed ? out->old_text : STR_ABSENT));
    else if (lags(e, p->t))
        TRY(lag_keep(e, cx, p, out));
    if (p->kind != WRITE_DELETE)
        return put_row(e, cx, p, out);
    rc = store_delete(e->st, cx, p->t, &p->where);
    if (rc < 0)
        return rc;
    out->existed = out->changed = rc > 0;
    return 0;
}

/* Row and stream record are two statements: both are there or neither. */
static int apply_with_record(engine *e, ctx *cx, const write_plan *p, write_result *out)
{
    int rc;

    TRY(store_savepoint(e->st, cx));
    rc = apply_row(e, cx, p, out);
    if (rc >= 0)
        rc = stream_record(e, cx, p, out);
    if (rc >= 0)
        rc = store_release(e->st, cx);
    if (rc < 0)
        store_rollback_to(e->st);
    return rc;
}

int write_apply(engine *e, ctx *cx, const write_plan *p, write_result *out)
{
    if (p->t->use_reads)
        TRY(use_flush(e, cx)); /* what was read before is less recent than this */
    if (!out->changed)
        return p->t->use_tracked && p->kind != WRITE_DELETE && p->kind != WRITE_CHECK
                   ? store_use_touch(e->st, cx, p->t, &p->where)
                   : 0;
    return p->t->stream_enabled ? apply_with_record(e, cx, p, out) : apply_row(e, cx, p, out);
}

void write_cost(const write_plan *p, const write_result *w, capacity *out)
{
    *out = (capacity){.t = p->t};
    if (w->failed)
        out->table = p->factor *
                     capacity_write_units(w->old_size > p->item_size ? w->old_size : p->item_size);
    else
        *out = w->used;
}

/* Charges a write: what it cost, or would have cost when its condition was false. */
int write_spend(engine *e, ctx *cx, const write_plan *p, write_result *w)
{
    capacity used;

    write_cost(p, w, &used);
    return throughput_spend(e, cx, &used, true);
}

/* With faults and limits, which look at the item's capacity whoever wants it. */
static int write_faulty(engine *e, ctx *cx, const write_plan *p, write_result *out)
{
    const fault_touch x = {.t = p->t, .where = &p->where, .write = true};
    bool batch = e->faults->call_kind == CALL_BATCH;
    write_plan limited = *p;
    int rc;

    memset(out, 0, sizeof *out);
    TRY(rc = faults_touch(e, cx, &x));
    out->unprocessed = rc > 0 || (batch && holds_item(e, p->t, &p->where, false));
    if (out->unprocessed)
        return 0;
    if (holds_item(e, p->t, &p->where, false))
        return faults_fail(e, cx, DDB_TRANSACTION_CONFLICT, STR_ABSENT, &x);
    TRY(throughput_admit(e, cx, &x));
    limited.want_capacity =
        limited.want_capacity || e->faults->enforced || e->trace != NULL;
    TRY(write_prepare(e, cx, &limited, out));
    if (out->failed)
        return write_spend(e, cx, p, out);
    TRY(throughput_admit_indexes(e, cx, &out->used));
    TRY(hold_item(e, cx, p->t, &p->where, false));
    TRY(write_apply(e, cx, p, out));
    return write_spend(e, cx, p, out);
}

/* Somebody wants to know: the capacity is computed whoever reports it. */
static int write_traced(engine *e, ctx *cx, const write_plan *p, write_result *out)
{
    write_plan traced = *p;

    traced.want_capacity = true;
    TRY(write_prepare(e, cx, &traced, out));
    return out->failed ? 0 : write_apply(e, cx, p, out);
}

int engine_write(engine *e, ctx *cx, const write_plan *p, write_result *out)
{
    if (e->faults != NULL && e->faults->op.p != NULL) {
        TRY(write_faulty(e, cx, p, out));
    } else if (e->trace != NULL) {
        TRY(write_traced(e, cx, p, out));
    } else {
        TRY(write_prepare(e, cx, p, out));
        return out->failed ? 0 : write_apply(e, cx, p, out);
    }
    if (e->trace != NULL && !out->unprocessed)
        trace_write(e, p, out);
    return 0;
}

/* ---- the image before ---- */

static int read_old(engine *e, ctx *cx, const write_plan *p, write_result *out)
{
    row r;
    int rc = store_get(e->st, cx, p->t, &p->where, &r);

    if (rc == DDB_NOT_FOUND)
        return 0;
    if (rc < 0)
        return rc;
    out->existed = true;
    out->old_text = r.item;
    out->old_size = r.size;
    return 0;
}

static int check_condition(ctx *cx, const write_plan *p, write_result *out)
{
    item_view view = out->existed ? item_view_text(out->old_text) : item_view_none();
    bool holds;

    if (p->condition == NULL)
        return 0;
    TRY(cond_eval(cx, p->condition, &view, &holds));
    out->failed = !holds;
    return 0;
}

/* ---- the image after ---- */

/* The text of an item: as the request has it, or written. */
static int put_text(ctx *cx, const map *m, size_t size, str given, str *out)
{
    buf b;

    if (given.p != NULL) {
        *out = given;
        return 0;
    }
    buf_init_arena(&b, cx->a, REPLY_BYTES_MAX);
    /* Quotes, colons and types take about a dozen bytes an attribute: mostly one allocation. */
    (void)buf_grow(&b, size + 16u * (size_t)m->count + 64u);
    item_put(&b, m);
    *out = buf_view(&b);
    return b.err;
}

static int make_put(ctx *cx, const write_plan *p, write_result *out)
{
    out->has_new = true;
    out->new_size = p->item_size;
    TRY(put_text(cx, p->item, p->item_size, p->item_text, &out->new_text));
    out->changed = true;
    if (!out->existed || out->old_size != out->new_size)
        return 0;
    if (str_eq(out->old_text, out->new_text)) {
        out->changed = false;
    } else {
        /* Other order of attributes or set members, or another value of the same length. */
        TRY(item_parse(cx, out->old_text, &out->old_map));
        out->changed = !map_eq(&out->old_map, p->item);
    }
    return 0;
}

static const value *as_it_was(const write_result *w, str name)
{
    return w->existed ? map_get(&w->old_map, name) : NULL;
}

/* An index key attribute that the update made: type and emptiness. A value that stood there before
 * (the index may be younger than the item) is let be until it changes; 1 means it did. */
static int check_index_key(ctx *cx, const write_result *w, const key_attr *a)
{
    const value *v = map_get(&w->new_map, a->name), *old = as_it_was(w, a->name);

    if (v == NULL || (old != NULL && value_eq(old, v)))
        return 0;
    if (v->type != a->type)
        return fail(cx, DDB_VALIDATION,
                    "The update expression attempted to update the secondary index key to "
                    "unsupported type");
    if (v->type != T_N && v->s.n == 0)
        return fail(cx, DDB_VALIDATION, UPDATE_EMPTY_INDEX_KEY,
                    v->type == T_B ? "binary" : "string");
    return 1;
}

/* The partition or the sort attributes of one index: those the update aimed at, then their length
 * together. `name` is a target. */
static int check_index_part(ctx *cx, const write_result *w, const index_def *ix,
                            const key_attr *attrs, uint32_t count, size_t max, str name)
{
    size_t bytes = 0;
    int changed = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(attrs[i].name, name))
            TRY(changed = check_index_key(cx, w, &attrs[i]));
    }
    for (uint32_t i = 0; changed > 0 && i < count; i++) {
        const value *v = map_get(&w->new_map, attrs[i].name);

        if (v != NULL && (v->type == T_S || v->type == T_B))
            bytes += v->s.n;
    }
    if (bytes <= max)
        return 0;
    return fail(cx, DDB_VALIDATION,
                "One or more parameter values were invalid: Size limit exceeded for Index Key %S "
                "Actual Size: %z bytes Max Size: %z bytes IndexName: %S",
                name, bytes, max, ix->name);
}

static int check_index_keys(ctx *cx, const table *t, const write_result *w, str name)
{
    for (uint32_t i = 0; i < t->index_count; i++) {
        const index_def *ix = &t->indexes[i];
        const key_schema *k = &ix->keys;

        if (!index_enforced(ix))
            continue;
        TRY(check_index_part(cx, w, ix, k->part, k->parts, PARTITION_KEY_BYTES_MAX, name));
        TRY(check_index_part(cx, w, ix, k->sort, k->sorts, SORT_KEY_BYTES_MAX, name));
    }
    return 0;
}

/* As index keys: what the update did not change is let be. */
static int check_vectors(ctx *cx, const table *t, const write_result *w, str name)
{
    const value *v = map_get(&w->new_map, name), *old = as_it_was(w, name);

    if (v == NULL || (old != NULL && value_eq(old, v)))
        return 0;
    for (uint32_t i = 0; i < t->vector_count; i++)
        TRY(vector_check_attribute(cx, &t->vectors[i], name, v, true));
    return 0;
}

/* The attributes the update aimed at, as they are now. (Their depth update_apply() has bounded.) */
static int check_targets(ctx *cx, const write_plan *p, const write_result *w)
{
    const path_list *targets = update_paths(p->update);

    for (uint32_t i = 0; i < targets->count; i++)
        TRY(check_index_keys(cx, p->t, w, targets->items[i]->steps[0].name));
    for (uint32_t i = 0; p->t->vector_count > 0 && i < targets->count; i++)
        TRY(check_vectors(cx, p->t, w, targets->items[i]->steps[0].name));
    return 0;
}

static size_t key_attrs_size(const table *t, const map *key)
{
    size_t n = 0;

    for (uint32_t i = 0; i < key->count; i++) {
        if (key_schema_has(&t->keys, key->attrs[i].name))
            n += size_attr(&key->attrs[i]);
    }
    return n;
}

/* Outside of transactions the update itself is weighed too: facts types 7. */
static int check_update_size(ctx *cx, const write_plan *p, write_result *out)
{
    size_t item = size_map(&out->new_map), weighed = item;

    out->new_size = item;
    if (!p->flat_size && p->update != NULL) {
        size_t other = item - key_attrs_size(p->t, p->key) + update_overhead(p->update);
        weighed = other > item ? other : item;
    }
    return weighed > ITEM_BYTES_MAX ? fail(cx, DDB_VALIDATION, UPDATE_TOO_BIG) : 0;
}

static int make_update(ctx *cx, const write_plan *p, write_result *out)
{
    if (out->existed)
        TRY(item_parse(cx, out->old_text, &out->old_map));
    if (p->update != NULL) {
        TRY(update_apply(cx, p->update, &out->old_map, out->existed, p->key, &out->new_map));
        TRY(check_targets(cx, p, out));
    } else {
        out->new_map = out->existed ? out->old_map : *p->key;
    }
    TRY(check_update_size(cx, p, out));
    out->has_new = true;
    TRY(put_text(cx, &out->new_map, out->new_size, STR_ABSENT, &out->new_text));
    out->changed = !out->existed || (!str_eq(out->old_text, out->new_text) &&
                                     (out->old_size != out->new_size ||
                                      !map_eq(&out->old_map, &out->new_map)));
    return 0;
}
