/*
 * ion.c - Ion text out and in. See ion.h for the mapping.
 *
 * The reader takes what Ion text may hold that DynamoDB has a type for: structs, lists, strings
 * (short, and long '''...''' ones), symbols as strings, integers, decimals and floats as N, blobs,
 * booleans, nulls of any type, annotations, comments. Timestamps and clobs are refused, and so are
 * S-expressions. It recurses as deep as items may nest and no deeper.
 */
#include "engine/ion.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "value/json.h"
#include "value/number.h"

/* ---- out ---- */

static bool is_identifier(str s)
{
    static const str reserved[] = {STR_INIT("null"), STR_INIT("true"), STR_INIT("false"),
                                   STR_INIT("nan")};

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
        if (!letter && !(i > 0 && c >= '0' && c <= '9'))
            return false;
    }
    for (size_t i = 0; i < COUNT(reserved); i++)
        if (str_eq(s, reserved[i]))
            return false;
    /* $12 would be a symbol number */
    return s.n > 0 && !(s.p[0] == '$' && s.n > 1 && s.p[1] >= '0' && s.p[1] <= '9');
}

static void put_quoted(buf *b, str s, char quote)
{
    buf_byte(b, quote);
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == quote || c == '\\') {
            buf_byte(b, '\\');
            buf_byte(b, c);
        } else if (c == '\n') {
            buf_lit(b, "\\n");
        } else if ((uint8_t)c < 0x20 || c == 0x7f) {
            buf_lit(b, "\\x");
            buf_hex(b, &c, 1);
        } else {
            buf_byte(b, c);
        }
    }
    buf_byte(b, quote);
}

static void put_number(buf *b, str text)
{
    buf_str(b, text);
    if (text.n > 0 && memchr(text.p, '.', text.n) == NULL)
        buf_byte(b, '.'); /* a decimal, not an integer */
}

static void put_scalar(buf *b, value_type type, str s)
{
    switch (type) {
    case T_N:
    case T_NS:
        put_number(b, s);
        break;
    case T_B:
    case T_BS:
        buf_lit(b, "{{");
        base64_put(b, s);
        buf_lit(b, "}}");
        break;
    default:
        put_quoted(b, s, '"');
    }
}

void ion_put_value(buf *b, const value *v)
{
    map inner;

    switch ((value_type)v->type) {
    case T_S:
    case T_N:
    case T_B:
        put_scalar(b, (value_type)v->type, v->s);
        return;
    case T_BOOL:
        buf_fmt(b, "%s", v->flag ? "true" : "false");
        return;
    case T_SS:
    case T_NS:
    case T_BS:
        buf_fmt(b, "$dynamodb_%s::[", value_type_name(v->type));
        for (uint32_t i = 0; i < v->count; i++) {
            if (i > 0)
                buf_byte(b, ',');
            put_scalar(b, (value_type)v->type, v->elems[i]);
        }
        buf_byte(b, ']');
        return;
    case T_L:
        buf_byte(b, '[');
        for (uint32_t i = 0; i < v->count; i++) {
            if (i > 0)
                buf_byte(b, ',');
            ion_put_value(b, &v->items[i]); /* NESTING_MAX deep */
        }
        buf_byte(b, ']');
        return;
    case T_M:
        inner = value_map(v);
        ion_put_map(b, &inner);
        return;
    default:
        buf_lit(b, "null");
    }
}

void ion_put_map(buf *b, const map *m)
{
    buf_byte(b, '{');
    for (uint32_t i = 0; i < m->count; i++) {
        if (i > 0)
            buf_byte(b, ',');
        if (is_identifier(m->attrs[i].name))
            buf_str(b, m->attrs[i].name);
        else
            put_quoted(b, m->attrs[i].name, '\'');
        buf_byte(b, ':');
        ion_put_value(b, &m->attrs[i].v);
    }
    buf_byte(b, '}');
}

/* ---- in ---- */

typedef struct reader {
    ctx *cx;
    const char *p, *end;
} reader;

static int bad(void)
{
    return DDB_VALIDATION;
}

