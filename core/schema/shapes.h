/*
 * shapes.h - request structures that several operations share, and their shapes.
 */
#ifndef DDB_SCHEMA_SHAPES_H
#define DDB_SCHEMA_SHAPES_H

#include "schema/schema.h"

typedef struct in_throughput { opt_int read, write; } in_throughput;
typedef struct in_on_demand { opt_int max_read, max_write; } in_on_demand;
typedef struct in_warm { opt_int read, write; } in_warm;
typedef struct in_key_element { str name; opt_enum type; } in_key_element; /* 0 HASH, 1 RANGE */
typedef struct in_definition { str name; opt_enum type; } in_definition;   /* index in B, N, S */
typedef struct in_projection {
    opt_enum type; /* ALL, INCLUDE, KEYS_ONLY */
    list non_key;  /* str */
} in_projection;
typedef struct in_lsi {
    str name;
    list keys; /* in_key_element */
    in_projection *projection;
} in_lsi;
typedef struct in_gsi {
    str name;
    list keys; /* in_key_element */
    in_projection *projection;
    in_throughput *rw;
    in_on_demand *on_demand;
    in_warm *warm;
} in_gsi;
typedef struct in_search_element { str name; opt_enum type; } in_search_element;
typedef struct in_vector_attribute { str name; } in_vector_attribute;
typedef struct in_vector { /* VectorIndex, CreateVectorIndexAction */
    str name;
    in_vector_attribute *attribute;
    list schema; /* in_search_element */
    in_projection *projection;
    opt_int dimensions;
    opt_enum distance;
} in_vector;
typedef struct in_stream { opt_bool enabled; opt_enum view; } in_stream; /* stream_view_names */
typedef struct in_sse { opt_bool enabled; opt_enum type; str key; } in_sse; /* AES256, KMS */
typedef struct in_tag { str key, value; } in_tag;
/* Legacy conditions. comparison indexes legacy_operator_names (expr/legacy.h). */
typedef struct in_condition { list values; /* attr_value */ opt_enum comparison; } in_condition;
typedef struct in_expected {
    attr_value *value;
    opt_bool exists;
    opt_enum comparison;
    list values; /* attr_value */
} in_expected;
typedef struct in_update { attr_value *value; opt_enum action; } in_update; /* ADD, PUT, DELETE */

/* Enum orders are those the service prints (facts validation 1); indices are named here. */
enum { RCC_INDEXES, RCC_TOTAL, RCC_NONE };
enum { RICM_SIZE, RICM_NONE };
enum { RV_ALL_NEW, RV_UPDATED_OLD, RV_ALL_OLD, RV_NONE, RV_UPDATED_NEW };
enum { RVF_ALL_OLD, RVF_NONE };
enum { SELECT_SPECIFIC, SELECT_COUNT, SELECT_ALL, SELECT_PROJECTED };
enum { COND_OR, COND_AND };
enum { ACTION_ADD, ACTION_PUT, ACTION_DELETE };
enum { IN_BILLING_PROVISIONED, IN_BILLING_PAY_PER_REQUEST };
enum { IN_CLASS_STANDARD, IN_CLASS_INFREQUENT };
enum { IN_PROJECT_ALL, IN_PROJECT_INCLUDE, IN_PROJECT_KEYS_ONLY };
enum { IN_HASH, IN_RANGE };
enum { IN_TYPE_B, IN_TYPE_N, IN_TYPE_S };
enum { IN_SEARCH_HASH, IN_SEARCH_FILTER };
enum { IN_SETTINGS_ENABLED, IN_SETTINGS_DISABLED, IN_SETTINGS_OVERRIDES };

extern const shape shape_string, shape_boolean, shape_integer, shape_long, shape_attr_map,
    shape_attr;
extern const shape shape_table_name;         /* data plane: 1..1024 (name or ARN), pattern */
extern const shape shape_table_name_control; /* control plane: lengths have texts of their own */
extern const shape shape_table_key;          /* a batch's map key: 3..255, pattern, or an ARN */
extern const shape shape_index_name;         /* 3..255, pattern */
extern const shape shape_names;              /* ExpressionAttributeNames: map of string */
extern const shape shape_attributes_to_get;  /* list 1..255 of string */
extern const shape shape_return_capacity, shape_return_metrics, shape_return_values,
    shape_return_on_failure, shape_select, shape_conditional_operator, shape_comparison;
extern const shape shape_limit;              /* integer >= 1 */
extern const shape shape_limit_query;        /* the same, worded "Value at 'Limit' failed" */
extern const shape shape_expected, shape_attribute_updates, shape_condition_map;
extern const shape shape_throughput, shape_on_demand, shape_warm, shape_key_schema,
    shape_definitions, shape_projection, shape_lsis, shape_gsis, shape_gsi_elements, shape_stream,
    shape_sse, shape_tags, shape_billing_mode, shape_table_class, shape_vectors,
    shape_vector_elements, shape_settings_mode;
/* shape_gsi_elements and shape_vector_elements are the structures in_gsi and in_vector themselves:
 * UpdateTable's Create actions. */

#endif
