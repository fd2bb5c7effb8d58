/*
 * search_vectors.c - SearchVectors: nearest neighbours in a vector index.
 *
 * Tables have no vector indexes here, so the answer is the service's for an index that a table does
 * not have. Members: facts operations, at the end.
 */
#include <stddef.h>

#include "ops/ops.h"

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

static int search_vectors_run(engine *e, ctx *cx, void *req, buf *out)
{
    const search_vectors_request *q = req;
    const table *t;

    (void)out;
    TRY(engine_table(e, cx, q->table_name, &t));
    return fail(cx, DDB_VALIDATION, "The table does not have the specified index: %S",
                q->index_name);
}

const op op_search_vectors = {"SearchVectors", 0, &search_vectors_shape, search_vectors_run};
