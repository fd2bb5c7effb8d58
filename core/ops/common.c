/*
 * common.c - the rules and pieces of replies that operations share. See common.h for which.
 *
 * Texts: facts validation 1 and 4.1, expressions 4.3, capacity 4 and 5. The checks stand in the
 * order in which the service runs them; an operation calls them in that order too.
 */
#include "ops/common.h"

#include "engine/faults.h"
#include "value/json.h"

#define GIGABYTE (1024 * 1024 * 1024)

/* A message built in pieces, in the arena. */
static void text_init(buf *b, ctx *cx)
{
    buf_init_arena(b, cx->a, REPLY_BYTES_MAX);
}

static int text_fail(ctx *cx, int code, const buf *b)
{
    return b->err != 0 ? b->err : fail_str(cx, code, buf_view(b));
}

/* ---- parameters ---- */

static uint32_t put_given(buf *b, const param *p, uint32_t count, const char *between)
{
    uint32_t given = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (!p[i].given)
            continue;
        buf_fmt(b, "%s%s", given > 0 ? between : "", p[i].name);
        given++;
    }
    return given;
}

static bool any_given(const param *p, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (p[i].given)
            return true;
    }
    return false;
}

int common_check_mixing(ctx *cx, const param *legacy, uint32_t legacy_count, const param *expr,
                        uint32_t expr_count)
{
    buf b;

    if (!any_given(legacy, legacy_count) || !any_given(expr, expr_count))
        return 0;
    text_init(&b, cx);
    buf_lit(&b, "Can not use both expression and non-expression parameters in the same request: "
                "Non-expression parameters: {");
    (void)put_given(&b, legacy, legacy_count, ", ");
    buf_lit(&b, "} Expression parameters: {");
    (void)put_given(&b, expr, expr_count, ", ");
    buf_byte(&b, '}');
    return text_fail(cx, DDB_VALIDATION, &b);
}

int common_check_placeholders(ctx *cx, const list *names, const attr_map *values,
                              bool any_expression,
                              const param *value_expressions, uint32_t count)
{
    buf b;

    if (names != NULL && names->set && !any_expression)
        return fail(cx, DDB_VALIDATION,
                    "ExpressionAttributeNames can only be specified when using expressions");
    if (values == NULL || any_given(value_expressions, count))
        return 0;
    text_init(&b, cx);
    buf_lit(&b, "ExpressionAttributeValues can only be specified when using expressions: ");
    for (uint32_t i = 0; i < count; i++)
        buf_fmt(&b, "%s%s", i > 0 ? " and " : "", value_expressions[i].name);
    buf_fmt(&b, count > 1 ? " are null" : " is null");
    return text_fail(cx, DDB_VALIDATION, &b);
}

int common_envelope(ctx *cx, int rc)
{
    buf b;

    if (rc != DDB_VALIDATION)
        return rc;
    text_init(&b, cx);
    buf_fmt(&b, "1 validation error detected: %S", cx->err.message);
    return text_fail(cx, rc, &b);
}

int common_raise_prefixed(ctx *cx, const attr_fault *f)
{
    int rc = attr_raise(cx, f);

    return f->prefixed ? common_envelope(cx, rc) : rc;
}

static int compile_expressions(ctx *cx, binding *b, const write_expressions *x, update **u,
                               cond **c)
{
    if (x->update.p != NULL)
        TRY(expr_update(cx, b, x->update, u));
    if (x->condition.p != NULL)
        TRY(expr_condition(cx, b, EX_CONDITION, x->condition, c));
    return binding_check_unused(cx, b);
}

int common_compile(ctx *cx, const write_expressions *x, update **u, cond **c)
{
    const list *names = x->names != NULL && x->names->set ? x->names : NULL;
    binding b;
    int rc;

    if (names == NULL && x->values == NULL && x->update.p == NULL && x->condition.p == NULL)
        return 0;
    rc = binding_init(cx, &b, names, x->values);
    if (rc < 0) {
        /* Faults of the values themselves have a rule of their own. */
        const attr_fault *f = x->values != NULL ? &x->values->fault : NULL;
        bool bare = f != NULL && f->code != 0 && !f->prefixed;
        return x->prefixed && !bare ? common_envelope(cx, rc) : rc;
    }
    rc = compile_expressions(cx, &b, x, u, c);
    return x->prefixed ? common_envelope(cx, rc) : rc;
}

