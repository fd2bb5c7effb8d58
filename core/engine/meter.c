/*
 * meter.c - see meter.h.
 */
#include "engine/meter.h"

#include "base/hash.h"

int meter_start(engine *e, ctx *cx)
{
    if (e->meter != NULL)
        return 0;
    e->meter = mem_alloc(e->m, sizeof *e->meter);
    if (e->meter == NULL)
        return DDB_NOMEM;
    *e->meter = (meter){.m = e->m, .since_ms = cx->now_ms};
    trace_init(&e->meter->steps, e->m, false);
    return 0;
}

void meter_reset(engine *e, int64_t now_ms)
{
    meter *k = e->meter;

    if (k == NULL)
        return;
    while (k->ops != NULL) {
        meter_op *op = k->ops;
        k->ops = op->next;
        mem_free(k->m, op);
    }
    while (k->cells != NULL) {
        meter_cell *c = k->cells;
        k->cells = c->in_order;
        mem_free(k->m, c);
    }
    memset(k->buckets, 0, sizeof k->buckets);
    k->last_op = NULL;
    k->last_cell = NULL;
    k->cell_count = 0;
    k->incomplete = false;
    k->since_ms = now_ms;
}

void meter_stop(engine *e)
{
    if (e->meter == NULL)
        return;
    meter_reset(e, 0);
    if (e->trace == &e->meter->steps)
        e->trace = NULL;
    trace_release(&e->meter->steps);
    mem_free(e->m, e->meter);
    e->meter = NULL;
}

void meter_begin(engine *e)
{
    trace_reset(&e->meter->steps);
    e->trace = &e->meter->steps;
}

/* ---- adding up ---- */

static meter_op *op_of(meter *k, const char *name)
{
    meter_op *op;

    for (op = k->ops; op != NULL; op = op->next)
        if (op->name == name)
            return op;
    op = mem_alloc(k->m, sizeof *op);
    if (op == NULL)
        return NULL;
    *op = (meter_op){.name = name};
    if (k->last_op != NULL)
        k->last_op->next = op;
    else
        k->ops = op;
    k->last_op = op;
    return op;
}

static str copy_to(char **at, str s)
{
    str copy = {*at, s.n};

    if (s.p == NULL)
        return STR_ABSENT;
    memcpy(*at, s.p, s.n);
    *at += s.n;
    return copy;
}

static meter_cell *cell_new(meter *k, const meter_op *op, str table, str index)
{
    meter_cell *c = mem_alloc(k->m, sizeof *c + table.n + index.n + 1);
    char *at;

    if (c == NULL)
        return NULL;
    at = (char *)(c + 1);
    *c = (meter_cell){.op = op};
    c->table = copy_to(&at, table);
    c->index = copy_to(&at, index);
    if (k->last_cell != NULL)
        k->last_cell->in_order = c;
    else
        k->cells = c;
    k->last_cell = c;
    k->cell_count++;
    return c;
}

static meter_cell *cell_of(meter *k, const meter_op *op, str table, str index)
{
    uint64_t h = hash_fnv1a(table) * 31 + (index.p != NULL ? hash_fnv1a(index) : 0) * 17 +
                 (uint64_t)(uintptr_t)op / 16;
    meter_cell **bucket = &k->buckets[h % METER_BUCKETS], *c;

    for (c = *bucket; c != NULL; c = c->next)
        if (c->op == op && str_eq(c->table, table) && (c->index.p == NULL) == (index.p == NULL) &&
            str_eq(c->index, index))
            return c;
    if (k->cell_count >= METER_CELLS_MAX && table.n > 0)
        return cell_of(k, op, STR(""), STR_ABSENT);
    c = cell_new(k, op, table, index);
    if (c == NULL)
        return NULL;
    c->next = *bucket;
    *bucket = c;
    return c;
}

static void add_units(meter *k, meter_op *op, const trace_step *s, const index_def *ix,
                      double units)
{
    bool read = s->kind <= STEP_SCAN;
    bool of_source = s->ix == ix;
    meter_cell *c;

    if (units == 0 && !of_source)
        return;
    c = cell_of(k, op, s->used.t->name, ix != NULL ? ix->name : STR_ABSENT);
    if (c == NULL) {
        k->incomplete = true;
        return;
    }
    *(read ? &c->read_units : &c->write_units) += units;
    *(read ? &op->read_units : &op->write_units) += units;
    if (!of_source)
        return;
    c->scanned += (uint64_t)s->scanned;
    c->returned += (uint64_t)s->count;
    c->bytes += s->bytes;
    c->written += s->wrote;
}

static void add_step(meter *k, meter_op *op, const trace_step *s)
{
    const table *t = s->used.t;

    add_units(k, op, s, NULL, s->used.table);
    for (uint32_t i = 0; i < t->index_count; i++)
        if (s->ix == &t->indexes[i] || (s->used.any_index && s->used.index_charged[i]))
            add_units(k, op, s, &t->indexes[i], s->used.index[i]);
    for (uint32_t i = 0; i < t->vector_count; i++)
        if (s->ix == &t->vectors[i].ix)
            add_units(k, op, s, s->ix, 0); /* they are charged in bytes, not in units */
}

static void add_error(meter *k, meter_op *op, int code)
{
    uint32_t i = 0;

    while (i < op->error_count && op->errors[i].code != code)
        i++;
    if (i == METER_ERRORS_MAX) {
        k->incomplete = true;
        return;
    }
    if (i == op->error_count)
        op->errors[op->error_count++] = (meter_error){.code = code};
    op->errors[i].count++;
}

void meter_end(engine *e, const char *name, int rc, size_t request_bytes, size_t reply_bytes)
{
    meter *k = e->meter;
    meter_op *op = op_of(k, name);

    e->trace = NULL;
    if (op == NULL) {
        k->incomplete = true;
        return;
    }
    op->calls++;
    op->request_bytes += request_bytes;
    op->reply_bytes += reply_bytes;
    if (rc < 0)
        add_error(k, op, rc);
    for (const trace_step *s = k->steps.first; s != NULL; s = s->next)
        add_step(k, op, s);
    k->incomplete = k->incomplete || k->steps.lost;
}
