/*
 * ddb.c - the handle: open, execute, commit, close.
 *
 * A handle owns one mem, one arena and one reply buffer; both are emptied when the next call
 * begins, so that a usual request allocates nothing. Options come from outside and are checked
 * here; everything else of DynamoDB is further down.
 * Start at ddb_open() and ddb_execute().
 */
#include <assert.h>

#include "api/internal.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "engine/use.h"

#define REPLY_KEEP_BYTES ((size_t)4 << 20) /* a larger reply's memory is not kept */

/* Given out as char * because the caller frees other bodies; ddb_free_error() knows it. */
static const char NOMEM_BODY[] = API_NOMEM_BODY;
#define OPEN_NOMEM_BODY ((char *)(uintptr_t)NOMEM_BODY)

/* ---- open and close ---- */

static bool account_ok(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n == 12;
}

/* A region becomes part of ARNs and of a host name. */
static bool region_ok(str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '-')
            return false;
    }
    return s.n >= 1 && s.n <= 64;
}

static int open_engine(ctx *cx, const ddb_options *o, engine **out)
{
    str region = o->region != NULL ? str_of(o->region) : STR("us-east-1");
    str account = o->account != NULL ? str_of(o->account) : STR("000000000000");

    if (!region_ok(region))
        return fail(cx, DDB_BAD_ARGUMENT,
                    "region must be 1 to 64 letters, digits and hyphens, got '%S'", region);
    if (!account_ok(account))
        return fail(cx, DDB_BAD_ARGUMENT, "account must be twelve digits, got '%S'", account);
    if (o->path != NULL && o->path[0] == '\0')
        return fail_str(cx, DDB_BAD_ARGUMENT, STR("path must not be empty"));
    if (o->path != NULL && !utf8_valid(str_of(o->path)))
        return fail_str(cx, DDB_BAD_ARGUMENT, STR("path must be UTF-8"));
    if (o->durability < DURABILITY_NORMAL || o->durability > DURABILITY_RELAXED)
        return fail(cx, DDB_BAD_ARGUMENT, "durability must be 0, 1 or 2, got %d", o->durability);
    if (o->busy_ms < 0)
        return fail(cx, DDB_BAD_ARGUMENT, "busy_ms must not be negative, got %d", o->busy_ms);
    if (o->table_delay_ms < 0)
        return fail(cx, DDB_BAD_ARGUMENT, "table_delay_ms must not be negative, got %d",
                    o->table_delay_ms);
    if (o->copy_of != NULL && (o->path != NULL || ddb_pending(o->copy_of)))
        return fail_str(cx, DDB_BAD_ARGUMENT,
                        STR("a copy is in memory, and of what is committed"));
    if (o->mode < STORAGE_SHARED || o->mode > STORAGE_HOST)
        return fail(cx, DDB_BAD_ARGUMENT, "mode must be 0, 1 or 2, got %d", o->mode);

    store_options so = {.path = o->path,
                        .durability = (durability)o->durability,
                        .busy_ms = o->busy_ms,
                        .mode = (storage_mode)o->mode,
                        .vfs = o->vfs,
                        .copy_of = o->copy_of != NULL ? o->copy_of->e->st : NULL};
    TRY(engine_open(cx, &so, &o->host, region, account, out));
    (*out)->table_delay_ms = o->table_delay_ms;
    return 0;
}

char *api_error_text(const ctx *cx, int rc)
{
    mem m;
    buf b;

    if (rc == DDB_NOMEM)
        return OPEN_NOMEM_BODY;
    mem_init(&m);
    buf_init(&b, &m, REPLY_BYTES_MAX);
    (void)api_put_error(&b, cx, rc); /* an HTTP status is of no use here */
    buf_byte(&b, '\0');
    if (b.err == 0)
        return b.p;
    buf_release(&b);
    return OPEN_NOMEM_BODY;
}

int ddb_open(const ddb_options *o, ddb **out, char **error_body)
{
    mem m;
    int rc;

    assert(o->host.now_ms != NULL && o->host.random != NULL && o->host.log != NULL);
    *out = NULL;
    *error_body = NULL;
    mem_init(&m);
    ddb *db = mem_alloc(&m, sizeof *db);
    if (db == NULL) {
        *error_body = OPEN_NOMEM_BODY;
        return DDB_NOMEM;
    }
    *db = (ddb){.m = m};
    arena_init(&db->a, &db->m, ARENA_BYTES_MAX);
    buf_init(&db->reply, &db->m, REPLY_BYTES_MAX);

    ctx cx = {.m = &db->m, .a = &db->a, .now_ms = o->host.now_ms(o->host.user)};
    rc = open_engine(&cx, o, &db->e);
    if (rc < 0) {
        *error_body = api_error_text(&cx, rc);
        db->e = NULL;
        ddb_close(db);
        return rc;
    }
    *out = db;
    return 0;
}

