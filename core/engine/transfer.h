/*
 * transfer.h - exports to and imports from objects in buckets, slice by slice.
 *
 * The objects are the host's (ddb_files, base/host.h); layout and formats are the service's. An
 * archive's body is a JSON object with the members that its description shows as they were asked
 * for ("S3Bucket", "ExportFormat", "S3BucketSource", ...): the slices read from it what they need.
 */
#ifndef DDB_ENGINE_TRANSFER_H
#define DDB_ENGINE_TRANSFER_H

#include "engine/backup.h"

/* Which items an export has, and what of them: texts of a FilterSpecification, absent or given. */
typedef struct export_texts {
    str key, filter, project;
    const list *names; /* NULL: absent */
    const attr_map *values;
} export_texts;
typedef struct export_filter {
    cond *key, *filter; /* NULL: none */
    projection *project;
} export_filter;
/* Parses and binds them; the errors are those of the expressions. */
int export_filter_compile(ctx *cx, const export_texts *x, export_filter *out);

/* Begins an export of t's rows as of at_ms, or (incremental) of what changed from from_ms on.
 * *a is a new archive with its body. */
int export_start(engine *e, ctx *cx, const table *t, archive *a, bool incremental, int64_t from_ms,
                 int64_t at_ms);
/* Creates *target and begins to fill it. */
int import_start(engine *e, ctx *cx, archive *a, table *target);

/* Begins to put items into t, through the road of every write. Body: "InputS3Configuration". */
int bulk_start(engine *e, ctx *cx, archive *a, const table *t);
/* Ends it before its next slice. */
int bulk_cancel(engine *e, ctx *cx, archive *a);

/* One slice (job_slice): 1 when there is more. What goes wrong with objects ends the archive as
 * FAILED and is no error here. */
int export_slice(engine *e, ctx *cx, job *j);
int import_slice(engine *e, ctx *cx, job *j);

/* ---- for the two ---- */
/* Calls the host's files; `c` has all but bucket and key. Below 0: DDB_FILES_*, or DDB_NOMEM - 100
 * cannot be: memory that is missing reads as DDB_FILES_FAILED. */
int64_t files_call(engine *e, ctx *cx, str bucket, str key, ddb_files_call *c);
/* FailureCode and FailureMessage of a DDB_FILES_* result. */
str files_failure_code(int64_t result);
const char *files_failure_message(str code);
/* "<prefix>/<rest>" */
int files_key(ctx *cx, str prefix, str rest, str *out);
/* A string member of an archive's body; absent when there is none. */
struct json;
str body_str(const struct json *body, const char *name);
/* A map of strings as a request's checker gives it. */
int files_names(ctx *cx, const struct json *j, list *out);
int64_t body_ms(const struct json *body, const char *name); /* epoch seconds in milliseconds */
int body_parse(ctx *cx, const archive *a, const struct json **out);

#endif
