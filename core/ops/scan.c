/*
 * scan.c - Scan: all rows of a table or of an index, in the order of their partitions' hashes, or
 * one segment of them.
 *
 * The rules stand in scan_run() in the order in which the service applies them (facts validation
 * 4.7, whose step numbers the comments give).
 *
 * A segment is a range of hashes: segment s of t has the hashes whose first 12 bits are from
 * ceil(4096 s / t) to ceil(4096 (s + 1) / t) - 1, which may be none (facts capacity 7).
 */
#include "ops/read_common.h"

#include "expr/legacy.h"

#include <stddef.h>

#define SEGMENT_BITS 12
#define SEGMENT_SHIFT (32 - SEGMENT_BITS)

typedef struct scan_request {
    read_request c;
    opt_int segment, segments;
} scan_request;

static int scan_run(engine *e, ctx *cx, void *req, buf *out);
static int scan_check_parameters(ctx *cx, const scan_request *q, read_state *s);
static int scan_compile(ctx *cx, read_state *s);
static int scan_check_start(ctx *cx, const read_state *s);
static int scan_range(ctx *cx, const scan_request *q, const read_state *s, store_range *range);

static const shape shape_segments = {.kind = SH_INTEGER, .min = 1, .max = SCAN_SEGMENTS_MAX};
static const shape shape_segment = {.kind = SH_INTEGER, .min = 0, .max = SCAN_SEGMENTS_MAX - 1};

#define M(name_, shape_, field_) {name_, &shape_, offsetof(scan_request, field_), false}
static const member scan_members[] = {
    M("Select", shape_select, c.select),
    M("IndexName", shape_index_name, c.index_name),
    M("TotalSegments", shape_segments, segments),
    M("ReturnConsumedCapacity", shape_return_capacity, c.rcc),
    {"TableName", &shape_table_name, offsetof(scan_request, c.table_name), true},
    M("ConditionalOperator", shape_conditional_operator, c.conditional_operator),
    M("ScanFilter", shape_condition_map, c.legacy_filter),
    M("Segment", shape_segment, segment),
    M("Limit", shape_limit, c.limit),
    M("AttributesToGet", shape_attributes_to_get, c.attributes_to_get),
    M("ConsistentRead", shape_boolean, c.consistent),
    M("ExclusiveStartKey", shape_attr_map, c.start),
    M("ProjectionExpression", shape_string, c.projection),
    M("FilterExpression", shape_string, c.filter),
    M("ExpressionAttributeNames", shape_names, c.names),
    M("ExpressionAttributeValues", shape_attr_map, c.values),
};
#undef M

static const shape scan_shape = {
    .kind = SH_STRUCT,
    .members = scan_members,
    .member_count = COUNT(scan_members),
    .size = sizeof(scan_request),
};

const op op_scan = {"Scan", OP_ITEMS, &scan_shape, scan_run};

static int scan_run(engine *e, ctx *cx, void *req, buf *out)
{
    const scan_request *q = req;
    read_state s = {.r = &q->c};
    read_plan plan;

    TRY(scan_check_parameters(cx, q, &s));  /* 1 - 5 */
    TRY(scan_compile(cx, &s));              /* 6 */
    TRY(read_find_source(e, cx, &s, "Scan"));       /* 7, 8 */
    if (q->c.start)
        TRY(scan_check_start(cx, &s));      /* 9, 10 */
    TRY(read_check_all_attributes(cx, &s));
    if (q->c.start)
        TRY(read_check_start_table_key(cx, &s));

    read_plan_init(&s, &plan);
    TRY(scan_range(cx, q, &s, &plan.range)); /* 11 */
    if (s.project)
        TRY(common_check_key_paths(cx, s.t, projection_paths(s.project))); /* 12 */
    TRY(read_check_projected(cx, &s));
    plan.fetch_all = s.fetch;
    if (s.filter)
        TRY(common_check_key_paths(cx, s.t, &s.filter_paths));
    return read_reply(e, cx, &s, &plan, out);
}