/* ---- checks that need the table ---- */

static int fail_key_path(ctx *cx, const char *what, str name)
{
    return fail(cx, DDB_VALIDATION,
                "Key attributes must be scalars; list random access '[]' and map lookup '.' are "
                "not allowed: %s: %S",
                what, name);
}

/* Keys of the table come before those of its indexes, whatever the order in the expression. */
int common_check_key_paths(ctx *cx, const table *t, const path_list *paths)
{
    for (uint32_t i = 0; i < paths->count; i++) {
        const path *p = paths->items[i];
        if (p->count > 1 && key_schema_has(&t->keys, p->steps[0].name))
            return fail_key_path(cx, "Key", p->steps[0].name);
    }
    for (uint32_t i = 0; t->index_count > 0 && i < paths->count; i++) {
        const path *p = paths->items[i];
        if (p->count > 1 && table_is_index_key(t, p->steps[0].name))
            return fail_key_path(cx, "IndexKey", p->steps[0].name);
    }
    return 0;
}

int common_check_condition_paths(ctx *cx, const table *t, const cond *c)
{
    path_list paths;

    if (c == NULL)
        return 0;
    TRY(cond_paths(cx, c, &paths));
    return common_check_key_paths(cx, t, &paths);
}

int common_check_item(ctx *cx, const table *t, const map *item)
{
    TRY(table_check_item_key(cx, t, item));
    return table_indexed(t) ? table_check_index_keys(cx, t, item) : 0;
}

static int check_index_literal(ctx *cx, const index_def *ix, const key_attr *a, const update *u)
{
    int type = update_static_type(u, a->name);

    if (type < 0 || type == (int)a->type)
        return 0;
    return fail(cx, DDB_VALIDATION,
                "One or more parameter values were invalid: Type mismatch for Index Key %S "
                "Expected: %s Actual: %s IndexName: %S",
                a->name, value_type_name((value_type)a->type), value_type_name((value_type)type),
                ix->name);
}

static int check_index_literals(ctx *cx, const index_def *ix, const update *u)
{
    for (uint32_t i = 0; ix->global && i < ix->keys.parts; i++)
        TRY(check_index_literal(cx, ix, &ix->keys.part[i], u));
    for (uint32_t i = 0; i < ix->keys.sorts; i++)
        TRY(check_index_literal(cx, ix, &ix->keys.sort[i], u));
    return 0;
}

int common_check_update(ctx *cx, const table *t, const update *u)
{
    const path_list *targets;
    path_list operands;

    if (u == NULL)
        return 0;
    targets = update_paths(u);
    for (uint32_t i = 0; i < targets->count; i++) {
        str name = targets->items[i]->steps[0].name;
        if (key_schema_has(&t->keys, name))
            return fail(cx, DDB_VALIDATION,
                        "One or more parameter values were invalid: Cannot update attribute %S. "
                        "This attribute is part of the key",
                        name);
    }
    for (uint32_t i = 0; i < t->index_count; i++)
        if (index_enforced(&t->indexes[i]))
            TRY(check_index_literals(cx, &t->indexes[i], u));
    TRY(common_check_key_paths(cx, t, targets));
    TRY(update_operand_paths(cx, u, &operands));
    return common_check_key_paths(cx, t, &operands);
}

/* ---- replies ---- */

void common_comma(buf *out, size_t start)
{
    if (out->err == 0 && out->n > start && out->p[out->n - 1] != '{' && out->p[out->n - 1] != '[')
        buf_byte(out, ',');
}

static void put_units(buf *out, double units, char kind)
{
    buf_lit(out, "\"CapacityUnits\":");
    json_put_double(out, units);
    if (kind == 0)
        return;
    buf_fmt(out, ",\"%sCapacityUnits\":", kind == 'r' ? "Read" : "Write");
    json_put_double(out, units);
}

static void put_index_units(buf *out, const capacity *c, bool global, char kind)
{
    size_t start = 0;

    for (uint32_t i = 0; i < c->t->index_count; i++) {
        const index_def *ix = &c->t->indexes[i];

        if (!c->index_charged[i] || ix->global != global)
            continue;
        if (start == 0) {
            buf_fmt(out, ",\"%sSecondaryIndexes\":{", global ? "Global" : "Local");
            start = out->n;
        }
        common_comma(out, start);
        json_put_string(out, ix->name);
        buf_lit(out, ":{");
        put_units(out, c->index[i], kind);
        buf_byte(out, '}');
    }
    if (start != 0)
        buf_byte(out, '}');
}

