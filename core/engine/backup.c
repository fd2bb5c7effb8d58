/*
 * backup.c - copies of tables in slices. See backup.h.
 *
 *   job_start / jobs_slice -> job_slice -> batches: read up to BATCH_ROWS behind the job's
 *   position, close the cursor, write them; the position is saved with the rows
 *
 * What a job reads never changes under it: a backup's rows stand still, and a table is read as of
 * a sequence number of its history. So slices need not know of each other, and a database that is
 * closed in between goes on where it was.
 *
 * Bounds: BATCH_ROWS and BATCH_BYTES bound what a batch holds; SLICE_MS of the host's clock ends a
 * slice, and SLICE_ROWS does when the clock stands still.
 * Start at job_slice().
 */
#include "engine/backup.h"

#include <assert.h>

#include "engine/catalog.h"
#include "engine/transfer.h"
#include "engine/work.h"

#define BATCH_ROWS 128u
#define BATCH_BYTES (512u * 1024)
#define SLICE_MS 4
#define SLICE_ROWS 2048u
#define SWEEP_ROWS 256
#define SLICES_AT_ONCE 4 /* in the request that starts a job; a small import has three */
#define DAY_MS 86400000
#define LOOK_MS 3600000 /* old images are looked through once an hour */

/* ---- archives ---- */

static const char *const arn_words[] = {
    [ARCHIVE_BACKUP] = "backup", [ARCHIVE_EXPORT] = "export", [ARCHIVE_IMPORT] = "import",
    [ARCHIVE_BULK] = "bulk-operation"};

int backup_new_archive(engine *e, ctx *cx, archive_kind kind, str table_name, archive *out)
{
    char id[14 + 1 + 8];
    uint8_t raw[4];
    int64_t ms = cx->now_ms < 0 ? 0 : cx->now_ms;

    for (int i = 13; i >= 0; i--, ms /= 10)
        id[i] = (char)('0' + ms % 10);
    id[14] = '-';
    e->host.random(e->host.user, raw, sizeof raw);
    (void)hex_put(id + 15, raw, sizeof raw); /* its end is known */
    *out = (archive){.kind = kind,
                     .id = {arena_copy(cx->a, id, sizeof id), sizeof id},
                     .table_name = table_name,
                     .created_ms = cx->now_ms,
                     .body = STR("")};
    return out->id.p == NULL ? DDB_NOMEM : 0;
}

int backup_arn(engine *e, ctx *cx, const archive *a, str *out)
{
    str arn;
    buf b;

    TRY(engine_table_arn(e, cx, a->table_name, &arn));
    buf_init_arena(&b, cx->a, 4096);
    buf_fmt(&b, "%S/%s/%S", arn, arn_words[a->kind], a->id);
    *out = buf_view(&b);
    return b.err;
}

int backup_find(engine *e, ctx *cx, archive_kind kind, str arn, archive *out)
{
    table_arn parts;
    str own;
    size_t at;

    if (!engine_arn_split(arn, &parts))
        return DDB_NOT_FOUND;
    for (at = parts.name.n; at > 0 && parts.name.p[at - 1] != '/'; at--)
        ;
    TRY(store_archive_get(e->st, cx, kind, (str){parts.name.p + at, parts.name.n - at}, out));
    TRY(backup_arn(e, cx, out, &own));
    return str_eq(own, arn) ? 0 : DDB_NOT_FOUND;
}

/* ---- a table's past ---- */

const table *job_table(engine *e, int64_t number)
{
    const table *t;

    for (uint32_t i = 0; (t = catalog_at(e, i)) != NULL; i++)
        if (t->number == number)
            return t;
    return NULL;
}

static int set_keeps_history(engine *e, ctx *cx, const table *t, bool on)
{
    table next = *t;

    if (t->keeps_history == on)
        return 0;
    next.keeps_history = on;
    return catalog_replace(e, cx, &next);
}

/* Is there a job that reads the table's past? */
static int is_read(engine *e, ctx *cx, int64_t source, bool *out)
{
    job j = {0};
    int rc;

    *out = false;
    while ((rc = store_job_next(e->st, cx, j.number, &j)) == 0)
        if (j.source == source && j.kind != JOB_SWEEP_HISTORY)
            *out = true;
    return rc == DDB_NOT_FOUND ? 0 : rc;
}

