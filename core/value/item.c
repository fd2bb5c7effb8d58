/*
 * item.c - writes items as canonical text and reads what is asked for.
 *
 * Reading trusts the form (item.h) but not the length: every step checks the end, so a damaged
 * row gives DDB_STORAGE_CORRUPT and never a read beyond it. Skipping a value counts brackets and
 * jumps over strings (skip_value); nothing is decoded that nobody asked for.
 */
#include "value/item.h"

#include "base/limits.h"
#include "base/scan.h"
#include "value/json_string.h"

/* ---- writing ---- */

static void put_elements(buf *b, const value *v)
{
    for (uint32_t i = 0; i < v->count; i++) {
        if (i > 0)
            buf_byte(b, ',');
        if (v->type == T_SS) {
            json_put_string(b, v->elems[i]);
        } else {
            buf_byte(b, '"');
            if (v->type == T_BS)
                base64_put(b, v->elems[i]);
            else
                buf_str(b, v->elems[i]);
            buf_byte(b, '"');
        }
    }
}

static void put_attrs(buf *b, const attr *attrs, uint32_t count)
{
    buf_byte(b, '{');
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buf_byte(b, ',');
        json_put_string(b, attrs[i].name);
        buf_byte(b, ':');
        item_put_value(b, &attrs[i].v);
    }
    buf_byte(b, '}');
}

/* Recursion is bounded by the nesting of values (size.h). */
void item_put_value(buf *b, const value *v)
{
    switch ((value_type)v->type) {
    case T_S:
        buf_lit(b, "{\"S\":");
        json_put_string(b, v->s);
        break;
    case T_N: /* canonical digits need no escape */
        buf_lit(b, "{\"N\":\"");
        buf_str(b, v->s);
        buf_lit(b, "\"}");
        return;
    case T_B:
        buf_lit(b, "{\"B\":\"");
        base64_put(b, v->s);
        buf_lit(b, "\"}");
        return;
    case T_SS:
    case T_NS:
    case T_BS:
        buf_fmt(b, "{\"%s\":[", value_type_name((value_type)v->type));
        put_elements(b, v);
        buf_byte(b, ']');
        break;
    case T_L:
        buf_lit(b, "{\"L\":[");
        for (uint32_t i = 0; i < v->count; i++) {
            if (i > 0)
                buf_byte(b, ',');
            item_put_value(b, &v->items[i]);
        }
        buf_byte(b, ']');
        break;
    case T_M:
        buf_lit(b, "{\"M\":");
        put_attrs(b, v->attrs, v->count);
        break;
    case T_BOOL:
        if (v->flag)
            buf_lit(b, "{\"BOOL\":true}");
        else
            buf_lit(b, "{\"BOOL\":false}");
        return;
    case T_NULL:
    case T_COUNT:
        buf_lit(b, "{\"NULL\":true}");
        return;
    }
    buf_byte(b, '}');
}

void item_put(buf *b, const map *m)
{
    put_attrs(b, m->attrs, m->count);
}

/* ---- walking ---- */

/* Behind the string whose opening quote is before p; its raw text in *raw. NULL: no end. */
static const char *skip_string(const char *p, const char *end, str *raw, bool *escaped)
{
    const char *from = p;

    *escaped = false;
    for (;;) {
        p = scan_string_special(p, end);
        if (p == end || (uint8_t)*p < 0x20)
            return NULL;
        if (*p == '"')
            break;
        *escaped = true;
        if (end - p < 2)
            return NULL;
        p += 2;
    }
    *raw = (str){from, (size_t)(p - from)};
    return p + 1;
}

/* Behind the {...} that begins at p; NULL when it does not end. Between strings only brackets
 * count: the form is trusted, so {] is not told from {}. */
static const char *skip_value(const char *p, const char *end)
{
    size_t depth = 0;
    str raw;
    bool escaped;

    if (p == end || *p != '{')
        return NULL;
    if (end - p > 6 && p[3] == '"' && p[5] == '"') { /* {"S":"..."}, N or B: most values */
        p = skip_string(p + 6, end, &raw, &escaped);
        return p != NULL && p < end && *p == '}' ? p + 1 : NULL;
    }
    while (p != NULL && p < end) {
        switch (*p++) {
        case '"':
            p = skip_string(p, end, &raw, &escaped);
            break;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            if (--depth == 0)
                return p;
            break;
        default:
            break;
        }
    }
    return NULL;
}

void item_cursor_init(item_cursor *c, str text)
{
    *c = (item_cursor){.text = text};
}

