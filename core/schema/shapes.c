/*
 * shapes.c - the shapes that several operations share.
 *
 * Bounds are the API model's, member orders those of the service's error lists, enum sets in the
 * order it prints them. A max of 0 is no bound.
 */
#include "schema/shapes.h"

#define NAMED .kind = SH_STRING, .pattern = "[a-zA-Z0-9_.-]+", .matches = schema_name_matches
#define MEMBERS(table) .members = (table), .member_count = COUNT(table)
#define ENUM(...) {.kind = SH_ENUM, .values = (const char *const[]){__VA_ARGS__, NULL}}

/* ---- scalars ---- */

const shape shape_string = {.kind = SH_STRING};
const shape shape_boolean = {.kind = SH_BOOLEAN};
const shape shape_integer = {.kind = SH_INTEGER, .min = NO_MIN};
const shape shape_long = {.kind = SH_LONG, .min = NO_MIN};
const shape shape_attr_map = {.kind = SH_ATTR_MAP};
const shape shape_attr = {.kind = SH_ATTR};

const shape shape_limit = {.kind = SH_INTEGER, .min = 1};
const shape shape_limit_query = {.kind = SH_INTEGER, .min = 1, .bare = true};
static const shape shape_units = {.kind = SH_LONG, .min = 1};
static const shape shape_attribute_name = {.kind = SH_STRING, .min = 1, .max = 255};

const shape shape_table_name = {NAMED, .min = 1, .max = 255, .or_arn = true};
/* The lengths of this one have a text of their own: schema_check_control_name(). */
const shape shape_table_name_control = {NAMED, .or_arn = true};
const shape shape_table_key = {NAMED, .min = 3, .max = 255, .or_arn = true};
const shape shape_index_name = {NAMED, .min = 3, .max = 255};

/* ---- enums ---- */

const shape shape_return_capacity = ENUM("INDEXES", "TOTAL", "NONE");
const shape shape_return_metrics = ENUM("SIZE", "NONE");
const shape shape_return_values = ENUM("ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW");
const shape shape_return_on_failure = ENUM("ALL_OLD", "NONE");
const shape shape_select =
    ENUM("SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES");
const shape shape_conditional_operator = ENUM("OR", "AND");
const shape shape_comparison = ENUM("IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS", "EQ", "GT",
                                    "NOT_NULL", "NE", "LE", "BEGINS_WITH", "GE", "CONTAINS");
const shape shape_billing_mode = ENUM("PROVISIONED", "PAY_PER_REQUEST");
const shape shape_table_class = ENUM("STANDARD", "STANDARD_INFREQUENT_ACCESS");
static const shape shape_action = ENUM("ADD", "PUT", "DELETE");
static const shape shape_key_type = ENUM("HASH", "RANGE");
static const shape shape_attribute_type = ENUM("B", "N", "S");
static const shape shape_projection_type = ENUM("ALL", "INCLUDE", "KEYS_ONLY");
static const shape shape_stream_view =
    ENUM("NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY");
static const shape shape_sse_type = ENUM("AES256", "KMS");
static const shape shape_search_type = ENUM("HASH", "INLINE_FILTER");
static const shape shape_distance = ENUM("COSINE", "DOT_PRODUCT", "EUCLIDEAN"); /* table.h */
const shape shape_settings_mode = ENUM("ENABLED", "DISABLED", "ENABLED_WITH_OVERRIDES");

/* ---- expressions and legacy parameters ---- */

const shape shape_names = {.kind = SH_MAP, .elem = &shape_string};
const shape shape_attributes_to_get = {
    .kind = SH_LIST, .min = 1, .max = 255, .elem = &shape_string};

static const shape shape_attr_list = {.kind = SH_LIST, .elem = &shape_attr};

static const member condition_members[] = {
    {"ComparisonOperator", &shape_comparison, offsetof(in_condition, comparison), true},
    {"AttributeValueList", &shape_attr_list, offsetof(in_condition, values), false},
};
static const shape shape_condition = {
    .kind = SH_STRUCT, .java = "Condition", MEMBERS(condition_members),
    .size = sizeof(in_condition)};
const shape shape_condition_map = {.kind = SH_MAP, .elem = &shape_condition};

