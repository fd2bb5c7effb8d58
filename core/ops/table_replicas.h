/*
 * table_replicas.h - UpdateTable's ReplicaUpdates: checked, kept with the table, and described.
 */
#ifndef DDB_OPS_TABLE_REPLICAS_H
#define DDB_OPS_TABLE_REPLICAS_H

#include "ops/table_common.h"

extern const shape shape_replica_changes; /* a list of in_replica_change */
extern const shape shape_witness_changes; /* a list of in_witness_change */

/* What needs no table. `strong`: MultiRegionConsistency STRONG is asked for. */
int replica_check_changes(ctx *cx, const list *changes, const list *witnesses, bool strong);
/* Changes the "Replicas" member of t->rest: [{"RegionName":"eu-west-1",..},..]. */
int replica_apply_changes(engine *e, ctx *cx, const list *changes, const list *witnesses,
                          bool strong, table *t);
/* GlobalTableSettingsReplicationMode of a new table, and of one that is changed. */
int replica_set_mode(ctx *cx, const opt_enum *mode, table *t);
int replica_change_mode(ctx *cx, const opt_enum *mode, table *t);
/* DisassociationProtectionEnabled, when it is given. */
int replica_set_protection(ctx *cx, const opt_bool *on, table *t);

/* Appends the members that a table with replicas has more than others; nothing for the others. */
int replica_describe(ctx *cx, const table *t, unsigned flags, buf *out);
/* The Regions of a table's replicas and its own, which comes first. *count is 1 for a table without
 * replicas. */
int replica_regions(engine *e, ctx *cx, const table *t, str **regions, uint32_t *count);

#endif