int item_cursor_next(item_cursor *c)
{
    const char *p = c->text.p + c->at, *end = c->text.p + c->text.n, *value;

    if (p == end)
        return c->at > 0 ? 0 : DDB_STORAGE_CORRUPT;
    if (c->at == 0) {
        if (*p != '{')
            return DDB_STORAGE_CORRUPT;
        if (c->text.n == 2 && p[1] == '}') {
            c->at = 2;
            return 0;
        }
    } else if (*p == '}') {
        return p + 1 == end ? 0 : DDB_STORAGE_CORRUPT;
    } else if (*p != ',') {
        return DDB_STORAGE_CORRUPT;
    }
    p++;
    if (p == end || *p != '"')
        return DDB_STORAGE_CORRUPT;
    p = skip_string(p + 1, end, &c->name, &c->escaped);
    if (p == NULL || p == end || *p != ':')
        return DDB_STORAGE_CORRUPT;
    value = p + 1;
    p = skip_value(value, end);
    if (p == NULL || p == end)
        return DDB_STORAGE_CORRUPT;
    c->value = (str){value, (size_t)(p - value)};
    c->at = (size_t)(p - c->text.p);
    return 1;
}

/* Whether a name's raw text with escapes stands for `name`. */
static bool escaped_name_is(str raw, str name)
{
    const char *p = raw.p, *end = raw.p + raw.n;
    size_t at = 0;

    while (p < end) {
        char one[4];
        size_t n = json_unescape_one(&p, end, one);
        if (n == 0 || n > name.n - at || memcmp(name.p + at, one, n) != 0)
            return false;
        at += n;
    }
    return at == name.n;
}

int item_find(str text, str name, str *value_text)
{
    item_cursor c;
    int rc;

    item_cursor_init(&c, text);
    while ((rc = item_cursor_next(&c)) == 1) {
        if (c.escaped ? escaped_name_is(c.name, name) : str_eq(c.name, name)) {
            *value_text = c.value;
            return 1;
        }
    }
    return rc;
}

/* ---- decoding ---- */

typedef struct reader {
    ctx *cx;
    const char *p, *end;
} reader;

static int corrupt(void)
{
    return DDB_STORAGE_CORRUPT;
}

static bool take(reader *r, char c)
{
    if (r->p == r->end || *r->p != c)
        return false;
    r->p++;
    return true;
}

/* A quoted string, decoded; raw points into the text. */
static int read_string(reader *r, str *out)
{
    bool escaped;
    int rc;

    if (!take(r, '"'))
        return corrupt();
    r->p = skip_string(r->p, r->end, out, &escaped);
    if (r->p == NULL)
        return corrupt();
    if (!escaped)
        return 0;
    rc = json_unescape(r->cx->a, *out, out);
    return rc == DDB_SERIALIZATION ? corrupt() : rc;
}

/* Digits, point and minus only: what item_put() writes back without looking for escapes. */
static int read_number(reader *r, str *out)
{
    TRY(read_string(r, out));
    if (out->n == 0)
        return corrupt();
    for (size_t i = 0; i < out->n; i++) {
        char c = out->p[i];
        if ((c < '0' || c > '9') && c != '.' && c != '-')
            return corrupt();
    }
    return 0;
}

static int read_binary(reader *r, str *out)
{
    str text;
    int rc;

    TRY(read_string(r, &text));
    rc = base64_decode(r->cx, text, out);
    if (rc == DDB_SERIALIZATION) {
        r->cx->err = (error){0}; /* the row is wrong, not the request */
        rc = corrupt();
    }
    return rc;
}

/* An array that grows: in place while nothing was allocated behind it. */
typedef struct growing {
    char *p;
    size_t size; /* of an element */
    uint32_t count, capacity;
} growing;

static void *growing_add(reader *r, growing *g)
{
    if (g->count == g->capacity) {
        size_t old = g->capacity * g->size;
        uint32_t capacity = g->capacity == 0 ? 8 : g->capacity * 2;
        arena *a = r->cx->a;
        if (old > 0 && g->p + old == a->at && old <= (size_t)(a->end - a->at)) {
            a->at += old;
        } else {
            char *more = arena_alloc(a, capacity * g->size);
            if (more == NULL)
                return NULL;
            if (old > 0)
                memcpy(more, g->p, old);
            g->p = more;
        }
        g->capacity = capacity;
    }
    return g->p + g->size * g->count++;
}

_Static_assert(sizeof(str) % 8 == 0 && sizeof(value) % 8 == 0 && sizeof(attr) % 8 == 0,
               "growing in place keeps the arena aligned");

static int read_value(reader *r, int level, value *out);

/* One element of a set. */
static int read_element(reader *r, value_type set, str *out)
{
    if (set == T_SS)
        return read_string(r, out);
    return set == T_NS ? read_number(r, out) : read_binary(r, out);
}

