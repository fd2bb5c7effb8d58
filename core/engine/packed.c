/*
 * packed.c - see packed.h. Start at packed_get().
 */
#include "engine/packed.h"

static size_t size_of(const packed *k)
{
    return (size_t)k->room * (k->dimensions * sizeof *k->values + sizeof *k->entries) +
           k->keys_room;
}

static void drop_values(engine *e, packed *k)
{
    mem_free(e->m, k->values);
    mem_free(e->m, k->entries);
    mem_free(e->m, k->keys);
    k->values = NULL;
    k->entries = NULL;
    k->keys = NULL;
    k->count = k->room = 0;
    k->keys_n = k->keys_room = 0;
}

static void drop(engine *e, packed *k)
{
    drop_values(e, k);
    mem_free(e->m, k);
}

void packed_free(engine *e)
{
    while (e->packed != NULL) {
        packed *k = e->packed;
        e->packed = k->next;
        drop(e, k);
    }
}

key_bytes packed_key(const packed *k, uint32_t i)
{
    const packed_entry *x = &k->entries[i];
    const char *at = k->keys + x->key;

    return (key_bytes){x->h, {at, x->pk_n}, {at + x->pk_n, x->sk_n}};
}

/* ---- filling ---- */

typedef struct fill {
    engine *e;
    packed *k;
    const vector_def *d;
    float *row;
    size_t others; /* bytes of the other indexes */
} fill;

static int grow(engine *e, void **p, size_t bytes)
{
    void *more = mem_realloc(e->m, *p, bytes);

    if (more == NULL)
        return DDB_NOMEM;
    *p = more;
    return 0;
}

static int make_room(fill *f, size_t key_bytes)
{
    packed *k = f->k;

    if (k->count == k->room) {
        uint32_t room = k->room == 0 ? 64 : 2 * k->room;
        void *values = k->values, *entries = k->entries;
        int rc = grow(f->e, &values, (size_t)room * k->dimensions * sizeof *k->values);
        k->values = values;
        TRY(rc);
        rc = grow(f->e, &entries, (size_t)room * sizeof *k->entries);
        k->entries = entries;
        TRY(rc);
        k->room = room;
    }
    if (key_bytes > k->keys_room - k->keys_n) {
        size_t room = 2 * k->keys_room + key_bytes + 1024;
        void *keys = k->keys;
        int rc = grow(f->e, &keys, room);
        k->keys = keys;
        TRY(rc);
        k->keys_room = room;
    }
    return 0;
}

static int fill_row(ctx *cx, void *user, const row *r)
{
    fill *f = user;
    packed *k = f->k;
    packed_entry *x;
    int rc = vector_of_text(cx, f->d, r->item, f->row);

    k->rows++;
    k->bytes += (int64_t)r->size;
    if (rc <= 0)
        return rc;
    TRY(make_room(f, r->key.pk.n + r->key.sk.n));
    if (size_of(k) + f->others > PACKED_BYTES_MAX) {
        k->too_large = true;
        return 1;
    }
    memcpy(k->values + (size_t)k->count * k->dimensions, f->row,
           k->dimensions * sizeof *k->values);
    x = &k->entries[k->count++];
    *x = (packed_entry){.norm = vector_norm(f->row, k->dimensions), .key = k->keys_n,
                        .h = r->key.h, .pk_n = (uint16_t)r->key.pk.n,
                        .sk_n = (uint16_t)r->key.sk.n};
    memcpy(k->keys + k->keys_n, r->key.pk.p, r->key.pk.n);
    if (r->key.sk.n > 0)
        memcpy(k->keys + k->keys_n + r->key.pk.n, r->key.sk.p, r->key.sk.n);
    k->keys_n += r->key.pk.n + r->key.sk.n;
    return 0;
}

static int fill_index(engine *e, ctx *cx, const table *t, const vector_def *d, packed *k)
{
    fill f = {.e = e, .k = k, .d = d, .row = ARENA_ARRAY(cx->a, float, d->dimensions)};

    for (const packed *other = e->packed; other != NULL; other = other->next)
        f.others += size_of(other);
    if (f.row == NULL)
        return DDB_NOMEM;
    TRY(engine_each(e, cx, t, fill_row, &f));
    if (k->too_large)
        drop_values(e, k);
    return 0;
}

/* ---- which ---- */

/* Takes the index's entry out of the list, if it has one. */
static packed *take(engine *e, const table *t, str index)
{
    for (packed **at = &e->packed; *at != NULL; at = &(*at)->next) {
        packed *k = *at;
        if (k->table != t->number || !str_eq(k->index, index))
            continue;
        *at = k->next;
        return k;
    }
    return NULL;
}

static packed *fresh(engine *e, const table *t, const vector_def *d)
{
    packed *k = mem_alloc(e->m, sizeof *k + d->ix.name.n);

    if (k == NULL)
        return NULL;
    *k = (packed){.table = t->number, .dimensions = d->dimensions};
    memcpy(k + 1, d->ix.name.p, d->ix.name.n);
    k->index = (str){(char *)(k + 1), d->ix.name.n};
    return k;
}

static int first_only(ctx *cx, void *user, const row *r)
{
    (void)cx;
    (void)user;
    (void)r;
    return 1;
}

/* The list is in order of use, and what has changed since is of no use to anybody. */
static void drop_stale(engine *e, const store_stamp *now)
{
    packed **at = &e->packed;

    while (*at != NULL) {
        packed *k = *at;
        if (store_stamp_eq(&k->stamp, now)) {
            at = &k->next;
            continue;
        }
        *at = k->next;
        drop(e, k);
    }
}

int packed_get(engine *e, ctx *cx, const table *t, const vector_def *d, const packed **out)
{
    store_stamp now;
    packed *k;
    int rc = 0;

    /* A row is read, so that the stamp is that of the snapshot. */
    TRY(engine_each(e, cx, t, first_only, NULL));
    now = store_stamp_get(e->st);
    drop_stale(e, &now);
    k = take(e, t, d->ix.name);
    if (k == NULL) {
        k = fresh(e, t, d);
        if (k == NULL)
            return DDB_NOMEM;
        k->stamp = now;
        rc = fill_index(e, cx, t, d, k);
        if (rc < 0) {
            drop(e, k);
            return rc;
        }
    }
    k->next = e->packed;
    e->packed = k;
    *out = k;
    return k->too_large ? 0 : 1;
}
