/*
 * collection.c - the limit of item collections: what the items of one partition key take together
 * with their entries in local indexes is at most 10 GB (guide, "Item collection size limit").
 *
 * A write that lets a collection grow beyond it is refused; one that makes it no larger is not. A
 * collection cannot be larger than its database, so at the service's limit nothing is added up
 * before the database is that large, and how large it is is asked once in as many bytes as it could
 * grow by. With a lower limit (tests) every write to a table with local indexes adds up its
 * collection.
 */
#include "engine/write.h"

#include "engine/faults.h"

/* A row with its index entries is at most that much larger than its item's size. */
#define STORED_FACTOR 8
#define STORED_EXTRA 4096

static bool has_local_index(const table *t)
{
    for (uint32_t i = 0; i < t->index_count; i++)
        if (!t->indexes[i].global)
            return true;
    return false;
}

/* Could a collection be near the limit? */
static int worth_a_look(engine *e, ctx *cx, size_t item_size)
{
    int64_t bytes;

    if (e->collection_bytes_max < COLLECTION_BYTES_MAX)
        return 1;
    e->collection_look -= (int64_t)item_size * STORED_FACTOR + STORED_EXTRA;
    if (e->collection_look > 0)
        return 0;
    TRY(store_bytes(e->st, cx, &bytes));
    e->collection_look = e->collection_bytes_max - bytes;
    return e->collection_look <= 0;
}

/* An item's part of its collection. */
static int part_of(ctx *cx, const table *t, item_view view, str text, size_t size, int64_t *sum)
{
    *sum += (int64_t)size;
    for (uint32_t i = 0; i < t->index_count; i++) {
        const index_def *ix = &t->indexes[i];
        key_bytes at;
        size_t entry;
        int rc;

        if (ix->global)
            continue;
        TRY(rc = index_key(cx, t, ix, &view, &at));
        if (rc == 0)
            continue;
        TRY(index_entry_size(cx, t, ix, &view, text, &entry));
        *sum += (int64_t)entry;
    }
    return 0;
}

/* What the collection is now, and how much of it is the item that is about to be written. */
static int add_up(engine *e, ctx *cx, const write_plan *p, int64_t *sum, int64_t *own)
{
    const store_range range = {.t = p->t, .one_partition = true, .h = p->where.h,
                               .pk = p->where.pk};
    cursor *c;
    row r;
    int rc;

    *sum = *own = 0;
    TRY(store_cursor_open(e->st, cx, &range, &c));
    while ((rc = store_cursor_next(c, cx, &r)) > 0) {
        arena_mark mark = arena_mark_get(cx->a);
        int64_t before = *sum;

        rc = part_of(cx, p->t, item_view_text(r.item), r.item, r.size, sum);
        if (rc < 0)
            break;
        if (str_eq(r.key.sk, p->where.sk))
            *own = *sum - before;
        arena_rewind(cx->a, mark);
    }
    store_cursor_close(c);
    return rc;
}

int collection_check(engine *e, ctx *cx, const write_plan *p, const write_result *w)
{
    int64_t sum, own, next = 0;
    int rc;

    if ((p->kind != WRITE_PUT && p->kind != WRITE_UPDATE) || !has_local_index(p->t))
        return 0;
    TRY(rc = worth_a_look(e, cx, w->new_size));
    if (rc == 0)
        return 0;
    TRY(add_up(e, cx, p, &sum, &own));
    TRY(part_of(cx, p->t, item_view_map(write_new_map(p, w)), w->new_text, w->new_size, &next));
    if (next <= own || sum - own + next <= e->collection_bytes_max)
        return 0;
    return fail(cx, DDB_COLLECTION_SIZE, "Collection size exceeded.");
}