static void put_vector_bytes(buf *out, const capacity *c)
{
    size_t start;

    if (!c->any_vector)
        return;
    buf_lit(out, ",\"VectorIndexes\":{");
    start = out->n;
    for (uint32_t i = 0; i < c->t->vector_count; i++) {
        if (c->vector[i] == 0)
            continue;
        common_comma(out, start);
        buf_fmt(out, "\"%S\":{\"VectorWriteRequestBytes\":", c->t->vectors[i].ix.name);
        json_put_double(out, c->vector[i]);
        buf_byte(out, '}');
    }
    buf_byte(out, '}');
}

void common_put_capacity_value(buf *out, const capacity *c, int rcc, char kind)
{
    buf_lit(out, "{\"TableName\":");
    json_put_string(out, c->t->name);
    buf_byte(out, ',');
    put_units(out, capacity_total(c), kind);
    if (rcc == RCC_INDEXES) {
        buf_lit(out, ",\"Table\":{");
        put_units(out, c->table, kind);
        buf_byte(out, '}');
        put_index_units(out, c, false, kind);
        put_index_units(out, c, true, kind);
        put_vector_bytes(out, c);
    }
    buf_byte(out, '}');
}

static bool wants_capacity(int rcc)
{
    return rcc == RCC_TOTAL || rcc == RCC_INDEXES;
}

void common_put_capacity(buf *out, const capacity *c, int rcc, char kind)
{
    if (!wants_capacity(rcc))
        return;
    buf_lit(out, "\"ConsumedCapacity\":");
    common_put_capacity_value(out, c, rcc, kind);
}

bool common_has_lsi(const table *t)
{
    for (uint32_t i = 0; i < t->index_count; i++) {
        if (!t->indexes[i].global)
            return true;
    }
    return false;
}

int common_put_collection_metrics(engine *e, ctx *cx, buf *out, const table *t, const map *key,
                                  const key_bytes *where)
{
    const key_attr *part = &t->keys.part[0];
    const value *v = map_get(key, part->name);
    int64_t bytes, low;

    TRY(engine_collection_bytes(e, cx, t, where->h, where->pk, &bytes));
    low = bytes / GIGABYTE;
    buf_lit(out, "{\"ItemCollectionKey\":{");
    json_put_string(out, part->name);
    buf_byte(out, ':');
    item_put_value(out, v);
    buf_lit(out, "},\"SizeEstimateRangeGB\":[");
    json_put_double(out, (double)low);
    buf_byte(out, ',');
    json_put_double(out, (double)low + 1);
    buf_lit(out, "]}");
    return out->err;
}

int common_condition_failed(ctx *cx, str old_text)
{
    int rc = fail(cx, DDB_CONDITION_FAILED, "The conditional request failed");
    buf b;

    if (old_text.p == NULL || rc != DDB_CONDITION_FAILED)
        return rc;
    text_init(&b, cx);
    buf_lit(&b, "\"Item\":");
    buf_str(&b, old_text);
    if (b.err != 0)
        return b.err;
    cx->err.extra = buf_view(&b);
    return rc;
}

static const char *reason_code(int code)
{
    return code == 0 ? "None" : fault_code_name(code);
}

int common_transaction_canceled(ctx *cx, const cancel_reason *reasons, uint32_t n)
{
    buf text, list;

    text_init(&text, cx);
    text_init(&list, cx);
    buf_lit(&text, "Transaction cancelled, please refer cancellation reasons for specific "
                   "reasons [");
    buf_lit(&list, "\"CancellationReasons\":[");
    for (uint32_t i = 0; i < n; i++) {
        const cancel_reason *r = &reasons[i];

        buf_fmt(&text, "%s%s", i > 0 ? ", " : "", reason_code(r->code));
        buf_fmt(&list, "%s{\"Code\":\"%s\"", i > 0 ? "," : "", reason_code(r->code));
        if (r->code != 0) {
            buf_lit(&list, ",\"Message\":");
            json_put_string(&list, r->message);
        }
        if (r->item.p != NULL)
            buf_fmt(&list, ",\"Item\":%S", r->item);
        buf_byte(&list, '}');
    }
    buf_byte(&text, ']');
    buf_byte(&list, ']');
    if (list.err != 0)
        return list.err;
    TRY(text.err);
    (void)fail_str(cx, DDB_TRANSACTION_CANCELED, buf_view(&text)); /* gives the code back */
    cx->err.extra = buf_view(&list);
    return DDB_TRANSACTION_CANCELED;
}

