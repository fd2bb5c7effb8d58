/*
 * read_common.c - the rules and the reply that Query and Scan share (read_common.h).
 *
 * The texts are those of facts validation 4.6 and 4.7; each function is one or two numbered steps
 * there. Start at read_reply() for the reply, at query.c or scan.c for the order of the rules.
 */
#include "ops/read_common.h"

#include "expr/legacy.h"

#define INVALID_PARAMETER "One or more parameter values were invalid: "
#define BAD_START_KEY "The provided starting key is invalid"

static int fail_names(ctx *cx, const char *what, const index_def *ix, const char *rule,
                      const path_list *paths, const table *t);

/* ---- expressions ---- */

int read_compile_legacy_filter(ctx *cx, read_state *s)
{
    const read_request *r = s->r;

    if (!r->legacy_filter.set && !r->conditional_operator.text.p)
        return 0;
    return legacy_filter(cx, &r->legacy_filter, r->conditional_operator.i, &s->filter);
}

int read_compile_filter(ctx *cx, read_state *s)
{
    const read_request *r = s->r;

    if (r->filter.p)
        TRY(expr_condition(cx, &s->b, EX_FILTER, r->filter, &s->filter));
    if (s->filter)
        TRY(cond_paths(cx, s->filter, &s->filter_paths));
    return 0;
}

int read_compile_projection(ctx *cx, read_state *s)
{
    const read_request *r = s->r;

    if (r->projection.p)
        return expr_projection(cx, &s->b, r->projection, &s->project);
    if (r->attributes_to_get.set)
        return projection_of_names(cx, r->attributes_to_get.items, r->attributes_to_get.count,
                                   &s->project);
    return 0;
}

int read_check_select(ctx *cx, const read_state *s, const char *prefix)
{
    const read_request *r = s->r;
    bool given = r->projection.p || r->attributes_to_get.set;

    if (r->select.i == SELECT_SPECIFIC && !given)
        return fail(cx, DDB_VALIDATION,
                    "%sMust specify the AttributesToGet or ProjectionExpression when choosing to "
                    "get SPECIFIC_ATTRIBUTES", prefix);
    if (r->select.i >= 0 && r->select.i != SELECT_SPECIFIC && given)
        return fail(cx, DDB_VALIDATION, "%sCannot specify the %s when choosing to get %S", prefix,
                    r->projection.p ? "ProjectionExpression" : "AttributesToGet",
                    r->select.i == SELECT_COUNT ? STR("only the Count") : r->select.text);
    if (r->select.i == SELECT_PROJECTED && !r->index_name.p)
        return fail(cx, DDB_VALIDATION,
                    "%sALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
                    prefix);
    return 0;
}

/* ---- what is read ---- */

int read_find_source(engine *e, ctx *cx, read_state *s, const char *operation)
{
    const read_request *r = s->r;

    TRY(engine_table(e, cx, r->table_name, &s->t));
    s->keys = &s->t->keys;
    if (!r->index_name.p)
        return 0;
    s->ix = table_index(s->t, r->index_name);
    if (!s->ix && table_vector(s->t, r->index_name))
        return fail(cx, DDB_VALIDATION, "%s operation not supported on this index type.",
                    operation);
    if (!s->ix || (s->ix->global && s->ix->status == INDEX_DELETING))
        return fail(cx, DDB_VALIDATION, "The table does not have the specified index: %S",
                    r->index_name);
    if (s->ix->global && r->consistent.v)
        return fail(cx, DDB_VALIDATION,
                    "Consistent reads are not supported on global secondary indexes");
    if (s->ix->global && s->ix->status == INDEX_CREATING)
        return fail(cx, DDB_VALIDATION, "Cannot read from backfilling global secondary index: %S",
                    s->ix->name);
    s->keys = &s->ix->keys;
    return 0;
}

int read_check_all_attributes(ctx *cx, const read_state *s)
{
    const index_def *ix = s->ix;

    if (s->r->select.i == SELECT_ALL && ix && ix->global && ix->projection != PROJECT_ALL)
        return fail(cx, DDB_VALIDATION,
                    INVALID_PARAMETER "Select type ALL_ATTRIBUTES is not supported for global "
                    "secondary index %S because its projection type is not ALL", ix->name);
    return 0;
}

static bool all_projected(const read_state *s, const path_list *paths)
{
    for (uint32_t i = 0; i < paths->count; i++) {
        if (!index_projects(s->t, s->ix, paths->items[i]->steps[0].name))
            return false;
    }
    return true;
}

int read_check_projected(ctx *cx, read_state *s)
{
    const index_def *ix = s->ix;
    const path_list *wanted = s->project ? projection_paths(s->project) : NULL;

    if (!ix || ix->projection == PROJECT_ALL)
        return 0;
    s->fetch = s->r->select.i == SELECT_ALL;
    if (wanted && !all_projected(s, wanted)) {
        if (ix->global)
            return fail_names(cx, "Global secondary", ix, "does not project", wanted, s->t);
        s->fetch = true;
    }
    /* The service evaluates filters on index entries, and says so before it reads: reported for
     * local indexes alike, without "Local" (DynamoDB users' captures, 2022). */
    if (!all_projected(s, &s->filter_paths))
        return fail_names(cx, "Secondary", ix, "does not project one or more filter attributes:",
                          &s->filter_paths, s->t);
    return 0;
}

