/*
 * schema.c - the first pass: request JSON into a request struct, by the operation's shape.
 *
 * The tree is walked in document order and the first value of a wrong JSON type ends it with a
 * SerializationException, whose text depends on what was expected, on what was found, and on where
 * the value stands: as a member of a structure, or as the element of a list or a map.
 *
 * Promises
 *   - recursion follows the shapes, never the request (attribute values are value/attrval's);
 *   - strings are not copied; a list, a map and a nested structure are one allocation each.
 * Start at schema_check(); read_value() is the one switch over the kinds.
 */
#include "schema/internal.h"

#include <stdlib.h>

#include "base/hash.h"

#define MSG_START "Start of structure or map found where not expected"
#define MSG_FIELD "Unexpected field type"
#define MSG_PARAMETERIZED                                                                     \
    "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to "    \
    "class java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and " \
    "java.lang.Class are in module java.base of loader 'bootstrap')"

/* Where a value stands decides the text for a scalar in the place of a container. */
typedef enum { AS_MEMBER, AS_ELEMENT } place;

static int read_value(ctx *cx, const shape *s, const json *j, place at, void *out);
static int read_struct(ctx *cx, const shape *s, const json *j, void *out);
static int read_list(ctx *cx, const shape *s, const json *j, place at, list *out);
static int read_map(ctx *cx, const shape *s, const json *j, place at, list *out);

int schema_check(ctx *cx, const shape *s, const json *j, void *req)
{
    if (j->type == J_ARRAY && s->java != NULL)
        return fail(cx, DDB_SERIALIZATION, "Unrecognized collection type class %s%s", SCHEMA_JAVA,
                    s->java);
    if (j->type != J_OBJECT)
        return fail_str(cx, DDB_SERIALIZATION, STR("Unexpected value type in payload"));
    TRY(read_struct(cx, s, j, req));
    return schema_constrain(cx, s, req);
}

size_t schema_size(const shape *s)
{
    switch (s->kind) {
    case SH_STRING:
    case SH_BLOB:
        return sizeof(str);
    case SH_ENUM:
        return sizeof(opt_enum);
    case SH_INTEGER:
    case SH_LONG:
        return sizeof(opt_int);
    case SH_DOUBLE:
    case SH_TIMESTAMP:
        return sizeof(opt_real);
    case SH_BOOLEAN:
        return sizeof(opt_bool);
    case SH_LIST:
    case SH_MAP:
        return sizeof(list);
    case SH_STRUCT:
        return s->size;
    case SH_ATTR:
        return sizeof(attr_value);
    case SH_ATTR_MAP:
        return sizeof(attr_map);
    }
    return 0;
}

/* ---- texts ---- */

/* The Java class of a scalar, and of what a list or a map holds. */
static void put_java_type(buf *b, const shape *s)
{
    switch (s->kind) {
    case SH_STRING:
    case SH_ENUM:
        buf_lit(b, "java.lang.String");
        return;
    case SH_INTEGER:
        buf_lit(b, "java.lang.Integer");
        return;
    case SH_LONG:
        buf_lit(b, "java.lang.Long");
        return;
    case SH_DOUBLE:
        buf_lit(b, "java.lang.Double");
        return;
    case SH_TIMESTAMP:
        buf_lit(b, "java.util.Date");
        return;
    case SH_BOOLEAN:
        buf_lit(b, "java.lang.Boolean");
        return;
    case SH_BLOB:
        buf_lit(b, "java.nio.ByteBuffer");
        return;
    case SH_STRUCT:
        buf_fmt(b, "%s%s", SCHEMA_JAVA, s->java);
        return;
    case SH_ATTR:
        buf_fmt(b, "%sAttributeValue", SCHEMA_JAVA);
        return;
    case SH_LIST:
        buf_lit(b, "java.util.List<");
        put_java_type(b, s->elem);
        buf_byte(b, '>');
        return;
    case SH_MAP:
        buf_lit(b, "java.util.Map<java.lang.String, ");
        put_java_type(b, s->elem);
        buf_byte(b, '>');
        return;
    case SH_ATTR_MAP:
        buf_fmt(b, "java.util.Map<java.lang.String, %sAttributeValue>", SCHEMA_JAVA);
        return;
    }
}

/* An array in the place of something else. A map's type is generic and so not called a class. */
static int fail_array(ctx *cx, const shape *s)
{
    bool generic = s->kind == SH_MAP || s->kind == SH_ATTR_MAP;
    buf b;

    buf_init_arena(&b, cx->a, 4096);
    buf_fmt(&b, "Unrecognized collection type %s", generic ? "" : "class ");
    put_java_type(&b, s);
    return b.err != 0 ? b.err : fail_str(cx, DDB_SERIALIZATION, buf_view(&b));
}

