/*
 * backup_test.c - backups, restores, exports and imports from outside: every allocation of them
 * fails once, slices go on where they were, files of a slice that is run again are the same.
 *
 * The objects are kept in memory (struct objects); gzip is left out, which the engine cannot see.
 */
#include "api/ddb.h"

#include "engine/ion.h"
#include "engine/transfer.h"
#include "handle.h"
#include "test.h"

#define OBJECTS_MAX 16
#define OBJECT_BYTES_MAX (512u * 1024)

typedef struct object {
    char key[256];
    char *bytes;
    size_t n;
} object;

typedef struct objects {
    object items[OBJECTS_MAX]; /* in the order of keys */
    size_t count;
    int64_t fail_from; /* calls from this one on fail; -1: none does */
} objects;

static object *find(objects *o, const char *key)
{
    for (size_t i = 0; i < o->count; i++)
        if (strcmp(o->items[i].key, key) == 0)
            return &o->items[i];
    return NULL;
}

static object *add(objects *o, const char *key)
{
    size_t at = o->count;
    object fresh = {.bytes = malloc(OBJECT_BYTES_MAX)};

    if (o->count == OBJECTS_MAX || strlen(key) >= sizeof fresh.key || fresh.bytes == NULL)
        abort();
    memcpy(fresh.key, key, strlen(key) + 1);
    for (; at > 0 && strcmp(o->items[at - 1].key, key) > 0; at--)
        o->items[at] = o->items[at - 1];
    o->items[at] = fresh;
    o->count++;
    return &o->items[at];
}

static void objects_clear(objects *o)
{
    for (size_t i = 0; i < o->count; i++)
        free(o->items[i].bytes);
    *o = (objects){.fail_from = -1};
}

static int64_t next_key(objects *o, const ddb_files_call *c)
{
    str after = {c->in, c->in_n}, prefix = str_of(c->key);

    for (size_t i = 0; i < o->count; i++) {
        str key = str_of(o->items[i].key);
        if (str_starts(key, prefix) && str_cmp(key, after) > 0) {
            memcpy(c->out, key.p, key.n);
            return (int64_t)key.n;
        }
    }
    return 0;
}

static int64_t objects_call(void *user, const ddb_files_call *c)
{
    objects *o = user;
    object *x;

    if (o->fail_from == 0)
        return DDB_FILES_FAILED;
    o->fail_from -= o->fail_from > 0;
    if (strcmp(c->bucket, "bucket") != 0)
        return DDB_FILES_NO_BUCKET;
    x = find(o, c->key);
    switch (c->verb) {
    case DDB_FILES_BUCKET:
        return 0;
    case DDB_FILES_PUT:
        x = x != NULL ? x : add(o, c->key);
        if (c->in_n > 0)
            memcpy(x->bytes + c->at, c->in, c->in_n);
        x->n = (size_t)c->at + c->in_n;
        return (int64_t)x->n;
    case DDB_FILES_NEXT:
        return next_key(o, c);
    case DDB_FILES_SIZE:
        return x == NULL ? DDB_FILES_NO_KEY : (int64_t)x->n;
    case DDB_FILES_READ: {
        size_t n;
        if (x == NULL)
            return DDB_FILES_NO_KEY;
        n = (size_t)c->at < x->n ? x->n - (size_t)c->at : 0;
        n = n < c->out_cap ? n : c->out_cap;
        memcpy(c->out, x->bytes + (n > 0 ? c->at : 0), n);
        return (int64_t)n;
    }
    }
    return DDB_FILES_FAILED;
}

/* ---- a handle with a table ---- */

typedef struct fixture {
    handle_host host;
    objects files;
    ddb *db;
} fixture;

#define KEYS                                                                            \
    "\"BillingMode\":\"PAY_PER_REQUEST\",\"AttributeDefinitions\":[{\"AttributeName\":" \
    "\"k\",\"AttributeType\":\"S\"}],\"KeySchema\":[{\"AttributeName\":\"k\",\"KeyType\":\"HASH\"}]"
#define ARN(what) "arn:aws:dynamodb:us-east-1:000000000000:table/" what
#define COUNT_OF(table) "{\"TableName\":\"" table "\",\"Select\":\"COUNT\"}"