/* Nobody needs the old images so far: they go, in slices. */
static int sweep_history(engine *e, ctx *cx, int64_t number)
{
    job sweep = {.kind = JOB_SWEEP_HISTORY, .source = number, .state = STR("")};

    TRY(store_history_last(e->st, cx, &sweep.seq));
    return job_start(e, cx, &sweep);
}

/* A job has ended: the table keeps its history only when somebody else wants it. */
static int release_source(engine *e, ctx *cx, int64_t source)
{
    const table *t = job_table(e, source);
    bool read;

    if (t == NULL || t->pitr_since_ms != 0)
        return 0;
    TRY(is_read(e, cx, source, &read));
    if (read)
        return 0;
    TRY(set_keeps_history(e, cx, t, false));
    return sweep_history(e, cx, source);
}

int64_t pitr_earliest_ms(const table *t, int64_t now_ms)
{
    int64_t oldest = now_ms - t->pitr_days * DAY_MS;

    return oldest > t->pitr_since_ms ? oldest : t->pitr_since_ms;
}

int pitr_seq(engine *e, ctx *cx, const table *t, int64_t at_ms, int64_t *seq)
{
    if (at_ms >= cx->now_ms) /* all there is, whatever the clock did */
        return store_history_last(e->st, cx, seq);
    return store_history_at(e->st, cx, t->number, at_ms, seq);
}

int pitr_set(engine *e, ctx *cx, const table *t, bool on, int64_t days)
{
    table next = *t;
    bool read;

    next.pitr_days = on ? days : 0;
    if (on && t->pitr_since_ms == 0)
        next.pitr_since_ms = cx->now_ms;
    if (!on)
        next.pitr_since_ms = 0;
    if (on && e->jobs_due_ms > cx->now_ms + LOOK_MS)
        e->jobs_due_ms = cx->now_ms + LOOK_MS;
    TRY(is_read(e, cx, t->number, &read));
    next.keeps_history = on || read;
    TRY(catalog_replace(e, cx, &next));
    return t->keeps_history && !next.keeps_history ? sweep_history(e, cx, t->number) : 0;
}

/* ---- backups and restores ---- */

/* A backup of t without its rows. */
static int new_backup(engine *e, ctx *cx, const table *t, str name, archive *out)
{
    buf definition;

    buf_init_arena(&definition, cx->a, REQUEST_BYTES_MAX);
    table_store(t, &definition);
    if (definition.err != 0)
        return definition.err;
    TRY(backup_new_archive(e, cx, ARCHIVE_BACKUP, t->name, out));
    out->name = name;
    out->body = buf_view(&definition);
    TRY(store_table_stats(e->st, cx, t, &out->items, &out->bytes));
    return store_archive_add(e->st, cx, out);
}

int backup_create(engine *e, ctx *cx, const table *t, str name, archive *out)
{
    job j = {.kind = JOB_BACKUP, .source = t->number, .state = STR("")};

    TRY(new_backup(e, cx, t, name, out));
    TRY(store_history_last(e->st, cx, &j.seq));
    j.archive = out->number;
    return job_start(e, cx, &j);
}

int backup_in_use(engine *e, ctx *cx, const archive *a, bool *out)
{
    job j = {0};
    int rc;

    *out = false;
    while ((rc = store_job_next(e->st, cx, j.number, &j)) == 0)
        if (j.archive == a->number)
            *out = true;
    return rc == DDB_NOT_FOUND ? 0 : rc;
}

int backup_delete(engine *e, ctx *cx, const archive *a)
{
    job sweep = {.kind = JOB_SWEEP_BACKUP, .archive = a->number, .state = STR("")};

    TRY(store_archive_delete(e->st, cx, a->number));
    return job_start(e, cx, &sweep);
}

static int restore(engine *e, ctx *cx, job *j, table *target)
{
    TRY(store_table_next_number(e->st, cx, &target->number));
    target->status = TABLE_CREATING;
    TRY(catalog_add(e, cx, target));
    j->target = target->number;
    return job_start(e, cx, j);
}

int backup_restore(engine *e, ctx *cx, const archive *from, table *target)
{
    job j = {.kind = JOB_RESTORE, .archive = from->number, .state = STR("")};

    return restore(e, cx, &j, target);
}

int backup_restore_past(engine *e, ctx *cx, const table *source, int64_t at_ms, table *target)
{
    job j = {.kind = JOB_RESTORE_PAST, .source = source->number, .state = STR("")};

    TRY(pitr_seq(e, cx, source, at_ms, &j.seq));
    return restore(e, cx, &j, target);
}

