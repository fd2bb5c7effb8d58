/*
 * insight_test.c - the operations of our own that look at a database: each with every allocation
 * failing, on memory and file. What they answer is in test/api/insight.
 */
#define _XOPEN_SOURCE 700 /* mkstemp */
#include "handle.h"

#include <unistd.h>

#include "test.h"

typedef struct fixture {
    handle_host host;
    ddb *db;
} fixture;

static void open_at(fixture *f, const char *path)
{
    ddb_options o = handle_options(&f->host, path);
    char *error = NULL;

    if (ddb_open(&o, &f->db, &error) < 0)
        test_failed(__FILE__, __LINE__, "open: %s", error);
    ddb_free_error(error);
}

static int run(fixture *f, const char *op, const char *json)
{
    ddb_reply r, committed;

    (void)handle_run(f->db, op, json, &r);
    if (r.pending) {
        ddb_commit(f->db, &committed);
        CHECK(committed.status == 200 || r.status != 200);
    }
    return r.status;
}

static void must(fixture *f, const char *op, const char *json)
{
    ddb_reply r, committed;
    str body = handle_run(f->db, op, json, &r);

    if (r.status != 200)
        test_failed(__FILE__, __LINE__, "%s: %.*s", op, (int)body.n, body.p);
    if (r.pending) {
        ddb_commit(f->db, &committed);
        CHECK_INT(committed.status, 200);
    }
}

static void fill(fixture *f)
{
    char json[200];

    must(f, "CreateTable",
         "{\"TableName\":\"tab\",\"BillingMode\":\"PAY_PER_REQUEST\","
         "\"KeySchema\":[{\"AttributeName\":\"p\",\"KeyType\":\"HASH\"}],"
         "\"AttributeDefinitions\":[{\"AttributeName\":\"p\",\"AttributeType\":\"S\"},"
         "{\"AttributeName\":\"g\",\"AttributeType\":\"S\"}],\"GlobalSecondaryIndexes\":[{"
         "\"IndexName\":\"byG\",\"KeySchema\":[{\"AttributeName\":\"g\",\"KeyType\":\"HASH\"}],"
         "\"Projection\":{\"ProjectionType\":\"KEYS_ONLY\"}}],\"StreamSpecification\":{"
         "\"StreamEnabled\":true,\"StreamViewType\":\"NEW_IMAGE\"}}");
    for (int i = 0; i < 5; i++) {
        (void)snprintf(json, sizeof json,
                       "{\"TableName\":\"tab\",\"Item\":{\"p\":{\"S\":\"k%d\"},\"g\":{\"S\":\"x\"},"
                       "\"n\":{\"N\":\"%d\"}}}",
                       i, i);
        must(f, "PutItem", json);
    }
}

/* Runs `op` with the n-th allocation failing, for n = 0, 1, .. until it succeeds. */
static void starve(fixture *f, const char *op, const char *json)
{
    int status = 500;

    for (int64_t n = 0; status != 200; n++) {
        if (n > 5000)
            test_failed(__FILE__, __LINE__, "%s never succeeds", op);
        ddb_fail_after(f->db, n);
        status = run(f, op, json);
        ddb_fail_after(f->db, -1);
        CHECK(status == 200 || status == 500);
    }
    must(f, "Scan", "{\"TableName\":\"tab\"}");
}

/* A request of each kind, as text and as a JSON string. */
static const struct request {
    const char *op, *json;
} requests[] = {
    {"GetItem", "{\"TableName\":\"tab\",\"Key\":{\"p\":{\"S\":\"k1\"}}}"},
    {"Scan", "{\"TableName\":\"tab\",\"FilterExpression\":\"g = :v\","
             "\"ExpressionAttributeValues\":{\":v\":{\"S\":\"y\"}}}"},
    {"Query", "{\"TableName\":\"tab\",\"IndexName\":\"byG\",\"KeyConditionExpression\":"
              "\"g = :v\",\"ExpressionAttributeValues\":{\":v\":{\"S\":\"x\"}}}"},
    {"PutItem", "{\"TableName\":\"tab\",\"Item\":{\"p\":{\"S\":\"k1\"},\"g\":{\"S\":\"z\"}}}"},
    {"PutItem", "{\"TableName\":\"tab\",\"Item\":{\"p\":{\"S\":\"k1\"}},"
                "\"ConditionExpression\":\"attribute_not_exists(p)\"}"},
    {"TransactWriteItems",
     "{\"TransactItems\":[{\"Delete\":{\"TableName\":\"tab\",\"Key\":{\"p\":{\"S\":\"k2\"}}}}]}"},
};

