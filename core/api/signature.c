/*
 * signature.c - AWS Signature Version 4: is a request signed by one of the credentials we know?
 *
 *   canonical      POST \n / \n <query, sorted> \n <name:value \n ...> \n <names> \n <SHA-256>
 *   string to sign AWS4-HMAC-SHA256 \n <date> \n <scope> \n <SHA-256 of canonical>
 *   signature      HMAC(HMAC(HMAC(HMAC(HMAC("AWS4" secret, day), region), "dynamodb"),
 *                  "aws4_request"), string to sign)
 *
 * Checks come in the service's order with its texts (facts wire 5); how the canonical form is made
 * is documented in the IAM User Guide, "Create a signed AWS API request". The service's clock is
 * the engine's: where a test has set that, signatures must be of the same time.
 * Start at signature_check().
 */
#include "api/internal.h"
#include "base/calendar.h"
#include "base/hash.h"
#include "base/limits.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define SERVICE "dynamodb"
#define TERMINATOR "aws4_request"
#define WINDOW_MS 900000   /* text of the service: 15 min. */
#define AHEAD_MS 300000    /* the same: 5 min. */
#define QUERY_MAX 256      /* ours: parameters of a query string */
#define DATE_N 16          /* 20150830T123600Z */

typedef struct signed_request {
    const ddb_http_request *r;
    bool by_query;
    str algorithm, credential, signature, names, date, token;
    str scope[5]; /* key id, day, region, service, terminator */
} signed_request;

typedef struct secret {
    str key, token;
    int64_t expires_ms; /* 0: never */
} secret;

/* ---- what was sent ---- */

/* The next piece of *rest up to `sep`; false when there is none. */
static bool next_piece(str *rest, char sep, str *out)
{
    const char *end;

    if (rest->p == NULL)
        return false;
    end = rest->n == 0 ? NULL : memchr(rest->p, sep, rest->n);
    if (end == NULL) {
        *out = *rest;
        *rest = STR_ABSENT;
        return true;
    }
    *out = (str){rest->p, (size_t)(end - rest->p)};
    *rest = (str){end + 1, rest->n - out->n - 1};
    return true;
}

/* %41 -> A; the rest stays. */
static int decode(ctx *cx, str s, str *out)
{
    buf b;

    buf_init_arena(&b, cx->a, REQUEST_BYTES_MAX);
    (void)buf_grow(&b, s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        int high = i + 2 < s.n && s.p[i] == '%' ? hex_value(s.p[i + 1]) : -1;
        int low = high < 0 ? -1 : hex_value(s.p[i + 2]);
        buf_byte(&b, low < 0 ? s.p[i] : (char)(high * 16 + low));
        i += low < 0 ? 0 : 2;
    }
    *out = buf_view(&b);
    return b.err;
}

static void encode(buf *b, str s)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_' || c == '.' || c == '~';
        if (plain) {
            buf_byte(b, c);
        } else {
            buf_byte(b, '%');
            buf_byte(b, digits[(uint8_t)c >> 4]);
            buf_byte(b, digits[(uint8_t)c & 15]);
        }
    }
}

static int query_parameter(ctx *cx, const ddb_http_request *r, const char *name, str *out)
{
    str raw;

    *out = STR_ABSENT;
    if (r->query == NULL || !wire_parameter(str_of(r->query), "&", name, &raw))
        return 0;
    return decode(cx, raw, out);
}

/* The lines of head behind its method and path. */
static str headers_of(const ddb_http_request *r)
{
    str rest = str_of(r->head != NULL ? r->head : ""), ignored;

    (void)next_piece(&rest, '\n', &ignored);
    (void)next_piece(&rest, '\n', &ignored);
    return rest;
}

/* The first header of that name. */
static str find_header(const ddb_http_request *r, str name)
{
    str rest = headers_of(r), line, value;

    while (next_piece(&rest, '\n', &line)) {
        value = line;
        if (line.n > name.n && line.p[name.n] == ':' && str_starts(line, name)) {
            value = (str){line.p + name.n + 1, line.n - name.n - 1};
            return wire_trim(value);
        }
    }
    return STR_ABSENT;
}

static int read_query(ctx *cx, signed_request *s)
{
    s->by_query = true;
    TRY(query_parameter(cx, s->r, "X-Amz-Algorithm", &s->algorithm));
    TRY(query_parameter(cx, s->r, "X-Amz-Credential", &s->credential));
    TRY(query_parameter(cx, s->r, "X-Amz-Signature", &s->signature));
    TRY(query_parameter(cx, s->r, "X-Amz-SignedHeaders", &s->names));
    TRY(query_parameter(cx, s->r, "X-Amz-Date", &s->date));
    return query_parameter(cx, s->r, "X-Amz-Security-Token", &s->token);
}

