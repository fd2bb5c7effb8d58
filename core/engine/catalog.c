/*
 * catalog.c - the tables of a database, in memory, in step with the file.
 *
 *   by_name[]   entries in byte order of names     ListTables, and the owner of the entries
 *   slots[]     open-addressed hash of names       catalog_find, on every request
 *   retired     entries replaced since the last catalog_refresh()
 *
 * A stored definition may say that its table is CREATING, UPDATING or DELETING until some time.
 * When the clock of a request has passed it, settle() ends that here, in memory; so do all
 * processes that have the file open, each by its clock, and none has to write it down. Only a
 * table that is gone needs a write transaction, in which its rows go: the next one there is. Until
 * then it is hidden.
 *
 * Promises:
 *   - a `table` handed out stays valid until the next catalog_refresh(), whatever happens to it;
 *   - loading again keeps the entry of every table whose stored definition did not change, so
 *     that another process's row writes cost one pass over ddb_table and no statements;
 *   - when a function fails, the catalog is as it was (the store may not be: the transaction is
 *     rolled back by whoever opened it, and catalog_invalidate() called).
 * Start at load().
 */
#include "engine/catalog.h"

#include <assert.h>

#include "base/hash.h"
#include "engine/stream.h"
#include "engine/ttl.h"
#include "engine/work.h"

typedef struct entry {
    struct entry *next;   /* in the retired list */
    uint64_t fingerprint; /* of the stored definition */
    bool keep;            /* while loading again: seen unchanged */
    table *t;             /* the block behind this struct */
} entry;

struct catalog {
    entry **by_name;
    uint32_t count, cap;
    uint32_t *slots;      /* position in by_name + 1; 0 free */
    uint32_t slot_mask;   /* a power of two minus one */
    entry *retired;
    uint32_t version;     /* of the store, at the last load */
    bool stale;
    int64_t due_ms;       /* settle() has nothing to do before */
    int64_t drop_ms;      /* the first table that is being deleted is gone then */
    bool hidden;          /* a table is gone, and its rows are still to be dropped */
};

#define ENTRY_HEAD ((sizeof(entry) + 7u) & ~(size_t)7u)
#define DEFINITION_MAX (16u * 1024 * 1024) /* ours: a definition with a 20 KB policy is far below */

/* ---- entries ---- */

static entry *entry_new(engine *e, const table *t, uint64_t fingerprint)
{
    entry *x = mem_alloc(e->m, ENTRY_HEAD + table_copy(t, NULL));

    if (x == NULL)
        return NULL;
    *x = (entry){.fingerprint = fingerprint, .t = (table *)(void *)((char *)x + ENTRY_HEAD)};
    (void)table_copy(t, x->t); /* the size is known */
    return x;
}

static void retire(catalog *c, entry *x)
{
    x->next = c->retired;
    c->retired = x;
}

static void free_retired(engine *e)
{
    catalog *c = e->cat;

    while (c->retired != NULL) {
        entry *x = c->retired;
        c->retired = x->next;
        mem_free(e->m, x);
    }
}

/* ---- the two ways in ---- */

