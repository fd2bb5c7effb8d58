/*
 * explain.c - ddblite.Explain: runs another operation, tells what it did to which items, and undoes
 * it. An operation of our own; it stands here because it looks another one up.
 *
 *   {"Operation":"Query","Request":"<its JSON>"}  ->  {"Operation":"Query","Steps":[..],..}
 *
 *   savepoint -> the operation, with engine.trace set -> roll back to it -> the steps as JSON
 *
 * The operation is the real one with the real request, so that what it costs is what it would
 * cost. Its reply is thrown away. Faults and enforced limits do not meet it. A condition that is
 * false, or a transaction that is cancelled, is an Outcome; any other error is the explanation's.
 * Start at explain_run().
 */
#include <stddef.h>

#include "api/internal.h"
#include "base/limits.h"
#include "engine/trace.h"
#include "value/json.h"

#define DISCARDS_ITEMS_MIN 10 /* fewer items than this are not worth a warning */

typedef struct explain_request {
    str operation, request;
} explain_request;

static const member explain_members[] = {
    {"Operation", &shape_string, offsetof(explain_request, operation), true},
    {"Request", &shape_string, offsetof(explain_request, request), true},
};

static const shape explain_shape = {
    .kind = SH_STRUCT,
    .java = "ExplainRequest",
    .members = explain_members,
    .member_count = COUNT(explain_members),
    .size = sizeof(explain_request),
};

static int explain_run(engine *e, ctx *cx, void *req, buf *out);

const op op_explain = {"ddblite.Explain", OP_OWN | OP_WRITE | OP_ATOMIC, &explain_shape,
                       explain_run};

/* ---- texts ---- */

static const char *const kind_names[] = {
    [STEP_GET] = "GET",       [STEP_QUERY] = "QUERY",   [STEP_SEARCH] = "SEARCH",
    [STEP_SCAN] = "SCAN",     [STEP_PUT] = "PUT",       [STEP_UPDATE] = "UPDATE",
    [STEP_DELETE] = "DELETE", [STEP_CHECK] = "CHECK",
};

static const char *truth(bool b)
{
    return b ? "true" : "false";
}

static void put_capacity(buf *out, const capacity *c)
{
    bool any = false;

    buf_lit(out, ",\"Units\":");
    json_put_double(out, capacity_total(c));
    buf_lit(out, ",\"TableUnits\":");
    json_put_double(out, c->table);
    buf_lit(out, ",\"IndexUnits\":{");
    for (uint32_t i = 0; c->any_index && i < c->t->index_count; i++) {
        if (!c->index_charged[i])
            continue;
        if (any)
            buf_byte(out, ',');
        any = true;
        json_put_string(out, c->t->indexes[i].name);
        buf_byte(out, ':');
        json_put_double(out, c->index[i]);
    }
    buf_byte(out, '}');
}

static void put_names(buf *out, const key_attr *attrs, uint32_t count)
{
    buf_byte(out, '[');
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buf_byte(out, ',');
        json_put_string(out, attrs[i].name);
    }
    buf_byte(out, ']');
}

/* The attributes a filter looks at, each once. */
static int put_filter(ctx *cx, const cond *filter, buf *out)
{
    path_list paths;
    bool any = false;

    TRY(cond_paths(cx, filter, &paths));
    buf_lit(out, ",\"FilterAttributes\":[");
    for (uint32_t i = 0; i < paths.count; i++) {
        str name = paths.items[i]->steps[0].name;
        uint32_t k = 0;
        while (k < i && !str_eq(paths.items[k]->steps[0].name, name))
            k++;
        if (k < i)
            continue;
        if (any)
            buf_byte(out, ',');
        any = true;
        json_put_string(out, name);
    }
    buf_byte(out, ']');
    return 0;
}

static int put_read(ctx *cx, const trace_step *s, buf *out)
{
    const read_plan *p = &s->plan;
    const key_schema *keys = s->ix != NULL ? &s->ix->keys : &s->used.t->keys;
    bool part = s->kind == STEP_SCAN && (p->range.h_min > 0 || p->range.h_max < UINT32_MAX);

    if (s->kind == STEP_QUERY) {
        buf_lit(out, ",\"PartitionKey\":");
        put_names(out, keys->part, keys->parts);
        if (p->range.lo.n > 0 || p->range.hi.p != NULL) {
            buf_lit(out, ",\"SortKey\":");
            put_names(out, keys->sort, keys->sorts);
        }
        buf_fmt(out, ",\"Forward\":%s", truth(!p->range.backward));
    } else {
        buf_fmt(out, ",\"Segment\":%s", truth(part));
    }
    buf_fmt(out, ",\"Consistent\":%s,\"Continues\":%s", truth(p->consistent),
            truth(p->range.after));
    if (p->filter != NULL)
        TRY(put_filter(cx, p->filter, out));
    buf_fmt(out,
            ",\"Projection\":%s,\"CountOnly\":%s,\"FetchesFromTable\":%s,\"ItemsRead\":%l,"
            "\"ItemsReturned\":%l,\"ItemsFiltered\":%l,\"BytesRead\":%l,\"More\":%s",
            truth(p->project != NULL), truth(p->count_only), truth(p->fetch_all), s->scanned,
            s->count, s->scanned - s->count, (int64_t)s->bytes, truth(s->more));
    buf_lit(out, ",\"SQLitePlan\":");
    json_put_string(out, s->sql_plan.p != NULL ? s->sql_plan : STR(""));
    return 0;
}

