/*
 * statement_test.c - ExecuteStatement, BatchExecuteStatement and ExecuteTransaction when memory
 * runs out, and which of them open a write transaction. What they answer is in test/api.
 *
 * Requests are written with ` for ". The table "ttt" has pk, sk:N, an LSI on lk and a GSI on gk.
 */
#include "api/ddb.h"
#include "handle.h"

#include "test.h"

#define TABLE                                                                                 \
    "{`TableName`:`ttt`,`BillingMode`:`PAY_PER_REQUEST`,`AttributeDefinitions`:["              \
    "{`AttributeName`:`pk`,`AttributeType`:`S`},{`AttributeName`:`sk`,`AttributeType`:`N`},"   \
    "{`AttributeName`:`lk`,`AttributeType`:`S`},{`AttributeName`:`gk`,`AttributeType`:`S`}],"  \
    "`KeySchema`:[{`AttributeName`:`pk`,`KeyType`:`HASH`},"                                    \
    "{`AttributeName`:`sk`,`KeyType`:`RANGE`}],"                                               \
    "`LocalSecondaryIndexes`:[{`IndexName`:`lsi`,`KeySchema`:[{`AttributeName`:`pk`,"          \
    "`KeyType`:`HASH`},{`AttributeName`:`lk`,`KeyType`:`RANGE`}],"                             \
    "`Projection`:{`ProjectionType`:`KEYS_ONLY`}}],"                                           \
    "`GlobalSecondaryIndexes`:[{`IndexName`:`gsi`,`KeySchema`:[{`AttributeName`:`gk`,"         \
    "`KeyType`:`HASH`}],`Projection`:{`ProjectionType`:`ALL`}}]}"

static handle_host host;

static void quote(const char *in, char *out, size_t room)
{
    size_t i = 0;

    for (; in[i] != '\0' && i + 1 < room; i++)
        out[i] = in[i] == '`' ? '"' : in[i];
    out[i] = '\0';
}

static str run(ddb *db, const char *op, const char *request, ddb_reply *r)
{
    static char json[8192];

    quote(request, json, sizeof json);
    return handle_run(db, op, json, r);
}

static void expect_at(int line, ddb *db, const char *statement, const char *want)
{
    char request[1024], text[4096];
    ddb_reply r;

    (void)snprintf(request, sizeof request, "{`Statement`:`%s`}", statement);
    quote(want, text, sizeof text);
    test_check_str(__FILE__, line, "reply", run(db, "ExecuteStatement", request, &r),
                   str_of(text), statement);
}
#define EXPECT(db, statement, want) expect_at(__LINE__, db, statement, want)

static ddb *open_db(void)
{
    ddb_options o = handle_options(&host, NULL);
    ddb *db = NULL;
    char *error;
    ddb_reply r;

    if (ddb_open(&o, &db, &error) < 0)
        abort();
    (void)run(db, "CreateTable", TABLE, &r);
    EXPECT(db, "INSERT INTO ttt VALUE {'pk': 'a', 'sk': 1, 'n': 1, 'gk': 'g', 'lk': 'l'}",
           "{`Items`:[]}");
    ddb_commit(db, &r);
    return db;
}

#define ROW "{`pk`:{`S`:`a`},`sk`:{`N`:`1`},`n`:{`N`:`1`},`gk`:{`S`:`g`},`lk`:{`S`:`l`}}"

typedef struct request {
    const char *op, *json;
} request;

static const request writes[] = {
    {"ExecuteStatement", "{`Statement`:`INSERT INTO ttt VALUE {'pk': ?, 'sk': 1, 'x': [1]}`,"
                         "`Parameters`:[{`S`:`q`}],`ReturnConsumedCapacity`:`INDEXES`}"},
    {"ExecuteStatement", "{`Statement`:`UPDATE ttt SET n = n + 1, l = [1], s = set_add(s, <<'x'>>) "
                         "WHERE pk = 'a' AND sk = 1 AND n <> 7 RETURNING MODIFIED NEW *`}"},
    {"ExecuteStatement", "{`Statement`:`DELETE FROM ttt WHERE pk = 'a' AND sk = 1 AND n = 1 "
                         "RETURNING ALL OLD *`}"},
    {"BatchExecuteStatement",
     "{`Statements`:[{`Statement`:`INSERT INTO ttt VALUE {'pk': 'q', 'sk': 1}`},"
     "{`Statement`:`UPDATE ttt SET n = 5 WHERE pk = 'a' AND sk = 1 RETURNING ALL NEW *`},"
     "{`Statement`:`oops`}],`ReturnConsumedCapacity`:`TOTAL`}"},
    {"ExecuteTransaction",
     "{`ClientRequestToken`:`t`,`TransactStatements`:["
     "{`Statement`:`INSERT INTO ttt VALUE {'pk': 'q', 'sk': ?}`,`Parameters`:[{`N`:`1`}]},"
     "{`Statement`:`UPDATE ttt SET n = 5 WHERE pk = 'a' AND sk = 1`},"
     "{`Statement`:`DELETE FROM ttt WHERE pk = 'z' AND sk = 1`}],"
     "`ReturnConsumedCapacity`:`INDEXES`}"},
};