/* A value that is no scalar of the wanted kind; `name` is the kind in "... cannot be converted". */
static int fail_scalar(ctx *cx, const shape *s, const json *j, const char *name)
{
    const char *token = "STRING_VALUE";

    switch (j->type) {
    case J_ARRAY:
        return fail_array(cx, s);
    case J_OBJECT:
        return fail_str(cx, DDB_SERIALIZATION, STR(MSG_START));
    case J_TRUE:
        token = "TRUE_VALUE";
        break;
    case J_FALSE:
        token = "FALSE_VALUE";
        break;
    case J_NUMBER:
        token = j->decimal ? "DECIMAL_VALUE" : "NUMBER_VALUE";
        break;
    default:
        break;
    }
    return fail(cx, DDB_SERIALIZATION, "%s cannot be converted to %s", token, name);
}

/* A scalar in the place of a list or a map. */
static int fail_container(ctx *cx, place at)
{
    if (at == AS_MEMBER)
        return fail_str(cx, DDB_SERIALIZATION, STR(MSG_FIELD));
    return fail_str(cx, DDB_SERIALIZATION, STR(MSG_PARAMETERIZED));
}

/* ---- scalars ---- */

static bool equal_ignoring_case(str s, const char *lower)
{
    size_t i;

    for (i = 0; i < s.n && lower[i] != '\0'; i++) {
        char c = s.p[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (c != lower[i])
            return false;
    }
    return i == s.n && lower[i] == '\0';
}

/* The service's parser takes some words for booleans. */
static int read_boolean(ctx *cx, const shape *s, const json *j, opt_bool *out)
{
    static const char *const words[] = {"true", "1", "yes", "false", "0", "no"};

    out->set = true;
    if (j->type == J_TRUE || j->type == J_FALSE) {
        out->v = j->type == J_TRUE;
        return 0;
    }
    if (j->type != J_STRING)
        return fail_scalar(cx, s, j, "Boolean");
    for (size_t i = 0; i < COUNT(words); i++) {
        if (equal_ignoring_case(j->s, words[i])) {
            out->v = i < 3;
            return 0;
        }
    }
    return fail_str(cx, DDB_SERIALIZATION, STR("Unexpected token received from parser"));
}

static int64_t saturating_shift(int64_t v, int digit)
{
    return v > (INT64_MAX - digit) / 10 ? INT64_MAX : v * 10 + digit;
}

/* The exponent of a JSON number, held within +-10^6: beyond that every number is 0 or the end of
 * the range. */
static int64_t read_exponent(const char *p, const char *end)
{
    bool negative = p < end && *p == '-';
    int64_t e = 0;

    if (p < end && (*p == '-' || *p == '+'))
        p++;
    for (; p < end && e < 1000000; p++)
        e = e * 10 + (*p - '0');
    return negative ? -e : e;
}

/* A JSON number as an integer: floored, and held at the ends of the range. */
static int64_t floor_of_number(str text)
{
    const char *p = text.p, *end = text.p + text.n, *digits, *stop;
    bool negative = p < end && *p == '-', fraction = false;
    int64_t v = 0, before = 0, point;

    digits = p += negative;
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    before = p - digits;
    while (p < end && *p != 'e' && *p != 'E')
        p++;
    stop = p;
    point = before + (p < end ? read_exponent(p + 1, end) : 0);
    for (p = digits; p < stop; p++) {
        if (*p == '.')
            continue;
        if (point-- > 0)
            v = saturating_shift(v, *p - '0');
        else
            fraction = fraction || *p != '0';
    }
    while (point-- > 0 && v != 0 && v != INT64_MAX)
        v = saturating_shift(v, 0);
    if (!negative)
        return v;
    return fraction && v < INT64_MAX ? -v - 1 : -v;
}

static int read_real(ctx *cx, const json *j, opt_real *out)
{
    char *z = arena_alloc(cx->a, j->s.n + 1);
    if (z == NULL)
        return DDB_NOMEM;
    memcpy(z, j->s.p, j->s.n);
    z[j->s.n] = '\0';
    out->v = strtod(z, NULL);
    out->set = true;
    return 0;
}

static bool same_name(const char *z, str s)
{
    size_t i;

    for (i = 0; i < s.n; i++)
        if (z[i] == '\0' || z[i] != s.p[i])
            return false;
    return z[i] == '\0';
}

static int read_enum(ctx *cx, const shape *s, const json *j, opt_enum *out)
{
    if (j->type != J_STRING)
        return fail_scalar(cx, s, j, "String");
    out->text = j->s;
    for (int i = 0; s->values[i] != NULL; i++) {
        if (same_name(s->values[i], j->s)) {
            out->i = i;
            break;
        }
    }
    return 0;
}

static int read_blob(ctx *cx, const shape *s, const json *j, str *out)
{
    if (j->type == J_STRING)
        return base64_decode(cx, j->s, out);
    if (j->type == J_ARRAY || j->type == J_OBJECT)
        return fail_scalar(cx, s, j, "");
    return fail_str(cx, DDB_SERIALIZATION,
                    STR("only base-64-encoded strings are convertible to bytes"));
}

/* ---- one value ---- */

static int read_number(ctx *cx, const shape *s, const json *j, void *out)
{
    static const char *const names[] = {[SH_INTEGER] = "Integer",
                                        [SH_LONG] = "Long",
                                        [SH_DOUBLE] = "Double",
                                        [SH_TIMESTAMP] = "Date"};

    if (j->type != J_NUMBER)
        return fail_scalar(cx, s, j, names[s->kind]);
    if (s->kind == SH_DOUBLE || s->kind == SH_TIMESTAMP)
        return read_real(cx, j, out);
    *(opt_int *)out = (opt_int){floor_of_number(j->s), true};
    return 0;
}

static int check_struct_type(ctx *cx, const shape *s, const json *j, place at)
{
    if (j->type == J_OBJECT)
        return 0;
    if (j->type == J_ARRAY)
        return fail_array(cx, s);
    return fail_str(cx, DDB_SERIALIZATION,
                    at == AS_MEMBER ? STR(MSG_FIELD) : STR("Unexpected value type in payload"));
}

/* Reads j, which is not null, into its element form at `out` (zeroed, enums -1). */
static int read_value(ctx *cx, const shape *s, const json *j, place at, void *out)
{
    switch (s->kind) {
    case SH_STRING:
        if (j->type != J_STRING)
            return fail_scalar(cx, s, j, "String");
        *(str *)out = j->s;
        return 0;
    case SH_ENUM:
        return read_enum(cx, s, j, out);
    case SH_INTEGER:
    case SH_LONG:
    case SH_DOUBLE:
    case SH_TIMESTAMP:
        return read_number(cx, s, j, out);
    case SH_BOOLEAN:
        return read_boolean(cx, s, j, out);
    case SH_BLOB:
        return read_blob(cx, s, j, out);
    case SH_LIST:
        return read_list(cx, s, j, at, out);
    case SH_MAP:
        return read_map(cx, s, j, at, out);
    case SH_STRUCT:
        TRY(check_struct_type(cx, s, j, at));
        return read_struct(cx, s, j, out);
    case SH_ATTR:
        return attr_value_read(cx, j, at == AS_MEMBER, out);
    case SH_ATTR_MAP:
        if (j->type == J_ARRAY)
            return fail_array(cx, s);
        if (j->type != J_OBJECT)
            return fail_container(cx, at);
        return attr_map_read(cx, j, out);
    }
    return 0;
}

/* ---- structures ---- */

static bool behind_pointer(shape_kind kind)
{
    return kind == SH_STRUCT || kind == SH_ATTR || kind == SH_ATTR_MAP;
}

static void clear_member(const member *m, void *object)
{
    char *p = (char *)object + m->offset;

    if (behind_pointer(m->shape->kind))
        memset(p, 0, sizeof(void *));
    else
        memset(p, 0, schema_size(m->shape));
    if (m->shape->kind == SH_ENUM)
        ((opt_enum *)(void *)p)->i = -1;
}

static const member *find_member(const shape *s, str name)
{
    for (uint16_t i = 0; i < s->member_count; i++)
        if (same_name(s->members[i].name, name))
            return &s->members[i];
    return NULL;
}

static int read_member(ctx *cx, const member *m, const json *j, void *object)
{
    void *p = (char *)object + m->offset;

    clear_member(m, object); /* a member given twice: the last one counts */
    if (j->type == J_NULL)
        return 0;
    if (!behind_pointer(m->shape->kind))
        return read_value(cx, m->shape, j, AS_MEMBER, p);

    void *target = arena_array(cx->a, 1, schema_size(m->shape));
    if (target == NULL)
        return DDB_NOMEM;
    TRY(read_value(cx, m->shape, j, AS_MEMBER, target));
    memcpy(p, &target, sizeof target);
    return 0;
}

static int read_struct(ctx *cx, const shape *s, const json *j, void *out)
{
    memset(out, 0, s->size);
    for (uint16_t i = 0; i < s->member_count; i++)
        if (s->members[i].shape->kind == SH_ENUM)
            clear_member(&s->members[i], out);
    for (const json *c = j->child; c != NULL; c = c->next) {
        const member *m = find_member(s, c->key);
        if (m != NULL)
            TRY(read_member(cx, m, c, out));
    }
    return 0;
}

const void *schema_member_at(const member *m, const void *object)
{
    const char *p = (const char *)object + m->offset;
    const void *target;

    if (!behind_pointer(m->shape->kind))
        return p;
    memcpy(&target, p, sizeof target);
    return target;
}

/* ---- lists and maps ---- */

static uint32_t count_present(const json *j)
{
    uint32_t n = 0;

    for (const json *c = j->child; c != NULL; c = c->next)
        n += c->type != J_NULL;
    return n;
}

static int list_alloc(ctx *cx, list *out, uint32_t count, size_t stride)
{
    out->items = arena_array(cx->a, count > 0 ? count : 1, stride);
    if (out->items == NULL)
        return DDB_NOMEM;
    out->count = 0;
    out->set = true;
    out->stride = (uint32_t)stride;
    return 0;
}

static int read_list(ctx *cx, const shape *s, const json *j, place at, list *out)
{
    if (j->type == J_OBJECT)
        return fail_str(cx, DDB_SERIALIZATION, STR(MSG_START));
    if (j->type != J_ARRAY)
        return fail_container(cx, at);
    TRY(list_alloc(cx, out, count_present(j), schema_size(s->elem)));

    char *p = out->items;
    for (const json *c = j->child; c != NULL; c = c->next) {
        if (c->type == J_NULL)
            continue;
        if (s->elem->kind == SH_ENUM)
            ((opt_enum *)(void *)p)->i = -1;
        TRY(read_value(cx, s->elem, c, AS_ELEMENT, p));
        p += out->stride;
        out->count++;
    }
    return 0;
}

/* Finds the entry of a key among those already read: by looking at each when they are few, else by
 * an open hash table, so that a request of half a million keys stays linear. */
typedef struct key_finder {
    uint32_t *slots; /* entry number + 1; NULL: few keys */
    uint32_t mask;
} key_finder;

static int finder_init(ctx *cx, key_finder *f, uint32_t count)
{
    uint32_t size = 64;

    *f = (key_finder){0};
    if (count <= 16)
        return 0;
    while (size < count * 2u && size < (1u << 30))
        size *= 2;
    f->slots = ARENA_ARRAY(cx->a, uint32_t, size);
    f->mask = size - 1;
    return f->slots == NULL ? DDB_NOMEM : 0;
}

static uint32_t finder_get(key_finder *f, const list *entries, str key)
{
    uint32_t i;

    if (f->slots == NULL) {
        for (i = 0; i < entries->count; i++)
            if (str_eq(MAP_KEY(entries, i), key))
                return i;
        return i;
    }
    uint32_t at = (uint32_t)hash_fnv1a(key) & f->mask;
    for (; (i = f->slots[at]) != 0; at = (at + 1) & f->mask)
        if (str_eq(MAP_KEY(entries, i - 1), key))
            return i - 1;
    f->slots[at] = entries->count + 1;
    return entries->count;
}

static int read_map(ctx *cx, const shape *s, const json *j, place at, list *out)
{
    key_finder finder;
    size_t size = schema_size(s->elem);

    if (j->type == J_ARRAY)
        return fail_array(cx, s);
    if (j->type != J_OBJECT)
        return fail_container(cx, at);
    uint32_t count = count_present(j);
    TRY(list_alloc(cx, out, count, sizeof(str) + size));
    TRY(finder_init(cx, &finder, count));

    for (const json *c = j->child; c != NULL; c = c->next) {
        if (c->type == J_NULL)
            continue;
        uint32_t i = finder_get(&finder, out, c->key);
        if (i == out->count)
            out->count++;
        MAP_KEY(out, i) = c->key;
        memset(MAP_AT(out, char, i), 0, size);
        if (s->elem->kind == SH_ENUM)
            MAP_AT(out, opt_enum, i)->i = -1;
        TRY(read_value(cx, s->elem, c, AS_ELEMENT, MAP_AT(out, char, i)));
    }
    return 0;
}
