/*
 * engine.c - opening an engine, and finding the table a request names.
 *
 * A TableName may be an ARN, arn:<partition>:dynamodb:<region>:<account>:table/<name>. One of
 * this engine's region and account is the table's name in another form. Another region's is
 * invalid here; another account's is refused as the service refuses what no policy allows.
 *
 * Reads and writes are in read.c and write.c, background work in backfill.c.
 */
#include "engine/engine.h"

#include "engine/catalog.h"
#include "engine/bulk.h"
#include "engine/faults.h"
#include "engine/meter.h"
#include "engine/packed.h"
#include "engine/use.h"

static int copy_str(mem *m, str from, str *out)
{
    char *p = mem_alloc(m, from.n + 1);

    if (p == NULL)
        return DDB_NOMEM;
    memcpy(p, from.p, from.n);
    p[from.n] = 0;
    *out = (str){p, from.n};
    return 0;
}

int engine_open(ctx *cx, const store_options *o, const ddb_host *host, str region, str account,
                engine **out)
{
    engine *e = mem_alloc(cx->m, sizeof *e);
    int rc;

    *out = NULL;
    if (e == NULL)
        return DDB_NOMEM;
    *e = (engine){.m = cx->m, .host = *host, .collection_bytes_max = COLLECTION_BYTES_MAX};
    rc = copy_str(e->m, region, &e->region);
    if (rc == 0)
        rc = copy_str(e->m, account, &e->account);
    if (rc == 0)
        rc = store_open(cx, o, &e->st);
    if (rc == 0)
        rc = catalog_new(e, cx);
    if (rc == 0)
        rc = bulk_recover(e, cx);
    if (rc < 0) {
        engine_close(e);
        return rc;
    }
    *out = e;
    return 0;
}

void engine_close(engine *e)
{
    mem *m;

    if (e == NULL)
        return;
    m = e->m;
    use_free(e);
    packed_free(e);
    meter_stop(e);
    faults_free(e);
    catalog_free(e);
    if (e->st != NULL)
        store_close(e->st);
    mem_free(m, (void *)(uintptr_t)e->region.p);
    mem_free(m, (void *)(uintptr_t)e->account.p);
    mem_free(m, e);
}

/* ---- names and ARNs ---- */

/* Cuts s at the first `c`: true with the head, and s behind it. */
static bool cut(str *s, char c, str *head)
{
    const char *at = s->n == 0 ? NULL : memchr(s->p, c, s->n);

    if (at == NULL)
        return false;
    *head = (str){s->p, (size_t)(at - s->p)};
    *s = (str){at + 1, s->n - head->n - 1};
    return true;
}

bool engine_arn_split(str arn, table_arn *out)
{
    str rest = arn, word, partition;

    return cut(&rest, ':', &word) && str_eq(word, STR("arn")) && cut(&rest, ':', &partition) &&
           cut(&rest, ':', &word) && str_eq(word, STR("dynamodb")) &&
           cut(&rest, ':', &out->region) && cut(&rest, ':', &out->account) &&
           cut(&rest, '/', &word) && str_eq(word, STR("table")) && (out->name = rest, rest.n > 0);
}

int engine_table_arn(engine *e, ctx *cx, str name, str *out)
{
    buf b;

    buf_init_arena(&b, cx->a, 4096);
    buf_fmt(&b, "arn:aws:dynamodb:%S:%S:table/%S", e->region, e->account, name);
    *out = buf_view(&b);
    return b.err;
}

int engine_table_name(engine *e, ctx *cx, str given, str *name)
{
    table_arn arn;

    *name = given;
    if (!str_starts(given, STR("arn:")))
        return 0;
    /* Captures of 2026; the account's text is IAM's, but for the operation, unknown here. */
    if (!engine_arn_split(given, &arn))
        return fail(cx, DDB_VALIDATION,
                    "1 validation error detected: Invalid resource type in '%S'", given);
    if (!str_eq(arn.region, e->region))
        return fail(cx, DDB_VALIDATION, "1 validation error detected: Invalid AWS region in '%S'",
                    given);
    if (!str_eq(arn.account, e->account))
        return fail(cx, DDB_ACCESS_DENIED,
                    "User: arn:aws:iam::%S:root is not authorized to perform: dynamodb:* on "
                    "resource: %S",
                    e->account, given);
    *name = arn.name;
    return 0;
}

static int find(engine *e, ctx *cx, str given, str *name, const table **out)
{
    TRY(engine_table_name(e, cx, given, name));
    *out = catalog_find(e, *name);
    return *out == NULL ? DDB_NOT_FOUND : 0;
}

int engine_table(engine *e, ctx *cx, str name, const table **out)
{
    str plain;
    int rc = find(e, cx, name, &plain, out);

    if (rc >= 0 && ((*out)->status == TABLE_CREATING || (*out)->status == TABLE_DELETING))
        rc = DDB_NOT_FOUND;
    return rc == DDB_NOT_FOUND ? fail(cx, DDB_RESOURCE_NOT_FOUND, "Requested resource not found")
                               : rc;
}

int engine_table_control(engine *e, ctx *cx, str name, const table **out)
{
    str plain;
    int rc = find(e, cx, name, &plain, out);

    return rc == DDB_NOT_FOUND
               ? fail(cx, DDB_RESOURCE_NOT_FOUND,
                      "Requested resource not found: Table: %S not found", plain)
               : rc;
}

/* ---- sizes ---- */

/* Sums entry sizes and item sizes over the first entries; hash order makes them a fair sample. */
static int sample(engine *e, ctx *cx, const table *t, const index_def *ix, int64_t *entry_bytes,
                  int64_t *item_bytes)
{
    store_range range = {.t = t, .ix = ix, .h_max = UINT32_MAX};
    cursor *c;
    row r;
    int rc = store_cursor_open(e->st, cx, &range, &c);

    *entry_bytes = *item_bytes = 0;
    TRY(rc);
    for (int i = 0; i < STATS_SAMPLE && (rc = store_cursor_next(c, cx, &r)) > 0; i++) {
        arena_mark mark = arena_mark_get(cx->a);
        item_view view = item_view_text(r.item);
        size_t n;
        rc = index_entry_size(cx, t, ix, &view, r.item, &n);
        if (rc < 0)
            break;
        *entry_bytes += (int64_t)n;
        *item_bytes += (int64_t)r.size;
        arena_rewind(cx->a, mark);
    }
    store_cursor_close(c);
    return rc < 0 ? rc : 0;
}

int engine_index_stats(engine *e, ctx *cx, const table *t, const index_def *ix, int64_t *items,
                       int64_t *bytes)
{
    int64_t entries, whole;

    *items = *bytes = 0;
    if (t->loading)
        return 0;
    TRY(store_index_stats(e->st, cx, t, ix, items, bytes));
    if (ix->projection == PROJECT_ALL || *items == 0)
        return 0;
    TRY(sample(e, cx, t, ix, &entries, &whole));
    if (*items <= STATS_SAMPLE)
        *bytes = entries;
    else if (whole > 0)
        *bytes = (int64_t)((double)*bytes * ((double)entries / (double)whole));
    return 0;
}

int engine_table_stats(engine *e, ctx *cx, const table *t, int64_t *items, int64_t *bytes)
{
    return store_table_stats(e->st, cx, t, items, bytes);
}

int engine_collection_bytes(engine *e, ctx *cx, const table *t, uint32_t h, str pk,
                            int64_t *bytes)
{
    return store_collection_bytes(e->st, cx, t, h, pk, bytes);
}