static int read_header(signed_request *s)
{
    str header = wire_trim(str_of(s->r->authorization));
    str rest = header;

    (void)next_piece(&rest, ' ', &s->algorithm);
    (void)wire_parameter(header, ", ", "Credential", &s->credential);
    (void)wire_parameter(header, ", ", "Signature", &s->signature);
    (void)wire_parameter(header, ", ", "SignedHeaders", &s->names);
    s->date = str_of(s->r->date);
    s->token = find_header(s->r, STR("x-amz-security-token"));
    return 0;
}

/* ---- the date ---- */

static int digits_of(str s, size_t at, size_t n)
{
    int v = 0;

    for (size_t i = at; i < at + n; i++)
        v = s.p[i] < '0' || s.p[i] > '9' || v < 0 ? -1 : v * 10 + (s.p[i] - '0');
    return v;
}

/* Days since 1970 of a civil date. */
static int64_t days_of(int64_t year, int month, int day)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int64_t y = year - 1;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return y * 365 + y / 4 - y / 100 + y / 400 - 719162 + before[month - 1] +
           (leap && month > 2 ? 1 : 0) + day - 1;
}

static bool read_date(str s, int64_t *ms)
{
    int year, month, day, hour, minute, second;

    if (s.n != DATE_N || s.p[8] != 'T' || s.p[15] != 'Z')
        return false;
    year = digits_of(s, 0, 4);
    month = digits_of(s, 4, 2);
    day = digits_of(s, 6, 2);
    hour = digits_of(s, 9, 2);
    minute = digits_of(s, 11, 2);
    second = digits_of(s, 13, 2);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 ||
        minute < 0 || minute > 59 || second < 0 || second > 60)
        return false;
    *ms = (((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000;
    return true;
}

static void put_date(buf *b, int64_t ms)
{
    calendar c = calendar_of(ms);

    calendar_put_padded(b, c.year, 4);
    calendar_put_padded(b, c.month, 2);
    calendar_put_padded(b, c.day, 2);
    buf_byte(b, 'T');
    calendar_put_padded(b, c.hour, 2);
    calendar_put_padded(b, c.minute, 2);
    calendar_put_padded(b, c.second, 2);
    buf_byte(b, 'Z');
}

static int fail_text(ctx *cx, int code, const buf *b)
{
    return b->err != 0 ? b->err : fail_str(cx, code, buf_view(b));
}

static int check_date(ctx *cx, const signed_request *s)
{
    int64_t ms;
    buf b;

    if (!read_date(s->date, &ms))
        return fail(cx, DDB_INCOMPLETE_SIGNATURE,
                    "Date must be in ISO-8601 'basic format'. Got '%S'. See "
                    "http://en.wikipedia.org/wiki/ISO_8601",
                    s->date);
    if (ms >= cx->now_ms - WINDOW_MS && ms <= cx->now_ms + AHEAD_MS)
        return 0;
    buf_init_arena(&b, cx->a, 1024);
    if (ms < cx->now_ms) {
        buf_fmt(&b, "Signature expired: %S is now earlier than ", s->date);
        put_date(&b, cx->now_ms - WINDOW_MS);
        buf_lit(&b, " (");
        put_date(&b, cx->now_ms);
        buf_lit(&b, " - 15 min.)");
    } else {
        buf_fmt(&b, "Signature not yet current: %S is still later than ", s->date);
        put_date(&b, cx->now_ms + AHEAD_MS);
        buf_lit(&b, " (");
        put_date(&b, cx->now_ms);
        buf_lit(&b, " + 5 min.)");
    }
    return fail_text(cx, DDB_INVALID_SIGNATURE, &b);
}

/* ---- scope ---- */

static int split_credential(ctx *cx, signed_request *s)
{
    str rest = s->credential, piece;
    size_t n = 0;

    while (next_piece(&rest, '/', &piece)) {
        if (n < COUNT(s->scope))
            s->scope[n] = piece;
        n++;
    }
    if (n == COUNT(s->scope))
        return 0;
    return fail(cx, DDB_INCOMPLETE_SIGNATURE,
                "Credential must have exactly 5 slash-delimited elements, e.g. "
                "keyid/date/region/service/term, got '%S'",
                s->credential);
}

static int check_scope(ctx *cx, str region, const signed_request *s)
{
    str day = {s->date.p, 8};
    buf b;

    buf_init_arena(&b, cx->a, REQUEST_BYTES_MAX);
    if (!str_eq(s->scope[2], region))
        buf_fmt(&b, "Credential should be scoped to a valid region, not '%S'. ", s->scope[2]);
    if (!str_eq(s->scope[3], STR(SERVICE)))
        buf_lit(&b, "Credential should be scoped to correct service: '" SERVICE "'. ");
    if (!str_eq(s->scope[4], STR(TERMINATOR)))
        buf_fmt(&b,
                "Credential should be scoped with a valid terminator: '" TERMINATOR "', not "
                "'%S'. ",
                s->scope[4]);
    if (!str_eq(s->scope[1], day))
        buf_fmt(&b,
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
                "from HTTP: '%S' != '%S', from '%S'.",
                s->scope[1], day, s->date);
    return b.n == 0 ? b.err : fail_text(cx, DDB_INVALID_SIGNATURE, &b);
}

/* ---- credentials ---- */

static bool find_secret(const ddb_http_request *r, str id, secret *out)
{
    str rest = str_of(r->credentials), line, piece, expires;

    while (next_piece(&rest, '\n', &line)) {
        if (!next_piece(&line, '\t', &piece) || !str_eq(piece, id) || id.n == 0)
            continue;
        *out = (secret){.key = STR(""), .token = STR("")};
        (void)next_piece(&line, '\t', &out->key);
        (void)next_piece(&line, '\t', &out->token);
        if (next_piece(&line, '\t', &expires))
            for (size_t i = 0; i < expires.n && i < 15; i++)
                out->expires_ms = out->expires_ms * 10 + (expires.p[i] - '0');
        return true;
    }
    return false;
}

/* ---- the canonical form ---- */

static bool is_named(str names, str name)
{
    str rest = names, piece;

    while (next_piece(&rest, ';', &piece)) {
        if (piece.n != name.n)
            continue;
        bool same = true;
        for (size_t i = 0; i < name.n; i++) /* the service ignores case */
            same = same && (piece.p[i] | 0x20) == (name.p[i] | 0x20);
        if (same)
            return true;
    }
    return false;
}

typedef struct pair {
    str name, value;
} pair;

static int pair_cmp(const pair *a, const pair *b)
{
    int c = str_cmp(a->name, b->name);

    return c != 0 ? c : str_cmp(a->value, b->value);
}

/* The pieces of the query, each decoded and encoded again, in order. */
static int put_query(ctx *cx, const signed_request *s, buf *b)
{
    pair *pairs = ARENA_ARRAY(cx->a, pair, QUERY_MAX);
    str rest = s->r->query != NULL ? str_of(s->r->query) : STR_ABSENT, piece, text;
    uint32_t n = 0;

    if (pairs == NULL)
        return DDB_NOMEM;
    while (n < QUERY_MAX && next_piece(&rest, '&', &piece)) {
        str value = piece;
        pair one, *at = pairs + n;
        if (piece.n == 0)
            continue;
        (void)next_piece(&value, '=', &text);
        TRY(decode(cx, text, &one.name));
        TRY(decode(cx, value.p != NULL ? value : STR(""), &one.value));
        if (s->by_query && str_eq(one.name, STR("X-Amz-Signature")))
            continue;
        for (; at > pairs && pair_cmp(at - 1, &one) > 0; at--)
            *at = at[-1];
        *at = one;
        n++;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            buf_byte(b, '&');
        encode(b, pairs[i].name);
        buf_byte(b, '=');
        encode(b, pairs[i].value);
    }
    return b->err;
}

/* Runs of blanks become one. */
static void put_value(buf *b, str s)
{
    bool blank = false;

    s = wire_trim(s);
    for (size_t i = 0; i < s.n; i++) {
        bool now = s.p[i] == ' ' || s.p[i] == '\t';
        if (!now || !blank)
            buf_byte(b, now ? ' ' : s.p[i]);
        blank = now;
    }
}

static void put_lower(buf *b, str s)
{
    for (size_t i = 0; i < s.n; i++)
        buf_byte(b, s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] | 0x20) : s.p[i]);
}