static str run(fixture *f, const char *op, const char *json)
{
    ddb_reply r;
    return handle_run(f->db, op, json, &r);
}

static int status_of(fixture *f, const char *op, const char *json)
{
    ddb_reply r;
    (void)handle_run(f->db, op, json, &r);
    return r.status;
}

static int commit(fixture *f)
{
    ddb_reply r;
    ddb_commit(f->db, &r);
    return r.status;
}

static void put(fixture *f, const char *table, int k, const char *pad)
{
    char json[1024];
    (void)snprintf(json, sizeof json,
                   "{\"TableName\":\"%s\",\"Item\":{\"k\":{\"S\":\"k%d\"},\"p\":{\"S\":\"%s\"}}}",
                   table, k, pad);
    CHECK_INT(status_of(f, "PutItem", json), 200);
}

static bool fixture_open(fixture *f)
{
    ddb_options o = handle_options(&f->host, NULL);
    ddb_files files = {&f->files, objects_call};
    char *error;

    f->files = (objects){.fail_from = -1};
    if (ddb_open(&o, &f->db, &error) < 0) {
        test_failed(__FILE__, __LINE__, "open: %s", error);
        ddb_free_error(error);
        return false;
    }
    ddb_set_files(f->db, &files);
    CHECK_INT(status_of(f, "CreateTable", "{\"TableName\":\"src\"," KEYS "}"), 200);
    CHECK_INT(status_of(f, "UpdateContinuousBackups",
                        "{\"TableName\":\"src\",\"PointInTimeRecoverySpecification\":"
                        "{\"PointInTimeRecoveryEnabled\":true}}"), 200);
    CHECK_INT(commit(f), 200);
    return true;
}

static void fixture_close(fixture *f)
{
    ddb_close(f->db);
    objects_clear(&f->files);
}

/* Background work to its end, each slice a transaction of its own. */
static int work(fixture *f)
{
    int slices = 0;

    while (ddb_work(f->db) && slices < 1000)
        slices++;
    CHECK(slices < 1000);
    return slices;
}

/* The text of a JSON string member of a reply, into out. */
static void text_member(str reply, const char *name, char *out, size_t cap)
{
    char key[64];
    size_t n, i, k = 0;

    (void)snprintf(key, sizeof key, "\"%s\":\"", name);
    n = strlen(key);
    for (i = 0; i + n < reply.n && memcmp(reply.p + i, key, n) != 0; i++)
        ;
    for (i += n; i < reply.n && reply.p[i] != '"' && k + 1 < cap; i++)
        out[k++] = reply.p[i];
    out[k] = 0;
}

static void count(fixture *f, const char *request, int want)
{
    char text[64];
    str reply = run(f, "Scan", request);

    (void)snprintf(text, sizeof text, "{\"Count\":%d,", want);
    CHECK_STR_NOTE(str_make(reply.p, reply.n < strlen(text) ? reply.n : strlen(text)), text,
                   request);
}

/* ---- slices ---- */

TEST(backup, copies_a_large_table_in_slices_of_one_moment)
{
    char arn[256], json[512];
    fixture f;

    REQUIRE(fixture_open(&f));
    for (int i = 0; i < 9000; i++)
        put(&f, "src", i, "x");
    text_member(run(&f, "CreateBackup", "{\"TableName\":\"src\",\"BackupName\":\"one\"}"), "BackupArn",
           arn, sizeof arn);
    CHECK_INT(commit(&f), 200);
    for (int i = 0; i < 9000; i += 2) /* while the copy is under way */
        put(&f, "src", i, "changed");
    CHECK_INT(status_of(&f, "DeleteItem", "{\"TableName\":\"src\",\"Key\":{\"k\":{\"S\":\"k1\"}}}"),
              200);
    put(&f, "src", 9001, "new");
    CHECK_INT(commit(&f), 200);
    CHECK(work(&f) > 0);
    (void)snprintf(json, sizeof json, "{\"TargetTableName\":\"dst\",\"BackupArn\":\"%s\"}", arn);
    CHECK_INT(status_of(&f, "RestoreTableFromBackup", json), 200);
    CHECK_INT(status_of(&f, "Scan", COUNT_OF("dst")), 400);
    CHECK_INT(commit(&f), 200);
    CHECK(work(&f) > 0);
    count(&f, COUNT_OF("src"), 9000);
    count(&f, COUNT_OF("dst"), 9000);
    count(&f, "{\"TableName\":\"dst\",\"Select\":\"COUNT\",\"FilterExpression\":\"p = :x\","
              "\"ExpressionAttributeValues\":{\":x\":{\"S\":\"changed\"}}}", 0);
    CHECK_STR(run(&f, "GetItem", "{\"TableName\":\"dst\",\"Key\":{\"k\":{\"S\":\"k1\"}},"
                                 "\"ProjectionExpression\":\"k\"}"),
              "{\"Item\":{\"k\":{\"S\":\"k1\"}}}");
    CHECK_STR(run(&f, "GetItem", "{\"TableName\":\"dst\",\"Key\":{\"k\":{\"S\":\"k9001\"}}}"),
              "{}");
    fixture_close(&f);
}

