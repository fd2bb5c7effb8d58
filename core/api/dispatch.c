/*
 * dispatch.c - one operation: text to reply, inside the right transaction.
 *
 *   parse -> check -> (writes: begin) -> refresh the catalog -> run -> reply, or undo
 *
 * A request that is wrong by itself never opens a transaction. A write that fails leaves nothing
 * behind: when it opened the transaction, that is rolled back; when it joined a group, an operation
 * of several statements has a savepoint and a single statement undoes itself. Where neither
 * is certain - memory ran out after the row was written - the whole group is given up, and the
 * commit says so.
 *
 * Another process may have changed the file. The catalog notices at the first statement that a read
 * runs, and the read runs again; after ATTEMPTS_MAX its last answer stands.
 * Start at api_dispatch().
 */
#include "api/internal.h"

#include "engine/faults.h"
#include "engine/meter.h"
#include "engine/use.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "value/json.h"

#define ATTEMPTS_MAX 8

static int attempt(ddb *db, ctx *cx, const op_row *row, str text, const json *parsed, bool last);
static unsigned call_kind(const op *op);
static int run_read(ddb *db, ctx *cx, const op *op, void *req, bool last);
static int run_write(ddb *db, ctx *cx, const op_row *row, void *req);

void api_dispatch(ddb *db, ctx *cx, const op_row *row, str text, const json *parsed,
                  ddb_reply *reply)
{
    int rc = DDB_STALE;

    bool faulty = db->e->faults != NULL && (row->op->flags & OP_OWN) == 0;

    bool metered = db->e->meter != NULL && (row->op->flags & OP_OWN) == 0;

    db->requests++;
    if (metered)
        meter_begin(db->e);
    if (faulty)
        faults_begin(db->e, str_of(row->op->name), call_kind(row->op), cx->now_ms);
    for (int i = 1; rc == DDB_STALE && i <= ATTEMPTS_MAX; i++) {
        rc = attempt(db, cx, row, text, parsed, i == ATTEMPTS_MAX);
        parsed = NULL;
    }
    api_finish(db, cx, rc, reply);
    if (metered)
        meter_end(db->e, row->op->name, rc, text.n, reply->body_n);
    if (faulty)
        reply->delay_ms = (int)faults_end(db->e);
}

/* ---- faults ---- */

static unsigned call_kind(const op *op)
{
    return ((op->flags & OP_BATCH) != 0 ? CALL_BATCH : 0u) |
           ((op->flags & OP_TRANSACTION) != 0 ? CALL_TRANSACTION : 0u) |
           ((op->flags & OP_STATEMENTS) != 0 ? CALL_STATEMENTS : 0u);
}

/* The table behind a name or an ARN of one of its parts, "arn:..:table/<name>/..". */
static str table_in(str given)
{
    table_arn arn;

    if (!engine_arn_split(given, &arn))
        return given;
    for (size_t i = 0; i < arn.name.n; i++)
        if (arn.name.p[i] == '/')
            arn.name.n = i;
    return arn.name;
}

/* The table that a checked request is about, by the members that say so; absent: none. */
static str table_of(const shape *s, const void *req)
{
    static const char *const names[] = {"TableName", "ResourceArn", "TableArn", "StreamArn",
                                        "SourceTableName", "TargetTableName", "GlobalTableName"};

    for (size_t n = 0; n < COUNT(names); n++) {
        for (uint32_t i = 0; i < s->member_count; i++) {
            const member *m = &s->members[i];
            str value;
            if (m->shape->kind != SH_STRING || !str_eq(str_of(m->name), str_of(names[n])))
                continue;
            memcpy(&value, (const char *)req + m->offset, sizeof value);
            if (value.p != NULL)
                return table_in(value);
        }
    }
    return STR_ABSENT;
}

/* Operations on items meet their faults at the items (engine/read.c, write.c). */
static int enter(ddb *db, ctx *cx, const op *op, const void *req)
{
    if (db->e->faults == NULL || (op->flags & OP_OWN) != 0)
        return 0;
    faults_again(db->e);
    return (op->flags & OP_ITEMS) != 0 ? 0 : faults_enter(db->e, cx, table_of(op->request, req));
}

static int attempt(ddb *db, ctx *cx, const op_row *row, str text, const json *parsed, bool last)
{
    json *tree;

    buf_reset(&db->reply);
    if (db->e->trace != NULL)
        trace_reset(db->e->trace);
    if (parsed == NULL) {
        arena_reset(&db->a);
        cx->err = (error){0};
        TRY(json_parse(cx, text, &tree));
        parsed = tree;
    }
    void *req = arena_alloc(cx->a, row->op->request->size);
    if (req == NULL)
        return DDB_NOMEM;
    TRY(schema_check(cx, row->op->request, parsed, req));
    TRY(enter(db, cx, row->op, req));
    if ((row->op->flags & OP_WRITE) != 0 &&
        ((row->op->flags & OP_STATEMENTS) == 0 || op_statements_write(req)))
        return run_write(db, cx, row, req);
    return run_read(db, cx, row->op, req, last);
}

static int run_op(ddb *db, ctx *cx, const op *op, void *req)
{
    int rc = op->run(db->e, cx, req, &db->reply);
    return rc >= 0 && db->reply.err != 0 ? db->reply.err : rc;
}

/* After DDB_STALE: statements and table definitions are those of another file state. */
static void forget_schema(ddb *db)
{
    store_forget_all(db->e->st);
    catalog_invalidate(db->e);
}

/* ---- reads ---- */

/* Is what the read saw of the catalog older than the file? An answer from the catalog alone has
 * run no statement yet, so one is run to see. */
