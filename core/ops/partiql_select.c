/*
 * partiql_select.c - a SELECT of many items: which rows to look at, page by page.
 *
 *   partition key pinned to values   one read for each value, ascending or as ORDER BY says;
 *                                    conditions on the sort key bound the range
 *   anything else                    all rows of the table or index
 *
 * A page ends at Limit items or 1 MB, over all its reads together, and after ten partitions. The
 * NextToken holds where to go on, and a hash of the statement and its parameters:
 *
 *   base64( <32 bytes: SHA-256> <number of the partition> ' ' [ <last item's key as JSON> ] )
 *
 * Start at selection_run(), which is the order of the checks too.
 */
#include "ops/partiql_common.h"

#include "engine/token.h"
#include "ops/read_common.h"

#define BAD_TOKEN "Invalid NextToken"

typedef struct walk {
    const selection *q;
    read_request r;   /* what read_common's rules look at */
    read_state s;
    access a;
    uint8_t hash[TOKEN_HASH_BYTES];
    uint32_t first;   /* partition to begin with */
    attr_map start;   /* and the item to begin after, if r.start is set */
    bool backward;    /* in each partition */
    bool descending;  /* the partitions */
    uint32_t next;    /* where the page ended: partition, */
    str last_item;    /* and item (absent: before the partition's first) */
    bool more;
} walk;

static int find_source(ctx *cx, walk *w);
static int find_access(ctx *cx, walk *w);
static int check_order(ctx *cx, walk *w);
static int check_types(ctx *cx, const walk *w);
static int hash_request(ctx *cx, walk *w);
static int read_token(ctx *cx, walk *w);
static int put_token(ctx *cx, const walk *w, buf *out);
static int read_page(engine *e, ctx *cx, walk *w, buf *out, capacity *used);

int selection_run(engine *e, ctx *cx, const selection *q, buf *out, capacity *used)
{
    walk w = {
        .q = q,
        .r = {.index_name = q->s->index,
              .select = {STR_ABSENT, -1},
              .rcc = {STR_ABSENT, q->want_capacity ? RCC_TOTAL : -1},
              .limit = q->limit,
              .consistent = q->in->consistent},
        .s = {.t = q->t, .keys = &q->t->keys, .project = q->s->project},
    };

    w.s.r = &w.r;
    TRY(find_source(cx, &w));
    TRY(find_access(cx, &w));
    TRY(check_order(cx, &w));
    TRY(check_types(cx, &w));
    if (w.s.filter != NULL)
        TRY(cond_paths(cx, w.s.filter, &w.s.filter_paths));
    if (w.s.project != NULL)
        TRY(common_check_key_paths(cx, q->t, projection_paths(w.s.project)));
    TRY(common_check_key_paths(cx, q->t, &w.s.filter_paths));
    if (!w.a.keyed)
        w.s.filter_paths.count = 0; /* what the index lacks just matches nothing then */
    TRY(read_check_projected(cx, &w.s));
    TRY(hash_request(cx, &w));
    if (q->token.p != NULL)
        TRY(read_token(cx, &w));

    buf_lit(out, "\"Items\":[");
    TRY(read_page(e, cx, &w, out, used));
    buf_byte(out, ']');
    if (!w.more)
        return out->err;
    TRY(put_token(cx, &w, out));
    if (w.last_item.p != NULL) {
        buf_lit(out, ",\"LastEvaluatedKey\":");
        TRY(common_put_key_of(cx, out, q->t, w.s.ix, w.last_item));
    }
    return out->err;
}

/* ---- what is read ---- */

static int find_source(ctx *cx, walk *w)
{
    const index_def *ix;

    if (w->r.index_name.p == NULL)
        return 0;
    ix = table_index(w->q->t, w->r.index_name);
    if (ix == NULL || (ix->global && ix->status == INDEX_DELETING))
        return fail(cx, DDB_VALIDATION, "The table does not have the specified index");
    if (ix->global && w->r.consistent.v)
        return fail(cx, DDB_VALIDATION,
                    "Strongly consistent read is not supported on Global Secondary Indexes");
    if (ix->global && ix->status == INDEX_CREATING)
        return fail(cx, DDB_VALIDATION, "Cannot read from backfilling global secondary index: %S",
                    ix->name);
    w->s.ix = ix;
    w->s.keys = &ix->keys;
    return 0;
}

static int find_access(ctx *cx, walk *w)
{
    const key_schema *k = w->s.keys;
    str part[KEY_PARTS_MAX], sort[KEY_PARTS_MAX];

    for (uint32_t i = 0; i < k->parts; i++)
        part[i] = k->part[i].name;
    for (uint32_t i = 0; i < k->sorts; i++)
        sort[i] = k->sort[i].name;
    TRY(partiql_access(cx, w->q->s, part, k->parts, sort, k->sorts, &w->a));
    w->s.filter = w->a.filter;
    if (k->parts == 1 && w->a.partitions > STATEMENT_PARTITIONS_MAX)
        return fail(cx, DDB_VALIDATION,
                    "Too many decomposed read operations for a given query.");
    return 0;
}