int common_refuse(ctx *cx, int rc, cancel_reason *reason)
{
    if (rc != DDB_VALIDATION)
        return rc;
    *reason = (cancel_reason){.code = rc, .message = cx->err.message};
    cx->err = (error){0};
    return 0;
}

bool common_same_item_twice(const write_plan *plans, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        const key_bytes *a = &plans[i].where;

        for (uint32_t k = 0; a->pk.p != NULL && k < i; k++) {
            const key_bytes *b = &plans[k].where;

            if (a->h == b->h && b->pk.p != NULL && plans[i].t == plans[k].t &&
                str_eq(a->pk, b->pk) && str_eq(a->sk, b->sk))
                return true;
        }
    }
    return false;
}

static int check_empty_key(ctx *cx, const key_attr *a, const map *m)
{
    const value *v = map_get(m, a->name);

    if (v == NULL || v->type != a->type || v->type == T_N || v->s.n > 0)
        return 0;
    return fail(cx, DDB_VALIDATION,
                "One or more parameter values are not valid. The AttributeValue for a key "
                "attribute cannot contain an empty %s value. Key: %S",
                v->type == T_B ? "binary" : "string", a->name);
}

int common_check_empty_keys(ctx *cx, const table *t, const map *m)
{
    TRY(check_empty_key(cx, &t->keys.part[0], m));
    return t->keys.sorts == 0 ? 0 : check_empty_key(cx, &t->keys.sort[0], m);
}

static int put_key_attr(buf *out, size_t start, str name, str item_text)
{
    str value;
    int rc = item_find(item_text, name, &value);

    if (rc <= 0)
        return rc < 0 ? rc : DDB_STORAGE_CORRUPT;
    common_comma(out, start);
    json_put_string(out, name);
    buf_byte(out, ':');
    buf_str(out, value);
    return 0;
}

int common_put_key_of(ctx *cx, buf *out, const table *t, const index_def *ix, str item_text)
{
    size_t start = out->n;

    (void)cx;
    buf_byte(out, '{');
    for (uint32_t i = 0; i < t->keys.parts; i++)
        TRY(put_key_attr(out, start, t->keys.part[i].name, item_text));
    for (uint32_t i = 0; i < t->keys.sorts; i++)
        TRY(put_key_attr(out, start, t->keys.sort[i].name, item_text));
    for (uint32_t i = 0; ix != NULL && i < ix->keys.parts; i++) {
        if (!key_schema_has(&t->keys, ix->keys.part[i].name))
            TRY(put_key_attr(out, start, ix->keys.part[i].name, item_text));
    }
    for (uint32_t i = 0; ix != NULL && i < ix->keys.sorts; i++) {
        if (!key_schema_has(&t->keys, ix->keys.sort[i].name))
            TRY(put_key_attr(out, start, ix->keys.sort[i].name, item_text));
    }
    buf_byte(out, '}');
    return out->err;
}

static const map *plan_key_map(const write_plan *p)
{
    return p->kind == WRITE_PUT ? p->item : p->key;
}

int common_put_write_reply(engine *e, ctx *cx, buf *out, const write_plan *p, const write_result *w,
                           str attributes, int rcc, int metrics)
{
    size_t start = out->n;

    buf_byte(out, '{');
    if (attributes.p != NULL) {
        buf_lit(out, "\"Attributes\":");
        buf_str(out, attributes);
    }
    if (wants_capacity(rcc)) {
        common_comma(out, start);
        common_put_capacity(out, &w->used, rcc, 0);
    }
    if (metrics == RICM_SIZE && common_has_lsi(p->t)) {
        common_comma(out, start);
        buf_lit(out, "\"ItemCollectionMetrics\":");
        TRY(common_put_collection_metrics(e, cx, out, p->t, plan_key_map(p), &p->where));
    }
    buf_byte(out, '}');
    return out->err;
}