static void skip_blank(reader *r)
{
    while (r->p < r->end) {
        if (*r->p == ' ' || *r->p == '\t' || *r->p == '\r' || *r->p == '\n') {
            r->p++;
        } else if (r->end - r->p >= 2 && r->p[0] == '/' && r->p[1] == '/') {
            while (r->p < r->end && *r->p != '\n')
                r->p++;
        } else if (r->end - r->p >= 2 && r->p[0] == '/' && r->p[1] == '*') {
            r->p += 2;
            while (r->end - r->p >= 2 && !(r->p[0] == '*' && r->p[1] == '/'))
                r->p++;
            r->p = r->end - r->p >= 2 ? r->p + 2 : r->end;
        } else {
            return;
        }
    }
}

static bool take(reader *r, char c)
{
    skip_blank(r);
    if (r->p == r->end || *r->p != c)
        return false;
    r->p++;
    return true;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '$';
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Reads `digits` hexadecimal digits. */
static int take_hex(reader *r, int digits, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < digits; i++) {
        int d = r->p < r->end ? hex(*r->p) : -1;
        if (d < 0)
            return bad();
        *out = *out << 4 | (uint32_t)d;
        r->p++;
    }
    return 0;
}

static void put_utf8(buf *b, uint32_t c)
{
    if (c < 0x80) {
        buf_byte(b, (char)c);
    } else if (c < 0x800) {
        buf_byte(b, (char)(0xc0 | c >> 6));
        buf_byte(b, (char)(0x80 | (c & 63)));
    } else if (c < 0x10000) {
        buf_byte(b, (char)(0xe0 | c >> 12));
        buf_byte(b, (char)(0x80 | (c >> 6 & 63)));
        buf_byte(b, (char)(0x80 | (c & 63)));
    } else {
        buf_byte(b, (char)(0xf0 | c >> 18));
        buf_byte(b, (char)(0x80 | (c >> 12 & 63)));
        buf_byte(b, (char)(0x80 | (c >> 6 & 63)));
        buf_byte(b, (char)(0x80 | (c & 63)));
    }
}