static int put_search(ctx *cx, const trace_step *s, buf *out)
{
    if (s->plan.filter != NULL)
        TRY(put_filter(cx, s->plan.filter, out));
    buf_fmt(out, ",\"ItemsRead\":%l,\"ItemsReturned\":%l,\"BytesRead\":%l", s->scanned, s->count,
            (int64_t)s->bytes);
    return out->err;
}

static void put_write(const trace_step *s, buf *out)
{
    buf_fmt(out, ",\"Existed\":%s", truth(s->existed));
    if (s->conditional || s->kind == STEP_CHECK)
        buf_fmt(out, ",\"ConditionHolds\":%s", truth(!s->failed));
    buf_fmt(out, ",\"Changes\":%s,\"BytesBefore\":%l,\"BytesAfter\":%l,\"StreamRecord\":%s",
            truth(s->wrote), (int64_t)s->old_size, (int64_t)s->new_size,
            truth(s->wrote && s->used.t->stream_enabled));
}

static int put_step(ctx *cx, const trace_step *s, buf *out)
{
    static const char *const modes[] = {"EVENTUAL", "CONSISTENT", "TRANSACTION"};

    buf_fmt(out, "{\"Kind\":\"%s\",\"TableName\":", kind_names[s->kind]);
    json_put_string(out, s->used.t->name);
    if (s->ix != NULL) {
        buf_lit(out, ",\"IndexName\":");
        json_put_string(out, s->ix->name);
    }
    if (s->kind == STEP_GET)
        buf_fmt(out, ",\"Mode\":\"%s\",\"Found\":%s,\"BytesRead\":%l", modes[s->mode],
                truth(s->count > 0), (int64_t)s->bytes);
    else if (s->kind == STEP_SEARCH)
        TRY(put_search(cx, s, out));
    else if (s->kind <= STEP_SCAN)
        TRY(put_read(cx, s, out));
    else
        put_write(s, out);
    put_capacity(out, &s->used);
    buf_byte(out, '}');
    return out->err;
}

/* ---- warnings ---- */

static void put_warning(buf *out, const char *code, const buf *text)
{
    if (out->err == 0 && out->n > 0 && out->p[out->n - 1] == '}')
        buf_byte(out, ',');
    buf_fmt(out, "{\"Code\":\"%s\",\"Message\":", code);
    json_put_string(out, buf_view(text));
    buf_byte(out, '}');
}

static str source_name(const trace_step *s)
{
    return s->ix != NULL ? s->ix->name : s->used.t->name;
}

/* An index that a filter's attribute is the partition key of. */
static const index_def *index_for(const table *t, str name)
{
    for (uint32_t i = 0; i < t->index_count; i++) {
        const index_def *ix = &t->indexes[i];
        if (ix->global && ix->status == INDEX_ACTIVE && ix->keys.parts == 1 &&
            str_eq(ix->keys.part[0].name, name))
            return ix;
    }
    return NULL;
}

/* What would read fewer items: an index there is, else one there could be. */
static int suggest(ctx *cx, const trace_step *s, buf *out)
{
    const key_schema *own = s->ix != NULL ? &s->ix->keys : &s->used.t->keys;
    const index_def *ix = NULL;
    str candidate = STR_ABSENT;
    path_list paths;
    buf b;

    TRY(cond_paths(cx, s->plan.filter, &paths));
    for (uint32_t i = 0; i < paths.count && ix == NULL; i++) {
        str name = paths.items[i]->steps[0].name;
        if (paths.items[i]->count > 1 || key_schema_has(own, name))
            continue;
        ix = index_for(s->used.t, name);
        if (ix == s->ix)
            ix = NULL;
        if (candidate.p == NULL || ix != NULL)
            candidate = name;
    }
    if (candidate.p == NULL)
        return 0;
    buf_init_arena(&b, cx->a, 65536);
    if (ix != NULL)
        buf_fmt(&b, "%S is the partition key of the index %S: a Query of it reads only the items "
                    "that have the value", candidate, ix->name);
    else
        buf_fmt(&b, "No index has %S as its partition key. A global secondary index that does "
                    "would let a Query read only the items that have the value", candidate);
    TRY(b.err);
    put_warning(out, ix != NULL ? "INDEX_NOT_USED" : "INDEX_MISSING", &b);
    return 0;
}

