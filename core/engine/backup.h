/*
 * backup.h - copies of tables: backups, restores, point-in-time recovery, and the jobs they run in.
 *
 * A copy is a job: it reads a table as it was at one moment, a batch of rows at a time, and puts
 * them elsewhere. Its first slice runs in the request that starts it, so that a small table is
 * copied at once; the rest comes from engine_work(). While a job needs a table's past, and while
 * point-in-time recovery is on, every write to the table first keeps the old image
 * (table.keeps_history, engine/write.c).
 */
#ifndef DDB_ENGINE_BACKUP_H
#define DDB_ENGINE_BACKUP_H

#include "engine/engine.h"
#include "store/backup.h"

#define PITR_DAYS_MAX 35 /* guide: also the default */

enum { /* job.kind; numbers are stored */
    JOB_BACKUP = 1,        /* source as of seq -> archive */
    JOB_RESTORE = 2,       /* archive -> target */
    JOB_RESTORE_PAST = 3,  /* source as of seq -> target */
    JOB_EXPORT = 4,        /* source as of seq -> files (transfer.h) */
    JOB_IMPORT = 5,        /* files -> target (transfer.h) */
    JOB_SWEEP_BACKUP = 6,  /* deletes the rows of a deleted archive */
    JOB_BULK = 8,          /* files -> puts into target (transfer.h) */
    JOB_SWEEP_HISTORY = 7  /* deletes the source's old images up to seq */
};

/* A new archive's id and times; the rest is the caller's. */
int backup_new_archive(engine *e, ctx *cx, archive_kind kind, str table_name, archive *out);
/* "<table arn>/backup/<id>" and the like. */
int backup_arn(engine *e, ctx *cx, const archive *a, str *out);
/* The archive an ARN names: 0, or DDB_NOT_FOUND (another's ARN, or none at all). */
int backup_find(engine *e, ctx *cx, archive_kind kind, str arn, archive *out);

/* The next one behind an id, and the newest with a client token: 0, or DDB_NOT_FOUND. */
int backup_next(engine *e, ctx *cx, archive_kind kind, str after, archive *out);
int backup_by_token(engine *e, ctx *cx, archive_kind kind, str token, int64_t after_ms,
                    archive *out);

int backup_create(engine *e, ctx *cx, const table *t, str name, archive *out);
int backup_delete(engine *e, ctx *cx, const archive *a);
/* Was it made by the deletion of a table with point-in-time recovery? Then it expires. */
bool backup_is_system(const archive *a);
int64_t backup_expires_ms(const archive *a);
/* Is the backup being made, or restored from? */
int backup_in_use(engine *e, ctx *cx, const archive *a, bool *out);
/* Creates *target (number and status are set here) and fills it. It is CREATING until the last
 * row is in. */
int backup_restore(engine *e, ctx *cx, const archive *from, table *target);
int backup_restore_past(engine *e, ctx *cx, const table *source, int64_t at_ms, table *target);

/* Turns point-in-time recovery on or off, or sets its period. */
int pitr_set(engine *e, ctx *cx, const table *t, bool on, int64_t days);
int64_t pitr_earliest_ms(const table *t, int64_t now_ms);
/* The history's place at a time between earliest and now. */
int pitr_seq(engine *e, ctx *cx, const table *t, int64_t at_ms, int64_t *seq);

/* A table is about to be deleted: backs it up if it has point-in-time recovery, finishes the copies
 * that read it, gives up its old images. */
int backup_table_goes(engine *e, ctx *cx, const table *t);

/* ---- jobs ---- */
/* Runs the first slice, and stores the job when that was not all. */
int job_start(engine *e, ctx *cx, job *j);
/* One slice inside the open transaction: 1 more is left, 0 done (and what it made is complete). */
int job_slice(engine *e, ctx *cx, job *j);
/* The worker (work.h): jobs, then history that is due. */
int64_t jobs_due_ms(engine *e);
int jobs_work(engine *e, ctx *cx);
/* A table by its number; NULL when it is gone. */
const table *job_table(engine *e, int64_t number);
/* Rows behind the job's position, in the arena. */
typedef struct job_batch {
    past_row *rows;
    uint32_t count;
    bool end;
} job_batch;
int job_read_batch(engine *e, ctx *cx, const job *j, size_t bytes_max, job_batch *b);
/* Encoded keys are at most twice as long as their values, and a few bytes of frame. */
#define JOB_POSITION_BYTES_MAX (2u * (PARTITION_KEY_BYTES_MAX + SORT_KEY_BYTES_MAX) + 64u)
/* The job's position becomes *last, copied to memory that outlives the batch's. */
int job_move_to(job *j, const key_bytes *last, char *memory);
/* Writes a row and its index cells into a job's target. */
int job_put_row(engine *e, ctx *cx, const table *t, const row *r);
/* The target is complete and ACTIVE. (Its indexes are stored as active from the start: they are
 * filled with the rows.) */
int job_activate(engine *e, ctx *cx, const table *t);

#endif
