/*
 * json_string.c - escapes of JSON strings, in both directions.
 *
 * Most strings of requests and rows hold no escape at all, so both directions first look for the
 * first byte that needs attention (base/scan.h) and copy whole runs.
 */
#include "value/json_string.h"

#include "base/scan.h"
#include "base/utf8.h"
#include "value/json.h"

#define REPLACEMENT 0xfffdu

/* Four hexadecimal digits, or -1. */
static int32_t hex4(const char *p, const char *end)
{
    int32_t v = 0;

    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(p[i]);
        if (digit < 0)
            return -1;
        v = v * 16 + digit;
    }
    return v;
}

/* `\uXXXX`, or two of them that form a surrogate pair; p stands behind the u. */
static size_t unicode_escape(const char **p, const char *end, char out[4])
{
    int32_t unit = hex4(*p, end), low;

    if (unit < 0)
        return 0;
    *p += 4;
    if (unit < 0xd800 || unit > 0xdfff)
        return utf8_put(out, (uint32_t)unit);
    if (unit <= 0xdbff && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
        low = hex4(*p + 2, end);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *p += 6;
            return utf8_put(out, 0x10000u + ((uint32_t)(unit - 0xd800) << 10) +
                                     (uint32_t)(low - 0xdc00));
        }
    }
    return utf8_put(out, REPLACEMENT);
}

size_t json_unescape_one(const char **p, const char *end, char out[4])
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found;
    size_t n;

    if (**p != '\\') {
        n = utf8_sequence((str){*p, (size_t)(end - *p)});
        if (n == 0) {
            (*p)++;
            return utf8_put(out, REPLACEMENT);
        }
        memcpy(out, *p, n);
        *p += n;
        return n;
    }
    (*p)++;
    if (*p == end)
        return 0;
    if (*(*p)++ == 'u')
        return unicode_escape(p, end, out);
    found = memchr(from, (*p)[-1], sizeof from - 1);
    if (found == NULL)
        return 0;
    out[0] = to[found - from];
    return 1;
}

int json_unescape(arena *a, str raw, str *out)
{
    const char *p = raw.p, *end = raw.p + raw.n;
    size_t bad = 0;
    char *copy, *q;

    *out = raw;
    for (p = scan_string_plain(p, end); p < end && *p != '\\'; p = scan_string_plain(p, end)) {
        size_t n = utf8_sequence((str){p, (size_t)(end - p)});
        if (n == 0)
            break;
        p += n;
    }
    if (p == end)
        return 0;

    /* An escape is never longer than its text; a byte that is not UTF-8 becomes three. */
    for (const char *at = p; at < end;) {
        size_t n = utf8_sequence((str){at, (size_t)(end - at)});
        bad += n == 0;
        at += n == 0 ? 1 : n;
    }
    copy = arena_alloc(a, raw.n + 2 * bad);
    if (copy == NULL)
        return DDB_NOMEM;
    memcpy(copy, raw.p, (size_t)(p - raw.p));
    q = copy + (p - raw.p);
    while (p < end) {
        const char *run = scan_string_plain(p, end);
        size_t n;
        memcpy(q, p, (size_t)(run - p));
        q += run - p;
        p = run;
        if (p == end)
            break;
        char one[4];
        n = json_unescape_one(&p, end, one);
        if (n == 0)
            return DDB_SERIALIZATION;
        memcpy(q, one, n);
        q += n;
    }
    *out = (str){copy, (size_t)(q - copy)};
    return 0;
}

static void put_escape(buf *b, char c)
{
    char text[6] = {'\\', 'u', '0', '0'};

    switch (c) {
    case '"': buf_lit(b, "\\\""); return;
    case '\\': buf_lit(b, "\\\\"); return;
    case '\b': buf_lit(b, "\\b"); return;
    case '\f': buf_lit(b, "\\f"); return;
    case '\n': buf_lit(b, "\\n"); return;
    case '\r': buf_lit(b, "\\r"); return;
    case '\t': buf_lit(b, "\\t"); return;
    default:
        (void)hex_put(text + 4, &c, 1); /* its end is known */
        buf_put(b, text, sizeof text);
    }
}

void json_put_string(buf *b, str s)
{
    const char *p = s.p, *end = s.p + s.n, *special;

    if (s.n == 0) {
        buf_lit(b, "\"\"");
        return;
    }
    special = scan_string_special(p, end);
    if (special == end && b->err == 0 && buf_room(b, s.n + 2)) {
        char *q = b->p + b->n;
        q[0] = '"';
        memcpy(q + 1, p, s.n);
        q[s.n + 1] = '"';
        b->n += s.n + 2;
        return;
    }
    buf_byte(b, '"');
    for (; special < end; special = scan_string_special(p, end)) {
        buf_put(b, p, (size_t)(special - p));
        put_escape(b, *special);
        p = special + 1;
    }
    buf_put(b, p, (size_t)(end - p));
    buf_byte(b, '"');
}
