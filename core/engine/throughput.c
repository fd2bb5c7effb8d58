/*
 * throughput.c - provisioned throughput, enforced: a token bucket for the reads and one for the
 * writes of each table and each global index.
 *
 * A bucket fills at the units a second that are set, and holds what 300 seconds bring: the guide's
 * burst capacity. It begins, when the table does, with one second's. A request is let in while
 * anything is left and pays what it turns out to cost, so a large one may leave a debt that the
 * next must wait out; that is how a 400 KB item fits into a table with one unit. Tables on demand
 * have a bucket of one second where a maximum is set, else none.
 *
 * Local indexes draw from the table's buckets, a transaction pays twice, and what is refused pays
 * nothing. Buckets live in memory, by the host's clock.
 */
#include "engine/catalog.h"
#include "engine/faults.h"

#define BURST_SECONDS 300

double throughput_rate(const table *t, const index_def *ix, bool write)
{
    const index_def *own = ix != NULL && ix->global ? ix : NULL;

    if (t->billing == BILLING_PROVISIONED) {
        const throughput *rw = own != NULL ? &own->rw : &t->rw;
        return (double)(write ? rw->write : rw->read);
    } else {
        const on_demand_limits *max = own != NULL ? &own->on_demand : &t->on_demand;
        int64_t rate = write ? max->max_write : max->max_read;
        return rate > 0 ? (double)rate : 0;
    }
}

static double seconds_between(int64_t from_ms, int64_t to_ms)
{
    return to_ms > from_ms ? (double)(to_ms - from_ms) / 1000 : 0;
}

static bool table_is_there(engine *e, int64_t number)
{
    const table *t;

    for (uint32_t i = 0; (t = catalog_at(e, i)) != NULL; i++)
        if (t->number == number)
            return true;
    return false;
}

/* Room for one more: buckets of tables that are gone make it, else there is more memory. */
static int make_room(engine *e)
{
    faults *f = e->faults;
    uint32_t kept = 0, cap = f->bucket_cap == 0 ? 16 : 2 * f->bucket_cap;
    bucket *more;

    if (f->bucket_count < f->bucket_cap)
        return 0;
    for (uint32_t i = 0; i < f->bucket_count; i++)
        if (table_is_there(e, f->buckets[i].table))
            f->buckets[kept++] = f->buckets[i];
    f->bucket_count = kept;
    if (2 * kept < f->bucket_cap)
        return 0;
    more = mem_realloc(f->m, f->buckets, cap * sizeof *more);
    if (more == NULL)
        return DDB_NOMEM;
    f->buckets = more;
    f->bucket_cap = cap;
    return 0;
}

/* The bucket as it is now; NULL when there is no memory. */
static bucket *bucket_of(engine *e, int64_t now_ms, const table *t, const index_def *ix,
                         bool write)
{
    faults *f = e->faults;
    int32_t slot = ix != NULL && ix->global ? ix->slot : -1;
    double rate = throughput_rate(t, ix, write);
    double max = t->billing == BILLING_PROVISIONED ? rate * BURST_SECONDS : rate;
    bucket *b = NULL;

    for (uint32_t i = 0; b == NULL && i < f->bucket_count; i++) {
        bucket *x = &f->buckets[i];
        if (x->table == t->number && x->slot == slot && x->write == write)
            b = x;
    }
    if (b == NULL) {
        if (make_room(e) < 0)
            return NULL;
        b = &f->buckets[f->bucket_count++];
        *b = (bucket){t->number, slot, write, rate, t->created_ms};
    }
    b->level += rate * seconds_between(b->at_ms, now_ms);
    b->at_ms = now_ms;
    if (b->level > max)
        b->level = max;
    return b;
}

static bool enforced(const engine *e)
{
    return e->faults != NULL && e->faults->enforced && e->faults->op.p != NULL;
}

int throughput_admit(engine *e, ctx *cx, const fault_touch *x)
{
    const bucket *b;

    if (!enforced(e) || throughput_rate(x->t, x->ix, x->write) == 0)
        return 0;
    b = bucket_of(e, cx->now_ms, x->t, x->ix, x->write);
    if (b == NULL)
        return DDB_NOMEM;
    if (b->level > 0)
        return 0;
    if (x->t->billing == BILLING_PROVISIONED)
        return faults_fail(e, cx, DDB_THROUGHPUT_EXCEEDED, STR_ABSENT, x);
    return faults_fail(e, cx, DDB_THROTTLING,
                       STR("Throughput exceeds the maximum OnDemandThroughput configured on table "
                           "or index"), x);
}

int throughput_admit_indexes(engine *e, ctx *cx, const capacity *c)
{
    for (uint32_t i = 0; enforced(e) && c->any_index && i < c->t->index_count; i++) {
        const fault_touch x = {.t = c->t, .ix = &c->t->indexes[i], .write = true};

        if (c->index_charged[i] && x.ix->global)
            TRY(throughput_admit(e, cx, &x));
    }
    return 0;
}

static int spend(engine *e, ctx *cx, const table *t, const index_def *ix, bool write, double units)
{
    bucket *b;

    if (units == 0 || throughput_rate(t, ix, write) == 0)
        return 0;
    b = bucket_of(e, cx->now_ms, t, ix, write);
    if (b == NULL)
        return DDB_NOMEM;
    b->level -= units;
    return 0;
}

int throughput_spend(engine *e, ctx *cx, const capacity *c, bool write)
{
    if (!enforced(e))
        return 0;
    TRY(spend(e, cx, c->t, NULL, write, c->table));
    for (uint32_t i = 0; c->any_index && i < c->t->index_count; i++)
        TRY(spend(e, cx, c->t, &c->t->indexes[i], write, c->index[i]));
    return 0;
}
