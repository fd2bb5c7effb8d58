/*
 * capacity.c - what a read or a write costs, to the unit the service reports (facts capacity).
 *
 * The table's arm of a write is the larger of the item before and after, per started KB, times
 * the plan's factor (2 in a transaction). Each index has an arm of its own, on the size of the
 * index entry, never doubled:
 *
 *   entry before   after                         units
 *   -              there                         ceil(new)
 *   there          -                             ceil(old)
 *   there          same key, same attributes     none
 *   there          same key                      max(ceil(old), ceil(new))
 *   there          another key                   ceil(old) + ceil(new)
 *
 * A vector index is charged in bytes, in the same cases (search.h, vector_write_bytes): for an
 * entry that moves to another HASH value those of both.
 *
 * A set listed in another order is the same set, so entries are compared by value.
 */
#include "engine/search.h"
#include "engine/write.h"
#include "value/size.h"

#define READ_UNIT_BYTES 4096
#define WRITE_UNIT_BYTES 1024

double capacity_total(const capacity *c)
{
    double sum = c->table;

    for (uint32_t i = 0; c->any_index && i < c->t->index_count; i++)
        sum += c->index[i];
    return sum;
}

void capacity_add(capacity *to, const capacity *c)
{
    if (to->t == NULL)
        to->t = c->t;
    to->table += c->table;
    for (uint32_t i = 0; c->any_index && i < c->t->index_count; i++) {
        to->index[i] += c->index[i];
        to->index_charged[i] = to->index_charged[i] || c->index_charged[i];
    }
    to->any_index = to->any_index || c->any_index;
    for (uint32_t i = 0; c->any_vector && i < c->t->vector_count; i++)
        to->vector[i] += c->vector[i];
    to->any_vector = to->any_vector || c->any_vector;
}

static double steps(size_t bytes, size_t unit)
{
    return bytes == 0 ? 1 : (double)((bytes + unit - 1) / unit);
}

double capacity_read_units(size_t bytes, bool consistent)
{
    return steps(bytes, READ_UNIT_BYTES) * (consistent ? 1 : 0.5);
}

double capacity_write_units(size_t bytes)
{
    return steps(bytes, WRITE_UNIT_BYTES);
}

/* ---- index arms ---- */

typedef struct image {
    bool there;
    item_view view;
    str text;
    const map *m; /* NULL: not parsed yet */
} image;

typedef struct entry { /* an image as one index holds it */
    bool in;
    key_bytes key;
    size_t size;
} entry;

static int entry_of(ctx *cx, const table *t, const index_def *ix, image *im, entry *out)
{
    int rc;

    out->in = false;
    if (!im->there)
        return 0;
    rc = index_key(cx, t, ix, &im->view, &out->key);
    if (rc <= 0)
        return rc;
    out->in = true;
    return index_entry_size(cx, t, ix, &im->view, im->text, &out->size);
}

static int parse_image(ctx *cx, image *im)
{
    map *m;

    if (im->m != NULL)
        return 0;
    m = ARENA_NEW(cx->a, map);
    if (m == NULL)
        return DDB_NOMEM;
    TRY(item_parse(cx, im->text, m));
    im->m = m;
    return 0;
}

static uint32_t projected_count(const table *t, const index_def *ix, const map *m)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < m->count; i++)
        n += index_projects(t, ix, m->attrs[i].name) ? 1u : 0u;
    return n;
}

static bool same_projection(const table *t, const index_def *ix, const map *a, const map *b)
{
    if (ix->projection == PROJECT_ALL)
        return map_eq(a, b);
    if (projected_count(t, ix, a) != projected_count(t, ix, b))
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        const value *v;

        if (!index_projects(t, ix, a->attrs[i].name))
            continue;
        v = map_get(b, a->attrs[i].name);
        if (v == NULL || !value_eq(&a->attrs[i].v, v))
            return false;
    }
    return true;
}

static bool same_key(const key_bytes *a, const key_bytes *b)
{
    return a->h == b->h && str_eq(a->pk, b->pk) && str_eq(a->sk, b->sk);
}

