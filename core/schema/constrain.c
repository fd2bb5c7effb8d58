/*
 * constrain.c - the second pass: the constraints of every member, in the order of the shape
 * tables, collected into "N validation error(s) detected: ...".
 *
 * A request without mistakes costs one visit of each member and allocates nothing: paths are
 * linked on the stack and become text only in an error. The list of errors ends at
 * VALIDATION_ERRORS_MAX, as in the service.
 *
 * Three rules leave the list aside (facts validation 2 and 4): the control plane's texts for a
 * table name, and the flags name_alone and enum_alone of a request.
 * Start at schema_constrain().
 */
#include "base/limits.h"
#include "base/utf8.h"
#include "schema/internal.h"
#include "schema/shapes.h"

#define ARN_MAX 1024

/* One step of a path; `up` is the step before it. */
typedef struct step {
    const struct step *up;
    enum { STEP_MEMBER, STEP_ENTRY, STEP_ELEMENT } kind;
    str name;       /* member or map key */
    uint32_t index; /* element, counted from 0 */
} step;

typedef struct checker {
    ctx *cx;
    buf text;
    int count;
    int rc;    /* an error of its own was raised */
    bool stop; /* nothing more is to be looked at */
} checker;

static void check_struct(checker *c, const step *up, const shape *s, const void *object);
static void check_value(checker *c, const step *at, const shape *s, const void *p);

int schema_constrain(ctx *cx, const shape *s, const void *req)
{
    checker c = {.cx = cx};

    buf_init_arena(&c.text, cx->a, REPLY_BYTES_MAX);
    check_struct(&c, NULL, s, req);
    if (c.rc < 0)
        return c.rc;
    if (c.count == 0)
        return 0;
    if (c.text.err != 0)
        return c.text.err;
    return fail(cx, DDB_VALIDATION, "%d validation error%s detected: %S", c.count,
                c.count == 1 ? "" : "s", buf_view(&c.text));
}

int schema_fail_one(ctx *cx, str v, const char *path, const char *constraint)
{
    const char *quote = v.p != NULL ? "'" : "";

    return fail(cx, DDB_VALIDATION,
                "1 validation error detected: "
                "Value %s%S%s at '%s' failed to satisfy constraint: %s",
                quote, v.p != NULL ? v : STR("null"), quote, path, constraint);
}

bool schema_name_matches(str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool ok = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
                  (ch >= '0' && ch <= '9') || ch == '_' || ch == '.' || ch == '-';
        if (!ok)
            return false;
    }
    return s.n > 0;
}

int schema_check_control_name(ctx *cx, str name)
{
    size_t max = str_starts(name, STR("arn:")) ? ARN_MAX : TABLE_NAME_MAX;

    if (name.p == NULL)
        return fail_str(
            cx, DDB_VALIDATION,
            STR("The parameter 'TableName' is required but was not present in the request"));
    if (name.n < TABLE_NAME_MIN || name.n > max)
        return fail_str(
            cx, DDB_VALIDATION,
            STR("TableName must be at least 3 characters long and at most 255 characters long"));
    return 0;
}

/* ---- the list of errors ---- */

static bool done(const checker *c)
{
    return c->stop || c->count == VALIDATION_ERRORS_MAX;
}

static void put_path(buf *b, const step *at)
{
    if (at->up != NULL) {
        put_path(b, at->up);
        buf_byte(b, '.');
    }
    switch (at->kind) {
    case STEP_MEMBER:
        if (at->name.p[0] >= 'A' && at->name.p[0] <= 'Z')
            buf_byte(b, (char)(at->name.p[0] - 'A' + 'a'));
        else
            buf_byte(b, at->name.p[0]);
        buf_put(b, at->name.p + 1, at->name.n - 1);
        break;
    case STEP_ENTRY:
        buf_fmt(b, "%S.member", at->name);
        break;
    case STEP_ELEMENT:
        buf_fmt(b, "%l.member", (int64_t)at->index + 1);
        break;
    }
}

/* Begins an error: everything up to the constraint, which the caller appends to what is returned.
 * p NULL is a value that is absent. NULL when the list is full. */
static buf *begin_error(checker *c, const step *at, const shape *s, const void *p)
{
    buf *b = &c->text;

    if (done(c))
        return NULL;
    if (c->count++ > 0)
        buf_lit(b, "; ");
    if (s->bare && p != NULL) {
        buf_fmt(b, "Value at '%S' failed to satisfy constraint: ", at->name);
        return b;
    }
    buf_lit(b, "Value ");
    if (p == NULL) {
        buf_lit(b, "null");
    } else {
        buf_byte(b, '\'');
        schema_dump(b, s, p);
        buf_byte(b, '\'');
    }
    buf_lit(b, " at '");
    put_path(b, at);
    buf_lit(b, "' failed to satisfy constraint: ");
    return b;
}