int job_activate(engine *e, ctx *cx, const table *t)
{
    table next = *t;

    next.status = TABLE_ACTIVE;
    return catalog_replace(e, cx, &next);
}

/* ---- a table that goes ---- */

/* Guide, "Point-in-time recovery": a deleted table's last state is kept as a system backup. No
 * name that a user may give has a '$'. The rows go with the request, so they are copied at once. */
static int keep_last_state(engine *e, ctx *cx, const table *t)
{
    archive a;
    buf name;

    buf_init_arena(&name, cx->a, 1024);
    buf_fmt(&name, "%S$DeletedTableBackup", t->name);
    if (name.err != 0)
        return name.err;
    TRY(new_backup(e, cx, t, buf_view(&name), &a));
    TRY(store_backup_add_all(e->st, cx, a.number, t));
    a.status = ARCHIVE_DONE;
    a.ended_ms = cx->now_ms;
    return store_archive_save(e->st, cx, &a);
}

bool backup_is_system(const archive *a)
{
    return a->name.n > 0 && memchr(a->name.p, '$', a->name.n) != NULL;
}

int64_t backup_expires_ms(const archive *a)
{
    return a->created_ms + PITR_DAYS_MAX * (int64_t)DAY_MS;
}

int backup_table_goes(engine *e, ctx *cx, const table *t)
{
    job j = {0};
    int rc;

    if (t->pitr_since_ms != 0)
        TRY(keep_last_state(e, cx, t));
    while ((rc = store_job_next(e->st, cx, j.number, &j)) == 0) {
        if (j.source != t->number || j.kind == JOB_SWEEP_HISTORY)
            continue;
        while ((rc = job_slice(e, cx, &j)) > 0)
            ;
        TRY(rc);
    }
    if (rc != DDB_NOT_FOUND)
        return rc;
    return t->keeps_history ? sweep_history(e, cx, t->number) : 0;
}

/* ---- one batch ---- */

static int keep(ctx *cx, str from, str *to)
{
    *to = (str){arena_copy(cx->a, from.p, from.n), from.n};
    return to->p == NULL ? DDB_NOMEM : 0;
}

static int keep_row(ctx *cx, const past_row *given, past_row *kept)
{
    const row *from = &given->r;
    row *to = &kept->r;

    *kept = *given;
    TRY(keep(cx, from->key.pk, &to->key.pk));
    TRY(keep(cx, from->key.sk, &to->key.sk));
    return from->item.p == NULL ? 0 : keep(cx, from->item, &to->item);
}

static int open_rows(engine *e, ctx *cx, const job *j, past *p)
{
    const key_bytes *after = j->begun ? &j->at : NULL;
    const table *source;

    if (j->kind == JOB_RESTORE)
        return store_past_open_backup(e->st, cx, j->archive, after, p);
    if (j->kind == JOB_EXPORT && j->seq_from >= 0)
        return store_past_open_changes(e->st, cx, j->source, j->seq_from, j->seq, after, p);
    source = job_table(e, j->source);
    assert(source != NULL); /* backup_table_goes() */
    return store_past_open(e->st, cx, source, j->seq, after, p);
}

int job_read_batch(engine *e, ctx *cx, const job *j, size_t bytes_max, job_batch *b)
{
    size_t bytes = 0;
    past_row r;
    past p;
    int rc;

    b->count = 0;
    b->rows = ARENA_ARRAY(cx->a, past_row, BATCH_ROWS);
    if (b->rows == NULL)
        return DDB_NOMEM;
    TRY(open_rows(e, cx, j, &p));
    do {
        rc = store_past_next(&p, cx, &r);
        if (rc <= 0)
            break;
        rc = keep_row(cx, &r, &b->rows[b->count]);
        b->count++;
        bytes += r.r.size;
    } while (rc >= 0 && b->count < BATCH_ROWS && bytes < bytes_max);
    b->end = rc == 0 && b->count < BATCH_ROWS && bytes < bytes_max;
    store_past_close(&p);
    return rc < 0 ? rc : 0;
}

int job_put_row(engine *e, ctx *cx, const table *t, const row *r)
{
    index_cell cells[INDEX_MAX];
    item_view view = item_view_text(r->item);

    assert(t->index_count <= INDEX_MAX);
    for (uint32_t i = 0; i < t->index_count; i++) {
        int rc = index_key(cx, t, &t->indexes[i], &view, &cells[i].key);
        if (rc < 0)
            return rc;
        cells[i].in = rc > 0;
    }
    return store_put(e->st, cx, t, &r->key, r->size, r->item, t->index_count > 0 ? cells : NULL);
}