static void explanation_of(const struct request *q, char *json, size_t max)
{
    size_t n = (size_t)snprintf(json, max, "{\"Operation\":\"%s\",\"Request\":\"", q->op);

    for (const char *p = q->json; *p != '\0' && n + 4 < max; p++) {
        if (*p == '"')
            json[n++] = '\\';
        json[n++] = *p;
    }
    (void)snprintf(json + n, max - n, "\"}");
}

static void explain_all(fixture *f)
{
    char json[1000];

    for (size_t i = 0; i < COUNT(requests); i++) {
        explanation_of(&requests[i], json, sizeof json);
        starve(f, "ddblite.Explain", json);
    }
}

/* While metrics are kept, each request with its n-th allocation failing. */
static void meter_all(fixture *f)
{
    for (size_t i = 0; i < COUNT(requests); i++) {
        int status = 500;
        for (int64_t n = 0; status == 500 && n < 5000; n++) {
            ddb_fail_after(f->db, n);
            status = run(f, requests[i].op, requests[i].json);
            ddb_fail_after(f->db, -1);
        }
        CHECK(status == 200 || status == 400);
    }
}

static void starve_all(fixture *f)
{
    starve(f, "ddblite.Info", "{}");
    starve(f, "ddblite.Info", "{\"TableNames\":[\"tab\"],\"Counts\":true}");
    starve(f, "ddblite.Vacuum", "{}");
    explain_all(f);
    starve(f, "ddblite.BulkLoad", "{\"On\":true}");
    starve(f, "ddblite.BulkLoad", "{\"On\":false}"); /* the index */
    starve(f, "ddblite.BulkLoad", "{\"On\":false}"); /* and the end */
    must(f, "Scan", "{\"TableName\":\"tab\",\"IndexName\":\"byG\"}");
    starve(f, "ddblite.TrackUse", "{\"TableName\":\"tab\",\"Reads\":true}");
    starve(f, "GetItem", requests[0].json);
    starve(f, "ddblite.Touch", "{\"TableName\":\"tab\",\"Keys\":[{\"p\":{\"S\":\"k0\"}}]}");
    starve(f, "GetItem", requests[0].json);
    starve(f, "PutItem", requests[3].json);
    starve(f, "ddblite.LeastRecentlyUsed", "{\"TableName\":\"tab\"}");
    for (int i = 0; i < 1100; i++)
        must(f, "GetItem", requests[0].json);
    starve(f, "GetItem", requests[0].json);
    starve(f, "ddblite.TrackUse", "{\"TableName\":\"tab\",\"Enabled\":false}");
    starve(f, "ddblite.Metrics", "{}");
    meter_all(f);
    starve(f, "ddblite.Metrics", "{\"Reset\":true}");
    starve(f, "ddblite.Metrics", "{\"On\":false}");
}

TEST(insight, survives_without_memory)
{
    fixture f;

    open_at(&f, NULL);
    fill(&f);
    starve_all(&f);
    ddb_close(f.db);
}

TEST(insight, survives_without_memory_in_a_file)
{
    char path[] = "/tmp/ddblite-insight-XXXXXX", other[64];
    int fd = mkstemp(path);
    fixture f;

    CHECK(fd >= 0);
    (void)close(fd);
    open_at(&f, path);
    fill(&f);
    starve_all(&f);
    ddb_close(f.db);
    (void)unlink(path);
    (void)snprintf(other, sizeof other, "%s-wal", path);
    (void)unlink(other);
    (void)snprintf(other, sizeof other, "%s-shm", path);
    (void)unlink(other);
}

TEST(insight, vacuum_is_busy_inside_a_group)
{
    ddb_reply r;
    fixture f;
    str body;

    open_at(&f, NULL);
    fill(&f);
    (void)handle_run(f.db, "PutItem", "{\"TableName\":\"tab\",\"Item\":{\"p\":{\"S\":\"z\"}}}", &r);
    CHECK(r.pending);
    body = handle_run(f.db, "ddblite.Vacuum", "{}", &r);
    CHECK_INT(r.status, 503);
    CHECK(strstr(body.p, "StorageBusy") != NULL);
    CHECK(r.pending);
    ddb_commit(f.db, &r);
    CHECK_INT(r.status, 200);
    ddb_close(f.db);
}