/* Behind the backslash. Surrogates come in pairs of \u escapes. */
static int read_escape(reader *r, buf *b)
{
    static const char from[] = "abtnfrv0\"'/?\\";
    static const char to[] = "\a\b\t\n\f\r\v\0\"'/?\\";
    uint32_t c, low;
    const char *at;

    if (r->p == r->end)
        return bad();
    switch (*r->p++) {
    case '\n':
        return 0; /* a line that goes on */
    case 'x':
        TRY(take_hex(r, 2, &c));
        break;
    case 'u':
        TRY(take_hex(r, 4, &c));
        if (c >= 0xd800 && c < 0xdc00) {
            if (r->end - r->p < 2 || r->p[0] != '\\' || r->p[1] != 'u')
                return bad();
            r->p += 2;
            TRY(take_hex(r, 4, &low));
            if (low < 0xdc00 || low > 0xdfff)
                return bad();
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
        break;
    case 'U':
        TRY(take_hex(r, 8, &c));
        break;
    default:
        at = memchr(from, r->p[-1], sizeof from - 1);
        if (at == NULL)
            return bad();
        buf_byte(b, to[at - from]);
        return 0;
    }
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return bad();
    put_utf8(b, c);
    return 0;
}

/* Behind the opening quote, up to the closing one of `quotes` characters. */
static int read_quoted(reader *r, char quote, int quotes, str *out)
{
    buf b;

    buf_init_arena(&b, r->cx->a, REQUEST_BYTES_MAX);
    for (;;) {
        if (r->p == r->end)
            return bad();
        if (*r->p == quote &&
            (quotes == 1 || (r->end - r->p >= 3 && r->p[1] == quote && r->p[2] == quote))) {
            r->p += quotes;
            break;
        }
        if (*r->p == '\\') {
            r->p++;
            TRY(read_escape(r, &b));
        } else {
            buf_byte(&b, *r->p++);
        }
    }
    *out = buf_view(&b);
    return b.err != 0 ? b.err : utf8_valid(*out) ? 0 : bad();
}

/* '''a''' '''b''': long strings that follow each other are one. */
static int read_long_string(reader *r, str *out)
{
    buf b;

    buf_init_arena(&b, r->cx->a, REQUEST_BYTES_MAX);
    do {
        str part;
        r->p += 3;
        TRY(read_quoted(r, '\'', 3, &part));
        buf_str(&b, part);
        skip_blank(r);
    } while (r->end - r->p >= 3 && memcmp(r->p, "'''", 3) == 0);
    *out = buf_view(&b);
    return b.err;
}

/* A field name or an annotation: an identifier, a quoted symbol, or (names only) a string. */
static int read_symbol(reader *r, str *out)
{
    const char *from;

    skip_blank(r);
    if (r->p < r->end && (*r->p == '\'' || *r->p == '"')) {
        char quote = *r->p++;
        return read_quoted(r, quote, 1, out);
    }
    from = r->p;
    while (r->p < r->end && is_word(*r->p))
        r->p++;
    *out = (str){from, (size_t)(r->p - from)};
    return out->n > 0 ? 0 : bad();
}

static int read_blob(reader *r, str *out)
{
    buf b;

    buf_init_arena(&b, r->cx->a, REQUEST_BYTES_MAX);
    while (r->p < r->end && *r->p != '}') {
        if (*r->p == '"' || *r->p == '\'')
            return bad(); /* a clob */
        if (*r->p != ' ' && *r->p != '\t' && *r->p != '\r' && *r->p != '\n')
            buf_byte(&b, *r->p);
        r->p++;
    }
    if (r->end - r->p < 2 || r->p[1] != '}')
        return bad();
    r->p += 2;
    TRY(b.err);
    return base64_decode(r->cx, buf_view(&b), out) < 0 ? bad() : 0;
}

static bool is_number(char c)
{
    return is_word(c) || c == '.' || c == '-' || c == '+';
}

/* 12, 12., 1.2, 12d3, 1.2e-3, 1_000: as the request's number text. */
static int read_number(reader *r, value *out)
{
    str text;
    buf b;

    buf_init_arena(&b, r->cx->a, 4096);
    for (; r->p < r->end && is_number(*r->p); r->p++) {
        char c = *r->p;
        if (c == '_')
            continue;
        if (c == 'd' || c == 'D')
            c = 'e';
        if (!(c >= '0' && c <= '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E')
            return bad(); /* hexadecimal, a timestamp, nan */
        buf_byte(&b, c);
    }
    if (b.n > 0 && b.p[b.n - 1] == '.')
        b.n--;
    for (size_t i = 0; i + 1 < b.n; i++) /* "12.e3": a point without digits behind it */
        if (b.p[i] == '.' && (b.p[i + 1] == 'e' || b.p[i + 1] == 'E')) {
            memmove(b.p + i, b.p + i + 1, b.n - i - 1);
            b.n--;
        }
    if (b.err != 0)
        return b.err == DDB_NOMEM ? b.err : bad();
    TRY(number_canonical(r->cx, buf_view(&b), &text));
    *out = value_scalar(T_N, text);
    return 0;
}

static int read_value(reader *r, int depth, value *out);

static int read_struct(reader *r, int depth, map *out)
{
    uint32_t cap = 0;

    *out = (map){0};
    if (take(r, '}'))
        return 0;
    for (;;) {
        str name;
        TRY(read_symbol(r, &name));
        if (!take(r, ':') || map_get(out, name) != NULL)
            return bad();
        if (out->count == cap) {
            attr *more = ARENA_ARRAY(r->cx->a, attr, (size_t)(cap = cap == 0 ? 8 : cap * 2));
            if (more == NULL)
                return DDB_NOMEM;
            if (out->count > 0)
                memcpy(more, out->attrs, out->count * sizeof(attr));
            out->attrs = more;
        }
        TRY(read_value(r, depth, &out->attrs[out->count].v));
        out->attrs[out->count++].name = name;
        if (take(r, ','))
            continue;
        return take(r, '}') ? 0 : bad();
    }
}

static int read_list(reader *r, int depth, value *out)
{
    uint32_t cap = 0;

    *out = (value){.type = T_L};
    if (take(r, ']'))
        return 0;
    for (;;) {
        if (out->count == cap) {
            value *more = ARENA_ARRAY(r->cx->a, value, (size_t)(cap = cap == 0 ? 8 : cap * 2));
            if (more == NULL)
                return DDB_NOMEM;
            if (out->count > 0)
                memcpy(more, out->items, out->count * sizeof(value));
            out->items = more;
        }
        TRY(read_value(r, depth, &out->items[out->count]));
        out->count++;
        if (take(r, ','))
            continue;
        return take(r, ']') ? 0 : bad();
    }
}

/* A list that is annotated $dynamodb_SS and the like. */
static int make_set(reader *r, str annotation, value *v)
{
    value_type type = str_eq(annotation, STR("$dynamodb_SS"))   ? T_SS
                      : str_eq(annotation, STR("$dynamodb_NS")) ? T_NS
                      : str_eq(annotation, STR("$dynamodb_BS")) ? T_BS
                                                                : T_COUNT;
    value_type elem = type == T_SS ? T_S : type == T_NS ? T_N : T_B;
    str *elems;

    if (type == T_COUNT)
        return 0; /* another annotation says nothing to us */
    if (v->type != T_L || v->count == 0)
        return bad();
    elems = ARENA_ARRAY(r->cx->a, str, v->count);
    if (elems == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < v->count; i++) {
        if (v->items[i].type != elem)
            return bad();
        elems[i] = v->items[i].s;
    }
    *v = (value){.type = (uint8_t)type, .count = v->count};
    v->elems = elems;
    return 0;
}

/* null, true, false, null.string, or a symbol, which is a string to DynamoDB. */
static int read_word(reader *r, value *out, bool *annotation, str *word)
{
    *annotation = false;
    TRY(read_symbol(r, word));
    skip_blank(r);
    if (r->end - r->p >= 2 && r->p[0] == ':' && r->p[1] == ':') {
        r->p += 2;
        *annotation = true;
        return 0;
    }
    *out = (value){.type = T_NULL};
    if (str_eq(*word, STR("null"))) {
        if (r->p < r->end && *r->p == '.') {
            str type;
            r->p++;
            TRY(read_symbol(r, &type));
        }
    } else if (str_eq(*word, STR("true")) || str_eq(*word, STR("false"))) {
        *out = (value){.type = T_BOOL, .flag = word->n == 4};
    } else {
        *out = value_scalar(T_S, *word);
    }
    return 0;
}

static int read_value(reader *r, int depth, value *out)
{
    str annotation = STR_ABSENT;
    bool annotated;
    char c;

    if (depth > NESTING_MAX + 2) /* an attribute of the item stands two levels down */
        return bad();
    for (;;) {
        map m;
        str s;
        skip_blank(r);
        if (r->p == r->end)
            return bad();
        c = *r->p;
        if (c == '"') {
            r->p++;
            TRY(read_quoted(r, '"', 1, &s));
            *out = value_scalar(T_S, s);
        } else if (r->end - r->p >= 3 && memcmp(r->p, "'''", 3) == 0) {
            TRY(read_long_string(r, &s));
            *out = value_scalar(T_S, s);
        } else if (r->end - r->p >= 2 && c == '{' && r->p[1] == '{') {
            r->p += 2;
            TRY(read_blob(r, &s));
            *out = value_scalar(T_B, s);
        } else if (c == '{') {
            r->p++;
            TRY(read_struct(r, depth + 1, &m));
            *out = value_of_map(m);
        } else if (c == '[') {
            r->p++;
            TRY(read_list(r, depth + 1, out));
        } else if ((c >= '0' && c <= '9') || c == '-') {
            TRY(read_number(r, out));
        } else {
            TRY(read_word(r, out, &annotated, &s));
            if (annotated) {
                annotation = s;
                continue;
            }
        }
        return annotation.p != NULL ? make_set(r, annotation, out) : 0;
    }
}

int ion_read_record(ctx *cx, str line, map *out)
{
    reader r = {cx, line.p, line.p + line.n};
    value v;

    skip_blank(&r);
    if (r.end - r.p >= 8 && memcmp(r.p, "$ion_1_0", 8) == 0)
        r.p += 8;
    TRY(read_value(&r, 0, &v));
    skip_blank(&r);
    if (r.p != r.end || v.type != T_M)
        return bad();
    *out = value_map(&v);
    return 0;
}

int ion_read_item(ctx *cx, str line, map *out)
{
    const value *item;
    map top;

    TRY(ion_read_record(cx, line, &top));
    item = map_get(&top, STR("Item"));
    if (item == NULL || item->type != T_M)
        return bad();
    *out = value_map(item);
    return 0;
}