static int write_batch(engine *e, ctx *cx, const job *j, const job_batch *b)
{
    const table *target = j->target == 0 ? NULL : job_table(e, j->target);

    for (uint32_t i = 0; i < b->count; i++) {
        if (j->kind == JOB_BACKUP)
            TRY(store_backup_add(e->st, cx, j->archive, &b->rows[i].r));
        else if (target != NULL)
            TRY(job_put_row(e, cx, target, &b->rows[i].r));
    }
    return 0;
}

/* ---- slices ---- */

int job_move_to(job *j, const key_bytes *last, char *memory)
{
    if (last->pk.n + last->sk.n > JOB_POSITION_BYTES_MAX)
        return DDB_TOO_BIG;
    memcpy(memory, last->pk.p, last->pk.n);
    memcpy(memory + last->pk.n, last->sk.p, last->sk.n);
    j->begun = true;
    j->at = (key_bytes){last->h, {memory, last->pk.n}, {memory + last->pk.n, last->sk.n}};
    return 0;
}

/* 1 when there is more. */
static int copy_slice(engine *e, ctx *cx, job *j)
{
    int64_t began = e->host.now_ms(e->host.user);
    char *memory = arena_alloc(cx->a, JOB_POSITION_BYTES_MAX);
    uint32_t rows = 0;
    job_batch b = {0};

    if (memory == NULL)
        return DDB_NOMEM;
    do {
        arena_mark mark = arena_mark_get(cx->a);
        TRY(job_read_batch(e, cx, j, BATCH_BYTES, &b));
        TRY(write_batch(e, cx, j, &b));
        if (b.count > 0)
            TRY(job_move_to(j, &b.rows[b.count - 1].r.key, memory));
        rows += b.count;
        arena_rewind(cx->a, mark);
    } while (!b.end && rows < SLICE_ROWS && e->host.now_ms(e->host.user) - began < SLICE_MS);
    return !b.end;
}

static int sweep_slice(engine *e, ctx *cx, const job *j)
{
    int rc;

    if (j->kind == JOB_SWEEP_BACKUP)
        rc = store_backup_trim(e->st, cx, j->archive, SWEEP_ROWS);
    else
        rc = store_history_trim(e->st, cx, j->source, INT64_MAX, j->seq, SWEEP_ROWS);
    return rc < 0 ? rc : rc == SWEEP_ROWS;
}

static int finish_backup(engine *e, ctx *cx, const job *j)
{
    archive a;
    int rc = store_archive_at(e->st, cx, j->archive, &a);

    if (rc < 0)
        return rc == DDB_NOT_FOUND ? 0 : rc;
    a.status = ARCHIVE_DONE;
    a.ended_ms = cx->now_ms;
    return store_archive_save(e->st, cx, &a);
}

static int finish_restore(engine *e, ctx *cx, const job *j)
{
    const table *t = job_table(e, j->target);

    return t == NULL ? 0 : job_activate(e, cx, t);
}

static int finish(engine *e, ctx *cx, const job *j)
{
    switch (j->kind) {
    case JOB_BACKUP:
        return finish_backup(e, cx, j);
    case JOB_RESTORE:
    case JOB_RESTORE_PAST:
        return finish_restore(e, cx, j);
    default: /* exports and imports complete themselves, sweeps leave nothing */
        return 0;
    }
}

static int run_slice(engine *e, ctx *cx, job *j)
{
    switch (j->kind) {
    case JOB_BACKUP:
    case JOB_RESTORE:
    case JOB_RESTORE_PAST:
        return copy_slice(e, cx, j);
    case JOB_EXPORT:
        return export_slice(e, cx, j);
    case JOB_IMPORT:
    case JOB_BULK:
        return import_slice(e, cx, j);
    default:
        return sweep_slice(e, cx, j);
    }
}

static bool reads_source(const job *j)
{
    return j->source != 0 && j->kind != JOB_SWEEP_HISTORY;
}

int job_slice(engine *e, ctx *cx, job *j)
{
    int more = run_slice(e, cx, j);

    TRY(more);
    if (more > 0) {
        if (j->number != 0)
            TRY(store_job_save(e->st, cx, j));
        return 1;
    }
    if (j->number != 0)
        TRY(store_job_delete(e->st, cx, j->number));
    TRY(finish(e, cx, j));
    return reads_source(j) ? release_source(e, cx, j->source) : 0;
}