/* name:value,value of all headers of that name. */
static void put_header(const signed_request *s, str name, buf *b)
{
    str rest = headers_of(s->r), line;
    size_t start;
    bool any = false;

    put_lower(b, name);
    start = b->n - (b->err == 0 ? name.n : b->n);
    buf_byte(b, ':');
    while (b->err == 0 && next_piece(&rest, '\n', &line)) {
        str lower = {b->p + start, name.n};
        if (line.n <= name.n || line.p[name.n] != ':' || !str_starts(line, lower))
            continue;
        if (any)
            buf_byte(b, ',');
        any = true;
        put_value(b, (str){line.p + name.n + 1, line.n - name.n - 1});
    }
    buf_byte(b, '\n');
}

static void put_sha256(buf *b, const void *p, size_t n)
{
    uint8_t sum[32];
    sha256 s;

    sha256_init(&s);
    sha256_add(&s, p, n);
    sha256_end(&s, sum);
    buf_hex(b, sum, sizeof sum);
}

static int put_canonical(ctx *cx, const signed_request *s, buf *b)
{
    str rest = str_of(s->r->head != NULL ? s->r->head : "POST\n/"), line, name;

    (void)next_piece(&rest, '\n', &line);
    buf_fmt(b, "%S\n", line);
    line = STR("/");
    (void)next_piece(&rest, '\n', &line);
    buf_fmt(b, "%S\n", line);
    TRY(put_query(cx, s, b));
    buf_byte(b, '\n');
    rest = s->names;
    while (next_piece(&rest, ';', &name))
        put_header(s, name, b);
    buf_byte(b, '\n');
    put_lower(b, s->names);
    buf_byte(b, '\n');
    put_sha256(b, s->r->body, s->r->body_n);
    return b->err;
}

