/*
 * update_table.h - an UpdateTable in progress, shared by its two files: update_table.c has the
 * request and the table, update_index.c the global secondary indexes.
 */
#ifndef DDB_OPS_UPDATE_TABLE_H
#define DDB_OPS_UPDATE_TABLE_H

#include "ops/table_common.h"

typedef struct in_gsi_update { /* the Update action */
    str name;
    in_throughput *rw;
    in_on_demand *on_demand;
    in_warm *warm;
} in_gsi_update;
typedef struct in_gsi_delete {
    str name;
} in_gsi_delete;
typedef struct in_gsi_change { /* an element of GlobalSecondaryIndexUpdates */
    in_gsi_update *update;
    in_gsi *create;
    in_gsi_delete *drop;
} in_gsi_change;

typedef struct table_change {
    engine *e;
    ctx *cx;
    const table *old;
    table next;          /* what is stored: arrays are copies in the arena */
    table shown;         /* what the reply says: transitions and old throughput */
    bool switching;      /* the billing mode changes */
    const index_def *made;   /* in next.indexes: created now */
    const index_def *dropped; /* in old->indexes: deleted now */
} table_change;

extern const shape shape_gsi_changes;

/* Rules of GlobalSecondaryIndexUpdates that need no table (facts validation 4.12, 4 and 5). */
int gsi_check_changes(ctx *cx, const list *changes);
bool gsi_creates_or_drops(const list *changes);
/* 4.12, 8 and 9: how many (vector indexes count), bounds, and throughput for every index that needs
 * it. */
int gsi_check_against_table(table_change *c, const list *changes, uint32_t vectors);
/* Changes next and shown. `defs`: the request's AttributeDefinitions. */
int gsi_apply_changes(table_change *c, const list *changes, const list *defs);
/* The index at this position, in next and in shown, is UPDATING now. */
void gsi_updating(table_change *c, uint32_t at);
/* Columns, rows and catalog: after the reply is written. */
int gsi_store_changes(table_change *c);

/* One ProvisionedThroughput: what will be stored goes to *next, what the reply shows to *shown.
 * `index_name` absent: the table's. */
int change_throughput(const table_change *c, const in_throughput *in, str index_name,
                      throughput *next, throughput *shown);
/* OnDemandThroughput: -1 takes a limit away, and only the reply still shows it. */
int change_on_demand(const table_change *c, const in_on_demand *in, str index_name,
                     on_demand_limits *next, on_demand_limits *shown);
int change_warm(const table_change *c, const in_warm *in, const throughput *rw, str index_name,
                warm_throughput *warm);

#endif