/* *units is 0 when the index is not charged. */
static int index_units(ctx *cx, const table *t, const index_def *ix, image *before, image *after,
                       double *units)
{
    entry a, b;

    *units = 0;
    TRY(entry_of(cx, t, ix, before, &a));
    TRY(entry_of(cx, t, ix, after, &b));
    if (!a.in || !b.in) {
        if (a.in || b.in)
            *units = capacity_write_units(a.in ? a.size : b.size);
        return 0;
    }
    if (!same_key(&a.key, &b.key)) {
        *units = capacity_write_units(a.size) + capacity_write_units(b.size);
        return 0;
    }
    if (a.size == b.size) {
        TRY(parse_image(cx, before));
        TRY(parse_image(cx, after));
        if (same_projection(t, ix, before->m, after->m))
            return 0;
    }
    *units = capacity_write_units(a.size > b.size ? a.size : b.size);
    return 0;
}

/* ---- vector arms ---- */

/* *bytes is 0 when the image is not in the index. */
static int vector_bytes(ctx *cx, const table *t, const vector_def *d, image *im, double *bytes)
{
    attr a = {.name = d->attribute};
    size_t size;
    int rc;

    *bytes = 0;
    if (!im->there)
        return 0;
    rc = vector_of_item(cx, d, &im->view);
    if (rc <= 0)
        return rc;
    TRY(parse_image(cx, im));
    a.v = *map_get(im->m, d->attribute);
    TRY(index_entry_size(cx, t, &d->ix, &im->view, im->text, &size));
    *bytes = vector_write_bytes(d, size, size_attr(&a));
    return 0;
}

static bool same_partition(const vector_def *d, const map *a, const map *b)
{
    for (uint32_t i = 0; i < d->schema_count; i++)
        if (d->schema[i].hash)
            return value_eq(map_get(a, d->schema[i].a.name), map_get(b, d->schema[i].a.name));
    return true;
}

static int vector_charge(ctx *cx, const table *t, const vector_def *d, image *before, image *after,
                         double *bytes)
{
    double a, b;

    TRY(vector_bytes(cx, t, d, before, &a));
    TRY(vector_bytes(cx, t, d, after, &b));
    *bytes = a > b ? a : b;
    if (a == 0 || b == 0)
        return 0;
    if (!same_partition(d, before->m, after->m))
        *bytes = a + b;
    else if (same_projection(t, &d->ix, before->m, after->m))
        *bytes = 0;
    return 0;
}

static image image_of(bool there, const map *m, str text)
{
    image im = {.there = there, .text = text, .m = m};

    if (there)
        im.view = m != NULL ? item_view_map(m) : item_view_text(text);
    return im;
}

int capacity_of_write(ctx *cx, const write_plan *p, write_result *w)
{
    const table *t = p->t;
    const map *old_map = p->kind == WRITE_UPDATE ? &w->old_map : NULL;
    image before = image_of(w->existed, old_map, w->old_text);
    image after = image_of(w->has_new, write_new_map(p, w), w->new_text);

    w->used.t = t;
    w->used.table =
        p->factor * capacity_write_units(w->old_size > w->new_size ? w->old_size : w->new_size);
    if (p->kind == WRITE_CHECK || (!w->existed && !w->has_new) ||
        (w->existed && w->has_new && !w->changed))
        return 0;
    for (uint32_t i = 0; i < t->index_count; i++) {
        TRY(index_units(cx, t, &t->indexes[i], &before, &after, &w->used.index[i]));
        w->used.index_charged[i] = w->used.index[i] > 0;
        w->used.any_index = w->used.any_index || w->used.index_charged[i];
    }
    for (uint32_t i = 0; i < t->vector_count; i++) {
        TRY(vector_charge(cx, t, &t->vectors[i], &before, &after, &w->used.vector[i]));
        w->used.any_vector = w->used.any_vector || w->used.vector[i] > 0;
    }
    return 0;
}