/* ---- ORDER BY ---- */

static int check_order(ctx *cx, walk *w)
{
    const statement *s = w->q->s;
    const key_schema *k = w->s.keys;
    bool partition = false;

    if (s->order_count == 0)
        return 0;
    if (s->where == NULL)
        return fail(cx, DDB_VALIDATION,
                    "Must have WHERE clause in the statement when using ORDER BY clause.");
    if (!w->a.keyed)
        return fail(cx, DDB_VALIDATION,
                    "Must have at least one non-optional hash key condition in WHERE clause when "
                    "using ORDER BY clause.");
    for (uint32_t i = 0; i < s->order_count; i++) {
        const order_key *o = &s->order[i];

        if (!key_schema_has(k, o->name))
            return fail(cx, DDB_VALIDATION,
                        "Variable reference %S in ORDER BY clause must be part of the primary key",
                        o->name);
        if (str_eq(o->name, k->part[0].name)) {
            partition = true;
            w->descending = o->descending;
        } else if (k->sorts > 0 && str_eq(o->name, k->sort[0].name)) {
            w->backward = o->descending;
        }
    }
    if (!partition && k->parts == 1 && w->a.partitions > 1)
        return fail(cx, DDB_VALIDATION,
                    "Must have hash key in ORDER BY clause when more than one hash key condition "
                    "specified in WHERE clause.");
    return 0;
}

/* ---- types ---- */

static int check_value(ctx *cx, const walk *w, const key_attr *k, const value *v, bool partition)
{
    if (v->type != k->type)
        return fail(cx, DDB_VALIDATION,
                    "One or more parameter values were invalid: Condition parameter type does not "
                    "match schema type");
    return read_check_key_value(cx, &w->s, k, v, partition);
}

static int check_types(ctx *cx, const walk *w)
{
    const key_schema *k = w->s.keys;

    for (uint32_t i = 0; w->a.keyed && k->parts == 1 && i < w->a.partitions; i++)
        TRY(check_value(cx, w, &k->part[0], w->a.partition[i], true));
    for (uint32_t i = 0; w->a.keyed && k->parts > 1 && i < k->parts; i++)
        TRY(check_value(cx, w, &k->part[i], w->a.partition[i], true));
    for (uint32_t i = 0; i < w->a.sorts; i++) {
        const key_condition *c = &w->a.sort[i];
        TRY(check_value(cx, w, &k->sort[i], c->a, false));
        if (c->op == KEY_BETWEEN)
            TRY(check_value(cx, w, &k->sort[i], c->b, false));
    }
    return 0;
}

/* ---- NextToken ---- */

static int hash_request(ctx *cx, walk *w)
{
    const list *params = &w->q->in->params;
    value all = {.type = T_L, .count = params->count};
    attr one = {STR("Parameters"), {0}};
    map m = {&one, 1};
    sha256 s;

    all.items = ARENA_ARRAY(cx->a, value, params->count);
    if (all.items == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < params->count; i++)
        all.items[i] = LIST_AT(params, attr_value, i)->v;
    one.v = all;
    sha256_init(&s);
    token_add_str(&s, w->q->in->text);
    TRY(token_add_map(cx, &s, &m));
    sha256_end(&s, w->hash);
    return 0;
}

static int put_token(ctx *cx, const walk *w, buf *out)
{
    buf b;

    buf_init_arena(&b, cx->a, REPLY_BYTES_MAX);
    buf_put(&b, w->hash, sizeof w->hash);
    buf_int(&b, w->next);
    buf_byte(&b, ' ');
    if (w->last_item.p != NULL)
        TRY(common_put_key_of(cx, &b, w->q->t, w->s.ix, w->last_item));
    TRY(b.err);
    buf_lit(out, ",\"NextToken\":\"");
    base64_put(out, buf_view(&b));
    buf_byte(out, '"');
    return out->err;
}

/* A wrong token is no wrong AttributeValue: what reading it complains about is dropped. */
static int bad_token(ctx *cx, int rc)
{
    if (rc != DDB_VALIDATION && rc != DDB_SERIALIZATION)
        return rc;
    cx->err = (error){0};
    return fail(cx, DDB_VALIDATION, BAD_TOKEN);
}

