/*
 * attrval.c - reads AttributeValue JSON, checks it as the service does, and keeps the first fault.
 *
 * One value is {"<type>": ...}. Members of unknown types and JSON nulls count as absent. A value
 * with several types is still read member by member, because what is wrong inside one of them is
 * reported before the fact that there are several. Recursion ends at NESTING_MAX: what lies
 * deeper is not looked at.
 *
 * Start at read_value().
 */
#include "value/attrval.h"

#include <assert.h>

#include "base/hash.h"
#include "base/limits.h"
#include "value/number.h"

#define INVALID "One or more parameter values were invalid: "
#define MSG_EMPTY \
    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
#define MSG_SEVERAL "Supplied AttributeValue has more than one datatypes set, must contain " \
                    "exactly one of the supported datatypes"
#define MSG_NULL_FALSE INVALID "Null attribute value types must have the value of true"
#define MSG_NAME "Attribute name is too large, must be less than 65536 bytes"
#define MSG_NESTING "Nesting Levels have exceeded supported limits: Attributes in the item have " \
                    "nested levels beyond supported limit"
#define JAVA_ATTRIBUTE "com.amazonaws.dynamodb.v20120810.AttributeValue"

/* Above this many names a hash table finds duplicates, below it comparing each pair does. */
#define PAIRWISE_MAX 16

typedef struct reader {
    ctx *cx;
    attr_fault *fault; /* the first one stays */
    str name;          /* top-level attribute being read */
    bool reworded;     /* a value's text is not the canonical one */
} reader;

static int read_value(reader *r, const json *j, bool field, int level, value *out);

/* ---- faults ---- */

enum { BARE = 1, PREFIXED = 2, NESTING = 4 }; /* the flags of attr_fault */

static void fault_set(reader *r, str message, int how)
{
    if (r->fault->code == 0)
        *r->fault = (attr_fault){.code = DDB_VALIDATION,
                                 .message = message,
                                 .name = r->name,
                                 .bare = (how & BARE) != 0,
                                 .nesting = (how & NESTING) != 0,
                                 .prefixed = (how & PREFIXED) != 0};
}

/* number.c has failed the request; a fault of a value waits for its operation's turn instead. */
static int fault_number(reader *r, int rc)
{
    if (rc != DDB_VALIDATION)
        return rc;
    fault_set(r, r->cx->err.message, BARE);
    r->cx->err = (error){0};
    return 0;
}

/* ---- structure ---- */

static int fail_type(reader *r, const char *text)
{
    return fail_str(r->cx, DDB_SERIALIZATION, str_of(text));
}

static const char *token_name(const json *j)
{
    switch ((json_type)j->type) {
    case J_TRUE: return "TRUE_VALUE";
    case J_FALSE: return "FALSE_VALUE";
    case J_NUMBER: return j->decimal ? "DECIMAL_VALUE" : "NUMBER_VALUE";
    case J_STRING: return "STRING_VALUE";
    case J_NULL:
    case J_ARRAY:
    case J_OBJECT: break;
    }
    return "NULL_VALUE";
}

#define MSG_MAP_UNEXPECTED "Start of structure or map found where not expected"

static int fail_convert(reader *r, const json *j, const char *java, const char *java_class)
{
    if (j->type == J_OBJECT)
        return fail_type(r, MSG_MAP_UNEXPECTED);
    if (j->type == J_ARRAY)
        return fail(r->cx, DDB_SERIALIZATION, "Unrecognized collection type class %s", java_class);
    return fail(r->cx, DDB_SERIALIZATION, "%s cannot be converted to %s", token_name(j), java);
}

static int read_string(reader *r, const json *j, str *out)
{
    if (j->type != J_STRING)
        return fail_convert(r, j, "String", "java.lang.String");
    *out = j->s;
    return 0;
}

static int read_number(reader *r, const json *j, str *out)
{
    str text;

    int rc;

    TRY(read_string(r, j, &text));
    *out = text;
    rc = number_canonical(r->cx, text, out);
    r->reworded = r->reworded || !str_eq(*out, text);
    return fault_number(r, rc);
}