static void add_min(checker *c, const step *at, const shape *s, const void *p, const char *what)
{
    buf *b = begin_error(c, at, s, p);
    if (b != NULL)
        buf_fmt(b, "Member must have %s greater than or equal to %l", what, s->min);
}

static void add_max(checker *c, const step *at, const shape *s, const void *p, const char *what,
                    int64_t max)
{
    buf *b = begin_error(c, at, s, p);
    if (b != NULL)
        buf_fmt(b, "Member must have %s less than or equal to %l", what, max);
}

/* ---- one value ---- */

/* A shape table that names no bounds has zeroes: max 0 is no bound, and min 0 always holds. */
static int64_t max_of(const shape *s)
{
    return s->max == 0 ? NO_MAX : s->max;
}

/* Lengths are UTF-16 code units; only a text near a bound has to be counted. */
static bool shorter(str v, int64_t min)
{
    if (min <= 0)
        return false;
    if ((int64_t)v.n < min)
        return true;
    return (int64_t)(v.n / 3) < min && (int64_t)utf8_utf16_length(v) < min;
}

static bool longer(str v, int64_t max)
{
    return max < (int64_t)v.n && (int64_t)utf8_utf16_length(v) > max;
}

/* Is a key of a map, or a text without a report, within its shape? */
static bool text_fits(const shape *s, str v)
{
    if (s->or_arn && str_starts(v, STR("arn:")))
        return !longer(v, ARN_MAX);
    return (s->matches == NULL || s->matches(v)) && !shorter(v, s->min) && !longer(v, max_of(s));
}

static void check_string(checker *c, const step *at, const shape *s, const str *v)
{
    if (text_fits(s, *v))
        return;
    if (s->or_arn && str_starts(*v, STR("arn:"))) {
        add_max(c, at, s, v, "length", ARN_MAX);
        return;
    }
    /* An empty table name is only called too short; other names break the pattern as well. */
    if (s->matches != NULL && !s->matches(*v) && !(s->or_arn && v->n == 0)) {
        buf *b = begin_error(c, at, s, v);
        if (b != NULL)
            buf_fmt(b, "Member must satisfy regular expression pattern: %s", s->pattern);
    }
    if (shorter(*v, s->min))
        add_min(c, at, s, v, "length");
    if (longer(*v, max_of(s)))
        add_max(c, at, s, v, "length", max_of(s));
}

static void check_enum(checker *c, const step *at, const shape *s, const opt_enum *v)
{
    if (v->i >= 0)
        return;
    buf *b = begin_error(c, at, s, v);
    if (b == NULL)
        return;
    buf_lit(b, "Member must satisfy enum value set: [");
    for (int i = 0; s->values[i] != NULL; i++)
        buf_fmt(b, "%s%s", i > 0 ? ", " : "", s->values[i]);
    buf_byte(b, ']');
}

static void check_count(checker *c, const step *at, const shape *s, const list *v)
{
    if ((int64_t)v->count < s->min)
        add_min(c, at, s, v, "length");
    if ((int64_t)v->count > max_of(s))
        add_max(c, at, s, v, "length", max_of(s));
}

static void check_list(checker *c, const step *at, const shape *s, const list *v)
{
    check_count(c, at, s, v);
    for (uint32_t i = 0; i < v->count && !done(c); i++) {
        step next = {.up = at, .kind = STEP_ELEMENT, .index = i};
        check_value(c, &next, s->elem, (const char *)v->items + (size_t)i * v->stride);
    }
}

/* Constraints of all keys, or of all values, are reported once, for the map as a whole. */
static void check_entries(checker *c, const step *at, const shape *s, const list *v)
{
    bool keys = s->key != NULL, values = s->elem_constraint_on_map;
    buf *b;

    for (uint32_t i = 0; i < v->count && keys; i++)
        keys = text_fits(s->key, MAP_KEY(v, i));
    if (s->key != NULL && !keys && (b = begin_error(c, at, s, v)) != NULL) {
        buf_fmt(b,
                "Map keys must satisfy constraint: [Member must have length less than or equal to "
                "%l, Member must have length greater than or equal to %l",
                s->key->max, s->key->min);
        if (s->key->pattern != NULL)
            buf_fmt(b, ", Member must satisfy regular expression pattern: %s", s->key->pattern);
        buf_byte(b, ']');
    }
    for (uint32_t i = 0; i < v->count && values; i++) {
        int64_t n = MAP_AT(v, list, i)->count;
        values = n >= s->elem->min && n <= max_of(s->elem);
    }
    if (s->elem_constraint_on_map && !values && (b = begin_error(c, at, s, v)) != NULL)
        buf_fmt(b,
                "Map value must satisfy constraint: [Member must have length less than or equal to "
                "%l, Member must have length greater than or equal to %l]",
                s->elem->max, s->elem->min);
}

