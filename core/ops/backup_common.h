/*
 * backup_common.h - what the operations on backups, recovery, exports and imports share.
 */
#ifndef DDB_OPS_BACKUP_COMMON_H
#define DDB_OPS_BACKUP_COMMON_H

#include "engine/backup.h"
#include "ops/ops.h"

/* A table by name or ARN; TableNotFoundException: "Table not found: <as given>". */
int backup_require_table(engine *e, ctx *cx, str given, const table **out);
/* TableInUseException unless it is ACTIVE: "Table is being created: music". */
int backup_require_active(ctx *cx, const table *t);
/* "<name>": <epoch seconds>, with the comma before it. */
void backup_put_time(buf *out, const char *name, int64_t ms);
/* Seconds of a request in milliseconds, bounded. */
int64_t backup_ms(opt_real seconds);

/* Shapes of exports and imports alike (exports.c). */
extern const shape shape_bucket, shape_bucket_owner, shape_client_token, shape_key_prefix;

/* ---- restores ---- */
typedef struct restore_overrides {
    opt_enum billing;
    list gsis, lsis, vectors; /* in_gsi, in_lsi, in_vector */
    in_throughput *rw;
    in_on_demand *on_demand;
    in_sse *sse;
} restore_overrides;
/* What a restore makes of the source's definition: another name and id, no stream, no Time To
 * Live, no tags, no recovery; then the overrides. backup_arn may be absent. */
int restore_build(engine *e, ctx *cx, const table *source, str target_name,
                  const restore_overrides *o, str backup_arn, int64_t at_ms, table *out);
/* TableAlreadyExistsException, TableInUseException. */
/* backup_arn: what is restored; absent when it is a moment of the past. */
int restore_check_target(engine *e, ctx *cx, str name, str backup_arn);
/* Is it of the form of a backup's ARN, and of this account? */
int backup_check_arn(engine *e, ctx *cx, str arn);
/* {"TableDescription":{..}} of a table that is being restored. */
int restore_put_reply(engine *e, ctx *cx, const table *t, buf *out);

#endif