/* Steps 1 to 5: what may be given together, and parameters by themselves. */
static int scan_check_parameters(ctx *cx, const scan_request *q, read_state *s)
{
    const read_request *r = &q->c;
    const param legacy[] = {
        {"AttributesToGet", r->attributes_to_get.set},
        {"ScanFilter", r->legacy_filter.set},
        {"ConditionalOperator", r->conditional_operator.text.p != NULL},
    };
    const param expr[] = {
        {"ProjectionExpression", r->projection.p != NULL},
        {"FilterExpression", r->filter.p != NULL},
    };

    TRY(common_check_mixing(cx, legacy, COUNT(legacy), expr, COUNT(expr)));
    TRY(common_check_placeholders(cx, r->names.set ? &r->names : NULL, r->values,
                                  r->projection.p || r->filter.p, expr + 1, 1));
    if (r->attributes_to_get.set)
        TRY(legacy_check_attributes_to_get(cx, &r->attributes_to_get));
    TRY(read_compile_legacy_filter(cx, s));
    if (r->start)
        TRY(attr_raise_start_key(cx, &r->start->fault));
    if (q->segment.set && !q->segments.set)
        return fail(cx, DDB_VALIDATION,
                    "The TotalSegments parameter is required but was not present in the request "
                    "when Segment parameter is present");
    if (q->segments.set && !q->segment.set)
        return fail(cx, DDB_VALIDATION,
                    "The Segment parameter is required but was not present in the request when "
                    "parameter TotalSegments is present");
    if (q->segments.set && q->segment.v >= q->segments.v)
        return fail(cx, DDB_VALIDATION,
                    "The Segment parameter is zero-based and must be less than parameter "
                    "TotalSegments: Segment: %l is not less than TotalSegments: %l",
                    q->segment.v, q->segments.v);
    return 0;
}

/* Step 6. */
static int scan_compile(ctx *cx, read_state *s)
{
    const read_request *r = s->r;
    bool any = r->filter.p || r->projection.p;

    if (any)
        TRY(binding_init(cx, &s->b, r->names.set ? &r->names : NULL, r->values));
    TRY(read_compile_filter(cx, s));
    TRY(read_compile_projection(cx, s));
    if (any)
        TRY(binding_check_unused(cx, &s->b));
    return read_check_select(cx, s, "");
}

/* Steps 9 and 10: the number of attributes, then those of the index. */
static int scan_check_start(ctx *cx, const read_state *s)
{
    const key_schema *keys = s->keys;

    if (s->r->start->m.count != read_start_key_count(s))
        return fail(cx, DDB_VALIDATION, "The provided starting key is invalid%s",
                    s->ix ? "" : ": The provided key element does not match the schema");
    if (!s->ix)
        return 0; /* read_check_start_table_key() sees to it, with its prefix */
    for (uint32_t i = 0; i < keys->parts; i++)
        TRY(read_check_start_attribute(cx, s, &keys->part[i], true));
    for (uint32_t i = 0; i < keys->sorts; i++)
        TRY(read_check_start_attribute(cx, s, &keys->sort[i], false));
    return 0;
}

/* The first of the 12-bit buckets that belong to segment `s` or a later one. */
static uint64_t segment_first(int64_t s, int64_t segments)
{
    uint64_t n = (uint64_t)s << SEGMENT_BITS;

    return (n + (uint64_t)segments - 1) / (uint64_t)segments;
}

/* Step 11, and the range itself. */
static int scan_range(ctx *cx, const scan_request *q, const read_state *s, store_range *range)
{
    if (q->segments.set) {
        uint64_t first = segment_first(q->segment.v, q->segments.v);
        uint64_t end = segment_first(q->segment.v + 1, q->segments.v);

        range->h_min = first < end ? (uint32_t)(first << SEGMENT_SHIFT) : 1;
        range->h_max = first < end ? (uint32_t)((end << SEGMENT_SHIFT) - 1) : 0; /* none */
    }
    if (!s->r->start)
        return 0;
    TRY(read_start_position(cx, s, range));
    if (range->from.h < range->h_min || range->from.h > range->h_max)
        return fail(cx, DDB_VALIDATION,
                    "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
                    "ExclusiveStartKey with correct Segment. TotalSegments: %l Segment: %l",
                    q->segments.v, q->segment.v);
    return 0;
}