int job_start(engine *e, ctx *cx, job *j)
{
    int64_t began = e->host.now_ms(e->host.user);
    const table *t;
    int more, slices = 0;

    do {
        more = job_slice(e, cx, j);
        slices++;
    } while (more > 0 && slices < SLICES_AT_ONCE &&
             e->host.now_ms(e->host.user) - began < SLICE_MS);
    if (more <= 0)
        return more;
    TRY(store_job_add(e->st, cx, j));
    e->jobs_due_ms = WORK_NOW;
    t = reads_source(j) ? job_table(e, j->source) : NULL;
    return t == NULL ? 0 : set_keeps_history(e, cx, t, true);
}

/* ---- background work ---- */

/* The first table that has old images nobody can ask for any more; NULL: there is none. */
static int due_history(engine *e, ctx *cx, const table **out)
{
    const table *t;
    int64_t seq;

    *out = NULL;
    for (uint32_t i = 0; *out == NULL && (t = catalog_at(e, i)) != NULL; i++) {
        if (t->pitr_since_ms == 0)
            continue;
        TRY(store_history_at(e->st, cx, t->number, cx->now_ms - t->pitr_days * DAY_MS, &seq));
        if (seq != 0)
            *out = t;
    }
    return 0;
}

/* The first system backup whose time is over: 1 and *due; *any: there is one that will be. */
static int due_backup(engine *e, ctx *cx, archive *due, bool *any)
{
    archive a = {.id = STR("")};
    int rc;

    *any = false;
    while ((rc = store_archive_next(e->st, cx, ARCHIVE_BACKUP, a.id, &a)) == 0) {
        if (!backup_is_system(&a))
            continue;
        *any = true;
        if (backup_expires_ms(&a) <= cx->now_ms) {
            *due = a;
            return 1;
        }
    }
    return rc == DDB_NOT_FOUND ? 0 : rc;
}

static bool any_pitr(engine *e)
{
    const table *t;

    for (uint32_t i = 0; (t = catalog_at(e, i)) != NULL; i++)
        if (t->pitr_since_ms != 0)
            return true;
    return false;
}

/* Inside its own transaction. Jobs go before history: one of them may still read what is due. */
static int slice(engine *e, ctx *cx)
{
    const table *t;
    archive old;
    bool any;
    job j;
    int rc = store_job_next(e->st, cx, 0, &j);

    if (rc == 0) {
        TRY(job_slice(e, cx, &j));
        return 1; /* the next call sees whether there is more */
    }
    if (rc != DDB_NOT_FOUND)
        return rc;
    TRY(rc = due_backup(e, cx, &old, &any));
    if (rc > 0) {
        TRY(backup_delete(e, cx, &old));
        return 1;
    }
    TRY(due_history(e, cx, &t));
    if (t == NULL)
        return 0;
    TRY(store_history_trim(e->st, cx, t->number, cx->now_ms - t->pitr_days * DAY_MS, INT64_MAX,
                           SWEEP_ROWS));
    return 1;
}

/* Looks first, without the lock that a write transaction takes. *later: there will be work though
 * there is none now. */
static int waiting(engine *e, ctx *cx, bool *later)
{
    const table *t;
    archive old;
    job j;
    int rc = store_job_next(e->st, cx, 0, &j);

    *later = true;
    if (rc != DDB_NOT_FOUND)
        return rc < 0 ? rc : 1;
    TRY(rc = due_backup(e, cx, &old, later));
    if (rc > 0)
        return 1;
    *later = *later || any_pitr(e);
    TRY(due_history(e, cx, &t));
    return t != NULL;
}

int64_t jobs_due_ms(engine *e)
{
    return e->jobs_due_ms;
}

int jobs_work(engine *e, ctx *cx)
{
    bool later;
    int more = waiting(e, cx, &later);

    if (more > 0)
        more = work_in_transaction(e, cx, slice);
    TRY(more);
    if (more == 0)
        e->jobs_due_ms = later ? cx->now_ms + LOOK_MS : WORK_NEVER;
    return more;
}

int backup_next(engine *e, ctx *cx, archive_kind kind, str after, archive *out)
{
    return store_archive_next(e->st, cx, kind, after, out);
}

int backup_by_token(engine *e, ctx *cx, archive_kind kind, str token, int64_t after_ms,
                    archive *out)
{
    return store_archive_by_token(e->st, cx, kind, token, after_ms, out);
}