static const member expected_members[] = {
    {"Value", &shape_attr, offsetof(in_expected, value), false},
    {"Exists", &shape_boolean, offsetof(in_expected, exists), false},
    {"ComparisonOperator", &shape_comparison, offsetof(in_expected, comparison), false},
    {"AttributeValueList", &shape_attr_list, offsetof(in_expected, values), false},
};
static const shape shape_expected_value = {
    .kind = SH_STRUCT, .java = "ExpectedAttributeValue", MEMBERS(expected_members),
    .size = sizeof(in_expected)};
const shape shape_expected = {.kind = SH_MAP, .elem = &shape_expected_value};

static const member update_members[] = {
    {"Value", &shape_attr, offsetof(in_update, value), false},
    {"Action", &shape_action, offsetof(in_update, action), false},
};
static const shape shape_attribute_update = {
    .kind = SH_STRUCT, .java = "AttributeValueUpdate", MEMBERS(update_members),
    .size = sizeof(in_update)};
const shape shape_attribute_updates = {.kind = SH_MAP, .elem = &shape_attribute_update};

/* ---- table definitions ---- */

static const member throughput_members[] = {
    {"WriteCapacityUnits", &shape_units, offsetof(in_throughput, write), true},
    {"ReadCapacityUnits", &shape_units, offsetof(in_throughput, read), true},
};
const shape shape_throughput = {
    .kind = SH_STRUCT, .java = "ProvisionedThroughput", MEMBERS(throughput_members),
    .size = sizeof(in_throughput)};

static const member on_demand_members[] = {
    {"MaxReadRequestUnits", &shape_long, offsetof(in_on_demand, max_read), false},
    {"MaxWriteRequestUnits", &shape_long, offsetof(in_on_demand, max_write), false},
};
const shape shape_on_demand = {
    .kind = SH_STRUCT, .java = "OnDemandThroughput", MEMBERS(on_demand_members),
    .size = sizeof(in_on_demand)};

static const member warm_members[] = {
    {"ReadUnitsPerSecond", &shape_units, offsetof(in_warm, read), false},
    {"WriteUnitsPerSecond", &shape_units, offsetof(in_warm, write), false},
};
const shape shape_warm = {
    .kind = SH_STRUCT, .java = "WarmThroughput", MEMBERS(warm_members),
    .size = sizeof(in_warm)};

static const member key_element_members[] = {
    {"AttributeName", &shape_attribute_name, offsetof(in_key_element, name), true},
    {"KeyType", &shape_key_type, offsetof(in_key_element, type), true},
};
static const shape shape_key_element = {
    .kind = SH_STRUCT, .java = "KeySchemaElement", MEMBERS(key_element_members),
    .size = sizeof(in_key_element)};
const shape shape_key_schema = {.kind = SH_LIST, .min = 1, .max = 2, .elem = &shape_key_element};
/* A GSI may have four attributes in each part of its key. */
static const shape shape_gsi_key_schema = {
    .kind = SH_LIST, .min = 1, .max = 8, .elem = &shape_key_element};

static const member definition_members[] = {
    {"AttributeName", &shape_attribute_name, offsetof(in_definition, name), true},
    {"AttributeType", &shape_attribute_type, offsetof(in_definition, type), true},
};
static const shape shape_definition = {
    .kind = SH_STRUCT, .java = "AttributeDefinition", MEMBERS(definition_members),
    .size = sizeof(in_definition)};
const shape shape_definitions = {.kind = SH_LIST, .elem = &shape_definition};

static const shape shape_non_key = {
    .kind = SH_LIST, .min = 1, .max = 20, .elem = &shape_attribute_name};
static const member projection_members[] = {
    {"ProjectionType", &shape_projection_type, offsetof(in_projection, type), false},
    {"NonKeyAttributes", &shape_non_key, offsetof(in_projection, non_key), false},
};
const shape shape_projection = {
    .kind = SH_STRUCT, .java = "Projection", MEMBERS(projection_members),
    .size = sizeof(in_projection)};

static const member lsi_members[] = {
    {"IndexName", &shape_index_name, offsetof(in_lsi, name), true},
    {"KeySchema", &shape_key_schema, offsetof(in_lsi, keys), true},
    {"Projection", &shape_projection, offsetof(in_lsi, projection), true},
};
static const shape shape_lsi = {
    .kind = SH_STRUCT, .java = "LocalSecondaryIndex", MEMBERS(lsi_members),
    .size = sizeof(in_lsi)};
const shape shape_lsis = {.kind = SH_LIST, .elem = &shape_lsi};