static int read_binary(reader *r, const json *j, str *out)
{
    if (j->type == J_OBJECT || j->type == J_ARRAY)
        return fail_convert(r, j, "ByteBuffer", "java.nio.ByteBuffer");
    if (j->type != J_STRING)
        return fail_type(r, "only base-64-encoded strings are convertible to bytes");
    r->reworded = true; /* the last digit may hold bits that are not looked at */
    return base64_decode(r->cx, j->s, out);
}

/* Lower-cases ASCII and compares: "TRUE", "Yes" and "1" are booleans too. */
static bool is_word(str s, const char *word)
{
    size_t n = strlen(word);

    if (s.n != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] - 'A' + 'a') : s.p[i];
        if (c != word[i])
            return false;
    }
    return true;
}

static int read_boolean(reader *r, const json *j, bool *out)
{
    if (j->type == J_TRUE || j->type == J_FALSE) {
        *out = j->type == J_TRUE;
        return 0;
    }
    if (j->type != J_STRING)
        return fail_convert(r, j, "Boolean", "java.lang.Boolean");
    r->reworded = true;
    *out = is_word(j->s, "true") || is_word(j->s, "1") || is_word(j->s, "yes");
    if (*out || is_word(j->s, "false") || is_word(j->s, "0") || is_word(j->s, "no"))
        return 0;
    return fail_type(r, "Unexpected token received from parser");
}

static int require_list(reader *r, const json *j)
{
    if (j->type == J_ARRAY)
        return 0;
    return fail_type(r, j->type == J_OBJECT ? MSG_MAP_UNEXPECTED : "Unexpected field type");
}

static int require_map(reader *r, const json *j)
{
    if (j->type == J_OBJECT)
        return 0;
    return fail_type(r, j->type == J_ARRAY ? "Unrecognized collection type java.util.Map<"
                                             "java.lang.String, " JAVA_ATTRIBUTE ">"
                                           : "Unexpected field type");
}

/* ---- duplicates ---- */

typedef struct seen {
    uint32_t *slots; /* index plus one; NULL: compare pair by pair */
    uint32_t mask;
} seen;

static int seen_init(reader *r, seen *s, uint32_t count)
{
    uint32_t size = 64;

    *s = (seen){0};
    if (count <= PAIRWISE_MAX)
        return 0;
    while (size < count * 2u)
        size *= 2;
    s->slots = ARENA_ARRAY(r->cx->a, uint32_t, size);
    s->mask = size - 1;
    return s->slots == NULL ? DDB_NOMEM : 0;
}

/* The index of an earlier name equal to that at i, or i itself, which is remembered. */
static uint32_t seen_add(seen *s, const void *names, size_t stride, uint32_t i)
{
    const char *first = names;
    str name = *(const str *)(const void *)(first + stride * i);
    uint64_t at;

    if (s->slots == NULL) {
        for (uint32_t k = 0; k < i; k++)
            if (str_eq(*(const str *)(const void *)(first + stride * k), name))
                return k;
        return i;
    }
    for (at = hash_fnv1a(name); s->slots[at & s->mask] != 0; at++) {
        uint32_t k = s->slots[at & s->mask] - 1;
        if (str_eq(*(const str *)(const void *)(first + stride * k), name))
            return k;
    }
    s->slots[at & s->mask] = i + 1;
    return i;
}

/* ---- sets ---- */

/* "[a, a]": the elements in request order, binaries in base64. */
static int fault_duplicates(reader *r, const value *set)
{
    buf b;

    if (set->type == T_NS) {
        fault_set(r, STR("Input collection contains duplicates"), BARE | PREFIXED);
        return 0;
    }
    buf_init_arena(&b, r->cx->a, REQUEST_BYTES_MAX * 2);
    buf_lit(&b, INVALID "Input collection [");
    for (uint32_t i = 0; i < set->count; i++) {
        if (i > 0)
            buf_lit(&b, ", ");
        if (set->type == T_BS)
            base64_put(&b, set->elems[i]);
        else
            buf_str(&b, set->elems[i]);
    }
    buf_fmt(&b, set->type == T_BS ? "]of type BS contains duplicates." : "] contains duplicates.");
    if (b.err != 0)
        return b.err;
    fault_set(r, buf_view(&b), BARE | PREFIXED);
    return 0;
}

