/*
 * holds.c - items and tokens of calls whose reply is held back.
 *
 * Such a call has been carried out, but nobody has been told: until its reply is due it counts as
 * one that is under way. What conflicts is the service's (guide, "Transactional conflicts"):
 *
 *   under way                    another comes                         answer
 *   a transaction of writes      a write of one of its items           TransactionConflictException
 *                                a batch that writes one of them       left unprocessed
 *                                a transaction with one of them        reason TransactionConflict
 *   a single or batched write    a transaction that reads its item     reason TransactionConflict
 *   a transaction with a token   the same with the same token          TransactionInProgress...
 *
 * Everything here is in memory and gone with the engine.
 */
#include "engine/faults.h"

struct hold {
    hold *next;
    int64_t until_ms;
    uint64_t call;      /* that holds it: a second attempt does not conflict with the first */
    bool transaction;
    int64_t table;      /* 0: a token */
    key_bytes key;      /* pk is the operation's name and sk the token of a token */
    char bytes[];
};

/* Takes the lists of whoever calls: both parts are copied behind the struct. */
static int add(engine *e, ctx *cx, int64_t table, const key_bytes *k, bool transaction)
{
    faults *f = e->faults;
    hold *h;

    if (f->delay_ms == 0)
        return 0;
    h = mem_alloc(f->m, sizeof *h + k->pk.n + k->sk.n);
    if (h == NULL)
        return DDB_NOMEM;
    *h = (hold){.next = f->holds, .until_ms = cx->now_ms + f->delay_ms, .call = f->call,
                .transaction = transaction, .table = table,
                .key = {k->h, {h->bytes, k->pk.n}, {h->bytes + k->pk.n, k->sk.n}}};
    if (k->pk.n > 0)
        memcpy(h->bytes, k->pk.p, k->pk.n);
    if (k->sk.n > 0)
        memcpy(h->bytes + k->pk.n, k->sk.p, k->sk.n);
    f->holds = h;
    return 0;
}

static const hold *find(const engine *e, int64_t table, const key_bytes *k, bool any_write)
{
    const faults *f = e->faults;

    for (const hold *h = f == NULL ? NULL : f->holds; h != NULL; h = h->next) {
        if (h->table == table && h->call != f->call && (h->transaction || any_write) &&
            h->key.h == k->h && str_eq(h->key.pk, k->pk) && str_eq(h->key.sk, k->sk))
            return h;
    }
    return NULL;
}

bool holds_item(const engine *e, const table *t, const key_bytes *k, bool any_write)
{
    return find(e, t->number, k, any_write) != NULL;
}

bool holds_token(const engine *e, str api, str token)
{
    const key_bytes k = {0, api, token};

    return find(e, 0, &k, true) != NULL;
}

int hold_item(engine *e, ctx *cx, const table *t, const key_bytes *k, bool transaction)
{
    return add(e, cx, t->number, k, transaction);
}

int hold_token(engine *e, ctx *cx, str api, str token)
{
    const key_bytes k = {0, api, token};

    return add(e, cx, 0, &k, true);
}

void holds_expire(engine *e, int64_t now_ms)
{
    faults *f = e->faults;

    for (hold **at = &f->holds; *at != NULL;) {
        hold *h = *at;

        if (h->until_ms > now_ms) {
            at = &h->next;
            continue;
        }
        *at = h->next;
        mem_free(f->m, h);
    }
}

void holds_free(engine *e)
{
    holds_expire(e, INT64_MAX);
}
