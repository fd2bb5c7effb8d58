/*
 * wire.c - one HTTP request's target and body to one answer: the envelope of DynamoDB's JSON 1.0
 * protocol (facts wire 1 to 7).
 *
 * What is checked first wins: body size, content type, JSON, target, authentication, empty body,
 * and then the operation. Method, CORS and the health check are the server's. That a request is
 * signed at all is checked when the host wants it, and the signature (signature.c) when the host
 * has credentials.
 * Start at ddb_dispatch_http().
 */
#include <assert.h>

#include "api/internal.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/utf8.h"

#define JSON_1_0 "application/x-amz-json-1.0"
#define JSON_PLAIN "application/json"

static const op_row *find_target(const char *target);
static int check_auth(ctx *cx, const ddb_http_request *r);

str wire_trim(str s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

/* The supported content type that the header names, or NULL. */
static const char *content_type_of(const char *header)
{
    str s;

    if (header == NULL)
        return NULL;
    s = str_of(header);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == ';')
            s.n = i;
    s = wire_trim(s);
    if (str_eq(s, STR(JSON_1_0)))
        return JSON_1_0;
    return str_eq(s, STR(JSON_PLAIN)) ? JSON_PLAIN : NULL;
}

static void put_request_id(ddb *db, char out[53])
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    unsigned char bytes[52];

    db->e->host.random(db->e->host.user, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        out[i] = digits[bytes[i] % 36];
    out[52] = '\0';
}

static void set_body(ddb_http *out, str body)
{
    out->body = body.p;
    out->body_n = body.n;
    out->ascii = utf8_ascii(body);
    out->crc32 = hash_crc32(body.p, body.n);
}

/* JSON, target, authentication, empty body: 0 with the operation and the tree, or the error. */
static int open_envelope(ddb *db, ctx *cx, const ddb_http_request *r, const op_row **row,
                         json **tree)
{
    if (r->body_n > 0)
        TRY(json_parse(cx, (str){r->body, r->body_n}, tree));
    *row = find_target(r->target);
    if (*row == NULL)
        return DDB_UNKNOWN_OPERATION;
    if (r->check_auth || r->credentials != NULL)
        TRY(check_auth(cx, r));
    if (r->credentials != NULL)
        TRY(signature_check(cx, db->e->region, r));
    return r->body_n > 0 ? 0 : DDB_SERIALIZATION;
}

void ddb_dispatch_http(ddb *db, const ddb_http_request *r, ddb_http *out)
{
    const op_row *row = NULL;
    json *tree = NULL;
    ddb_reply reply;
    ctx cx;

    assert(!db->busy);
    *out = (ddb_http){.status = 413, .body = "", .ascii = true, .pending = ddb_pending(db)};
    if (r->body_n > REQUEST_BYTES_MAX)
        return;
    db->busy = true;
    cx = api_begin(db);
    put_request_id(db, out->request_id);
    out->content_type = content_type_of(r->content_type);
    if (out->content_type == NULL && r->body_n > 0) {
        out->status = 404;
        set_body(out, STR("<UnknownOperationException/>\n"));
        db->busy = false;
        return;
    }
    if (out->content_type == NULL)
        out->content_type = JSON_PLAIN;

    int rc = open_envelope(db, &cx, r, &row, &tree);
    if (rc < 0)
        api_finish(db, &cx, rc, &reply);
    else
        api_dispatch(db, &cx, row, (str){r->body, r->body_n}, tree, &reply);
    out->status = reply.status;
    out->pending = reply.pending;
    out->delay_ms = reply.delay_ms;
    set_body(out, (str){reply.body, reply.body_n});
    db->busy = false;
}

/* The operation behind `Prefix.Name`, of the service the prefix names. */
static const op_row *find_target(const char *target)
{
    static const str table = STR_INIT("DynamoDB_20120810.");
    static const str streams = STR_INIT("DynamoDBStreams_20120810.");

    if (target == NULL)
        return NULL;
    str name = str_of(target);
    bool of_streams = str_starts(name, streams);
    if (!of_streams && !str_starts(name, table))
        return NULL;
    size_t skip = of_streams ? streams.n : table.n;
    const op_row *row = optable_at(ddb_op_find(name.p + skip, name.n - skip));
    if (row == NULL || (row->op->flags & OP_OWN) != 0 ||
        ((row->op->flags & OP_STREAMS) != 0) != of_streams)
        return NULL;
    return row;
}

/* ---- authentication ---- */

bool wire_parameter(str s, const char *seps, const char *name, str *value)
{
    str wanted = str_of(name);
    size_t at = 0;

    while (at < s.n) {
        size_t end = at;
        while (end < s.n && strchr(seps, s.p[end]) == NULL)
            end++;
        str piece = {s.p + at, end - at};
        if (str_starts(piece, wanted) && (piece.n == wanted.n || piece.p[wanted.n] == '=')) {
            size_t skip = piece.n == wanted.n ? wanted.n : wanted.n + 1;
            *value = (str){piece.p + skip, piece.n - skip};
            return true;
        }
        at = end + 1;
    }
    return false;
}

static int check_query_auth(ctx *cx, str query)
{
    static const char *const names[] = {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature",
                                        "X-Amz-SignedHeaders", "X-Amz-Date"};
    buf b;
    str value;

    buf_init_arena(&b, cx->a, 1024);
    for (size_t i = 0; i < COUNT(names); i++)
        if (!wire_parameter(query, "&", names[i], &value) || value.n == 0)
            buf_fmt(&b, "AWS query-string parameters must include '%s'. ", names[i]);
    if (b.n == 0)
        return b.err;
    buf_lit(&b, "Re-examine the query-string parameters.");
    return b.err != 0 ? b.err : fail_str(cx, DDB_INCOMPLETE_SIGNATURE, buf_view(&b));
}

static int check_header_auth(ctx *cx, str header, const char *date)
{
    static const char *const names[] = {"Credential", "Signature", "SignedHeaders"};
    str value;
    buf b;

    buf_init_arena(&b, cx->a, (size_t)REQUEST_BYTES_MAX);
    for (size_t i = 0; i < COUNT(names); i++) {
        bool found = wire_parameter(header, ", ", names[i], &value);
        if (!found || (value.n == 0 && i < 2)) /* SignedHeaders may be empty */
            buf_fmt(&b, "Authorization header requires '%s' parameter. ", names[i]);
    }
    if (date == NULL || date[0] == '\0')
        buf_lit(&b, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
                    "header. ");
    if (b.n == 0)
        return b.err;
    buf_fmt(&b, "Authorization=%S", header);
    return b.err != 0 ? b.err : fail_str(cx, DDB_INCOMPLETE_SIGNATURE, buf_view(&b));
}

static int check_auth(ctx *cx, const ddb_http_request *r)
{
    str query = str_of(r->query != NULL ? r->query : ""), ignored;
    bool by_query = r->has_query_auth || wire_parameter(query, "&", "X-Amz-Algorithm", &ignored);

    if (r->authorization != NULL && by_query)
        return fail_str(cx, DDB_INVALID_SIGNATURE,
                        STR("Found both 'X-Amz-Algorithm' as a query-string param and "
                            "'Authorization' as HTTP header."));
    if (by_query)
        return r->query != NULL ? check_query_auth(cx, query) : 0;
    str header = wire_trim(str_of(r->authorization != NULL ? r->authorization : ""));
    if (!str_starts(header, STR("AWS4-")))
        return fail_str(cx, DDB_MISSING_AUTH, STR("Request is missing Authentication Token"));
    return check_header_auth(cx, header, r->date);
}
