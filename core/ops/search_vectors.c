/*
 * search_vectors.c - SearchVectors: the items whose vectors are nearest to a given one.
 *
 * The search is exact (engine/search.h). What is checked before the table is looked at is checked
 * here in that order too: the vector, TopK, the expressions. Sources: AWS Developer Guide,
 * "Searching with SearchVectors"; captures of August 2026 that public emulators quote.
 */
#include <stddef.h>

#include "engine/search.h"
#include "ops/common.h"
#include "value/json.h"
#include "value/size.h"

typedef struct search_vectors_request {
    str table_name, index_name, condition, project;
    list vector; /* attr_value */
    list names;
    attr_map *values;
    opt_int top_k;
    opt_enum capacity;
} search_vectors_request;

static const shape shape_vector = {.kind = SH_LIST, .min = 1, .elem = &shape_attr};

#define M(name_, shape_, field_, required_) \
    {name_, &shape_, offsetof(search_vectors_request, field_), required_}
static const member search_vectors_members[] = {
    M("TableName", shape_table_name, table_name, true),
    M("IndexName", shape_index_name, index_name, true),
    M("SearchVector", shape_vector, vector, true),
    M("TopK", shape_limit, top_k, true),
    M("ReturnConsumedCapacity", shape_return_capacity, capacity, false),
    M("SearchConditionExpression", shape_string, condition, false),
    M("ProjectionExpression", shape_string, project, false),
    M("ExpressionAttributeNames", shape_names, names, false),
    M("ExpressionAttributeValues", shape_attr_map, values, false),
};
#undef M
static const shape search_vectors_shape = {.kind = SH_STRUCT,
                                           .java = "SearchVectorsInput",
                                           .members = search_vectors_members,
                                           .member_count = COUNT(search_vectors_members),
                                           .size = sizeof(search_vectors_request)};

typedef struct search_state {
    float *query;
    uint32_t dimensions;
    binding b;
    cond *filter;
    search_condition *conditions;
    uint32_t condition_count;
    projection *project;
} search_state;

/* ---- the request ---- */

static int read_vector(ctx *cx, const list *in, search_state *s)
{
    s->dimensions = in->count;
    s->query = ARENA_ARRAY(cx->a, float, in->count);
    if (s->query == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < in->count; i++) {
        const attr_value *a = LIST_AT(in, attr_value, i);
        TRY(attr_raise(cx, &a->fault));
        if (!vector_component(&a->v, &s->query[i]))
            return fail(cx, DDB_VALIDATION,
                        "Search vector contains invalid values. All values in the search vector "
                        "must be a 32-bit floating-point number attribute");
    }
    return 0;
}

static int compile(ctx *cx, const search_vectors_request *q, search_state *s)
{
    const list *names = q->names.set ? &q->names : NULL;
    const param takes = {"SearchConditionExpression", q->condition.p != NULL};
    bool any = takes.given || q->project.p != NULL;

    TRY(common_check_placeholders(cx, names, q->values, any, &takes, 1));
    if (!any)
        return 0;
    TRY(binding_init(cx, &s->b, names, q->values));
    if (takes.given) {
        TRY(expr_condition(cx, &s->b, EX_SEARCH, q->condition, &s->filter));
        TRY(expr_search_conditions(cx, s->filter, &s->conditions, &s->condition_count));
    }
    if (q->project.p != NULL)
        TRY(expr_projection(cx, &s->b, q->project, &s->project));
    return binding_check_unused(cx, &s->b);
}

/* ---- against the index ---- */

static const search_attr *find_attr(const vector_def *d, str name)
{
    for (uint32_t i = 0; i < d->schema_count; i++)
        if (str_eq(d->schema[i].a.name, name))
            return &d->schema[i];
    return NULL;
}

static int check_condition(ctx *cx, const vector_def *d, const search_condition *c)
{
    const search_attr *s = find_attr(d, c->name);

    if (s == NULL)
        return fail(cx, DDB_VALIDATION,
                    "SearchConditionExpression must not contain any attributes that is not in "
                    "SearchSchema. Invalid attribute: %S",
                    c->name);
    if (c->nested)
        return fail(cx, DDB_VALIDATION,
                    "Invalid SearchConditionExpression: SearchConditionExpression cannot have "
                    "conditions on nested attributes");
    if (c->v->type != s->a.type)
        return fail(cx, DDB_VALIDATION,
                    "One or more parameter values were invalid. Attribute '%S' type mismatch. "
                    "Expected: %s, Actual: %s. IndexName: %S",
                    c->name, value_type_name((value_type)s->a.type),
                    value_type_name((value_type)c->v->type), d->ix.name);
    return 0;
}

static int check_hash(ctx *cx, const vector_def *d, const search_state *s)
{
    for (uint32_t i = 0; i < d->schema_count; i++) {
        bool found = !d->schema[i].hash;
        for (uint32_t k = 0; k < s->condition_count; k++)
            found = found || str_eq(s->conditions[k].name, d->schema[i].a.name);
        if (!found && s->condition_count == 0)
            return fail(cx, DDB_VALIDATION,
                        "SearchConditionExpression must be provided when SearchSchema has a HASH "
                        "key");
        if (!found)
            return fail(cx, DDB_VALIDATION,
                        "SearchConditionExpression must have all HASH attributes in configured "
                        "SearchSchema");
    }
    return 0;
}

