/*
 * ddb.h - the engine's whole interface: bytes in, bytes out. Hosts (addon/, wasm/) include this
 * and nothing else of the core.
 *
 * One handle is used by one thread at a time. Nothing here blocks but storage itself. Writes are
 * group-committed: ddb_execute() leaves the transaction open (`reply.pending`), and the host calls
 * ddb_commit() once its queue drains, before it tells any caller of the group that all is well.
 */
#ifndef DDB_API_DDB_H
#define DDB_API_DDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/host.h"

#define DDB_CONTRACT_VERSION 1

typedef struct ddb ddb;

typedef struct ddb_options {
    const char *path;      /* NULL: in memory */
    const char *region;    /* NULL: us-east-1 */
    const char *account;   /* NULL: 000000000000; twelve digits */
    int durability;        /* 0 normal, 1 full, 2 relaxed */
    int busy_ms;           /* how long another process's lock is waited for */
    int table_delay_ms;    /* how long tables are CREATING, UPDATING, DELETING; 0: not at all */
    int mode;              /* who else uses the file: 0 other processes too, 1 nobody, 2 nobody,
                              and the VFS saves what it holds in memory (store_options.mode) */
    const char *vfs;       /* NULL: SQLite's default */
    ddb *copy_of;          /* in memory: begin with what is committed there; NULL: empty */
    ddb_host host;
} ddb_options;

/* A reply's bytes belong to the handle and are valid until its next call. */
typedef struct ddb_reply {
    int status;            /* HTTP: 200, 400, ... */
    const char *body;      /* the result's JSON, or the error's: {"__type":..,"message":..} */
    size_t body_n;
    bool ascii;            /* every byte < 0x80 */
    bool pending;          /* a transaction is open: ddb_commit() is due */
    bool committed;        /* ddb_execute_alone() has written and committed */
    int delay_ms;          /* after its commit the reply is held back so long; 0 to a day */
} ddb_reply;

/* Further fields of an HTTP answer; valid as long as the reply. */
typedef struct ddb_http {
    int status;
    const char *content_type; /* NULL: send none */
    char request_id[53];
    uint32_t crc32;        /* of the body */
    const char *body;
    size_t body_n;
    bool ascii, pending;
    int delay_ms;          /* as ddb_reply.delay_ms */
} ddb_http;

/* 0 and *out, or a negative code and *error_body: the error's JSON, NUL-terminated, which the host
 * gives back to ddb_free_error(). */
int ddb_open(const ddb_options *o, ddb **out, char **error_body);
void ddb_free_error(char *error_body); /* NULL is fine */
void ddb_close(ddb *db); /* NULL is fine. Rolls back what was not committed */

int ddb_op_find(const char *name, size_t n);   /* an operation's number, or -1 */
const char *ddb_op_name(int op);               /* NULL past the last */
bool ddb_op_writes(int op);

/* Gives the engine a place for exports and imports; without one every bucket is missing. */
void ddb_set_files(ddb *db, const ddb_files *files);

/* Runs one operation. json need not be NUL-terminated and is not kept. An operation that fails
 * leaves nothing behind, and earlier operations of the group stay; where storage itself takes the
 * whole group down, later writes and ddb_commit() answer with that error. */
void ddb_execute(ddb *db, int op, const char *json, size_t n, ddb_reply *reply);
/* The same and its commit in one call; in an open group, where the commit is others' too, only
 * ddb_execute(). When the commit fails, that is the reply. */
void ddb_execute_alone(ddb *db, int op, const char *json, size_t n, ddb_reply *reply);
/* One HTTP request's target and body to one answer (facts wire). `authorization`: the header's
 * text, NULL when there is none (auth presence is checked only when check_auth). */
