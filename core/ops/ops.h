/*
 * ops.h - the operation table: one row an operation, and what operations share.
 *
 * An operation is a file of its own (ops/<op>.c): its request struct, its shape, its cross-field
 * rules, its plan and its reply. It includes no other operation.
 */
#ifndef DDB_OPS_OPS_H
#define DDB_OPS_OPS_H

#include "engine/catalog.h"
#include "engine/engine.h"
#include "schema/shapes.h"

enum {
    OP_WRITE = 1,   /* needs the write transaction */
    OP_ATOMIC = 2,  /* several statements: runs in a savepoint */
    OP_SNAPSHOT = 4, /* several reads: one snapshot */
    OP_STREAMS = 8, /* belongs to the DynamoDBStreams_20120810 target */
    OP_STATEMENTS = 16, /* PartiQL: writes only if op_statements_write() says so of the request */
    OP_OWN = 32, /* ours, "ddblite.Name": clients call it, HTTP does not know it */
    OP_ITEMS = 64, /* reads or writes items: there faults are looked at (engine/faults.h) */
    OP_BATCH = 128, /* may leave some of them unprocessed */
    OP_TRANSACTION = 256 /* has a reason for each */
};

typedef struct op {
    const char *name;
    unsigned flags;
    const shape *request;
    /* Appends the reply's JSON object to out. req is the filled request struct. */
    int (*run)(engine *e, ctx *cx, void *req, buf *out);
} op;

extern const op op_create_table, op_describe_table, op_list_tables, op_update_table;
extern const op op_delete_table;
extern const op op_put_item, op_get_item, op_update_item, op_delete_item, op_query, op_scan;
extern const op op_batch_get_item, op_batch_write_item, op_transact_write_items,
    op_transact_get_items;
extern const op op_execute_statement, op_batch_execute_statement, op_execute_transaction;
bool op_statements_write(const void *req);

extern const op op_tag_resource, op_untag_resource, op_list_tags_of_resource;
extern const op op_put_resource_policy, op_get_resource_policy, op_delete_resource_policy;
extern const op op_describe_limits, op_describe_endpoints;
extern const op op_enable_kinesis, op_disable_kinesis, op_update_kinesis, op_describe_kinesis;
extern const op op_update_insights, op_describe_insights, op_list_insights;
extern const op op_create_global_table, op_update_global_table, op_describe_global_table;
extern const op op_list_global_tables, op_describe_global_settings, op_update_global_settings;
extern const op op_describe_replica_scaling, op_update_replica_scaling;
extern const op op_search_vectors, op_start_bulk_put, op_describe_bulk, op_list_bulk;
extern const op op_cancel_bulk;

extern const op op_create_backup, op_describe_backup, op_list_backups, op_delete_backup;
extern const op op_restore_table_from_backup, op_restore_table_to_point_in_time;
extern const op op_describe_continuous_backups, op_update_continuous_backups;
extern const op op_export_table_to_point_in_time, op_describe_export, op_list_exports;
extern const op op_import_table, op_describe_import, op_list_imports;
extern const op op_list_streams, op_describe_stream, op_get_shard_iterator, op_get_records;
extern const op op_update_time_to_live, op_describe_time_to_live;

/* Our own (OP_OWN): what the methods of a client are made of. */
extern const op op_add_fault, op_remove_fault, op_list_faults, op_set_limits;
extern const op op_info, op_vacuum, op_read_ion, op_start_export, op_metrics;
extern const op op_bulk_load, op_read_local, op_track_use, op_touch, op_least_recently_used;
extern const op op_explain; /* api/explain.c: it runs any other */

#endif