/* ---- memory ---- */

/* One session of every kind of copy. What fails must answer, and leave nothing half done. */
static bool session(fixture *f, int64_t fail_after)
{
    static const struct { const char *op, *json; } steps[] = {
        {"CreateBackup", "{\"TableName\":\"src\",\"BackupName\":\"mem\"}"},
        {"PutItem", "{\"TableName\":\"src\",\"Item\":{\"k\":{\"S\":\"k1\"},\"n\":{\"N\":\"1\"}}}"},
        {"ListBackups", "{\"Limit\":1}"},
        {"RestoreTableToPointInTime",
         "{\"SourceTableName\":\"src\",\"TargetTableName\":\"past\","
         "\"UseLatestRestorableTime\":true}"},
        {"ExportTableToPointInTime",
         "{\"TableArn\":\"" ARN("src") "\",\"S3Bucket\":\"bucket\",\"S3Prefix\":\"out\","
         "\"ExportFormat\":\"ION\"}"},
        {"ListExports", "{\"MaxResults\":1}"},
        {"ImportTable",
         "{\"S3BucketSource\":{\"S3Bucket\":\"bucket\",\"S3KeyPrefix\":\"in/\"},"
         "\"InputFormat\":\"CSV\",\"TableCreationParameters\":{\"TableName\":\"csv\"," KEYS "}}"},
        {"ListImports", "{\"PageSize\":1}"},
        {"DescribeTable", "{\"TableName\":\"past\"}"},
    };
    bool failed = false;
    ddb_reply r;

    ddb_fail_after(f->db, fail_after);
    for (size_t i = 0; i < COUNT(steps); i++) {
        str body = handle_run(f->db, steps[i].op, steps[i].json, &r);
        failed = failed || r.status >= 500;
        CHECK(body.n >= 2 && body.p[0] == '{' && body.p[body.n - 1] == '}');
    }
    ddb_commit(f->db, &r);
    failed = failed || r.status >= 500;
    ddb_fail_after(f->db, -1);
    return failed;
}

TEST(backup, survives_every_failed_allocation)
{
    bool failed = true;
    object *x;
    fixture f;

    REQUIRE(fixture_open(&f));
    put(&f, "src", 1, "x");
    CHECK_INT(commit(&f), 200);
    for (int64_t n = 0; failed && n < 60000; n += n < 60 ? 1 : 53) {
        objects_clear(&f.files);
        x = add(&f.files, "in/a.csv");
        memcpy(x->bytes, "k,v\na,1\n", 8);
        x->n = 8;
        failed = session(&f, n);
        CHECK(!ddb_pending(f.db));
        (void)work(&f);
        (void)status_of(&f, "DeleteTable", "{\"TableName\":\"past\"}"); /* if they were made */
        (void)status_of(&f, "DeleteTable", "{\"TableName\":\"csv\"}");
        CHECK_INT(commit(&f), 200);
        count(&f, COUNT_OF("src"), 1);
    }
    CHECK(!failed);
    fixture_close(&f);
}

/* ---- files ---- */