static int warn_of_read(ctx *cx, const trace_step *s, buf *out)
{
    const read_plan *p = &s->plan;
    bool full = s->kind == STEP_SCAN && p->range.h_min == 0 && p->range.h_max == UINT32_MAX;
    bool discards = p->filter != NULL && s->scanned >= DISCARDS_ITEMS_MIN &&
                    s->count * 2 < s->scanned;
    buf b;

    buf_init_arena(&b, cx->a, 65536);
    if (full) {
        buf_fmt(&b, "The Scan reads every item of %S, page by page", source_name(s));
        TRY(b.err);
        put_warning(out, "FULL_SCAN", &b);
        buf_reset(&b);
    }
    if (discards) {
        buf_fmt(&b, "The filter throws away %l of the %l items that are read and paid for",
                s->scanned - s->count, s->scanned);
        TRY(b.err);
        put_warning(out, "FILTER_DISCARDS", &b);
        buf_reset(&b);
    }
    if (p->filter != NULL && (full || discards))
        TRY(suggest(cx, s, out));
    if (p->fetch_all && s->count > 0) {
        buf_fmt(&b, "The index %S does not hold all that is asked for: %l items are fetched from "
                    "the table, each for units of its own", source_name(s), s->count);
        TRY(b.err);
        put_warning(out, "FETCHES_FROM_TABLE", &b);
    }
    return out->err;
}

/* ---- the run ---- */

static int put_explanation(ctx *cx, const op *op, const trace *tr, buf *out)
{
    double read = 0, write = 0;

    buf_fmt(out, "\"Operation\":\"%s\",\"Steps\":[", op->name);
    for (const trace_step *s = tr->first; s != NULL; s = s->next) {
        TRY(put_step(cx, s, out));
        if (s->next != NULL)
            buf_byte(out, ',');
        *(s->kind <= STEP_SCAN ? &read : &write) += capacity_total(&s->used);
    }
    buf_lit(out, "],\"ReadUnits\":");
    json_put_double(out, read);
    buf_lit(out, ",\"WriteUnits\":");
    json_put_double(out, write);
    buf_lit(out, ",\"Warnings\":[");
    for (const trace_step *s = tr->first; s != NULL; s = s->next)
        if (s->kind == STEP_QUERY || s->kind == STEP_SCAN)
            TRY(warn_of_read(cx, s, out));
    buf_byte(out, ']');
    return out->err;
}

/* Runs it between savepoint and roll-back, whatever comes. */
static int run_undone(engine *e, ctx *cx, const op *op, void *req, buf *reply)
{
    faults *f = e->faults;
    int rc;

    TRY(store_savepoint(e->st, cx));
    e->faults = NULL;
    rc = op->run(e, cx, req, reply);
    e->faults = f;
    if (rc >= 0 && reply->err != 0)
        rc = reply->err;
    store_rollback_to(e->st);
    if (!store_in_transaction(e->st) && rc >= 0)
        rc = fail(cx, DDB_STORAGE_IO, "The transaction is gone");
    return rc;
}

static bool is_outcome(int rc)
{
    return rc == DDB_CONDITION_FAILED || rc == DDB_TRANSACTION_CANCELED ||
           rc == DDB_DUPLICATE_ITEM;
}

static int explain(engine *e, ctx *cx, const op *op, void *req, buf *out)
{
    trace tr, *outer = e->trace;
    buf reply;
    int rc;

    buf_init(&reply, e->m, REPLY_BYTES_MAX);
    trace_init(&tr, e->m, true);
    e->trace = &tr;
    rc = run_undone(e, cx, op, req, &reply);
    e->trace = outer;
    buf_release(&reply);
    if (rc >= 0 || is_outcome(rc)) {
        buf_byte(out, '{');
        if (rc < 0) {
            error failed = cx->err;
            buf_lit(out, "\"Outcome\":");
            cx->err = failed;
            (void)api_put_error(out, cx, rc); /* its status is in the name */
            buf_byte(out, ',');
            cx->err = (error){0};
        }
        rc = tr.lost ? DDB_NOMEM : put_explanation(cx, op, &tr, out);
        buf_byte(out, '}');
    }
    trace_release(&tr);
    return rc < 0 ? rc : out->err;
}

static int explain_run(engine *e, ctx *cx, void *req, buf *out)
{
    const explain_request *q = req;
    const op_row *row = optable_at(ddb_op_find(q->operation.p, q->operation.n));
    json *tree;
    void *inner;

    if (row == NULL || (row->op->flags & OP_ITEMS) == 0)
        return fail(cx, DDB_BAD_ARGUMENT, "There is nothing to explain about '%S': operations on "
                                          "items are explained", q->operation);
    TRY(json_parse(cx, q->request, &tree));
    inner = arena_alloc(cx->a, row->op->request->size);
    if (inner == NULL)
        return DDB_NOMEM;
    TRY(schema_check(cx, row->op->request, tree, inner));
    return explain(e, cx, row->op, inner, out);
}