static void check_map(checker *c, const step *at, const shape *s, const list *v)
{
    check_count(c, at, s, v);
    check_entries(c, at, s, v);
    if (s->elem->kind == SH_ATTR)
        return;
    for (uint32_t i = 0; i < v->count && !done(c); i++) {
        step next = {.up = at, .kind = STEP_ENTRY, .name = MAP_KEY(v, i)};
        const void *p = MAP_AT(v, char, i);
        if (!s->elem_constraint_on_map) {
            check_value(c, &next, s->elem, p);
            continue;
        }
        shape unbounded = *s->elem; /* its length has been reported for the whole map */
        unbounded.min = 0;
        unbounded.max = 0;
        check_list(c, &next, &unbounded, p);
    }
}

static void check_integer(checker *c, const step *at, const shape *s, const opt_int *v)
{
    if (s->min != NO_MIN && v->v < s->min)
        add_min(c, at, s, v, "value");
    if (v->v > max_of(s))
        add_max(c, at, s, v, "value", max_of(s));
}

/* Checks a value that is present; p is its element form. */
static void check_value(checker *c, const step *at, const shape *s, const void *p)
{
    switch (s->kind) {
    case SH_STRING:
        check_string(c, at, s, p);
        return;
    case SH_ENUM:
        check_enum(c, at, s, p);
        return;
    case SH_INTEGER:
    case SH_LONG:
        check_integer(c, at, s, p);
        return;
    case SH_LIST:
        check_list(c, at, s, p);
        return;
    case SH_MAP:
        check_map(c, at, s, p);
        return;
    case SH_STRUCT:
        check_struct(c, at, s, p);
        return;
    case SH_DOUBLE:
    case SH_TIMESTAMP:
    case SH_BOOLEAN:
    case SH_BLOB:
    case SH_ATTR:
    case SH_ATTR_MAP:
        return;
    }
}

/* ---- structures ---- */

static bool is_present(const shape *s, const void *p)
{
    switch (s->kind) {
    case SH_STRING:
    case SH_BLOB:
        return ((const str *)p)->p != NULL;
    case SH_ENUM:
        return ((const opt_enum *)p)->text.p != NULL;
    case SH_INTEGER:
    case SH_LONG:
        return ((const opt_int *)p)->set;
    case SH_DOUBLE:
    case SH_TIMESTAMP:
        return ((const opt_real *)p)->set;
    case SH_BOOLEAN:
        return ((const opt_bool *)p)->set;
    case SH_LIST:
    case SH_MAP:
        return ((const list *)p)->set;
    case SH_STRUCT:
    case SH_ATTR:
    case SH_ATTR_MAP:
        return p != NULL;
    }
    return false;
}

/* What came before in the list is dropped: the newest error is the whole answer. */
static void keep_from(checker *c, size_t from, int count)
{
    size_t skip = count > 0 ? from + 2 : from; /* the "; " before it */

    if (c->text.err == 0 && skip <= c->text.n) {
        memmove(c->text.p, c->text.p + skip, c->text.n - skip);
        c->text.n -= skip;
    }
    c->count -= count;
    c->stop = true;
}

static void check_member(checker *c, const step *up, const shape *owner, const member *m,
                         const void *object)
{
    const shape *s = m->shape;
    const void *p = schema_member_at(m, object);
    step at = {.up = up, .kind = STEP_MEMBER, .name = {m->name, 0}};
    size_t from = c->text.n;
    int count = c->count;

    if (s == &shape_table_name_control) {
        c->rc = schema_check_control_name(c->cx, *(const str *)p);
        if (c->rc < 0) {
            c->stop = true;
            return;
        }
    }
    if (!is_present(s, p)) {
        if (m->required) {
            at.name.n = strlen(m->name);
            buf *b = begin_error(c, &at, s, NULL);
            if (b != NULL)
                buf_lit(b, "Member must not be null");
        }
        return;
    }
    if (s->kind >= SH_DOUBLE && s->kind <= SH_BLOB)
        return;
    at.name.n = strlen(m->name);
    check_value(c, &at, s, p);
    if (c->count > count &&
        ((owner->name_alone && s->or_arn) || (owner->enum_alone && s->kind == SH_ENUM)))
        keep_from(c, from, count);
}

static void check_struct(checker *c, const step *up, const shape *s, const void *object)
{
    for (uint16_t i = 0; i < s->member_count && !done(c); i++)
        check_member(c, up, s, &s->members[i], object);
}