TEST(backup, ends_an_export_as_failed_when_any_file_fails)
{
    char arn[256], json[512], status[32];
    fixture f;

    REQUIRE(fixture_open(&f));
    put(&f, "src", 1, "x");
    for (int64_t n = 0; n < 20; n++) {
        f.host.now += 1000; /* another id */
        f.files.fail_from = n;
        text_member(run(&f, "ExportTableToPointInTime",
                   "{\"TableArn\":\"" ARN("src") "\",\"S3Bucket\":\"bucket\"}"),
               "ExportArn", arn, sizeof arn);
        CHECK_INT(commit(&f), 200);
        (void)work(&f);
        (void)snprintf(json, sizeof json, "{\"ExportArn\":\"%s\"}", arn);
        text_member(run(&f, "DescribeExport", json), "ExportStatus", status, sizeof status);
        objects_clear(&f.files);
        if (strcmp(status, "COMPLETED") == 0) {
            CHECK(n >= 7); /* _started, data, its sum, two manifests and their sums */
            fixture_close(&f);
            return;
        }
        CHECK_STR(str_of(status), "FAILED");
    }
    CHECK(false);
    fixture_close(&f);
}

/* ---- Ion ---- */

TEST(backup, reads_ion_that_holds_an_item_and_nothing_else)
{
    static const struct { const char *line, *item; } cases[] = {
        {"{Item:{a:1}}", "{\"a\":{\"N\":\"1\"}}"},
        {"$ion_1_0 {Item:{a:\"\\n\\x41\\u00e9\\U0001F600\"}}", "{\"a\":{\"S\":\"\\nA\u00e9\U0001F600\"}}"},
        {"{Item:{a:\"\\ud83d\\ude00\"}}", "{\"a\":{\"S\":\"\U0001F600\"}}"},
        {"{Item:{a:[1.,-2.5e1,{b:null.int}]}}",
         "{\"a\":{\"L\":[{\"N\":\"1\"},{\"N\":\"-25\"},{\"M\":{\"b\":{\"NULL\":true}}}]}}"},
        {"{Item:{a:note::true, 'b c':{{ AA== }},}}", NULL},
        {"{Item:{a:note::true, 'b c':{{ AA== }}}}", "{\"a\":{\"BOOL\":true},\"b c\":{\"B\":\"AA==\"}}"},
        {"{Item:{a:$dynamodb_BS::[{{AA==}}]}}", "{\"a\":{\"BS\":[\"AA==\"]}}"},
        {"{Item:{a:$dynamodb_BS::[1]}}", NULL},
        {"{Item:{a:$dynamodb_SS::[]}}", NULL},
        {"{Item:{a:1,a:2}}", NULL},
        {"{Item:{a:0x10}}", NULL},
        {"{Item:{a:2020-01-01T}}", NULL},
        {"{Item:{a:{{\"clob\"}}}}", NULL},
        {"{Item:{a:(1 2)}}", NULL},
        {"{Item:{a:\"\\ud83d\"}}", NULL},
        {"{Item:{a:\"open}}", NULL},
        {"{Item:{a:1}} x", NULL},
        {"{Item:1}", NULL},
        {"[]", NULL},
        {"", NULL},
    };
    test_env e;

    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        map m;
        int rc = ion_read_item(&e.cx, str_of(cases[i].line), &m);
        CHECK_INT_NOTE(rc, cases[i].item != NULL ? 0 : DDB_VALIDATION, cases[i].line);
        if (rc == 0) {
            buf b;
            buf_init_arena(&b, &e.a, 65536);
            item_put(&b, &m);
            CHECK_STR_NOTE(buf_view(&b), cases[i].item, cases[i].line);
        }
        test_env_reset(&e);
    }
    test_env_release(&e);
}

TEST(backup, bounds_the_nesting_of_ion)
{
    char line[1024];
    test_env e;
    map m;

    test_env_init(&e);
    for (int depth = 30; depth < 36; depth++) {
        size_t n = (size_t)snprintf(line, sizeof line, "{Item:{a:");
        for (int i = 0; i < depth; i++)
            line[n++] = '[';
        for (int i = 0; i < depth; i++)
            line[n++] = ']';
        line[n++] = '}';
        line[n++] = '}';
        /* the reader's bound lies just beyond the rule's, which is checked later */
        CHECK_INT(ion_read_item(&e.cx, str_make(line, n), &m), depth <= 33 ? 0 : DDB_VALIDATION);
        test_env_reset(&e);
    }
    test_env_release(&e);
}
