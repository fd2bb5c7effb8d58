/*
 * table_replicas.h - UpdateTable's ReplicaUpdates: checked and kept with the table.
 */
#ifndef DDB_OPS_TABLE_REPLICAS_H
#define DDB_OPS_TABLE_REPLICAS_H

#include "ops/table_common.h"

extern const shape shape_replica_changes; /* a list of in_replica_change */

int replica_check_changes(ctx *cx, const list *changes);
/* Changes the "Replicas" member of t->rest: [{"RegionName":"eu-west-1",..},..]. */
int replica_apply_changes(engine *e, ctx *cx, const list *changes, table *t);

#endif
