/*
 * token_fuzz.c - the opaque tokens that requests carry back: NextToken, ExclusiveStart...,
 * ShardIterator.
 *
 * The first byte chooses the operation, the rest is the token, as a JSON string. Whatever it says,
 * the answer is a result or the service's error; the operation's own token is taken again.
 */
#include "api/ddb.h"
#include "fuzz.h"
#include "handle.h"
#include "value/json.h"

typedef struct ask {
    const char *op, *head, *token; /* head lacks the token member and the closing brace */
} ask;

static const ask asks[] = {
    {"ExecuteStatement", "{\"Statement\":\"SELECT * FROM tokens\",\"Limit\":1", "NextToken"},
    {"ExecuteStatement",
     "{\"Statement\":\"SELECT * FROM tokens WHERE pk = 'a' AND sk > 0\",\"Limit\":1", "NextToken"},
    {"ExecuteStatement", "{\"Statement\":\"SELECT * FROM tokens WHERE pk IN ['a','b']\","
                         "\"Limit\":1", "NextToken"},
    {"ListTables", "{\"Limit\":1", "ExclusiveStartTableName"},
    {"ListTagsOfResource",
     "{\"ResourceArn\":\"arn:aws:dynamodb:us-east-1:000000000000:table/tokens\"", "NextToken"},
    {"ListContributorInsights", "{\"MaxResults\":1", "NextToken"},
    {"ListExports", "{\"MaxResults\":1", "NextToken"},
    {"ListImports", "{\"PageSize\":1", "NextToken"},
    {"ListBackups", "{\"Limit\":1", "ExclusiveStartBackupArn"},
    {"ListStreams", "{\"Limit\":1", "ExclusiveStartStreamArn"},
    {"GetRecords", "{\"Limit\":1", "ShardIterator"},
};

static handle_host host;

static ddb *open_items(void)
{
    static const char table[] =
        "{\"TableName\":\"tokens\",\"BillingMode\":\"PAY_PER_REQUEST\",\"AttributeDefinitions\":"
        "[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"},"
        "{\"AttributeName\":\"sk\",\"AttributeType\":\"N\"}],"
        "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},"
        "{\"AttributeName\":\"sk\",\"KeyType\":\"RANGE\"}],"
        "\"StreamSpecification\":{\"StreamEnabled\":true,\"StreamViewType\":\"KEYS_ONLY\"}}";
    ddb_options o = handle_options(&host, NULL);
    char item[160], *error;
    ddb *db = NULL;
    ddb_reply r;

    FUZZ_CHECK(ddb_open(&o, &db, &error) == 0);
    (void)handle_run(db, "CreateTable", table, &r);
    FUZZ_CHECK(r.status == 200);
    for (int i = 0; i < 6; i++) {
        (void)snprintf(item, sizeof item,
                       "{\"TableName\":\"tokens\",\"Item\":{\"pk\":{\"S\":\"%c\"},"
                       "\"sk\":{\"N\":\"%d\"}}}", i % 3 ? 'a' : 'b', i);
        (void)handle_run(db, "PutItem", item, &r);
        FUZZ_CHECK(r.status == 200);
    }
    ddb_commit(db, &r);
    return db;
}

/* Sends the token (absent: none); gives the reply's own NextToken, copied, or absent. */
static str send(ddb *db, const ask *q, str token, fuzz_env *e, int *status)
{
    const json *next;
    json *reply;
    ddb_reply r;
    buf b;

    buf_init_arena(&b, &e->a, REQUEST_BYTES_MAX);
    buf_str(&b, str_of(q->head));
    if (token.p != NULL) {
        buf_fmt(&b, ",\"%s\":", q->token);
        json_put_string(&b, token);
    }
    buf_byte(&b, '}');
    FUZZ_CHECK(b.err == 0);
    ddb_execute(db, ddb_op_find(q->op, strlen(q->op)), b.p, b.n, &r);
    FUZZ_CHECK(r.status == 200 || r.status == 400);
    *status = r.status;
    char *copy = arena_copy(&e->a, r.body, r.body_n);
    FUZZ_CHECK(copy != NULL);
    FUZZ_CHECK(json_parse(&e->cx, (str){copy, r.body_n}, &reply) == 0);
    FUZZ_CHECK(reply->type == J_OBJECT);
    next = json_get(reply, STR("NextToken"));
    return next != NULL && next->type == J_STRING ? next->s : STR_ABSENT;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static ddb *db; /* only reads are asked */
    fuzz_env e;
    int status;

    if (n == 0)
        return 0;
    if (db == NULL)
        db = open_items();
    fuzz_env_init(&e);
    const ask *q = &asks[p[0] % COUNT(asks)];
    (void)send(db, q, (str){(const char *)p + 1, n - 1}, &e, &status);
    str own = send(db, q, STR_ABSENT, &e, &status);
    if (own.p != NULL) {
        (void)send(db, q, own, &e, &status);
        FUZZ_CHECK(status == 200);
        /* One byte of the real token changed: still an answer. */
        char *bent = arena_copy(&e.a, own.p, own.n);
        FUZZ_CHECK(bent != NULL);
        if (own.n > 0 && n > 1)
            bent[p[1] % own.n] = (char)p[n - 1];
        (void)send(db, q, (str){bent, own.n}, &e, &status);
    }
    ddb_rollback(db);
    fuzz_env_release(&e);
    return 0;
}