/* Position of the first name that is not below `name`. */
static uint32_t lower_bound(const catalog *c, str name)
{
    uint32_t lo = 0, hi = c->count;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (str_cmp(c->by_name[mid]->t->name, name) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Fills slots from by_name. Both have their memory already: it cannot fail. */
static void rehash(catalog *c)
{
    memset(c->slots, 0, ((size_t)c->slot_mask + 1) * sizeof *c->slots);
    for (uint32_t i = 0; i < c->count; i++) {
        uint32_t at = (uint32_t)hash_fnv1a(c->by_name[i]->t->name) & c->slot_mask;
        while (c->slots[at] != 0)
            at = (at + 1) & c->slot_mask;
        c->slots[at] = i + 1;
    }
}

/* Room for `count` tables in by_name, and for twice as many in slots. */
static int reserve(engine *e, uint32_t count)
{
    catalog *c = e->cat;
    uint32_t cap = 16, slots;
    entry **by_name;
    uint32_t *table_slots;

    if (count <= c->cap)
        return 0;
    if (count > (1u << 24)) /* ours: the file would hold more than 16 million tables */
        return DDB_TOO_BIG;
    while (cap < count)
        cap *= 2;
    slots = cap * 2;
    table_slots = mem_alloc(e->m, slots * sizeof *table_slots);
    if (table_slots == NULL)
        return DDB_NOMEM;
    by_name = mem_realloc(e->m, c->by_name, cap * sizeof *by_name);
    if (by_name == NULL) {
        mem_free(e->m, table_slots);
        return DDB_NOMEM;
    }
    mem_free(e->m, c->slots);
    c->by_name = by_name;
    c->slots = table_slots;
    c->cap = cap;
    c->slot_mask = slots - 1;
    rehash(c);
    return 0;
}

static void insert(catalog *c, entry *x)
{
    uint32_t at = lower_bound(c, x->t->name);

    assert(c->count < c->cap);
    memmove(c->by_name + at + 1, c->by_name + at, (c->count - at) * sizeof *c->by_name);
    c->by_name[at] = x;
    c->count++;
    rehash(c);
}

/* ---- loading ---- */

typedef struct loader {
    engine *e;
    ctx *cx;
} loader;

static int load_one(void *user, int64_t number, str name, str definition)
{
    loader *l = user;
    engine *e = l->e;
    uint64_t fingerprint = hash_fnv1a(definition);
    arena_mark mark = arena_mark_get(l->cx->a);
    uint32_t at = lower_bound(e->cat, name);
    entry *x = at < e->cat->count ? e->cat->by_name[at] : NULL;
    table t;

    if (x != NULL && !str_eq(x->t->name, name))
        x = NULL;
    if (x != NULL && x->t->number == number && x->fingerprint == fingerprint) {
        x->keep = true;
        return 0;
    }
    TRY(table_load(l->cx, definition, &t));
    t.number = number;
    /* A file may be opened under another region or account: its tables are at home there. */
    TRY(engine_table_arn(e, l->cx, t.name, &t.arn));
    TRY(reserve(e, e->cat->count + 1));
    entry *fresh = entry_new(e, &t, fingerprint);
    if (fresh == NULL)
        return DDB_NOMEM;
    fresh->keep = true;
    work_follow(e, &t);
    arena_rewind(l->cx->a, mark);
    if (x != NULL) {
        store_forget_table(e->st, x->t->number);
        e->cat->by_name[at] = fresh;
        retire(e->cat, x);
    } else {
        insert(e->cat, fresh);
    }
    return 0;
}

/* Reads every definition. A failure half-way leaves some entries new and the catalog stale, so
 * that the next refresh goes over it again. */
static int load(engine *e, ctx *cx)
{
    catalog *c = e->cat;
    uint32_t kept = 0;
    loader l = {e, cx};

    c->stale = true;
    for (uint32_t i = 0; i < c->count; i++)
        c->by_name[i]->keep = false;
    TRY(store_tables(e->st, cx, load_one, &l));
    for (uint32_t i = 0; i < c->count; i++) {
        entry *x = c->by_name[i];
        if (x->keep) {
            c->by_name[kept++] = x;
        } else {
            store_forget_table(e->st, x->t->number);
            retire(c, x);
        }
    }
    c->count = kept;
    rehash(c);
    c->version = store_version(e->st); /* of the statement that has just run */
    c->stale = false;
    c->due_ms = INT64_MIN;
    return 0;
}

/* ---- transitions ---- */

/* Takes by_name[at] out; its memory stays until the next refresh. */
static void take_out(catalog *c, uint32_t at)
{
    retire(c, c->by_name[at]);
    c->count--;
    memmove(c->by_name + at, c->by_name + at + 1, (c->count - at) * sizeof *c->by_name);
    rehash(c);
}

static int drop_rows(engine *e, ctx *cx, const table *t)
{
    TRY(store_table_drop(e->st, cx, t));
    e->discard_due_ms = WORK_NOW; /* if it was a large one */
    TRY(ttl_forget(e, cx, t));
    return stream_follow(e, cx, t, NULL);
}

/* Ends what the clock has passed. A table whose rows were dropped is loaded again if that is
 * rolled back, because the catalog is stale from here on. */
static int settle(engine *e, ctx *cx)
{
    catalog *c = e->cat;
    bool writing = store_in_transaction(e->st), gone;

    c->due_ms = c->drop_ms = INT64_MAX;
    c->hidden = false;
    for (uint32_t i = 0; i < c->count;) {
        table *t = c->by_name[i]->t;
        int64_t due = table_settle(t, cx->now_ms, &gone);

        if (due < c->due_ms)
            c->due_ms = due;
        if (t->status == TABLE_DELETING && due < c->drop_ms)
            c->drop_ms = due;
        if (!gone) {
            i++;
            continue;
        }
        c->stale = c->stale || writing;
        c->hidden = true;
        take_out(c, i);
        if (writing)
            TRY(drop_rows(e, cx, t));
    }
    return 0;
}

/* A changed definition may have a transition of its own. */
static void watch(catalog *c, const table *t)
{
    bool any = t->until_ms != 0;

    for (uint32_t i = 0; i < t->index_count; i++)
        any = any || t->indexes[i].until_ms != 0;
    for (uint32_t i = 0; i < t->vector_count; i++)
        any = any || t->vectors[i].ix.until_ms != 0;
    if (any)
        c->due_ms = INT64_MIN;
}

static int nothing(engine *e, ctx *cx)
{
    (void)e;
    (void)cx;
    return 0;
}

int64_t catalog_due_ms(engine *e)
{
    return e->cat->hidden ? WORK_NOW : e->cat->drop_ms;
}

int catalog_work(engine *e, ctx *cx)
{
    return work_in_transaction(e, cx, nothing); /* the refresh under its lock drops the rows */
}

int catalog_new(engine *e, ctx *cx)
{
    int rc;

    e->cat = mem_alloc(e->m, sizeof *e->cat);
    if (e->cat == NULL)
        return DDB_NOMEM;
    *e->cat = (catalog){.stale = true, .drop_ms = INT64_MAX};
    rc = reserve(e, 1);
    if (rc == 0)
        rc = catalog_refresh(e, cx);
    if (rc < 0)
        catalog_free(e);
    return rc;
}

void catalog_free(engine *e)
{
    catalog *c = e->cat;

    if (c == NULL)
        return;
    free_retired(e);
    for (uint32_t i = 0; i < c->count; i++)
        mem_free(e->m, c->by_name[i]);
    mem_free(e->m, c->by_name);
    mem_free(e->m, c->slots);
    mem_free(e->m, c);
    e->cat = NULL;
}

bool catalog_is_stale(engine *e)
{
    return e->cat->stale || store_version(e->st) != e->cat->version;
}

int catalog_refresh(engine *e, ctx *cx)
{
    catalog *c = e->cat;

    free_retired(e);
    if (catalog_is_stale(e) || (c->hidden && store_in_transaction(e->st)))
        TRY(load(e, cx));
    return cx->now_ms >= c->due_ms ? settle(e, cx) : 0;
}

void catalog_invalidate(engine *e)
{
    e->cat->stale = true;
}

/* ---- reading ---- */

static entry *find(const catalog *c, str name)
{
    uint32_t at = (uint32_t)hash_fnv1a(name) & c->slot_mask;

    for (; c->slots[at] != 0; at = (at + 1) & c->slot_mask) {
        entry *x = c->by_name[c->slots[at] - 1];
        if (str_eq(x->t->name, name))
            return x;
    }
    return NULL;
}

const table *catalog_find(engine *e, str name)
{
    entry *x = find(e->cat, name);

    return x == NULL ? NULL : x->t;
}

uint32_t catalog_first_after(engine *e, str after)
{
    uint32_t at;

    if (after.p == NULL)
        return 0;
    at = lower_bound(e->cat, after);
    if (at < e->cat->count && str_eq(e->cat->by_name[at]->t->name, after))
        at++;
    return at;
}

const table *catalog_at(engine *e, uint32_t i)
{
    return i < e->cat->count ? e->cat->by_name[i]->t : NULL;
}

uint32_t catalog_count(const engine *e)
{
    return e->cat->count;
}

/* ---- changes ---- */

/* An entry for *t, with the fingerprint of the text that the store saves. */
static int entry_of(engine *e, ctx *cx, const table *t, entry **out)
{
    buf b;

    buf_init_arena(&b, cx->a, DEFINITION_MAX);
    table_store(t, &b);
    if (b.err != 0)
        return b.err;
    *out = entry_new(e, t, hash_fnv1a(buf_view(&b)));
    return *out == NULL ? DDB_NOMEM : 0;
}

int catalog_add(engine *e, ctx *cx, const table *t)
{
    entry *x;
    int rc;

    assert(find(e->cat, t->name) == NULL);
    TRY(reserve(e, e->cat->count + 1));
    TRY(entry_of(e, cx, t, &x));
    work_follow(e, t);
    rc = store_table_create(e->st, cx, t);
    if (rc >= 0)
        rc = stream_follow(e, cx, NULL, t);
    if (rc < 0) {
        mem_free(e->m, x);
        return rc;
    }
    insert(e->cat, x);
    watch(e->cat, t);
    return 0;
}

int catalog_replace(engine *e, ctx *cx, const table *t)
{
    uint32_t at = lower_bound(e->cat, t->name);
    entry *x;
    int rc;

    assert(at < e->cat->count && e->cat->by_name[at]->t->number == t->number);
    TRY(entry_of(e, cx, t, &x));
    rc = store_table_save(e->st, cx, t);
    if (rc >= 0)
        rc = stream_follow(e, cx, e->cat->by_name[at]->t, t);
    if (rc < 0) {
        mem_free(e->m, x);
        return rc;
    }
    retire(e->cat, e->cat->by_name[at]);
    e->cat->by_name[at] = x;
    watch(e->cat, t);
    return 0;
}

int catalog_remove(engine *e, ctx *cx, const table *t)
{
    catalog *c = e->cat;
    uint32_t at = lower_bound(c, t->name);

    assert(at < c->count && c->by_name[at]->t->number == t->number);
    TRY(drop_rows(e, cx, t));
    take_out(c, at);
    return 0;
}

int catalog_next_number(engine *e, ctx *cx, int64_t *out)
{
    return store_table_next_number(e->st, cx, out);
}
