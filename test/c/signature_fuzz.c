/*
 * signature_fuzz.c - signed HTTP requests through ddb_dispatch_http() with credentials.
 *
 * The input's lines are, in order: Authorization, date, query string and one that is not used; a
 * line of "-" is absent. What is behind the fourth is the head (method, path, headers). Whatever
 * comes in, the answer is 400, for nobody here knows the secret.
 */
#include <stdlib.h>

#include "api/ddb.h"
#include "base/bytes.h"
#include "handle.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static const char credentials[] = "AKID\tsecret\t\t\nTEMP\tother\ttoken\t1700000000000";

/* A NUL-terminated copy, so that a read beyond it leaves the block. */
static char *take(const char **at, const char *end, char sep)
{
    const char *from = *at, *to = from;

    while (to < end && (sep == 0 || *to != sep))
        to++;
    *at = to < end ? to + 1 : to;
    char *copy = malloc((size_t)(to - from) + 1);
    if (copy == NULL)
        abort();
    memcpy(copy, from, (size_t)(to - from));
    copy[to - from] = '\0';
    return copy;
}

static const char *or_absent(const char *text)
{
    return strcmp(text, "-") == 0 ? NULL : text;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static handle_host host;
    static ddb *db;
    const char *at = (const char *)p, *end = at + n;
    char *texts[4], *error, *head;
    ddb_http out;

    if (db == NULL) {
        ddb_options o = handle_options(&host, NULL);
        if (ddb_open(&o, &db, &error) < 0)
            abort();
    }
    for (size_t i = 0; i < COUNT(texts); i++)
        texts[i] = take(&at, end, '\n');
    head = take(&at, end, 0);
    ddb_http_request r = {.target = "DynamoDB_20120810.ListTables",
                          .content_type = "application/json",
                          .authorization = or_absent(texts[0]),
                          .date = or_absent(texts[1]),
                          .query = or_absent(texts[2]),
                          .body = "{}",
                          .body_n = 2,
                          .credentials = credentials,
                          .head = head};
    ddb_dispatch_http(db, &r, &out);
    if (out.status != 400)
        abort();
    for (size_t i = 0; i < COUNT(texts); i++)
        free(texts[i]);
    free(head);
    return 0;
}
