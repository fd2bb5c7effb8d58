/*
 * faults.h - what goes wrong on purpose: scripted faults, enforced throughput, items in flight, and
 * reads of the past.
 *
 * Nothing of it is stored, and nothing happens by chance: a rule says which calls it is about, and
 * the same calls meet the same faults. `engine.faults` is NULL until the first rule or limit is
 * set, and that pointer is all that other requests look at.
 *
 *   rules        faults.c       which calls fail, and how
 *   throughput   throughput.c   token buckets of tables and indexes
 *   holds        holds.c        items and tokens of calls whose reply is held back
 *   lag          lag.c          reads that see what was there a while ago
 *
 * A rule is about calls, not about items: it is decided once a call, at the first item that
 * matches, and holds for the call's other items that match. So a batch is one call, and a request
 * that dispatch runs again (DDB_STALE) is the same call.
 */
#ifndef DDB_ENGINE_FAULTS_H
#define DDB_ENGINE_FAULTS_H

#include "engine/engine.h"
#include "store/backup.h"

/* What a call is, as far as rules ask. */
enum { CALL_BATCH = 1, CALL_TRANSACTION = 2, CALL_STATEMENTS = 4 };

typedef enum { FAULT_DELAY, FAULT_THROW, FAULT_CANCEL, FAULT_UNPROCESSED, FAULT_LAG } fault_kind;

typedef struct fault_cancel { /* a reason of a transaction's action */
    int64_t index; /* of the action; -1: all that match */
    int code;
} fault_cancel;

typedef struct fault_rule {
    struct fault_rule *next;
    arena a;            /* all that the rule points to */
    int64_t id;
    fault_kind kind;
    str op, table, index; /* absent: any */
    str keys_text;      /* the keys as JSON, for the list; absent: any */
    map *keys;          /* any of them; each the whole key, or its partition's part */
    uint32_t key_count;
    int64_t nth;        /* the first call that is met, from 1 */
    int64_t times;      /* how many are; 0: no end */
    double probability; /* 1: all of them */
    uint64_t random;    /* state of the rule's own generator */
    int code;           /* FAULT_THROW, FAULT_UNPROCESSED (of statements) */
    str message;        /* absent: the service's */
    fault_cancel *cancel;
    uint32_t cancel_count;
    int64_t unprocessed; /* items a call; 0: all that match */
    int64_t ms;         /* FAULT_LAG, and how long replies are held back */
    bool eventual;      /* FAULT_LAG: eventually consistent reads of the table too */
    int64_t calls, hits;
    /* of the call at hand */
    uint64_t call, attempt;
    bool live;
    int64_t left;
} fault_rule;

typedef struct bucket {
    int64_t table;
    int32_t slot; /* of the index; -1: the table */
    bool write;
    double level;
    int64_t at_ms;
} bucket;

typedef struct hold hold; /* holds.c */

struct faults {
    mem *m;
    fault_rule *rules;
    int64_t last_id;
    uint32_t lags;       /* rules of that kind */
    uint64_t history_adds;
    bool enforced;       /* throughput */
    bucket *buckets;
    uint32_t bucket_count, bucket_cap;
    hold *holds;
    /* the call at hand */
    str op;              /* absent: none, it is background work */
    unsigned call_kind;
    uint64_t call, attempt;
    int64_t delay_ms;    /* for which its reply is held back */
    bool thrown;         /* the error is the call's, not an item's */
};

/* What a call is about to do to an item, or to many. */
typedef struct fault_touch {
    const table *t;
    const index_def *ix;    /* NULL: the table */
    const key_bytes *where; /* NULL: many; sk absent: a partition */
    bool write;
} fault_touch;

/* ---- rules ---- */
/* e->faults, made if need be; NULL when there is no memory. */
faults *faults_require(engine *e);
void faults_free(engine *e);
/* Adds a copy of *r (its own fields of the call at hand are ignored) and sets r->id. */
int faults_add(engine *e, ctx *cx, fault_rule *r);
bool faults_remove(engine *e, int64_t id);

/* Begins a call, and each attempt at it; kind: CALL_*. */
void faults_begin(engine *e, str op, unsigned kind, int64_t now_ms);
void faults_again(engine *e);
/* Ends it: the milliseconds for which the reply is held back. */
int64_t faults_end(engine *e);
/* A call that touches no items; table: the name it gives, or absent. 0 or the fault. */
int faults_enter(engine *e, ctx *cx, str table_name);
/* 0: go on; 1: leave this item unprocessed; or the fault. */
int faults_touch(engine *e, ctx *cx, const fault_touch *x);
/* Faults, conflicts and throttling of a transaction, before anything is looked at. */
int faults_transact(engine *e, ctx *cx, const write_plan *plans, uint32_t n, bool write,
                    cancel_reason *reasons, bool *canceled);
/* cx->err := the error with its default text and, where it has some, ThrottlingReasons. */
int faults_fail(engine *e, ctx *cx, int code, str message, const fault_touch *x);

/* "TransactionConflict" <-> DDB_TRANSACTION_CONFLICT: codes of CancellationReasons and of
 * statements. 0 and NULL for others. */
int fault_code_of(str name);
const char *fault_code_name(int code);

/* ---- throughput ---- */
/* Is there something left? 0; or throttled, with cx->err. */
int throughput_admit(engine *e, ctx *cx, const fault_touch *x);
/* The same of the indexes a prepared write is charged for. */
int throughput_admit_indexes(engine *e, ctx *cx, const capacity *c);
int throughput_spend(engine *e, ctx *cx, const capacity *c, bool write);
/* The units a second of a table or an index; 0: no limit. */
double throughput_rate(const table *t, const index_def *ix, bool write);

/* ---- items and tokens in flight ---- */
/* Is a transaction on the item in flight? For a transaction that reads, any write. */
bool holds_item(const engine *e, const table *t, const key_bytes *k, bool any_write);
bool holds_token(const engine *e, str api, str token);
/* Until the reply of the call at hand is due. Nothing is held when that is at once. */
int hold_item(engine *e, ctx *cx, const table *t, const key_bytes *k, bool transaction);
int hold_token(engine *e, ctx *cx, str api, str token);
void holds_expire(engine *e, int64_t now_ms);
void holds_free(engine *e);

/* ---- reads of the past ---- */
/* Must writes to the table keep the images they replace, for lag's sake? */
bool lag_wants_history(const engine *e, const table *t);
/* The image before a write; drops what no lag reaches any more, now and then. */
int lag_keep(engine *e, ctx *cx, const write_plan *p, const write_result *w);
/* 1 and the place in the history that the read sees, 0 when it sees all. */
int lag_seq(engine *e, ctx *cx, const table *t, const index_def *ix, bool consistent, int64_t *seq);
/* Forgets old images that nothing else wants; in a transaction. */
int lag_forget(engine *e, ctx *cx, const table *t);

/* Rows of a range as they were. */
typedef struct lag_row {
    row r;
    key_bytes at; /* in the index, or the table's key */
} lag_row;
typedef struct lag_cursor {
    const store_range *range;
    cursor *now;
    row head;
    key_bytes head_at;
    bool has_head;
    key_bytes *changed; /* in table order */
    uint32_t changed_count;
    lag_row *past;      /* in reading order */
    uint32_t past_count, next;
} lag_cursor;
int lag_open(engine *e, ctx *cx, const store_range *range, int64_t seq, lag_cursor *out);
int lag_next(lag_cursor *c, ctx *cx, row *out); /* as store_cursor_next() */
void lag_close(lag_cursor *c);

#endif
