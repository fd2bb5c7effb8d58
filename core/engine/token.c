/*
 * token.c - idempotency tokens; see token.h.
 *
 * Content is fed to SHA-256 with every part's length before it, so that no two different requests
 * give the same bytes. Attributes are fed in name order at every level: the service ignores the
 * order in which a client's library happened to write them (verified against AWS by the reporter
 * of localstack issue 6529), and Go or Rust clients write maps in random order. Recursion is
 * bounded by the nesting of attribute values.
 */
#include "engine/token.h"

#include "engine/faults.h"

typedef struct part { /* of a map or a set: v is NULL for elements of sets */
    str name;
    const value *v;
} part;

static int add_value(ctx *cx, sha256 *s, const value *v);

/* Seven bits a byte, the last byte below 0x80: small numbers, nearly all there are, take one. */
void token_add_int(sha256 *s, int64_t v)
{
    uint64_t u = v < 0 ? ~((uint64_t)v << 1) : (uint64_t)v << 1; /* the sign goes to the end */
    uint8_t b[10];
    size_t n = 0;

    for (; u >= 0x80; u >>= 7)
        b[n++] = (uint8_t)(u | 0x80);
    b[n++] = (uint8_t)u;
    sha256_add(s, b, n);
}

void token_add_str(sha256 *s, str v)
{
    token_add_int(s, v.p == NULL ? -1 : (int64_t)v.n);
    sha256_add(s, v.p == NULL ? "" : v.p, v.n);
}

/* Bottom-up merge sort by name: stable in time whatever the input, one second array. */
static void merge(const part *from, part *to, size_t low, size_t mid, size_t high)
{
    size_t a = low, b = mid;

    for (size_t i = low; i < high; i++) {
        if (a < mid && (b >= high || str_cmp(from[a].name, from[b].name) <= 0))
            to[i] = from[a++];
        else
            to[i] = from[b++];
    }
}

static part *sort_parts(part *p, part *spare, size_t n)
{
    for (size_t width = 1; width < n; width *= 2) {
        part *swap = p;

        for (size_t low = 0; low < n; low += 2 * width) {
            size_t mid = low + width < n ? low + width : n;
            size_t high = low + 2 * width < n ? low + 2 * width : n;
            merge(p, spare, low, mid, high);
        }
        p = spare;
        spare = swap;
    }
    return p;
}

/* The parts of an M (attrs) or of a set (elems), sorted. */
static int add_sorted(ctx *cx, sha256 *s, const attr *attrs, const str *elems, uint32_t n)
{
    part *p, *spare;

    token_add_int(s, n);
    if (n == 0)
        return 0;
    p = ARENA_ARRAY(cx->a, part, n);
    spare = ARENA_ARRAY(cx->a, part, n);
    if (p == NULL || spare == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < n; i++)
        p[i] = attrs != NULL ? (part){attrs[i].name, &attrs[i].v} : (part){elems[i], NULL};
    p = sort_parts(p, spare, n);
    for (uint32_t i = 0; i < n; i++) {
        token_add_str(s, p[i].name);
        if (p[i].v != NULL)
            TRY(add_value(cx, s, p[i].v));
    }
    return 0;
}

static int add_value(ctx *cx, sha256 *s, const value *v)
{
    token_add_int(s, v->type);
    switch (v->type) {
    case T_S:
    case T_N:
    case T_B:
        token_add_str(s, v->s);
        return 0;
    case T_SS:
    case T_NS:
    case T_BS:
        return add_sorted(cx, s, NULL, v->elems, v->count);
    case T_L:
        token_add_int(s, v->count);
        for (uint32_t i = 0; i < v->count; i++)
            TRY(add_value(cx, s, &v->items[i]));
        return 0;
    case T_M:
        return add_sorted(cx, s, v->attrs, NULL, v->count);
    case T_BOOL:
        token_add_int(s, v->flag);
        return 0;
    default:
        return 0;
    }
}

int token_add_map(ctx *cx, sha256 *s, const map *m)
{
    if (m == NULL) {
        token_add_int(s, -1);
        return 0;
    }
    return add_sorted(cx, s, m->attrs, NULL, m->count);
}

int token_find(engine *e, ctx *cx, str api, str token, const uint8_t hash[TOKEN_HASH_BYTES],
               str *kept)
{
    str before;
    int rc = store_token_get(e->st, cx, api, token, cx->now_ms, &before, kept);

    if (rc <= 0)
        return rc;
    if (!str_eq(before, (str){(const char *)hash, TOKEN_HASH_BYTES}))
        return fail(cx, DDB_IDEMPOTENT_MISMATCH,
                    "DynamoDB rejected the request because you retried a request with a different "
                    "payload but with an idempotent token that was already used.");
    if (e->faults != NULL && holds_token(e, api, token))
        return faults_fail(e, cx, DDB_TRANSACTION_IN_PROGRESS, STR_ABSENT, NULL);
    return 1;
}

int token_keep(engine *e, ctx *cx, str api, str token, const uint8_t hash[TOKEN_HASH_BYTES],
               str kept)
{
    /* Expired tokens count as absent, so removing them may wait: one request in 64 does it. */
    if ((hash_fnv1a(token) & 63) == 0)
        TRY(store_token_trim(e->st, cx, cx->now_ms));
    if (e->faults != NULL)
        TRY(hold_token(e, cx, api, token));
    return store_token_put(e->st, cx, api, token, cx->now_ms + TOKEN_WINDOW_MS,
                           (str){(const char *)hash, TOKEN_HASH_BYTES}, kept);
}
