/*
 * request_fuzz.c - whole requests through ddb_execute() on an in-memory database.
 *
 * The first byte names the operation, the rest is its body. Whatever comes in, the reply is JSON
 * with a status of the service's (no request is an internal error), and an operation that is
 * answered leaves the handle usable. The tables "tbl", "idx" and "vec" are there for requests that get
 * that far; a byte of 0 commits, and one of 255 rolls back.
 */
#include <stdlib.h>
#include <string.h>

#include "api/ddb.h"
#include "base/limits.h"
#include "handle.h"
#include "value/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static const char *const tables[] = {
    "{\"TableName\":\"tbl\",\"BillingMode\":\"PAY_PER_REQUEST\",\"AttributeDefinitions\":"
    "[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}],"
    "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}]}",
    "{\"TableName\":\"idx\",\"BillingMode\":\"PAY_PER_REQUEST\",\"AttributeDefinitions\":"
    "[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"},{\"AttributeName\":\"n\","
    "\"AttributeType\":\"N\"},{\"AttributeName\":\"b\",\"AttributeType\":\"B\"}],"
    "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},"
    "{\"AttributeName\":\"n\",\"KeyType\":\"RANGE\"}],"
    "\"LocalSecondaryIndexes\":[{\"IndexName\":\"lsi\",\"KeySchema\":[{\"AttributeName\":\"pk\","
    "\"KeyType\":\"HASH\"},{\"AttributeName\":\"b\",\"KeyType\":\"RANGE\"}],"
    "\"Projection\":{\"ProjectionType\":\"KEYS_ONLY\"}}],"
    "\"GlobalSecondaryIndexes\":[{\"IndexName\":\"gsi\",\"KeySchema\":[{\"AttributeName\":\"n\","
    "\"KeyType\":\"HASH\"}],\"Projection\":{\"ProjectionType\":\"ALL\"}}]}",
    "{\"TableName\":\"vec\",\"BillingMode\":\"PAY_PER_REQUEST\",\"AttributeDefinitions\":"
    "[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"},{\"AttributeName\":\"t\","
    "\"AttributeType\":\"S\"}],\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}],"
    "\"VectorIndexes\":[{\"IndexName\":\"vix\",\"VectorAttribute\":{\"AttributeName\":\"v\"},"
    "\"Dimensions\":2,\"DistanceFunction\":\"COSINE\",\"SearchSchema\":[{\"AttributeName\":\"t\","
    "\"SearchSchemaElementType\":\"INLINE_FILTER\"}],\"Projection\":{\"ProjectionType\":"
    "\"ALL\"}}]}",
};

static handle_host host;

static ddb *open_tables(void)
{
    ddb_options o = handle_options(&host, NULL);
    char *error;
    ddb *db = NULL;
    ddb_reply r;

    if (ddb_open(&o, &db, &error) < 0)
        abort();
    for (size_t i = 0; i < COUNT(tables); i++) {
        (void)handle_run(db, "CreateTable", tables[i], &r);
        if (r.status != 200)
            abort();
    }
    ddb_commit(db, &r);
    return db;
}

/* Every reply is an object of valid JSON. */
static void check_reply(const ddb_reply *r)
{
    mem m;
    arena a;
    json *tree;

    mem_init(&m);
    arena_init(&a, &m, ARENA_BYTES_MAX);
    ctx cx = {.m = &m, .a = &a};
    if (r->status != 200 && r->status != 400 && r->status != 503) /* 503: writes are pending */
        abort();
    if (json_parse(&cx, (str){r->body, r->body_n}, &tree) < 0 || tree->type != J_OBJECT)
        abort();
    arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static ddb *db; /* kept between inputs: opening is slower than a request */
    static unsigned runs;
    ddb_reply r;
    int ops = 0;

    if (db == NULL)
        db = open_tables();
    if (n == 0)
        return 0;
    while (ddb_op_name(ops) != NULL)
        ops++;
    int op = p[0] % ops;
    if (strcmp(ddb_op_name(op), "ddblite.AddFault") == 0 ||
        strcmp(ddb_op_name(op), "ddblite.ReadDynamoDBLocal") == 0)
        return 0; /* any error on purpose; any file of this machine */
    char *body = malloc(n > 1 ? n - 1 : 1); /* a read beyond the request leaves the block */
    if (body == NULL)
        return 0;
    memcpy(body, p + 1, n - 1);
    ddb_execute(db, op, body, n - 1, &r);
    check_reply(&r);
    free(body);
    if (p[0] == 255)
        ddb_rollback(db);
    if (p[0] == 0)
        ddb_commit(db, &r);
    (void)ddb_work(db); /* indexes fill between requests */
    if (++runs % 20000 == 0) { /* the database does not grow for ever */
        ddb_close(db);
        db = NULL;
    }
    return 0;
}
