/*
 * range.c - conditions on sort keys as half-open ranges of encoded bytes.
 *
 * A stored sort key is the concatenation of the encodings of its attributes (keyenc.h), each of
 * which ends itself. So the keys that begin with given values of the first attributes are exactly
 * the keys that begin with the concatenation P of their encodings, and a condition on the next
 * attribute is a range inside P:
 *
 *   =  v        P v            .. after(P v)        after(x): the smallest bytes above every
 *   <  v        P              .. P v               string that starts with x
 *   <= v        P              .. after(P v)
 *   >  v        after(P v)     .. after(P)
 *   >= v        P v            .. after(P)
 *   BETWEEN     P v            .. after(P w)
 *   begins_with P open(v)      .. after(P open(v))  open(v): v without its terminator
 *
 * An absent bound is unbounded: after(P) of an empty P, for one. Start at range_of_sort().
 */
#include "engine/engine.h"
#include "value/keyenc.h"

#include <assert.h>

static int bound(ctx *cx, const buf *prefix, const value *v, bool open, bool after, str *out);

int range_of_condition(ctx *cx, const key_condition *c, str *lo, str *hi)
{
    const key_condition *one[] = {c};

    return range_of_sort(cx, one, 1, lo, hi);
}

int range_of_sort(ctx *cx, const key_condition *const *sort, uint32_t count, str *lo, str *hi)
{
    const key_condition *last = count > 0 ? sort[count - 1] : NULL;
    bool open = last && last->op == KEY_BEGINS_WITH;
    buf prefix;

    *lo = *hi = STR_ABSENT;
    if (!last)
        return 0;
    buf_init_arena(&prefix, cx->a, SIZE_MAX);
    for (uint32_t i = 0; i + 1 < count; i++) {
        assert(sort[i]->op == KEY_EQ);
        keyenc_put(&prefix, sort[i]->a);
    }

    switch (last->op) {
    case KEY_EQ:
    case KEY_BEGINS_WITH:
    case KEY_BETWEEN:
        TRY(bound(cx, &prefix, last->a, open, false, lo));
        return bound(cx, &prefix, last->op == KEY_BETWEEN ? last->b : last->a, open, true, hi);
    case KEY_LT:
    case KEY_LE:
        TRY(bound(cx, &prefix, NULL, false, false, lo));
        return bound(cx, &prefix, last->a, false, last->op == KEY_LE, hi);
    case KEY_GT:
    case KEY_GE:
        TRY(bound(cx, &prefix, last->a, false, last->op == KEY_GT, lo));
        return bound(cx, &prefix, NULL, false, true, hi);
    case KEY_NOT_INDEXABLE:
        break;
    }
    assert(false); /* the operation has refused operators that are not ranges */
    return DDB_BAD_ARGUMENT;
}

/* The prefix and then v (NULL: nothing more), or what comes directly after all strings that start
 * with that. *out is arena memory; absent where there is no bound. */
static int bound(ctx *cx, const buf *prefix, const value *v, bool open, bool after, str *out)
{
    buf b;

    *out = STR_ABSENT;
    buf_init_arena(&b, cx->a, SIZE_MAX);
    buf_str(&b, buf_view(prefix));
    if (v && open)
        keyenc_put_prefix(&b, v);
    else if (v)
        keyenc_put(&b, v);
    if (prefix->err < 0 || b.err < 0)
        return prefix->err < 0 ? prefix->err : b.err;
    if (b.n == 0 || (after && !keyenc_after_prefix(b.p, &b.n)))
        return 0;
    *out = buf_view(&b);
    return 0;
}