typedef struct ddb_http_request {
    const char *target, *content_type, *authorization, *date; /* header values or NULL */
    const char *body;
    size_t body_n;
    bool check_auth;
    bool has_query_auth;   /* the query string has X-Amz-Algorithm */
    const char *query;     /* after the '?', or NULL: which parameters of query auth are missing */
    /* Signatures are verified when there are credentials: lines of access key, secret, session
     * token and when that expires (Unix milliseconds), with tabs between; the last two may be
     * empty. `head` is then what was signed: "POST\n/\n", and lines of "<name>:<value>", names
     * in lower case. */
    const char *credentials, *head;
} ddb_http_request;
void ddb_dispatch_http(ddb *db, const ddb_http_request *request, ddb_http *out);

/* Makes the open group durable. On failure the whole group is rolled back, and the reply says
 * why. */
void ddb_commit(ddb *db, ddb_reply *reply);
void ddb_rollback(ddb *db);
bool ddb_pending(const ddb *db);
/* A slice of background work, a few milliseconds at most; true while more is left. Inside an open
 * group it does nothing. The host calls it when idle, after its commit. */
bool ddb_work(ddb *db);
/* When there is work again, in milliseconds of the host's clock from now; 0: now, -1: none in
 * sight. After every ddb_work() that gives false, and after the clock was set. */
int64_t ddb_next_work_ms(ddb *db);


/* ---- whole databases (tests): copied page by page, in no group ---- */
/* A plain SQLite file of what is committed; the host frees it, whether or not it is used. */
typedef struct ddb_image {
    unsigned char *p; /* NULL when the reply is an error */
    size_t n;
} ddb_image;
void ddb_snapshot(ddb *db, ddb_image *out, ddb_reply *reply);
void ddb_free_image(ddb_image *image);
/* Is this a database of ours that can be restored? As ddb_open(), 0 or an error with its body. A
 * file that was in WAL mode is marked as one that is not. */
int ddb_check_snapshot(unsigned char *p, size_t n, char **error_body);
/* The database becomes that: all of it, or the reply says why not and it is as before. */
void ddb_restore(ddb *db, const unsigned char *p, size_t n, ddb_reply *reply);
/* The same as a file that goes out or comes in piece by piece, so that nobody holds it all. Each
 * has a number, and lasts until it is ended or the database is closed. */
enum {
    DDB_EXPORT_BEGIN, /* {"Transfer":number} */
    DDB_EXPORT_NEXT,  /* bytes in `out`; or {"More":true}: there are some the next time; or {} */
    DDB_IMPORT_BEGIN, /* {"Transfer":number} */
    DDB_IMPORT_WRITE, /* takes bytes */
    DDB_IMPORT_APPLY, /* the database becomes that, or the reply says why it stays as it is */
    DDB_TRANSFER_END
};
typedef struct ddb_transfer {
    int step;
    int64_t number;
    const unsigned char *p;
    size_t n;
    ddb_image out; /* the host frees it */
} ddb_transfer;
void ddb_transfer_run(ddb *db, ddb_transfer *t, ddb_reply *reply);
/* Empties the database. {"KeepSchema":true}: tables stay and are empty. {"Tables":["a"]}: only
 * these. */
void ddb_reset(ddb *db, const char *json, size_t n, ddb_reply *reply);
/* Call it before the host moves its clock on by itself (driven), and when it lets go of it: all
 * background work is looked at again. Until the next call ddb_next_work_ms() is exact for what is
 * stored, but knows nothing of what is written meanwhile. */
void ddb_drive_clock(ddb *db, bool driven);

typedef struct ddb_counters {
    uint64_t requests, allocs, prepares, steps, commits;
    int64_t live_blocks;
} ddb_counters;
ddb_counters ddb_counters_get(const ddb *db);
/* Tests: the n-th allocation from now fails, and all after it; -1 ends that. */
void ddb_fail_after(ddb *db, int64_t n);
const char *ddb_sqlite_version(void);
/* The operation table with the shape of every request, as JSON (describe.c); for our scripts. */
void ddb_describe(ddb *db, ddb_reply *reply);

#endif