static bool read_is_stale(ddb *db, ctx *cx, uint64_t steps)
{
    store *st = db->e->st;
    str ignored;

    if (store_in_memory(st) || store_in_transaction(st))
        return false;
    if (store_counters_get(st).steps == steps) {
        error before = cx->err;
        (void)store_meta_get(st, cx, STR("format"), &ignored); /* only for its look at the file */
        cx->err = before;
    }
    return catalog_is_stale(db->e);
}

static int run_read(ddb *db, ctx *cx, const op *op, void *req, bool last)
{
    bool snapshot = (op->flags & OP_SNAPSHOT) != 0;
    uint64_t steps;
    int rc;

    if (snapshot)
        TRY(store_begin_read(db->e->st, cx));
    rc = catalog_refresh(db->e, cx);
    steps = store_counters_get(db->e->st).steps;
    if (rc >= 0)
        rc = run_op(db, cx, op, req);
    if (snapshot)
        store_end_read(db->e->st);
    if (use_is_full(db->e) && rc >= 0)
        rc = use_flush_now(db->e, cx);
    if (rc == DDB_STALE)
        forget_schema(db);
    else if (!last && read_is_stale(db, cx, steps))
        rc = DDB_STALE;
    return rc;
}

/* ---- writes ---- */

/* The open group is gone: everybody who belongs to it learns why. */
static void lose_group(ddb *db, const ctx *cx, int rc)
{
    str text = cx->err.code == rc && cx->err.message.p != NULL ? cx->err.message
                                                               : STR("Internal server error");

    store_rollback(db->e->st);
    catalog_invalidate(db->e);
    db->lost = rc;
    db->lost_text_n = text.n < LOST_TEXT_MAX ? text.n : LOST_TEXT_MAX;
    memcpy(db->lost_text, text.p, db->lost_text_n);
    while (db->lost_text_n > 0 && !utf8_valid((str){db->lost_text, db->lost_text_n}))
        db->lost_text_n--; /* the cut may have split a character */
}

/* May the failed operation have written before it failed, though it is a single statement? Only
 * where the statement was fine and what came after it was not. */
static bool may_have_written(int rc)
{
    return rc == DDB_NOMEM || rc == DDB_TOO_BIG || rc == DDB_STALE || rc == DDB_INTERNAL;
}

static void undo_write(ddb *db, const ctx *cx, const op_row *row, int rc, bool joined, bool saved)
{
    store *st = db->e->st;

    if (!joined) {
        store_rollback(st);
        if (rc == DDB_STALE)
            forget_schema(db);
        else if (row->catalog)
            catalog_invalidate(db->e);
        return;
    }
    if (saved && store_in_transaction(st)) {
        store_rollback_to(st);
        if (row->catalog)
            catalog_invalidate(db->e);
    } else if (!saved && may_have_written(rc)) {
        lose_group(db, cx, rc);
        return;
    }
    if (!store_in_transaction(st)) /* SQLite itself rolled everything back */
        lose_group(db, cx, rc);
}

static int run_write(ddb *db, ctx *cx, const op_row *row, void *req)
{
    store *st = db->e->st;
    bool joined = store_in_transaction(st), saved = false;
    int rc;

    if (db->lost != 0) {
        cx->err = (error){.code = db->lost, .message = {db->lost_text, db->lost_text_n}};
        return db->lost;
    }
    TRY(store_begin(st, cx));
    rc = catalog_refresh(db->e, cx); /* under the lock: nobody changes it from here on */
    if (rc >= 0 && joined && (row->op->flags & OP_ATOMIC) != 0) {
        rc = store_savepoint(st, cx);
        saved = rc >= 0;
    }
    if (rc >= 0)
        rc = run_op(db, cx, row->op, req);
    if (rc >= 0 && saved)
        rc = store_release(st, cx);
    if (rc < 0)
        undo_write(db, cx, row, rc, joined, saved);
    return rc == DDB_STALE && joined ? DDB_INTERNAL : rc;
}

/* ---- replies ---- */

int api_put_error(buf *b, const ctx *cx, int rc)
{
    str text = STR_ABSENT, extra = STR_ABSENT;

    if (rc == DDB_TOO_BIG) {
        rc = DDB_INTERNAL;
        text = STR("Internal server error: the reply is too large");
    } else if (cx->err.code == rc) {
        text = cx->err.message;
        extra = cx->err.extra;
    } else if (rc != DDB_SERIALIZATION && rc != DDB_UNKNOWN_OPERATION) {
        text = STR("Internal server error"); /* the two above are bare when their body is bad */
    }

    const error_info *info = error_info_get(rc);
    buf_fmt(b, "{\"__type\":\"%s\"", info->type);
    if (text.p != NULL) {
        buf_fmt(b, ",\"%s\":", info->member);
        json_put_string(b, text);
    }
    if (extra.p != NULL && extra.n > 0) {
        buf_byte(b, ',');
        buf_str(b, extra);
    }
    buf_byte(b, '}');
    return info->status;
}

void api_finish(ddb *db, const ctx *cx, int rc, ddb_reply *reply)
{
    str body;

    reply->status = 200;
    if (rc < 0) {
        buf_reset(&db->reply);
        reply->status = rc == DDB_NOMEM ? 500 : api_put_error(&db->reply, cx, rc);
    }
    if (rc == DDB_NOMEM || db->reply.err != 0) {
        reply->status = 500;
        body = STR(API_NOMEM_BODY);
    } else {
        body = buf_view(&db->reply);
    }
    reply->body = body.p;
    reply->body_n = body.n;
    reply->ascii = utf8_ascii(body);
    reply->pending = ddb_pending(db);
    reply->committed = false;
    reply->delay_ms = 0;
}