static void fault_null_element(reader *r, value_type set)
{
    if (set == T_SS)
        fault_set(r, STR(INVALID "An string set may not have a null string as a member"), PREFIXED);
    else if (set == T_NS)
        fault_set(r, STR("The parameter cannot be converted to a numeric value"), BARE);
    else
        fault_set(r, STR(INVALID "Binary sets may not contain null values"), PREFIXED);
}

static int read_element(reader *r, const json *j, value_type set, str *out)
{
    *out = STR("");
    if (j->type == J_NULL) {
        fault_null_element(r, set);
        return 0;
    }
    if (set == T_SS)
        return read_string(r, j, out);
    return set == T_NS ? read_number(r, j, out) : read_binary(r, j, out);
}

static int read_set(reader *r, const json *j, value_type type, value *out)
{
    bool good = r->fault->code == 0;
    uint32_t i = 0;
    seen s;

    TRY(require_list(r, j));
    *out = (value){.type = (uint8_t)type, .count = j->count};
    out->elems = ARENA_ARRAY(r->cx->a, str, j->count);
    if (out->elems == NULL)
        return DDB_NOMEM;
    if (j->count == 0) {
        if (type == T_SS)
            fault_set(r, STR(INVALID "An string set  may not be empty"), PREFIXED);
        else if (type == T_NS)
            fault_set(r, STR(INVALID "An number set  may not be empty"), BARE | PREFIXED);
        else
            fault_set(r, STR(INVALID "Binary sets should not be empty"), PREFIXED);
        return 0;
    }
    for (const json *e = j->child; e != NULL; e = e->next, i++)
        TRY(read_element(r, e, type, &out->elems[i]));
    if (!good || r->fault->code != 0)
        return 0;
    TRY(seen_init(r, &s, out->count));
    for (i = 0; i < out->count; i++)
        if (seen_add(&s, out->elems, sizeof(str), i) != i)
            return fault_duplicates(r, out);
    return 0;
}

/* ---- documents ---- */

static int read_list(reader *r, const json *j, int level, value *out)
{
    uint32_t i = 0;

    TRY(require_list(r, j));
    *out = (value){.type = T_L, .count = j->count};
    out->items = arena_alloc(r->cx->a, j->count * sizeof(value));
    if (out->items == NULL)
        return DDB_NOMEM;
    for (const json *e = j->child; e != NULL; e = e->next)
        TRY(read_value(r, e, false, level + 1, &out->items[i++]));
    return 0;
}

/* The attributes of an object. Of equal names the last value stays, in the place of the first. */
static int read_attrs(reader *r, const json *j, int level, map *out)
{
    seen s;
    uint32_t n = 0;

    out->attrs = arena_alloc(r->cx->a, j->count * sizeof(attr));
    out->count = 0;
    if (out->attrs == NULL)
        return DDB_NOMEM;
    TRY(seen_init(r, &s, j->count));
    for (const json *e = j->child; e != NULL; e = e->next) {
        uint32_t at;
        out->attrs[n].name = e->key;
        at = seen_add(&s, out->attrs, sizeof(attr), n);
        if (level == 1)
            r->name = e->key;
        if (e->key.n > ATTRIBUTE_NAME_BYTES_MAX)
            fault_set(r, STR(MSG_NAME), BARE | NESTING | PREFIXED);
        TRY(read_value(r, e, false, level, &out->attrs[at].v));
        n += at == n;
    }
    r->reworded = r->reworded || n != j->count;
    out->count = n;
    return 0;
}

static int read_document(reader *r, const json *j, int level, value *out)
{
    map m;

    TRY(require_map(r, j));
    TRY(read_attrs(r, j, level + 1, &m));
    *out = value_of_map(m);
    return 0;
}

/* ---- one value ---- */

static int read_typed(reader *r, const json *j, value_type type, int level, value *out)
{
    *out = (value){.type = (uint8_t)type};
    switch (type) {
    case T_S: return read_string(r, j, &out->s);
    case T_N: return read_number(r, j, &out->s);
    case T_B: return read_binary(r, j, &out->s);
    case T_BOOL: return read_boolean(r, j, &out->flag);
    case T_NULL:
        TRY(read_boolean(r, j, &out->flag));
        if (!out->flag)
            fault_set(r, STR(MSG_NULL_FALSE), PREFIXED);
        return 0;
    case T_SS:
    case T_NS:
    case T_BS: return read_set(r, j, type, out);
    case T_L: return read_list(r, j, level, out);
    case T_M: return read_document(r, j, level, out);
    case T_COUNT: break;
    }
    return 0;
}