/* "... index <ix> <rule> [a, b]": each top-level attribute of `paths` that ix lacks, once. */
static int fail_names(ctx *cx, const char *what, const index_def *ix, const char *rule,
                      const path_list *paths, const table *t)
{
    buf b;
    bool any = false;

    buf_init_arena(&b, cx->a, SIZE_MAX);
    for (uint32_t i = 0; i < paths->count; i++) {
        str name = paths->items[i]->steps[0].name;
        bool seen = index_projects(t, ix, name);
        for (uint32_t k = 0; k < i && !seen; k++)
            seen = str_eq(paths->items[k]->steps[0].name, name);
        if (seen)
            continue;
        if (any)
            buf_lit(&b, ", ");
        buf_str(&b, name);
        any = true;
    }
    if (b.err < 0)
        return b.err;
    return fail(cx, DDB_VALIDATION, INVALID_PARAMETER "%s index %S %s [%S]", what, ix->name, rule,
                buf_view(&b));
}

/* ---- ExclusiveStartKey ---- */

uint32_t read_start_key_count(const read_state *s)
{
    const key_schema *table = &s->t->keys;
    uint32_t n = (uint32_t)table->parts + table->sorts;

    if (!s->ix)
        return n;
    for (uint32_t i = 0; i < s->keys->parts; i++)
        n += !key_schema_has(table, s->keys->part[i].name);
    for (uint32_t i = 0; i < s->keys->sorts; i++)
        n += !key_schema_has(table, s->keys->sort[i].name);
    return n;
}

int read_check_start_attribute(ctx *cx, const read_state *s, const key_attr *k, bool partition)
{
    const value *v = map_get(&s->r->start->m, k->name);

    if (!v)
        return fail(cx, DDB_VALIDATION, BAD_START_KEY);
    if (v->type != k->type)
        return fail(cx, DDB_VALIDATION, "The provided key element does not match the schema");
    return read_check_key_value(cx, s, k, v, partition);
}

int read_check_key_value(ctx *cx, const read_state *s, const key_attr *k, const value *v,
                         bool partition)
{
    if (k->type == T_N)
        return 0;
    /* The index has a text of its own (captured with Query, 2024). */
    if (v->s.n == 0 && s->ix && !key_schema_has(&s->t->keys, k->name))
        return fail(cx, DDB_VALIDATION,
                    "One or more parameter values are not valid. A value specified for a secondary "
                    "index key is not supported. The AttributeValue for a key attribute cannot "
                    "contain an empty %s value. IndexName: %S, IndexKey: %S",
                    k->type == T_S ? "string" : "binary", s->ix->name, k->name);
    if (v->s.n == 0)
        return fail(cx, DDB_VALIDATION,
                    "One or more parameter values are not valid. The AttributeValue for a key "
                    "attribute cannot contain an empty %s value. Key: %S",
                    k->type == T_S ? "string" : "binary", k->name);
    if (partition && v->s.n > PARTITION_KEY_BYTES_MAX)
        return fail(cx, DDB_VALIDATION, INVALID_PARAMETER
                    "Size of hashkey has exceeded the maximum size limit of2048 bytes");
    if (!partition && v->s.n > SORT_KEY_BYTES_MAX)
        return fail(cx, DDB_VALIDATION, INVALID_PARAMETER
                    "Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
    return 0;
}

int read_check_start_table_key(ctx *cx, const read_state *s)
{
    const key_schema *k = &s->t->keys;
    attr attrs[2 * KEY_PARTS_MAX];
    map key = {attrs, 0};
    int rc;

    /* An attribute that is not there leaves the key short, which is a mismatch as well. */
    for (uint32_t i = 0; i < (uint32_t)k->parts + k->sorts; i++) {
        str name = i < k->parts ? k->part[i].name : k->sort[i - k->parts].name;
        const value *v = map_get(&s->r->start->m, name);
        if (v)
            attrs[key.count++] = (attr){name, *v};
    }
    rc = table_check_key(cx, s->t, &key);
    if (rc == DDB_VALIDATION)
        return fail(cx, DDB_VALIDATION, BAD_START_KEY ": %S", cx->err.message);
    return rc;
}

int read_start_position(ctx *cx, const read_state *s, store_range *range)
{
    const map *start = &s->r->start->m;

    range->after = true;
    TRY(key_encode(cx, s->keys, start, &range->from));
    return s->ix ? key_encode(cx, &s->t->keys, start, &range->from_base) : 0;
}

/* ---- plan and reply ---- */

void read_plan_init(const read_state *s, read_plan *out)
{
    const read_request *r = s->r;

    *out = (read_plan){
        .t = s->t,
        .ix = s->ix,
        .range = {.t = s->t, .ix = s->ix, .h_max = UINT32_MAX},
        .filter = s->filter,
        .project = s->project,
        .count_only = r->select.i == SELECT_COUNT,
        .fetch_all = s->fetch,
        .consistent = r->consistent.v,
        .limit = r->limit.set ? r->limit.v : 0,
        .want_capacity = r->rcc.i == RCC_INDEXES || r->rcc.i == RCC_TOTAL,
    };
}

int read_reply(engine *e, ctx *cx, const read_state *s, const read_plan *p, buf *out)
{
    read_result result;

    buf_byte(out, '{');
    if (!p->count_only)
        buf_lit(out, "\"Items\":[");
    TRY(engine_read(e, cx, p, out, &result));
    if (!p->count_only)
        buf_lit(out, "],");
    buf_fmt(out, "\"Count\":%l,\"ScannedCount\":%l", result.count, result.scanned);
    if (result.more) {
        buf_lit(out, ",\"LastEvaluatedKey\":");
        TRY(common_put_key_of(cx, out, s->t, s->ix, result.last_item));
    }
    if (p->want_capacity) {
        buf_byte(out, ',');
        common_put_capacity(out, &result.used, s->r->rcc.i, 0);
    }
    buf_byte(out, '}');
    return out->err;
}
