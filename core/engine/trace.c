/*
 * trace.c - see trace.h.
 */
#include "engine/trace.h"

#include "engine/write.h"

#define TRACE_BYTES_MAX (64u * 1024 * 1024) /* ours: some 60,000 steps; a request has hundreds */

void trace_init(trace *tr, mem *m, bool detailed)
{
    *tr = (trace){.detailed = detailed};
    arena_init(&tr->a, m, TRACE_BYTES_MAX);
}

void trace_release(trace *tr)
{
    arena_release(&tr->a);
}

void trace_reset(trace *tr)
{
    arena_reset(&tr->a);
    tr->first = tr->last = NULL;
    tr->count = 0;
    tr->lost = false;
}

static trace_step *add(engine *e, step_kind kind, const table *t)
{
    trace *tr = e->trace;
    trace_step *s = ARENA_NEW(&tr->a, trace_step);

    if (s == NULL) {
        tr->lost = true;
        return NULL;
    }
    *s = (trace_step){.kind = kind, .used = {.t = t}};
    if (tr->last != NULL)
        tr->last->next = s;
    else
        tr->first = s;
    tr->last = s;
    tr->count++;
    return s;
}

void trace_get(engine *e, read_mode mode, const capacity *used, bool found, size_t size)
{
    trace_step *s = add(e, STEP_GET, used->t);

    if (s == NULL)
        return;
    s->used = *used;
    s->mode = mode;
    s->scanned = s->count = found;
    s->bytes = found ? size : 0;
}

/* How SQLite reads the range, for the curious; what fails here is said by `lost`. */
static void explain_sql(engine *e, ctx *cx, const read_plan *p, trace_step *s)
{
    buf b;
    str text;

    buf_init_arena(&b, cx->a, 65536);
    if (store_explain(e->st, cx, &p->range, &b) < 0 || b.err != 0) {
        cx->err = (error){0};
        e->trace->lost = true;
        return;
    }
    text = buf_view(&b);
    s->sql_plan = (str){arena_copy(&e->trace->a, text.p, text.n), text.n};
    e->trace->lost = e->trace->lost || s->sql_plan.p == NULL;
}

void trace_read(engine *e, ctx *cx, const read_plan *p, const read_result *r, size_t bytes,
                const capacity *used)
{
    trace_step *s = add(e, p->range.one_partition ? STEP_QUERY : STEP_SCAN, p->t);

    if (s == NULL)
        return;
    s->used = *used;
    s->ix = p->ix;
    s->scanned = r->scanned;
    s->count = r->count;
    s->bytes = bytes;
    s->plan = *p;
    s->more = r->more;
    if (e->trace->detailed)
        explain_sql(e, cx, p, s);
}

void trace_search(engine *e, const table *t, const index_def *ix, cond *filter, int64_t scanned,
                  int64_t count, size_t bytes)
{
    trace_step *s = add(e, STEP_SEARCH, t);

    if (s == NULL)
        return;
    s->ix = ix;
    s->plan.filter = filter;
    s->scanned = scanned;
    s->count = count;
    s->bytes = bytes;
}

void trace_write(engine *e, const write_plan *p, const write_result *w)
{
    static const step_kind kinds[] = {
        [WRITE_PUT] = STEP_PUT,
        [WRITE_UPDATE] = STEP_UPDATE,
        [WRITE_DELETE] = STEP_DELETE,
        [WRITE_CHECK] = STEP_CHECK,
    };
    trace_step *s = add(e, kinds[p->kind], p->t);

    if (s == NULL)
        return;
    write_cost(p, w, &s->used);
    s->wrote = !w->failed && w->changed && p->kind != WRITE_CHECK;
    s->existed = w->existed;
    s->failed = w->failed;
    s->conditional = p->condition != NULL;
    s->old_size = w->old_size;
    s->new_size = w->failed ? 0 : w->new_size;
}

void trace_undo(engine *e, const trace_step *after)
{
    for (trace_step *s = after != NULL ? after->next : e->trace->first; s != NULL; s = s->next)
        s->wrote = false;
}

void engine_charge(engine *e, const table *t, double read_units)
{
    trace_step *s = e->trace == NULL || read_units == 0 ? NULL : add(e, STEP_GET, t);

    if (s != NULL)
        s->used.table = read_units;
}