static int check_start_key(ctx *cx, walk *w)
{
    const key_schema *k = w->s.keys;

    if (w->start.fault.code != 0 || w->start.m.count != read_start_key_count(&w->s))
        return fail(cx, DDB_VALIDATION, BAD_TOKEN);
    for (uint32_t i = 0; i < k->parts; i++)
        TRY(read_check_start_attribute(cx, &w->s, &k->part[i], true));
    for (uint32_t i = 0; i < k->sorts; i++)
        TRY(read_check_start_attribute(cx, &w->s, &k->sort[i], false));
    return read_check_start_table_key(cx, &w->s);
}

static int read_start_key(ctx *cx, walk *w, str text)
{
    json *tree;

    TRY(json_parse(cx, text, &tree));
    if (tree->type != J_OBJECT)
        return fail(cx, DDB_VALIDATION, BAD_TOKEN);
    TRY(attr_map_read(cx, tree, &w->start));
    w->r.start = &w->start;
    return check_start_key(cx, w);
}

static int read_token(ctx *cx, walk *w)
{
    str raw;
    size_t i = TOKEN_HASH_BYTES;
    int rc = base64_decode(cx, w->q->token, &raw);

    if (rc < 0)
        return bad_token(cx, rc);
    if (raw.n < TOKEN_HASH_BYTES + 2)
        return fail(cx, DDB_VALIDATION, BAD_TOKEN);
    if (memcmp(raw.p, w->hash, TOKEN_HASH_BYTES) != 0)
        return fail(cx, DDB_VALIDATION, "NextToken does not match request");
    for (; i < raw.n && raw.p[i] >= '0' && raw.p[i] <= '9' && w->first < 1000; i++)
        w->first = w->first * 10 + (uint32_t)(raw.p[i] - '0');
    if (i == raw.n || raw.p[i] != ' ' || (w->a.keyed ? w->first >= w->a.partitions : w->first > 0))
        return fail(cx, DDB_VALIDATION, BAD_TOKEN);
    i++;
    return i == raw.n ? 0 : bad_token(cx, read_start_key(cx, w, (str){raw.p + i, raw.n - i}));
}

/* ---- the page ---- */

/* The range of the n-th partition in reading order. */
static int partition_range(ctx *cx, const walk *w, uint32_t n, store_range *range)
{
    key_schema parts = *w->s.keys;
    attr attrs[KEY_PARTS_MAX];
    map partition = {attrs, parts.parts};
    const key_condition *sort[KEY_CONDITIONS_MAX];
    key_bytes at;

    parts.sorts = 0;
    if (parts.parts == 1) {
        uint32_t i = w->descending ? w->a.partitions - 1 - n : n;
        attrs[0] = (attr){parts.part[0].name, *w->a.partition[i]};
    } else {
        for (uint32_t i = 0; i < parts.parts; i++)
            attrs[i] = (attr){parts.part[i].name, *w->a.partition[i]};
    }
    TRY(key_encode(cx, &parts, &partition, &at));
    range->one_partition = true;
    range->h = at.h;
    range->pk = at.pk;
    range->backward = w->backward;
    for (uint32_t i = 0; i < w->a.sorts; i++)
        sort[i] = &w->a.sort[i];
    return range_of_sort(cx, sort, w->a.sorts, &range->lo, &range->hi);
}

/* One read, behind what the page has already. *any: has it items? */
static int read_one(engine *e, ctx *cx, read_plan *p, buf *out, bool *any, read_result *result)
{
    size_t before = out->n;

    if (*any)
        buf_byte(out, ',');
    TRY(engine_read(e, cx, p, out, result));
    if (result->count > 0)
        *any = true;
    else if (out->err == 0)
        out->n = before;
    return out->err;
}

static int read_page(engine *e, ctx *cx, walk *w, buf *out, capacity *used)
{
    uint32_t count = w->a.keyed ? w->a.partitions : 1, reads = 0;
    int64_t scanned = 0;
    size_t bytes = 0;
    bool any = false;

    for (w->next = w->first; w->next < count; w->next++) {
        read_plan p;
        read_result result;

        if (reads++ == STATEMENT_PARTITIONS_PAGE) {
            w->more = true;
            break;
        }
        read_plan_init(&w->s, &p);
        p.filter_entry = !w->a.keyed;
        p.bytes_before = bytes;
        p.limit = w->q->limit.set ? w->q->limit.v - scanned : 0;
        if (w->a.keyed)
            TRY(partition_range(cx, w, w->next, &p.range));
        if (w->r.start != NULL)
            TRY(read_start_position(cx, &w->s, &p.range));
        w->r.start = NULL; /* the page's first read only */
        TRY(read_one(e, cx, &p, out, &any, &result));
        if (w->q->want_capacity)
            capacity_add(used, &result.used);
        scanned += result.scanned;
        bytes = result.bytes;
        if (result.more) {
            w->more = true;
            w->last_item = result.last_item;
            break;
        }
    }
    return out->err;
}
