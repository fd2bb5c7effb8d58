/*
 * backup.h - rows of the past: backups, old images of items, and the jobs that copy them.
 *
 *   ddb_archive(number, kind, id, table_name, ...)   a backup, an export, an import, bulk puts
 *   ddb_backup_row(archive, h, pk, sk, size, item)   the rows of a backup; indexes are not kept
 *   ddb_history(seq, number, at_ms, h, pk, sk, size, item)   what stood there before a write to
 *                                        table `number`; item NULL: nothing did
 *   ddb_job(number, kind, archive, source, target, seq, seq_from, h, pk, sk, state)   a copy that
 *                                        goes on slice by slice, and how far it got
 *
 * The state of a table after entry `seq` of the history is: of each key the oldest entry behind
 * seq, and the row itself where there is none. `seq` only grows and is never used again.
 */
#ifndef DDB_STORE_BACKUP_H
#define DDB_STORE_BACKUP_H

#include "store/store.h"

/* ---- archives ---- */
typedef enum { ARCHIVE_BACKUP = 1, ARCHIVE_EXPORT, ARCHIVE_IMPORT, ARCHIVE_BULK } archive_kind;
typedef enum { /* numbers are stored */
    ARCHIVE_RUNNING = 0,
    ARCHIVE_DONE = 1,
    ARCHIVE_FAILED = 2,
    ARCHIVE_CANCELLING = 3,
    ARCHIVE_CANCELLED = 4
} archive_status;

typedef struct archive {
    int64_t number;
    archive_kind kind;
    str id;          /* "01700000000000-0a1b2c3d", the ARN's last part: the order of creation */
    str table_name;
    str name;        /* of a backup */
    archive_status status;
    int64_t created_ms, ended_ms; /* ended_ms 0: not yet */
    int64_t items, bytes, processed, errors;
    str token;       /* ClientToken; may be absent */
    str failure;     /* FailureCode; absent unless FAILED */
    str body;        /* the table's definition, or the request: the owner's text */
} archive;

int store_archive_add(store *st, ctx *cx, archive *a);  /* sets number */
int store_archive_save(store *st, ctx *cx, const archive *a); /* status, counts, failure, body */
int store_archive_delete(store *st, ctx *cx, int64_t number);
/* 0 with all texts in the arena, or DDB_NOT_FOUND. */
int store_archive_get(store *st, ctx *cx, archive_kind kind, str id, archive *out);
int store_archive_at(store *st, ctx *cx, int64_t number, archive *out);
int store_archive_next(store *st, ctx *cx, archive_kind kind, str after, archive *out);
int store_archive_by_token(store *st, ctx *cx, archive_kind kind, str token, int64_t after_ms,
                           archive *out);

/* ---- rows of a backup ---- */
int store_backup_add(store *st, ctx *cx, int64_t archive, const row *r);
/* All rows of a table as they are, in one statement: 4 us a row. */
int store_backup_add_all(store *st, ctx *cx, int64_t archive, const table *t);
/* Deletes some of them: how many. */
int store_backup_trim(store *st, ctx *cx, int64_t archive, int max);

/* ---- history ---- */
/* What stood at k before a write: item absent when nothing did. */
int store_history_add(store *st, ctx *cx, int64_t table, const key_bytes *k, int64_t at_ms,
                      size_t size, str item);
int store_history_last(store *st, ctx *cx, int64_t *seq); /* of all tables; 0: none */
/* The last entry of a table that is not younger than at_ms; 0: none. */
int store_history_at(store *st, ctx *cx, int64_t table, int64_t at_ms, int64_t *seq);
/* The time of the key's last change up to seq; DDB_NOT_FOUND. */
int store_history_changed(store *st, ctx *cx, int64_t table, const key_bytes *k, int64_t seq,
                          int64_t *at_ms);
/* One item as it was after seq: 0, or DDB_NOT_FOUND when there was none. */
int store_history_get(store *st, ctx *cx, const table *t, const key_bytes *k, int64_t seq,
                      row *out);
/* Deletes some of the entries up to at_ms and up to seq: how many. */
int store_history_trim(store *st, ctx *cx, int64_t table, int64_t at_ms, int64_t seq, int max);

/* ---- reading a past state ---- */
typedef struct past_row {
    row r;
    bool absent; /* changes only: there was no item */
} past_row;

/* Rows in table order, strictly behind *after (NULL: from the beginning). One at a time may be
 * open, and nothing else of the history is read meanwhile; bytes die at the next step. */
typedef struct past {
    store *st;
    cursor *now;  /* the rows as they are; NULL: none are wanted */
    void *then;   /* the statement over the history or the backup */
    row head_now, head_then;
    bool has_now, has_then, then_absent, changes;
    int given;    /* heads given out by the last step: bit 0 now, bit 1 then */
} past;
int store_past_open(store *st, ctx *cx, const table *t, int64_t seq, const key_bytes *after,
                    past *out);
int store_past_open_backup(store *st, ctx *cx, int64_t archive, const key_bytes *after, past *out);
/* Keys changed behind seq_from and up to seq, each with its image before the first of them. */
int store_past_open_changes(store *st, ctx *cx, int64_t table, int64_t seq_from, int64_t seq,
                            const key_bytes *after, past *out);
int store_past_next(past *p, ctx *cx, past_row *out); /* 1 row, 0 end */
void store_past_close(past *p);

/* ---- jobs ---- */
typedef struct job {
    int64_t number;  /* 0: not stored yet */
    int kind;        /* the engine's */
    int64_t archive, source, target; /* numbers; 0: none */
    int64_t seq, seq_from;
    bool begun;      /* `at` is the last row done */
    key_bytes at;
    str state;       /* the engine's own text */
} job;
int store_job_add(store *st, ctx *cx, job *j); /* sets number */
int store_job_save(store *st, ctx *cx, const job *j); /* position and state */
int store_job_delete(store *st, ctx *cx, int64_t number);
int store_job_next(store *st, ctx *cx, int64_t after, job *out); /* 0, or DDB_NOT_FOUND */

#endif
