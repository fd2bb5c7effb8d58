/*
 * table_common.h - what the operations on tables share: the checks of key schemas, indexes,
 * projections and throughput, and the description of a table.
 *
 * The order of checks inside a function is the service's (facts validation 4.11); the order of
 * calls is the operation's. Texts that the facts lack are captures of October 2026.
 */
#ifndef DDB_OPS_TABLE_COMMON_H
#define DDB_OPS_TABLE_COMMON_H

#include "ops/ops.h"

#define BAD_PARAMETER "One or more parameter values were invalid: "

/* AttributeDefinitions of a request: attributes in the arena, request order. */
typedef struct definitions {
    key_attr *attrs;
    uint32_t count;
} definitions;

/* ---- request to definition ---- */
int table_read_definitions(ctx *cx, const list *in, definitions *out);

typedef enum { KEYS_TABLE, KEYS_LOCAL, KEYS_GLOBAL } keys_kind;
int table_read_keys(ctx *cx, const list *in, const definitions *defs, keys_kind kind,
                    key_schema *out);
int table_read_projection(ctx *cx, const in_projection *in, index_def *out);
int table_check_non_key_total(ctx *cx, const table *t); /* over all indexes */
/* "Given value 1000000000001 for ReadCapacityUnits is out of bounds" */
int table_check_bounds(ctx *cx, const in_throughput *in);
/* Merges what is given into *limits. `index_name` absent: the table's. On update, -1 is a value
 * (it takes a limit away) and the text differs by a word. */
int table_read_on_demand(ctx *cx, const in_on_demand *in, billing_mode mode, bool update,
                         str index_name, on_demand_limits *limits);
int table_read_warm(ctx *cx, const in_warm *in, billing_mode mode, const throughput *rw,
                    str index_name, warm_throughput *out);
/* Sets the table's encryption. *enabled tells what was asked for. */
int table_read_sse(engine *e, ctx *cx, const in_sse *in, table *t, bool *enabled);
/* Starts a stream of the table named t->name: its label is the time, or the first free one after
 * it when a stream of that name and time exists. */
int table_start_stream(engine *e, ctx *cx, int view, table *t);

/* A table as another operation than CreateTable asks for it, checked as CreateTable does. The
 * number is the caller's to give. create_table.c has it. */
typedef struct table_creation {
    str name;
    list definitions, keys, gsis, vectors; /* in_definition, in_key_element, in_gsi, in_vector */
    opt_enum billing;
    in_throughput *rw;
    in_on_demand *on_demand;
    in_sse *sse;
} table_creation;
int table_build(engine *e, ctx *cx, const table_creation *q, table *out);

/* ---- states ---- */
/* ResourceInUseException unless the table is ACTIVE: "... Table is being created: music" */
int table_require_active(ctx *cx, const table *t);
/* The account's limit of tables that change at a time; `created`: a new one, NULL for others. */
int table_check_changing(engine *e, ctx *cx, const table *created);

/* ---- one member of `rest` ---- */
/* *out is `rest` with the member set to the JSON `value`, or without it when value is absent. */
int table_rest_set(ctx *cx, str rest, str name, str value, str *out);
int table_rest_get(ctx *cx, str rest, str name, const struct json **out); /* NULL: not there */

/* ---- small pieces ---- */
/* "a, b" of names */
void table_put_names(buf *b, const key_attr *a, uint32_t n);
void table_new_id(engine *e, table *t);
int64_t table_decreases_today(const throughput *rw, int64_t now_ms);
/* What was asked for, but never less than what the billing mode gives. */
warm_throughput table_warm_now(const warm_throughput *w, const throughput *rw, billing_mode mode);
/* "Monday, February 13, 2023 at 10:25:39 AM Coordinated Universal Time" */
void table_put_long_time(buf *b, int64_t ms);

/* ---- description ---- */
enum {
    DESCRIBE_WARM = 1,        /* WarmThroughput: not in CreateTable's answer */
    DESCRIBE_SSE_UPDATING = 2 /* SSEDescription is in transition */
};
/* Appends the TableDescription object. Statuses are those of *t, which may be a copy that shows a
 * transition. An index being created counts no items. */
/* Appends `,"NonKeyAttributes":[..]`, in the order of the names. */
void table_put_non_key(buf *out, const str *names, uint32_t count);
int table_describe(engine *e, ctx *cx, const table *t, unsigned flags, buf *out);
/* "SourceTableDetails":{..},"SourceTableFeatureDetails":{..} of a backup's table. */
void table_describe_source(const table *t, int64_t items, int64_t bytes, buf *out);
/* DeleteTable's short form. */
int table_describe_deleted(engine *e, ctx *cx, const table *t, buf *out);

#endif