static void derive(const signed_request *s, str secret_key, str to_sign, buf *prefixed,
                   uint8_t out[32])
{
    str steps[] = {s->scope[1], s->scope[2], s->scope[3], s->scope[4], to_sign};
    str key;

    buf_fmt(prefixed, "AWS4%S", secret_key);
    key = buf_view(prefixed);
    for (size_t i = 0; i < COUNT(steps); i++) {
        uint8_t next[32];
        hmac_sha256(key, steps[i], next);
        memcpy(out, next, sizeof next);
        key = (str){(const char *)out, 32};
    }
}

/* As long for a wrong signature as for the right one. */
static bool same_signature(str given, const uint8_t sum[32])
{
    unsigned wrong = given.n != 64;

    for (size_t i = 0; i < 32 && given.n == 64; i++) {
        int high = hex_value(given.p[2 * i]), low = hex_value(given.p[2 * i + 1]);
        wrong |= high < 0 || low < 0 ? 1u : (unsigned)high << 4 ^ (unsigned)low ^ sum[i];
    }
    return wrong == 0;
}

static int check_signature(ctx *cx, const signed_request *s, str secret_key)
{
    uint8_t sum[32];
    buf canonical, to_sign, prefixed;

    buf_init_arena(&canonical, cx->a, 2 * (size_t)REQUEST_BYTES_MAX);
    buf_init_arena(&to_sign, cx->a, REQUEST_BYTES_MAX);
    buf_init_arena(&prefixed, cx->a, REQUEST_BYTES_MAX);
    TRY(put_canonical(cx, s, &canonical));
    buf_fmt(&to_sign, ALGORITHM "\n%S\n%S/%S/%S/%S\n", s->date, s->scope[1], s->scope[2],
            s->scope[3], s->scope[4]);
    put_sha256(&to_sign, canonical.p, canonical.n);
    TRY(to_sign.err);
    derive(s, secret_key, buf_view(&to_sign), &prefixed, sum);
    TRY(prefixed.err);
    if (same_signature(s->signature, sum))
        return 0;
    return fail(cx, DDB_INVALID_SIGNATURE,
                "The request signature we calculated does not match the signature you provided. "
                "Check your AWS Secret Access Key and signing method. Consult the service "
                "documentation for details.\n\n"
                "The Canonical String for this request should have been\n'%S'\n\n"
                "The String-to-Sign should have been\n'%S'\n",
                buf_view(&canonical), buf_view(&to_sign));
}

/* Temporary credentials come with a token, others without. */
static int check_token(ctx *cx, const signed_request *s, const secret *known)
{
    str given = s->token.p != NULL ? s->token : STR("");

    if (!str_eq(given, known->token))
        return fail_str(cx, DDB_UNRECOGNIZED_CLIENT,
                        STR("The security token included in the request is invalid"));
    if (known->expires_ms != 0 && known->expires_ms <= cx->now_ms)
        return fail_str(cx, DDB_EXPIRED_TOKEN,
                        STR("The security token included in the request is expired"));
    return 0;
}

int signature_check(ctx *cx, str region, const ddb_http_request *r)
{
    signed_request s = {.r = r};
    secret known;

    TRY(r->authorization != NULL ? read_header(&s) : read_query(cx, &s));
    TRY(check_date(cx, &s));
    if (!is_named(s.names, STR("host")))
        return fail_str(cx, DDB_INVALID_SIGNATURE,
                        STR("'Host' must be a 'SignedHeader' in the AWS Authorization."));
    if (!str_eq(s.algorithm, STR(ALGORITHM)))
        return fail(cx, DDB_INCOMPLETE_SIGNATURE,
                    "Unsupported AWS 'algorithm': '%S' (only " ALGORITHM " for now). ",
                    s.algorithm);
    TRY(split_credential(cx, &s));
    TRY(check_scope(cx, region, &s));
    if (!find_secret(r, s.scope[0], &known))
        return fail_str(cx, DDB_UNRECOGNIZED_CLIENT,
                        STR("The security token included in the request is invalid."));
    TRY(check_signature(cx, &s, known.key));
    return check_token(cx, &s, &known);
}
