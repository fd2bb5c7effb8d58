/*
 * replay.c - records of transactions, for their repetitions; see replay.h.
 */
#include "ops/replay.h"

#include "engine/trace.h"

static int64_t read_units(const write_result *w)
{
    size_t bytes = w->old_size > w->new_size ? w->old_size : w->new_size;

    return (int64_t)(2 * capacity_read_units(bytes, true));
}

int replay_record(ctx *cx, const write_plan *plans, const write_result *results, uint32_t n,
                  str *out)
{
    buf kept;

    buf_init_arena(&kept, cx->a, REPLY_BYTES_MAX);
    for (uint32_t i = 0; i < n; i++) {
        int64_t sum = 0;
        bool first = true;

        for (uint32_t k = 0; k < n; k++) {
            if (plans[k].t != plans[i].t)
                continue;
            first = first && k >= i;
            sum += read_units(&results[k]);
        }
        if (first)
            buf_fmt(&kept, "%l %S\n", sum, plans[i].t->name);
    }
    *out = buf_view(&kept);
    return kept.err;
}

/* Reads one line of the record and moves past it; false at the end. The table may be gone by now:
 * its name is all the reply needs. */
static bool next_line(str *kept, double *units, str *name)
{
    size_t i = 0, from;

    *units = 0;
    for (; i < kept->n && kept->p[i] >= '0' && kept->p[i] <= '9'; i++)
        *units = *units * 10 + (kept->p[i] - '0');
    from = ++i;
    while (i < kept->n && kept->p[i] != '\n')
        i++;
    if (i >= kept->n)
        return false;
    *name = (str){kept->p + from, i - from};
    *kept = (str){kept->p + i + 1, kept->n - i - 1};
    return true;
}

int replay_put_capacity(engine *e, ctx *cx, str record, uint32_t n, int rcc, buf *out)
{
    capacity_list used;
    double units;
    str name;

    if (rcc != RCC_TOTAL && rcc != RCC_INDEXES && e->trace == NULL)
        return 0;
    TRY(capacity_list_init(cx, &used, n));
    while (used.count < n && next_line(&record, &units, &name)) {
        table *t = ARENA_ARRAY(cx->a, table, 1);
        if (t == NULL)
            return DDB_NOMEM;
        t->name = name;
        used.items[used.count++] = (capacity){.t = t, .table = units};
        engine_charge(e, t, units);
    }
    common_put_capacity_list(out, &used, rcc, 'r');
    return out->err;
}
