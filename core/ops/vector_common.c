/*
 * vector_common.c - see vector_common.h.
 */
#include "ops/vector_common.h"

#include <stddef.h>

typedef struct in_vector_delete {
    str name;
} in_vector_delete;
typedef struct in_vector_change { /* an element of VectorIndexUpdates */
    in_vector *create;
    in_vector_delete *drop;
} in_vector_change;

static const member drop_members[] = {
    {"IndexName", &shape_index_name, offsetof(in_vector_delete, name), true},
};
static const shape shape_drop = {.kind = SH_STRUCT,
                                 .java = "DeleteVectorIndexAction",
                                 .members = drop_members,
                                 .member_count = COUNT(drop_members),
                                 .size = sizeof(in_vector_delete)};
static const member change_members[] = {
    {"Create", &shape_vector_elements, offsetof(in_vector_change, create), false},
    {"Delete", &shape_drop, offsetof(in_vector_change, drop), false},
};
static const shape shape_change = {.kind = SH_STRUCT,
                                   .java = "VectorIndexUpdate",
                                   .members = change_members,
                                   .member_count = COUNT(change_members),
                                   .size = sizeof(in_vector_change)};
const shape shape_vector_changes = {.kind = SH_LIST, .elem = &shape_change};

int vector_refuse(ctx *cx, const list *vectors)
{
    return vectors->count == 0
               ? 0
               : fail(cx, DDB_VALIDATION, BAD_PARAMETER "Vector indexes are not supported");
}