static int read_array(reader *r, value_type type, int level, value *out)
{
    growing g = {.size = type == T_L ? sizeof(value) : sizeof(str)};

    if (!take(r, '['))
        return corrupt();
    if (!take(r, ']')) {
        do {
            void *slot;
            /* The element is read first: what it allocates would lie behind the array. */
            value v;
            str s;
            if (type == T_L)
                TRY(read_value(r, level + 1, &v));
            else
                TRY(read_element(r, type, &s));
            slot = growing_add(r, &g);
            if (slot == NULL)
                return DDB_NOMEM;
            if (type == T_L)
                *(value *)slot = v;
            else
                *(str *)slot = s;
        } while (take(r, ','));
        if (!take(r, ']'))
            return corrupt();
    }
    *out = (value){.type = (uint8_t)type, .count = g.count};
    if (type == T_L)
        out->items = (value *)(void *)g.p;
    else
        out->elems = (str *)(void *)g.p;
    return 0;
}

static int read_attrs(reader *r, int level, map *out)
{
    growing g = {.size = sizeof(attr)};

    if (!take(r, '{'))
        return corrupt();
    if (!take(r, '}')) {
        do {
            attr *slot, a;
            TRY(read_string(r, &a.name));
            if (!take(r, ':'))
                return corrupt();
            TRY(read_value(r, level, &a.v));
            slot = growing_add(r, &g);
            if (slot == NULL)
                return DDB_NOMEM;
            *slot = a;
        } while (take(r, ','));
        if (!take(r, '}'))
            return corrupt();
    }
    *out = (map){(attr *)(void *)g.p, g.count};
    return 0;
}

static int read_word(reader *r, str word)
{
    if (!str_starts((str){r->p, (size_t)(r->end - r->p)}, word))
        return corrupt();
    r->p += word.n;
    return 0;
}

/* What follows `{"<type>":`. */
static int read_typed(reader *r, str type, int level, value *out)
{
    map m;

    *out = (value){0};
    if (type.n == 1) {
        switch (*type.p) {
        case 'S':
            out->type = T_S;
            return read_string(r, &out->s);
        case 'N':
            out->type = T_N;
            return read_number(r, &out->s);
        case 'B':
            out->type = T_B;
            return read_binary(r, &out->s);
        case 'L':
            return read_array(r, T_L, level, out);
        case 'M':
            TRY(read_attrs(r, level + 1, &m));
            *out = value_of_map(m);
            return 0;
        default:
            return corrupt();
        }
    }
    if (type.n == 2 && type.p[1] == 'S') {
        switch (*type.p) {
        case 'S': return read_array(r, T_SS, level, out);
        case 'N': return read_array(r, T_NS, level, out);
        case 'B': return read_array(r, T_BS, level, out);
        default: return corrupt();
        }
    }
    if (str_eq(type, STR("BOOL"))) {
        out->type = T_BOOL;
        out->flag = r->p < r->end && *r->p == 't';
        return read_word(r, out->flag ? STR("true") : STR("false"));
    }
    if (str_eq(type, STR("NULL"))) {
        out->type = T_NULL;
        out->flag = true;
        return read_word(r, STR("true"));
    }
    return corrupt();
}

static int read_value(reader *r, int level, value *out)
{
    str type;
    bool escaped;

    if (level > NESTING_MAX || r->end - r->p < 2 || r->p[0] != '{' || r->p[1] != '"')
        return corrupt();
    r->p = skip_string(r->p + 2, r->end, &type, &escaped);
    if (r->p == NULL || !take(r, ':'))
        return corrupt();
    TRY(read_typed(r, type, level, out));
    return take(r, '}') ? 0 : corrupt();
}

int item_parse(ctx *cx, str text, map *out)
{
    reader r = {cx, text.p, text.p + text.n};

    TRY(read_attrs(&r, 1, out));
    return r.p == r.end ? 0 : corrupt();
}

int item_parse_value(ctx *cx, str text, value *out)
{
    reader r = {cx, text.p, text.p + text.n};

    TRY(read_value(&r, 1, out));
    return r.p == r.end ? 0 : corrupt();
}

/* ---- views ---- */

struct item_view_entry {
    str name;
    const value *v; /* NULL: the item has no such attribute */
    struct item_view_entry *next;
};

int item_view_get(ctx *cx, item_view *view, str name, const value **out)
{
    struct item_view_entry *e;
    str text;
    value *v = NULL;
    int found;

    *out = NULL;
    if (!view->exists)
        return 0;
    if (view->m != NULL) {
        *out = map_get(view->m, name);
        return 0;
    }
    for (e = view->seen; e != NULL; e = e->next) {
        if (str_eq(e->name, name)) {
            *out = e->v;
            return 0;
        }
    }
    found = item_find(view->text, name, &text);
    TRY(found);
    if (found == 1) {
        v = ARENA_NEW(cx->a, value);
        if (v == NULL)
            return DDB_NOMEM;
        TRY(item_parse_value(cx, text, v));
    }
    e = ARENA_NEW(cx->a, struct item_view_entry);
    if (e == NULL)
        return DDB_NOMEM;
    *e = (struct item_view_entry){name, v, view->seen};
    view->seen = e;
    *out = v;
    return 0;
}
