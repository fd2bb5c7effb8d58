/*
 * vector_common.h - vector indexes in the requests of CreateTable, UpdateTable, ImportTable and the
 * restores.
 */
#ifndef DDB_OPS_VECTOR_COMMON_H
#define DDB_OPS_VECTOR_COMMON_H

#include "ops/table_common.h"

extern const shape shape_vector_changes; /* UpdateTable's: a list of in_vector_change */

/* ValidationException when a request names vector indexes. */
int vector_refuse(ctx *cx, const list *vectors);

#endif
