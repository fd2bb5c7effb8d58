/*
 * optable.c - every operation we have. Its position here is the operation's number: hosts ask for
 * it by name once and pass it from then on.
 */
#include "api/internal.h"

static const op_row rows[] = {
    {&op_get_item, false},
    {&op_put_item, false},
    {&op_update_item, false},
    {&op_delete_item, false},
    {&op_query, false},
    {&op_scan, false},
    {&op_batch_get_item, false},
    {&op_batch_write_item, false},
    {&op_transact_get_items, false},
    {&op_transact_write_items, false},
    {&op_execute_statement, false},
    {&op_batch_execute_statement, false},
    {&op_execute_transaction, false},
    {&op_create_table, true},
    {&op_describe_table, false},
    {&op_list_tables, false},
    {&op_update_table, true},
    {&op_delete_table, true},
    {&op_tag_resource, false},
    {&op_untag_resource, false},
    {&op_list_tags_of_resource, false},
    {&op_put_resource_policy, false},
    {&op_get_resource_policy, false},
    {&op_delete_resource_policy, false},
    {&op_describe_limits, false},
    {&op_describe_endpoints, false},
    {&op_enable_kinesis, false},
    {&op_disable_kinesis, false},
    {&op_update_kinesis, false},
    {&op_describe_kinesis, false},
    {&op_update_insights, false},
    {&op_describe_insights, false},
    {&op_list_insights, false},
    {&op_create_global_table, false},
    {&op_update_global_table, false},
    {&op_describe_global_table, false},
    {&op_list_global_tables, false},
    {&op_describe_global_settings, false},
    {&op_update_global_settings, false},
    {&op_describe_replica_scaling, false},
    {&op_update_replica_scaling, false},
    {&op_search_vectors, false},
    {&op_start_bulk_put, false},
    {&op_describe_bulk, false},
    {&op_list_bulk, false},
    {&op_cancel_bulk, false},
    {&op_create_backup, true},
    {&op_describe_backup, false},
    {&op_list_backups, false},
    {&op_delete_backup, false},
    {&op_restore_table_from_backup, true},
    {&op_restore_table_to_point_in_time, true},
    {&op_describe_continuous_backups, false},
    {&op_update_continuous_backups, true},
    {&op_export_table_to_point_in_time, true},
    {&op_describe_export, false},
    {&op_list_exports, false},
    {&op_import_table, true},
    {&op_describe_import, false},
    {&op_list_imports, false},
    {&op_list_streams, false},
    {&op_describe_stream, false},
    {&op_get_shard_iterator, false},
    {&op_get_records, false},
    {&op_update_time_to_live, true},
    {&op_describe_time_to_live, false},
    {&op_info, false},
    {&op_add_fault, false},
    {&op_remove_fault, false},
    {&op_list_faults, false},
    {&op_set_limits, false},
    {&op_vacuum, false},
    {&op_read_ion, false},
    {&op_read_local, false},
    {&op_start_export, true},
    {&op_metrics, false},
    {&op_bulk_load, true},
    {&op_track_use, true},
    {&op_touch, true},
    {&op_least_recently_used, false},
    {&op_explain, false},
};

const op_row *optable_at(int i)
{
    return i >= 0 && (size_t)i < COUNT(rows) ? &rows[i] : NULL;
}

int ddb_op_find(const char *name, size_t n)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        if (str_eq(str_of(rows[i].op->name), (str){name, n}))
            return (int)i;
    return -1;
}

const char *ddb_op_name(int op)
{
    const op_row *row = optable_at(op);
    return row != NULL ? row->op->name : NULL;
}

bool ddb_op_writes(int op)
{
    const op_row *row = optable_at(op);
    return row != NULL && (row->op->flags & OP_WRITE) != 0;
}