void ddb_free_error(char *error_body)
{
    mem m;

    if (error_body == OPEN_NOMEM_BODY)
        return;
    mem_init(&m);
    mem_free(&m, error_body);
}

void ddb_close(ddb *db)
{
    if (db == NULL)
        return;
    assert(!db->busy);
    db->m.fail_after = -1;
    if (db->e != NULL) {
        ctx cx = api_begin(db);
        if (!ddb_pending(db))
            (void)use_flush_now(db->e, &cx); /* a use that is forgotten does no harm */
        engine_close(db->e);
    }
    buf_release(&db->reply);
    arena_release(&db->a);
    mem m = db->m; /* the handle lies in memory of its own mem */
    mem_free(&m, db);
    assert(m.live == 0);
}

void ddb_set_files(ddb *db, const ddb_files *files)
{
    db->e->files = *files;
}

/* ---- calls ---- */

ctx api_begin(ddb *db)
{
    if (db->reply.cap > REPLY_KEEP_BYTES) {
        buf_release(&db->reply);
        buf_init(&db->reply, &db->m, REPLY_BYTES_MAX);
    }
    buf_reset(&db->reply);
    arena_reset(&db->a);
    return (ctx){
        .m = &db->m, .a = &db->a, .now_ms = db->e->host.now_ms(db->e->host.user)};
}

static void execute(ddb *db, ctx *cx, int op, const char *json_text, size_t n, ddb_reply *reply)
{
    const op_row *row = optable_at(op);

    assert(!db->busy);
    db->busy = true;
    *cx = api_begin(db);
    if (row == NULL)
        api_finish(db, cx, DDB_UNKNOWN_OPERATION, reply);
    else if (n > REQUEST_BYTES_MAX)
        api_finish(db, cx,
                   fail(cx, DDB_BAD_ARGUMENT, "A request has at most %d bytes", REQUEST_BYTES_MAX),
                   reply);
    else
        api_dispatch(db, cx, row, (str){json_text != NULL ? json_text : "", n}, NULL, reply);
    db->busy = false;
}

void ddb_execute(ddb *db, int op, const char *json_text, size_t n, ddb_reply *reply)
{
    ctx cx;

    execute(db, &cx, op, json_text, n, reply);
}

static int commit(ddb *db, ctx *cx)
{
    int rc = store_commit(db->e->st, cx);

    if (rc < 0)
        catalog_invalidate(db->e);
    return rc;
}

void ddb_execute_alone(ddb *db, int op, const char *json_text, size_t n, ddb_reply *reply)
{
    bool joined = ddb_pending(db);
    ctx cx;
    int rc;

    execute(db, &cx, op, json_text, n, reply);
    if (joined || !store_in_transaction(db->e->st))
        return;
    rc = commit(db, &cx); /* the reply's bytes are ours, and stay */
    reply->pending = false;
    reply->committed = true;
    if (rc < 0)
        api_finish(db, &cx, rc, reply);
}

void ddb_commit(ddb *db, ddb_reply *reply)
{
    ctx cx;
    int rc = 0;

    assert(!db->busy);
    cx = api_begin(db);
    if (db->lost != 0) {
        rc = db->lost;
        cx.err = (error){.code = rc, .message = {db->lost_text, db->lost_text_n}};
        db->lost = 0;
    } else if (store_in_transaction(db->e->st)) {
        rc = commit(db, &cx);
    }
    if (rc >= 0)
        buf_lit(&db->reply, "{}");
    api_finish(db, &cx, rc, reply);
}

void ddb_rollback(ddb *db)
{
    db->lost = 0;
    store_rollback(db->e->st);
    catalog_invalidate(db->e);
}

bool ddb_pending(const ddb *db)
{
    return db->lost != 0 || store_in_transaction(db->e->st);
}

/* Background work that fails is told to the log and tried again with the next write. */
bool ddb_work(ddb *db)
{
    ctx cx;
    int rc;

    if (db->lost != 0)
        return true; /* the commit that is due comes first */
    cx = api_begin(db);
    rc = engine_work(db->e, &cx);
    if (rc < 0) {
        (void)api_put_error(&db->reply, &cx, rc); /* the log takes the text, nobody the status */
        str text = buf_view(&db->reply);
        db->e->host.log(db->e->host.user, 0, text.p, text.n);
    }
    return rc > 0;
}

int64_t ddb_next_work_ms(ddb *db)
{
    return engine_next_work_ms(db->e, db->e->host.now_ms(db->e->host.user));
}

/* ---- numbers ---- */

ddb_counters ddb_counters_get(const ddb *db)
{
    store_counters s = store_counters_get(db->e->st);

    return (ddb_counters){.requests = db->requests,
                          .allocs = db->m.allocs,
                          .prepares = s.prepares,
                          .steps = s.steps,
                          .commits = s.commits,
                          .live_blocks = db->m.live};
}

void ddb_fail_after(ddb *db, int64_t n)
{
    db->m.fail_after = n;
}

const char *ddb_sqlite_version(void)
{
    return store_sqlite_version();
}
