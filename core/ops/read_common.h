/*
 * read_common.h - what Query and Scan share: their common parameters, the rules about them in the
 * service's order, and the reply.
 *
 * An operation calls the read_* checks in the order that facts validation 4.6 (Query) and 4.7
 * (Scan) give, with its own between them. What they find out is kept in read_state.
 */
#ifndef DDB_OPS_READ_COMMON_H
#define DDB_OPS_READ_COMMON_H

#include "ops/common.h"

/* First member of the request structs of Query and Scan. */
typedef struct read_request {
    str table_name, index_name;
    opt_enum select, rcc, conditional_operator;
    list attributes_to_get; /* str */
    list legacy_filter;     /* map of in_condition: QueryFilter, ScanFilter */
    opt_int limit;
    opt_bool consistent;
    attr_map *start;        /* ExclusiveStartKey */
    str projection, filter;
    list names;
    attr_map *values;
} read_request;

typedef struct read_state {
    const read_request *r;
    binding b;
    cond *filter;           /* of either form */
    path_list filter_paths; /* left to right */
    projection *project;    /* of either form */
    const table *t;
    const index_def *ix;        /* NULL: the table */
    const key_schema *keys; /* of what is read */
    bool fetch;             /* LSI: the table has to be read besides */
} read_state;

/* The parts of range and plan that need no more than the state; the operation sets the rest. */
void read_plan_init(const read_state *s, read_plan *out);

/* The attributes the start key must have: those of the table and the index, each once. */
uint32_t read_start_key_count(const read_state *s);
/* A value that stands for a key attribute: not empty, not too long. Its type has been checked. */
int read_check_key_value(ctx *cx, const read_state *s, const key_attr *k, const value *v,
                         bool partition);
/* One attribute of the start key: present, its type, then its value. */
int read_check_start_attribute(ctx *cx, const read_state *s, const key_attr *k, bool partition);
/* The table's key in the start key, with the prefix of start keys. */
int read_check_start_table_key(ctx *cx, const read_state *s);
/* Encoded position after the checks: range->after, from, from_base. */
int read_start_position(ctx *cx, const read_state *s, store_range *range);

/* Sets s->filter from QueryFilter or ScanFilter, with their texts. */
int read_compile_legacy_filter(ctx *cx, read_state *s);
int read_compile_filter(ctx *cx, read_state *s);     /* FilterExpression; paths of either form */
int read_compile_projection(ctx *cx, read_state *s); /* ProjectionExpression or AttributesToGet */
/* Select against the projection. prefix: "" or "1 validation error detected: ". */
int read_check_select(ctx *cx, const read_state *s, const char *prefix);
/* Table, index, backfilling, consistent read of a GSI. operation: "Query" or "Scan". */
int read_find_source(engine *e, ctx *cx, read_state *s, const char *operation);
int read_check_all_attributes(ctx *cx, const read_state *s); /* ALL_ATTRIBUTES of a GSI */
/* What an index does not project: an error for a GSI, a fetch (s->fetch) for an LSI; filters may
 * name projected attributes only. */
int read_check_projected(ctx *cx, read_state *s);

/* Runs the plan and writes the whole reply. */
int read_reply(engine *e, ctx *cx, const read_state *s, const read_plan *p, buf *out);

#endif