static int find_index(ctx *cx, const table *t, str name, const vector_def **out)
{
    const vector_def *d = table_vector(t, name);
    bool creating = d != NULL && d->ix.status == INDEX_CREATING;

    if (creating && t->status != TABLE_UPDATING)
        return fail(cx, DDB_VALIDATION, "Cannot search backfilling vector index: %S", name);
    if (d == NULL || creating || d->ix.status == INDEX_DELETING)
        return fail(cx, DDB_VALIDATION, "The table does not have the specified index: %S", name);
    *out = d;
    return 0;
}

static int check_index(ctx *cx, const vector_def *d, const search_state *s)
{
    if (s->dimensions != d->dimensions)
        return fail(cx, DDB_VALIDATION,
                    "Input search vector dimension %d does not match vector index dimension %d",
                    (int)s->dimensions, (int)d->dimensions);
    for (uint32_t i = 0; i < s->condition_count; i++)
        TRY(check_condition(cx, d, &s->conditions[i]));
    return check_hash(cx, d, s);
}

/* ---- the reply ---- */

static bool selects(const projection *p, str name)
{
    const path_list *paths = p == NULL ? NULL : projection_paths(p);

    for (uint32_t i = 0; paths != NULL && i < paths->count; i++)
        if (str_eq(paths->items[i]->steps[0].name, name))
            return true;
    return false;
}

/* What the index holds of the item, without its vector unless that is asked for by name. */
static int put_item(ctx *cx, const table *t, const vector_def *d, const projection *p, str text,
                    buf *out)
{
    bool any;
    buf entry;

    if (p == NULL)
        return index_entry_put_without(cx, t, &d->ix, text, d->attribute, out);
    buf_init_arena(&entry, cx->a, REPLY_BYTES_MAX);
    TRY(index_entry_put(cx, t, &d->ix, text, &entry));
    TRY(entry.err);
    return projection_put(cx, p, buf_view(&entry), out, &any);
}

/* Bytes of the entry but for its vector. */
static int other_bytes(ctx *cx, const table *t, const vector_def *d, str text, size_t *out)
{
    item_view view = item_view_text(text);
    const value *v;
    attr a = {.name = d->attribute};

    TRY(item_view_get(cx, &view, d->attribute, &v));
    a.v = *v; /* it has been found by it */
    TRY(index_entry_size(cx, t, &d->ix, &view, text, out));
    *out -= size_attr(&a);
    return 0;
}

static int put_results(ctx *cx, const search_vectors_request *q, const search_state *s,
                       const table *t, const vector_def *d, search_hit *hits, uint32_t count,
                       buf *out)
{
    uint32_t with_vector = selects(s->project, d->attribute) ? count : 0;
    size_t others = 0;

    buf_lit(out, "{\"SearchResults\":[");
    for (uint32_t i = 0; i < count; i++) {
        size_t before = out->n, bytes;
        buf_fmt(out, "%s{\"Item\":", i > 0 ? "," : "");
        TRY(put_item(cx, t, d, s->project, hits[i].r.item, out));
        buf_lit(out, ",\"Score\":");
        json_put_double(out, hits[i].score);
        buf_byte(out, '}');
        if (out->err == 0 && out->n > SEARCH_REPLY_BYTES_MAX) { /* there are no pages */
            out->n = before;
            break;
        }
        TRY(other_bytes(cx, t, d, hits[i].r.item, &bytes));
        others += bytes;
    }
    buf_byte(out, ']');
    if (q->capacity.i == RCC_TOTAL || q->capacity.i == RCC_INDEXES) {
        buf_lit(out, ",\"ConsumedCapacity\":{\"VectorSearchRequestBytes\":");
        json_put_double(out, search_bytes(d, others, count, with_vector));
        buf_byte(out, '}');
    }
    buf_byte(out, '}');
    return out->err;
}

static int search_vectors_run(engine *e, ctx *cx, void *req, buf *out)
{
    const search_vectors_request *q = req;
    search_state s = {0};
    search_plan plan = {0};
    search_hit *hits;
    uint32_t count;

    TRY(read_vector(cx, &q->vector, &s));
    if (q->top_k.v > SEARCH_TOP_MAX)
        return fail(cx, DDB_VALIDATION,
                    "Provided TopK value '%l' is out of valid range. The value must be between 1 "
                    "and %d inclusive",
                    q->top_k.v, SEARCH_TOP_MAX);
    TRY(compile(cx, q, &s));
    TRY(engine_table(e, cx, q->table_name, &plan.t));
    TRY(find_index(cx, plan.t, q->index_name, &plan.d));
    TRY(check_index(cx, plan.d, &s));
    plan.query = s.query;
    plan.top = (uint32_t)q->top_k.v;
    plan.filter = s.filter;
    TRY(engine_search(e, cx, &plan, &hits, &count));
    return put_results(cx, q, &s, plan.t, plan.d, hits, count, out);
}

const op op_search_vectors = {"SearchVectors", OP_SNAPSHOT | OP_ITEMS, &search_vectors_shape,
                              search_vectors_run};
