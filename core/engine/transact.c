/*
 * transact.c - several writes, all or none.
 *
 * Every plan is prepared against the state before the transaction; since one item may occur once
 * only, no plan could see another's effect anyway. All plans are prepared even when one has
 * failed, because the service gives a reason for each. Only then are the rows stored, inside the
 * savepoint that the operation runs in.
 */
#include "engine/faults.h"
#include "engine/trace.h"
#include "engine/write.h"

#define CONDITION_FAILED "The conditional request failed"

/* Turns what is the user's mistake into a reason; 1 when there is one. */
static int reason_of(ctx *cx, const write_plan *p, int rc, const write_result *w,
                     cancel_reason *reason)
{
    if (rc == DDB_VALIDATION || (rc < 0 && cx->err.code == rc && fault_code_name(rc) != NULL)) {
        *reason = (cancel_reason){.code = rc, .message = cx->err.message};
        cx->err = (error){0};
        return 1;
    }
    if (rc < 0)
        return rc;
    if (!w->failed)
        return 0;
    *reason = (cancel_reason){.code = DDB_CONDITION_FAILED, .message = STR(CONDITION_FAILED)};
    if (p->want_old && w->existed)
        reason->item = w->old_text;
    return 1;
}

int engine_transact_reads(engine *e, ctx *cx, const write_plan *plans, uint32_t n,
                          cancel_reason *reasons, bool *canceled)
{
    return e->faults == NULL ? 0 : faults_transact(e, cx, plans, n, false, reasons, canceled);
}

/* One action, with what limits say of its indexes. */
static int prepare_one(engine *e, ctx *cx, const write_plan *p, write_result *out)
{
    write_plan limited = *p;

    if (e->trace == NULL && (e->faults == NULL || !e->faults->enforced))
        return write_prepare(e, cx, p, out);
    limited.want_capacity = true;
    TRY(write_prepare(e, cx, &limited, out));
    if (e->faults != NULL && e->faults->enforced) {
        TRY(throughput_admit_indexes(e, cx, &out->used));
        TRY(write_spend(e, cx, p, out));
    }
    if (e->trace != NULL)
        trace_write(e, p, out);
    return 0;
}

int engine_transact(engine *e, ctx *cx, write_plan *plans, uint32_t n, write_result *results,
                    cancel_reason *reasons, bool *canceled)
{
    const trace_step *before = e->trace != NULL ? e->trace->last : NULL;
    size_t bytes = 0;

    *canceled = false;
    if (e->faults != NULL)
        TRY(faults_transact(e, cx, plans, n, true, reasons, canceled));
    for (uint32_t i = 0; i < n; i++) {
        int rc;

        if (reasons[i].code == 0) {
            rc = prepare_one(e, cx, &plans[i], &results[i]);
            TRY(reason_of(cx, &plans[i], rc, &results[i], &reasons[i]));
        }
        *canceled = *canceled || reasons[i].code != 0;
        bytes += reasons[i].code == 0 ? results[i].new_size : 0;
    }
    if (e->trace != NULL && (*canceled || bytes > TRANSACT_BYTES_MAX))
        trace_undo(e, before);
    if (*canceled)
        return 0;
    if (bytes > TRANSACT_BYTES_MAX)
        return fail(cx, DDB_VALIDATION, TRANSACT_TOO_BIG);
    for (uint32_t i = 0; e->faults != NULL && i < n; i++)
        TRY(hold_item(e, cx, plans[i].t, &plans[i].where, true));
    for (uint32_t i = 0; i < n; i++)
        TRY(write_apply(e, cx, &plans[i], &results[i]));
    return 0;
}