static const request reads[] = {
    {"ExecuteStatement",
     "{`Statement`:`SELECT n, lk FROM ttt WHERE pk = 'a' AND sk = 1 AND n <> 2`}"},
    {"ExecuteStatement", "{`Statement`:`SELECT * FROM ttt.gsi WHERE gk IN ['g', 'h'] AND n < ?`,"
                         "`Parameters`:[{`N`:`9`}],`Limit`:1}"},
    {"ExecuteStatement", "{`Statement`:`SELECT n FROM ttt.lsi WHERE pk = 'a' AND "
                         "begins_with(lk, 'l') ORDER BY lk DESC`}"},
    {"ExecuteStatement", "{`Statement`:`SELECT * FROM ttt.lsi WHERE NOT n = 1 OR lk = 'l'`}"},
    {"BatchExecuteStatement",
     "{`Statements`:[{`Statement`:`SELECT n FROM ttt WHERE pk = 'a' AND sk = 1`}]}"},
    {"ExecuteTransaction",
     "{`TransactStatements`:[{`Statement`:`SELECT * FROM ttt WHERE pk = 'a' AND sk = 1`}]}"},
};

static bool holds(str text, str part)
{
    for (; text.n >= part.n; text.p++, text.n--) {
        if (str_starts(text, part))
            return true;
    }
    return false;
}

/* Each allocation of each request fails once, and all after it. The row must then be the old one
 * or the request have succeeded. */
TEST(statement, leaves_items_as_they_were_when_memory_runs_out)
{
    for (size_t i = 0; i < COUNT(writes); i++) {
        bool done = false;
        int failures = 0;

        for (int64_t n = 0; !done && n < 3000; n++) {
            ddb *db = open_db();
            ddb_reply r;

            ddb_fail_after(db, n);
            (void)run(db, writes[i].op, writes[i].json, &r);
            done = r.status == 200;
            ddb_fail_after(db, -1);
            if (!done) {
                failures++;
                CHECK_INT_NOTE(r.status, 500, writes[i].json);
                ddb_rollback(db);
                EXPECT(db, "SELECT * FROM ttt", "{`Items`:[" ROW "]}");
            }
            ddb_close(db);
        }
        CHECK(done);
        CHECK(failures > 0);
    }
}

TEST(statement, reads_or_reports_when_memory_runs_out)
{
    ddb *db = open_db();

    for (size_t i = 0; i < COUNT(reads); i++) {
        ddb_reply r = {0};
        for (int64_t n = 0; n < 3000 && r.status != 200; n++) {
            ddb_fail_after(db, n);
            (void)run(db, reads[i].op, reads[i].json, &r);
            ddb_fail_after(db, -1);
            CHECK_INT_NOTE(r.status == 200 || r.status == 500, 1, reads[i].json);
        }
        CHECK_INT_NOTE(r.status, 200, reads[i].json);
        CHECK_INT_NOTE(holds((str){r.body, r.body_n}, STR("{\"N\":\"1\"}")), true,
                       reads[i].json);
    }
    ddb_close(db);
}

TEST(statement, opens_a_write_transaction_for_writes_only)
{
    ddb *db = open_db();
    ddb_reply r;

    for (size_t i = 0; i < COUNT(reads); i++) {
        (void)run(db, reads[i].op, reads[i].json, &r);
        CHECK_INT_NOTE(r.status, 200, reads[i].json);
        CHECK_INT_NOTE(ddb_pending(db), false, reads[i].json);
    }
    for (size_t i = 0; i < COUNT(writes); i++) {
        (void)run(db, writes[i].op, writes[i].json, &r);
        CHECK_INT_NOTE(ddb_pending(db), true, writes[i].json);
        ddb_rollback(db);
    }
    ddb_close(db);
}

/* What a group of calls has written, its reads see before it is committed. */
TEST(statement, reads_what_its_group_wrote)
{
    ddb *db = open_db();

    EXPECT(db, "UPDATE ttt SET n = 2 WHERE pk = 'a' AND sk = 1", "{`Items`:[]}");
    EXPECT(db, "SELECT n FROM ttt WHERE pk = 'a'", "{`Items`:[{`n`:{`N`:`2`}}]}");
    ddb_rollback(db);
    EXPECT(db, "SELECT n FROM ttt WHERE pk = 'a'", "{`Items`:[{`n`:{`N`:`1`}}]}");
    ddb_close(db);
}
