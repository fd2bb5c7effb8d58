/*
 * binding.c - the placeholder maps of a request: which are defined, which were used.
 *
 * Requests define a handful of placeholders, and comparing them one by one is the fastest then.
 * A map beyond SCAN_MAX gets a hash table, because an expression may name a thousand of them.
 */
#include "base/hash.h"
#include "base/limits.h"
#include "expr/parser.h"
#include "value/size.h"

#define SCAN_MAX 16u
#define PLACEHOLDER_BYTES_MAX 255 /* guide; the sign counts */

static bool key_valid(str key, char sign)
{
    if (key.n < 2 || key.p[0] != sign)
        return false;
    for (size_t i = 1; i < key.n; i++) {
        char c = key.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_'))
            return false;
    }
    return true;
}

static str name_key(const binding *b, uint32_t i)
{
    return MAP_KEY(b->names, i);
}

static str value_key(const binding *b, uint32_t i)
{
    return b->values->m.attrs[i].name;
}

typedef str (*key_at)(const binding *b, uint32_t i);

/* Open addressing, at most half full; a slot holds the entry's number + 1. */
static int table_build(ctx *cx, const binding *b, key_at at, uint32_t count, binding_table *out)
{
    uint32_t size = 64;

    while (size / 2 < count) {
        if (size > UINT32_MAX / 4)
            return DDB_NOMEM;
        size *= 2;
    }
    out->slots = ARENA_ARRAY(cx->a, uint32_t, size);
    if (out->slots == NULL)
        return DDB_NOMEM;
    out->mask = size - 1;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t slot = (uint32_t)hash_fnv1a(at(b, i)) & out->mask;
        while (out->slots[slot] != 0)
            slot = (slot + 1) & out->mask;
        out->slots[slot] = i + 1;
    }
    return 0;
}

/* The entry's number, or count when there is none. */
static uint32_t find(const binding *b, key_at at, uint32_t count, const binding_table *table,
                     str key)
{
    if (table->slots == NULL) {
        for (uint32_t i = 0; i < count; i++) {
            if (str_eq(at(b, i), key))
                return i;
        }
        return count;
    }
    for (uint32_t slot = (uint32_t)hash_fnv1a(key) & table->mask; table->slots[slot] != 0;
         slot = (slot + 1) & table->mask) {
        uint32_t i = table->slots[slot] - 1;
        if (str_eq(at(b, i), key))
            return i;
    }
    return count;
}

/* The length comes before the form; only of names the service prints it. */
static int check_key(ctx *cx, str key, char sign, const char *map_name)
{
    if (key.n > PLACEHOLDER_BYTES_MAX)
        return fail(cx, DDB_VALIDATION,
                    sign == '#' ? "%s contains invalid key: The expression attribute map contains "
                                  "a key that is too long; size of key: %z"
                                : "%s contains invalid key: The expression attribute map contains "
                                  "a key that is too long;",
                    map_name, key.n);
    if (key_valid(key, sign))
        return 0;
    return fail(cx, DDB_VALIDATION, "%s contains invalid key: Syntax error; key: \"%S\"",
                map_name, key);
}

static int check_keys(ctx *cx, const binding *b, key_at at, uint32_t count, char sign,
                      const char *map_name)
{
    if (count == 0)
        return fail(cx, DDB_VALIDATION, "%s must not be empty", map_name);
    for (uint32_t i = 0; i < count; i++)
        TRY(check_key(cx, at(b, i), sign, map_name));
    return 0;
}

static int check_names(ctx *cx, const binding *b)
{
    TRY(check_keys(cx, b, name_key, b->names->count, '#', "ExpressionAttributeNames"));
    for (uint32_t i = 0; i < b->names->count; i++) {
        str name = *MAP_AT(b->names, str, i);
        if (name.n == 0)
            return fail(cx, DDB_VALIDATION,
                        "ExpressionAttributeNames contains invalid value: "
                        "Empty attribute name for key %S",
                        name_key(b, i));
        if (name.n > ATTRIBUTE_NAME_BYTES_MAX)
            return fail(cx, DDB_VALIDATION,
                        "Attribute name is too large, must be less than 65536 bytes");
    }
    return 0;
}

/* All names and values together, with their placeholders. No capture has the text. */
static int check_total(ctx *cx, const binding *b)
{
    size_t sum = b->values == NULL ? 0 : size_map(&b->values->m);

    for (uint32_t i = 0; b->names != NULL && i < b->names->count; i++)
        sum += name_key(b, i).n + MAP_AT(b->names, str, i)->n;
    if (sum <= EXPRESSION_VARIABLES_BYTES_MAX)
        return 0;
    return fail(cx, DDB_VALIDATION,
                "The total size of ExpressionAttributeNames and ExpressionAttributeValues has "
                "exceeded the maximum allowed size; size: %z",
                sum);
}

int binding_init(ctx *cx, binding *b, const list *names, const attr_map *values)
{
    *b = (binding){0};
    if (names != NULL && names->set) {
        b->names = names;
        TRY(check_names(cx, b));
        b->name_used = ARENA_ARRAY(cx->a, bool, names->count);
        if (b->name_used == NULL)
            return DDB_NOMEM;
        if (names->count > SCAN_MAX)
            TRY(table_build(cx, b, name_key, names->count, &b->name_table));
    }
    if (values != NULL) {
        uint32_t count = values->m.count;
        b->values = values;
        /* A map with a fault is not complete: its keys are checked as far as they are there. */
        if (count > 0 || values->fault.code == 0)
            TRY(check_keys(cx, b, value_key, count, ':', "ExpressionAttributeValues"));
        TRY(attr_raise_expression(cx, &values->fault));
        b->value_used = ARENA_ARRAY(cx->a, bool, count);
        if (b->value_used == NULL)
            return DDB_NOMEM;
        if (count > SCAN_MAX)
            TRY(table_build(cx, b, value_key, count, &b->value_table));
    }
    return check_total(cx, b);
}

str binding_name(binding *b, str placeholder)
{
    uint32_t i;

    if (b->names == NULL)
        return STR_ABSENT;
    i = find(b, name_key, b->names->count, &b->name_table, placeholder);
    if (i == b->names->count)
        return STR_ABSENT;
    b->name_used[i] = true;
    return *MAP_AT(b->names, str, i);
}

const value *binding_value(binding *b, str placeholder)
{
    uint32_t i;

    if (b->values == NULL)
        return NULL;
    i = find(b, value_key, b->values->m.count, &b->value_table, placeholder);
    if (i == b->values->m.count)
        return NULL;
    b->value_used[i] = true;
    return &b->values->m.attrs[i].v;
}

static int check_used(ctx *cx, const binding *b, key_at at, uint32_t count, const bool *used,
                      const char *map_name)
{
    buf keys;

    buf_init_arena(&keys, cx->a, REQUEST_BYTES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        if (used[i])
            continue;
        if (keys.n > 0)
            buf_lit(&keys, ", ");
        buf_str(&keys, at(b, i));
    }
    if (keys.err != 0)
        return DDB_NOMEM;
    if (keys.n == 0)
        return 0;
    return fail(cx, DDB_VALIDATION, "Value provided in %s unused in expressions: keys: {%S}",
                map_name, buf_view(&keys));
}

int binding_check_unused(ctx *cx, const binding *b)
{
    if (b->names != NULL)
        TRY(check_used(cx, b, name_key, b->names->count, b->name_used,
                       "ExpressionAttributeNames"));
    if (b->values != NULL)
        TRY(check_used(cx, b, value_key, b->values->m.count, b->value_used,
                       "ExpressionAttributeValues"));
    return 0;
}
