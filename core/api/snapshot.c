/*
 * snapshot.c - whole databases through the handle: taken, restored, emptied, as a file piece by
 * piece; and a driven clock.
 *
 * The host commits first, so that "before" and "after" mean the same to it and to the engine.
 */
#include <assert.h>

#include "api/internal.h"
#include "base/limits.h"
#include "engine/snapshot.h"
#include "engine/use.h"
#include "engine/work.h"
#include "value/json.h"

#define ATTEMPTS_MAX 8

static int require_committed(ddb *db, ctx *cx)
{
    if (!ddb_pending(db))
        return 0;
    return fail_str(cx, DDB_BAD_ARGUMENT,
                    STR("A transaction is open: it has to be committed first"));
}

/* The answer to success is written first: nothing that needs memory comes after the deed. */
static int begin(ddb *db, ctx *cx)
{
    assert(!db->busy);
    db->busy = true;
    *cx = api_begin(db);
    buf_lit(&db->reply, "{}");
    TRY(db->reply.err);
    return require_committed(db, cx);
}

static void finish(ddb *db, ctx *cx, int rc, ddb_reply *reply)
{
    api_finish(db, cx, rc, reply);
    db->busy = false;
}

void ddb_snapshot(ddb *db, ddb_image *out, ddb_reply *reply)
{
    store_image image = {0};
    ctx cx;
    int rc = begin(db, &cx);

    if (rc >= 0)
        rc = use_flush_now(db->e, &cx);
    if (rc >= 0)
        rc = store_image_take(db->e->st, &cx, &image);
    *out = (ddb_image){image.p, image.n};
    finish(db, &cx, rc, reply);
}

void ddb_free_image(ddb_image *image)
{
    store_image s = {image->p, image->n};

    store_image_free(&s);
    *image = (ddb_image){0};
}

int ddb_check_snapshot(unsigned char *p, size_t n, char **error_body)
{
    mem m;
    arena a;
    int rc;

    *error_body = NULL;
    mem_init(&m);
    arena_init(&a, &m, ARENA_BYTES_MAX);
    ctx cx = {.m = &m, .a = &a};
    rc = store_image_check(&cx, p, n);
    if (rc < 0)
        *error_body = api_error_text(&cx, rc);
    arena_release(&a);
    assert(m.live == 0);
    return rc;
}

void ddb_restore(ddb *db, const unsigned char *p, size_t n, ddb_reply *reply)
{
    ctx cx;
    int rc = begin(db, &cx);

    if (rc >= 0)
        rc = engine_restore(db->e, &cx, p, n);
    finish(db, &cx, rc, reply);
}

/* ---- piece by piece ---- */

static void put_number(ddb *db, int64_t transfer)
{
    buf_reset(&db->reply); /* it has held {} : there is room */
    buf_fmt(&db->reply, "{\"Transfer\":%l}", transfer);
}

static int transfer_step(ddb *db, ctx *cx, ddb_transfer *t)
{
    store *st = db->e->st;
    store_image piece = {0};
    int rc;

    switch (t->step) {
    case DDB_EXPORT_BEGIN:
        TRY(use_flush_now(db->e, cx));
        TRY(store_export_begin(st, cx, &t->number));
        put_number(db, t->number);
        return 0;
    case DDB_EXPORT_NEXT:
        rc = store_export_next(st, cx, t->number, &piece);
        t->out = (ddb_image){piece.p, piece.n};
        if (rc > 0) {
            buf_reset(&db->reply);
            buf_lit(&db->reply, "{\"More\":true}");
        }
        return rc;
    case DDB_IMPORT_BEGIN:
        TRY(store_import_begin(st, cx, &t->number));
        put_number(db, t->number);
        return 0;
    case DDB_IMPORT_WRITE:
        return store_import_write(st, cx, t->number, t->p, t->n);
    case DDB_IMPORT_APPLY:
        return engine_import(db->e, cx, t->number);
    case DDB_TRANSFER_END:
        store_transfer_end(st, t->number);
        return 0;
    default:
        return fail(cx, DDB_BAD_ARGUMENT, "There is no step %d of a transfer", t->step);
    }
}

void ddb_transfer_run(ddb *db, ddb_transfer *t, ddb_reply *reply)
{
    ctx cx;
    int rc = begin(db, &cx);

    t->out = (ddb_image){0};
    if (rc >= 0)
        rc = transfer_step(db, &cx, t);
    if (rc >= 0 && db->reply.err < 0)
        rc = db->reply.err;
    finish(db, &cx, rc, reply);
}

/* ---- emptying ---- */

static int wrong_member(ctx *cx)
{
    return fail_str(cx, DDB_BAD_ARGUMENT,
                    STR("A reset takes {\"KeepSchema\":boolean,\"Tables\":[names]}"));
}

static int read_request(ctx *cx, str text, reset_plan *out)
{
    const json *tables;
    str *names;
    json *tree;

    *out = (reset_plan){0};
    TRY(json_parse(cx, text, &tree));
    if (tree->type != J_OBJECT)
        return wrong_member(cx);
    for (const json *x = tree->child; x != NULL; x = x->next) {
        if (str_eq(x->key, STR("KeepSchema")) && (x->type == J_TRUE || x->type == J_FALSE))
            out->keep_schema = x->type == J_TRUE;
        else if (!str_eq(x->key, STR("Tables")) || x->type != J_ARRAY)
            return wrong_member(cx);
    }
    tables = json_get(tree, STR("Tables"));
    if (tables == NULL)
        return 0;
    names = ARENA_ARRAY(cx->a, str, tables->count + 1); /* an empty list is not "all" */
    if (names == NULL)
        return DDB_NOMEM;
    out->tables = names;
    for (const json *x = tables->child; x != NULL; x = x->next) {
        if (x->type != J_STRING)
            return wrong_member(cx);
        names[out->table_count++] = x->s;
    }
    return 0;
}

void ddb_reset(ddb *db, const char *json_text, size_t n, ddb_reply *reply)
{
    reset_plan p;
    ctx cx;
    int rc = begin(db, &cx);

    if (rc >= 0)
        rc = read_request(&cx, (str){json_text, n}, &p);
    if (rc >= 0) {
        rc = DDB_STALE; /* another process may be changing the schema */
        for (int i = 0; rc == DDB_STALE && i < ATTEMPTS_MAX; i++)
            rc = engine_reset(db->e, &cx, &p);
    }
    finish(db, &cx, rc, reply);
}

/* ---- the clock ---- */

void ddb_drive_clock(ddb *db, bool driven)
{
    db->e->driven = driven;
    db->e->jobs_due_ms = db->e->stream_due_ms = db->e->ttl_due_ms = WORK_NOW;
}
