/*
 * startkey_fuzz.c - start keys of Query and Scan, on a table with a local and a global index.
 *
 * The first byte chooses the request, the rest is the text of its ExclusiveStartKey. A start key
 * that is taken gives a page; one that is not gives the service's error; a page's own
 * LastEvaluatedKey is always taken and moves on, so that paging ends.
 */
#include "api/ddb.h"
#include "fuzz.h"
#include "handle.h"
#include "value/json.h"

#define ITEMS 12

typedef struct ask {
    const char *op, *head;
} ask;

#define KEYED "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"a\"},\":n\":{\"N\":\"3\"}}"
#define ONE "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"a\"}}"

static const ask asks[] = {
    {"Scan", "{\"TableName\":\"keys\""},
    {"Scan", "{\"TableName\":\"keys\",\"IndexName\":\"gsi\""},
    {"Scan", "{\"TableName\":\"keys\",\"IndexName\":\"lsi\""},
    {"Scan", "{\"TableName\":\"keys\",\"Segment\":1,\"TotalSegments\":3"},
    {"Query", "{\"TableName\":\"keys\",\"KeyConditionExpression\":\"pk = :a\"," ONE},
    {"Query", "{\"TableName\":\"keys\",\"ScanIndexForward\":false,"
              "\"KeyConditionExpression\":\"pk = :a AND sk > :n\"," KEYED},
    {"Query", "{\"TableName\":\"keys\",\"IndexName\":\"lsi\","
              "\"KeyConditionExpression\":\"pk = :a\"," ONE},
    {"Query", "{\"TableName\":\"keys\",\"IndexName\":\"gsi\","
              "\"KeyConditionExpression\":\"g = :a\"," ONE},
};

static handle_host host;

static ddb *open_items(void)
{
    static const char table[] =
        "{\"TableName\":\"keys\",\"BillingMode\":\"PAY_PER_REQUEST\",\"AttributeDefinitions\":"
        "[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"},"
        "{\"AttributeName\":\"sk\",\"AttributeType\":\"N\"},"
        "{\"AttributeName\":\"l\",\"AttributeType\":\"B\"},"
        "{\"AttributeName\":\"g\",\"AttributeType\":\"S\"}],"
        "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},"
        "{\"AttributeName\":\"sk\",\"KeyType\":\"RANGE\"}],"
        "\"LocalSecondaryIndexes\":[{\"IndexName\":\"lsi\",\"KeySchema\":[{\"AttributeName\":"
        "\"pk\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"l\",\"KeyType\":\"RANGE\"}],"
        "\"Projection\":{\"ProjectionType\":\"KEYS_ONLY\"}}],"
        "\"GlobalSecondaryIndexes\":[{\"IndexName\":\"gsi\",\"KeySchema\":[{\"AttributeName\":"
        "\"g\",\"KeyType\":\"HASH\"}],\"Projection\":{\"ProjectionType\":\"ALL\"}}]}";
    ddb_options o = handle_options(&host, NULL);
    char item[256], *error;
    ddb *db = NULL;
    ddb_reply r;

    FUZZ_CHECK(ddb_open(&o, &db, &error) == 0);
    (void)handle_run(db, "CreateTable", table, &r);
    FUZZ_CHECK(r.status == 200);
    for (int i = 0; i < ITEMS; i++) {
        (void)snprintf(item, sizeof item,
                       "{\"TableName\":\"keys\",\"Item\":{\"pk\":{\"S\":\"%c\"},\"sk\":{\"N\":"
                       "\"%d\"},\"l\":{\"B\":\"AQ==\"},\"g\":{\"S\":\"%c\"}}}",
                       i % 3 ? 'a' : 'b', i, i % 2 ? 'a' : 'b');
        (void)handle_run(db, "PutItem", item, &r);
        FUZZ_CHECK(r.status == 200);
    }
    ddb_commit(db, &r);
    return db;
}

/* Sends the request with this start key; *next gets the page's LastEvaluatedKey, if any. */
static int page(ddb *db, const ask *q, str start, fuzz_env *e, str *next)
{
    const json *last;
    json *reply;
    ddb_reply r;
    buf b;

    buf_init_arena(&b, &e->a, REQUEST_BYTES_MAX);
    buf_str(&b, str_of(q->head));
    buf_lit(&b, ",\"Limit\":2,\"ExclusiveStartKey\":");
    buf_str(&b, start);
    buf_byte(&b, '}');
    FUZZ_CHECK(b.err == 0);
    ddb_execute(db, ddb_op_find(q->op, strlen(q->op)), b.p, b.n, &r);
    FUZZ_CHECK(r.status == 200 || r.status == 400);
    FUZZ_CHECK(json_parse(&e->cx, (str){r.body, r.body_n}, &reply) == 0);
    FUZZ_CHECK(reply->type == J_OBJECT);
    *next = STR_ABSENT;
    last = json_get(reply, STR("LastEvaluatedKey"));
    if (last != NULL) {
        /* The member is the last but for what follows it; its text is found by its quotes. */
        static const char name[] = "\"LastEvaluatedKey\":";
        const char *p = r.body;
        size_t depth = 0, n = 0;
        while (memcmp(p, name, sizeof name - 1) != 0)
            p++;
        p += sizeof name - 1;
        do { /* keys of the items above hold no braces */
            depth += p[n] == '{';
            depth -= p[n] == '}';
            n++;
        } while (depth > 0);
        next->p = arena_copy(&e->a, p, n);
        next->n = n;
        FUZZ_CHECK(next->p != NULL);
    }
    return r.status;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static ddb *db; /* the items never change */
    fuzz_env e;
    str next;

    if (n == 0)
        return 0;
    if (db == NULL)
        db = open_items();
    fuzz_env_init(&e);
    const ask *q = &asks[p[0] % COUNT(asks)];
    int status = page(db, q, (str){(const char *)p + 1, n - 1}, &e, &next);
    for (int pages = 0; next.p != NULL; pages++) {
        FUZZ_CHECK(pages <= ITEMS);
        status = page(db, q, next, &e, &next);
        FUZZ_CHECK(status == 200);
    }
    fuzz_env_release(&e);
    return 0;
}