/* The type a member name stands for, or T_COUNT. */
static value_type type_of_name(str name)
{
    if (name.n == 1) {
        switch (*name.p) {
        case 'S': return T_S;
        case 'N': return T_N;
        case 'B': return T_B;
        case 'L': return T_L;
        case 'M': return T_M;
        default: return T_COUNT;
        }
    }
    if (name.n == 2 && name.p[1] == 'S')
        return name.p[0] == 'S' ? T_SS
             : name.p[0] == 'N' ? T_NS
             : name.p[0] == 'B' ? T_BS
                                : T_COUNT;
    if (name.n == 4)
        return str_eq(name, STR("BOOL")) ? T_BOOL : str_eq(name, STR("NULL")) ? T_NULL : T_COUNT;
    return T_COUNT;
}

/* Several members: each type's last one, in the order in which the service looks at types. */
static int read_members(reader *r, const json *j, int level, value *out)
{
    static const uint8_t order[T_COUNT] = {T_S, T_N, T_B, T_BOOL, T_NULL,
                                           T_SS, T_NS, T_BS, T_M, T_L};
    const json *members[T_COUNT] = {NULL};
    int present = 0;

    r->reworded = true;
    for (const json *e = j->child; e != NULL; e = e->next) {
        value_type t = type_of_name(e->key);
        if (t != T_COUNT)
            members[t] = e->type == J_NULL ? NULL : e;
    }
    *out = (value){.type = T_NULL, .flag = true};
    for (size_t i = 0; i < T_COUNT; i++) {
        value_type t = (value_type)order[i];
        if (members[t] == NULL)
            continue;
        present++;
        TRY(read_typed(r, members[t], t, level, out));
    }
    if (present != 1)
        fault_set(r, present == 0 ? STR(MSG_EMPTY) : STR(MSG_SEVERAL), 0);
    return 0;
}

static int read_value(reader *r, const json *j, bool field, int level, value *out)
{
    value_type t;

    if (level > NESTING_MAX) {
        fault_set(r, STR(MSG_NESTING), BARE | NESTING);
        *out = (value){.type = T_NULL, .flag = true};
        return 0;
    }
    if (j->type == J_ARRAY)
        return fail_type(r, "Unrecognized collection type class " JAVA_ATTRIBUTE);
    if (j->type != J_OBJECT && j->type != J_NULL)
        return fail_type(r, field ? "Unexpected field type" : "Unexpected value type in payload");
    if (j->type == J_OBJECT && j->count == 1 && j->child->type != J_NULL) {
        t = type_of_name(j->child->key);
        if (t != T_COUNT)
            return read_typed(r, j->child, t, level, out); /* nearly every value */
    }
    return read_members(r, j, level, out);
}

int attr_value_read(ctx *cx, const json *j, bool field, attr_value *out)
{
    reader r = {.cx = cx, .fault = &out->fault};

    out->fault = (attr_fault){0};
    return read_value(&r, j, field, 1, &out->v);
}

int attr_map_read(ctx *cx, const json *j, attr_map *out)
{
    reader r = {.cx = cx, .fault = &out->fault};

    out->fault = (attr_fault){0};
    TRY(require_map(&r, j));
    TRY(read_attrs(&r, j, 1, &out->m));
    out->text = r.reworded || out->fault.code != 0 ? STR_ABSENT : j->s;
    return 0;
}

int attr_raise(ctx *cx, const attr_fault *f)
{
    return f->code == 0 ? 0 : fail_str(cx, f->code, f->message);
}

int attr_raise_start_key(ctx *cx, const attr_fault *f)
{
    if (f->code == 0 || f->bare)
        return attr_raise(cx, f);
    return fail(cx, f->code, "The provided starting key is invalid: %S", f->message);
}

int attr_raise_expression(ctx *cx, const attr_fault *f)
{
    if (f->code == 0 || f->nesting)
        return attr_raise(cx, f);
    return fail(cx, f->code, "ExpressionAttributeValues contains invalid value: %S for key %S",
                f->message, f->name);
}