static const member gsi_members[] = {
    {"KeySchema", &shape_gsi_key_schema, offsetof(in_gsi, keys), true},
    {"Projection", &shape_projection, offsetof(in_gsi, projection), true},
    {"IndexName", &shape_index_name, offsetof(in_gsi, name), true},
    {"ProvisionedThroughput", &shape_throughput, offsetof(in_gsi, rw), false},
    {"OnDemandThroughput", &shape_on_demand, offsetof(in_gsi, on_demand), false},
    {"WarmThroughput", &shape_warm, offsetof(in_gsi, warm), false},
};
static const shape shape_gsi = {
    .kind = SH_STRUCT, .java = "GlobalSecondaryIndex", MEMBERS(gsi_members),
    .size = sizeof(in_gsi)};
const shape shape_gsis = {.kind = SH_LIST, .elem = &shape_gsi};
/* The same structure as UpdateTable's Create action, under its Java name. */
const shape shape_gsi_elements = {
    .kind = SH_STRUCT, .java = "CreateGlobalSecondaryIndexAction", MEMBERS(gsi_members),
    .size = sizeof(in_gsi)};

/* What a vector index may be beyond these bounds: ops/vector_common.c. */
static const shape shape_search_name = {.kind = SH_STRING, .max = 65535};
static const member search_element_members[] = {
    {"AttributeName", &shape_search_name, offsetof(in_search_element, name), true},
    {"SearchSchemaElementType", &shape_search_type, offsetof(in_search_element, type), true},
};
static const shape shape_search_element = {
    .kind = SH_STRUCT, .java = "SearchSchemaElement", MEMBERS(search_element_members),
    .size = sizeof(in_search_element)};
static const shape shape_search_schema = {
    .kind = SH_LIST, .min = 1, .elem = &shape_search_element};
static const member vector_attribute_members[] = {
    {"AttributeName", &shape_attribute_name, offsetof(in_vector_attribute, name), true},
};
static const shape shape_vector_attribute = {
    .kind = SH_STRUCT, .java = "VectorAttributeDefinition", MEMBERS(vector_attribute_members),
    .size = sizeof(in_vector_attribute)};
static const member vector_members[] = {
    {"IndexName", &shape_index_name, offsetof(in_vector, name), true},
    {"VectorAttribute", &shape_vector_attribute, offsetof(in_vector, attribute), true},
    {"SearchSchema", &shape_search_schema, offsetof(in_vector, schema), false},
    {"Projection", &shape_projection, offsetof(in_vector, projection), true},
    {"Dimensions", &shape_units, offsetof(in_vector, dimensions), true},
    {"DistanceFunction", &shape_distance, offsetof(in_vector, distance), true},
};
static const shape shape_vector = {
    .kind = SH_STRUCT, .java = "VectorIndex", MEMBERS(vector_members), .size = sizeof(in_vector)};
const shape shape_vectors = {.kind = SH_LIST, .elem = &shape_vector};
const shape shape_vector_elements = {
    .kind = SH_STRUCT, .java = "CreateVectorIndexAction", MEMBERS(vector_members),
    .size = sizeof(in_vector)};

static const member stream_members[] = {
    {"StreamEnabled", &shape_boolean, offsetof(in_stream, enabled), true},
    {"StreamViewType", &shape_stream_view, offsetof(in_stream, view), false},
};
const shape shape_stream = {
    .kind = SH_STRUCT, .java = "StreamSpecification", MEMBERS(stream_members),
    .size = sizeof(in_stream)};

static const member sse_members[] = {
    {"Enabled", &shape_boolean, offsetof(in_sse, enabled), false},
    {"SSEType", &shape_sse_type, offsetof(in_sse, type), false},
    {"KMSMasterKeyId", &shape_string, offsetof(in_sse, key), false},
};
const shape shape_sse = {
    .kind = SH_STRUCT, .java = "SSESpecification", MEMBERS(sse_members),
    .size = sizeof(in_sse)};

/* What is wrong with a tag has texts of its own: tags_check(). */
static const member tag_members[] = {
    {"Key", &shape_string, offsetof(in_tag, key), false},
    {"Value", &shape_string, offsetof(in_tag, value), false},
};
static const shape shape_tag = {
    .kind = SH_STRUCT, .java = "Tag", MEMBERS(tag_members),
    .size = sizeof(in_tag)};
const shape shape_tags = {.kind = SH_LIST, .elem = &shape_tag};