int common_write(engine *e, ctx *cx, write_plan *p, int values, int rcc, int metrics,
                 int on_failure, buf *out)
{
    write_result w;

    p->want_old = values == RV_ALL_OLD;
    p->want_capacity = rcc == RCC_TOTAL || rcc == RCC_INDEXES;
    TRY(engine_write(e, cx, p, &w));
    if (w.failed)
        return common_condition_failed(cx, on_failure == RVF_ALL_OLD ? w.old_text : STR_ABSENT);
    return common_put_write_reply(e, cx, out, p, &w, p->want_old ? w.old_text : STR_ABSENT, rcc,
                                  metrics);
}

/* ---- requests over several tables ---- */

int capacity_list_init(ctx *cx, capacity_list *l, uint32_t max)
{
    l->count = 0;
    l->items = ARENA_ARRAY(cx->a, capacity, max);
    return l->items == NULL ? DDB_NOMEM : 0;
}

void capacity_list_add(capacity_list *l, const capacity *c)
{
    for (uint32_t i = 0; i < l->count; i++) {
        if (l->items[i].t == c->t) {
            capacity_add(&l->items[i], c);
            return;
        }
    }
    l->items[l->count++] = *c;
}

void common_put_capacity_list(buf *out, const capacity_list *l, int rcc, char kind)
{
    if (!wants_capacity(rcc))
        return;
    buf_lit(out, "\"ConsumedCapacity\":[");
    for (uint32_t i = 0; i < l->count; i++) {
        if (i > 0)
            buf_byte(out, ',');
        common_put_capacity_value(out, &l->items[i], rcc, kind);
    }
    buf_byte(out, ']');
}

/* Conditions checked change nothing; everything else touches its collection. */
static bool touches_collection(const write_plan *p)
{
    return p->kind != WRITE_CHECK && common_has_lsi(p->t);
}

/* Is plan i the first of the plans that touches its table, or (with `key`) its collection? */
static bool is_first(const write_plan *plans, uint32_t i, bool key)
{
    const write_plan *p = &plans[i];

    for (uint32_t k = 0; k < i; k++) {
        const write_plan *q = &plans[k];

        if (q->t != p->t || !touches_collection(q))
            continue;
        if (!key || (q->where.h == p->where.h && str_eq(q->where.pk, p->where.pk)))
            return false;
    }
    return true;
}

int common_put_collection_map(engine *e, ctx *cx, buf *out, size_t start, const write_plan *plans,
                              uint32_t n)
{
    size_t inside = 0;

    for (uint32_t i = 0; i < n; i++) {
        if (!touches_collection(&plans[i]) || !is_first(plans, i, false))
            continue;
        if (inside == 0) {
            common_comma(out, start);
            buf_lit(out, "\"ItemCollectionMetrics\":{");
            inside = out->n;
        }
        common_comma(out, inside);
        json_put_string(out, plans[i].t->name);
        buf_lit(out, ":[");
        for (uint32_t k = i; k < n; k++) {
            if (plans[k].t != plans[i].t || !touches_collection(&plans[k]) ||
                !is_first(plans, k, true))
                continue;
            common_comma(out, inside);
            TRY(common_put_collection_metrics(e, cx, out, plans[k].t, plan_key_map(&plans[k]),
                                              &plans[k].where));
        }
        buf_byte(out, ']');
    }
    if (inside != 0)
        buf_byte(out, '}');
    return out->err;
}

int table_memo_init(ctx *cx, table_memo *m, uint32_t max)
{
    m->count = 0;
    m->max = max;
    m->names = ARENA_ARRAY(cx->a, str, max);
    m->tables = ARENA_ARRAY(cx->a, const table *, max);
    return m->names == NULL || m->tables == NULL ? DDB_NOMEM : 0;
}

int table_memo_find(engine *e, ctx *cx, table_memo *m, str name, const table **out)
{
    for (uint32_t i = m->count; i-- > 0;) {
        if (str_eq(m->names[i], name)) {
            *out = m->tables[i];
            return 0;
        }
    }
    TRY(engine_table(e, cx, name, out));
    if (m->count < m->max) {
        m->names[m->count] = name;
        m->tables[m->count++] = *out;
    }
    return 0;
}
