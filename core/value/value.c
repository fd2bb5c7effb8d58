/*
 * value.c - equality, order and membership of attribute values.
 *
 * Sets and maps keep their request order but compare without it. Up to SMALL elements are simply
 * searched; beyond that b is taken in blocks of BLOCK names through a hash table on the stack, so
 * that comparing two large sets costs n * n / BLOCK steps and no memory.
 */
#include "value/value.h"

#include "base/hash.h"
#include "value/number.h"

#define SMALL 16
#define BLOCK 512
#define SLOTS 1024 /* a power of two, twice the block */

const char *value_type_name(value_type t)
{
    static const char *const names[T_COUNT] = {"S", "N", "B", "SS", "NS", "BS",
                                               "L", "M", "BOOL", "NULL"};
    return names[t];
}

const value *map_get(const map *m, str name)
{
    for (uint32_t i = 0; i < m->count; i++)
        if (str_eq(m->attrs[i].name, name))
            return &m->attrs[i].v;
    return NULL;
}

/* Names, `stride` bytes apart: the elements of a set or the attributes of a map. */
typedef struct names {
    const char *first;
    size_t stride;
    uint32_t count;
} names;

static const str *name_at(const names *n, uint32_t i)
{
    return (const str *)(const void *)(n->first + n->stride * i);
}

_Static_assert(offsetof(attr, name) == 0, "an attr begins with its name");

/* Called with each pair of equal names; false ends the comparison. */
typedef bool (*on_match)(const names *a, uint32_t i, const names *b, uint32_t j);

static bool match_small(const names *a, const names *b, on_match matches)
{
    for (uint32_t j = 0; j < b->count; j++) {
        uint32_t i = 0;
        while (i < a->count && !str_eq(*name_at(a, i), *name_at(b, j)))
            i++;
        if (i == a->count || !matches(a, i, b, j))
            return false;
    }
    return true;
}

/* Whether b[from..to) are all in a, and match. */
static bool match_block(const names *a, const names *b, uint32_t from, uint32_t to,
                        on_match matches)
{
    uint32_t slots[SLOTS] = {0}; /* index in b, plus one */
    uint32_t found = 0;

    for (uint32_t j = from; j < to; j++) {
        uint64_t at = hash_fnv1a(*name_at(b, j));
        while (slots[at % SLOTS] != 0)
            at++;
        slots[at % SLOTS] = j + 1;
    }
    for (uint32_t i = 0; i < a->count; i++) {
        uint64_t at = hash_fnv1a(*name_at(a, i));
        for (; slots[at % SLOTS] != 0; at++) {
            uint32_t j = slots[at % SLOTS] - 1;
            if (!str_eq(*name_at(a, i), *name_at(b, j)))
                continue;
            if (!matches(a, i, b, j))
                return false;
            found++;
            break;
        }
    }
    return found == to - from;
}

/* Both have unique names and as many: they match when each of b is in a. */
static bool names_match(const names *a, const names *b, on_match matches)
{
    uint32_t same = 0;

    if (a->count != b->count)
        return false;
    while (same < a->count && str_eq(*name_at(a, same), *name_at(b, same))) {
        if (!matches(a, same, b, same))
            return false;
        same++;
    }
    if (same == a->count)
        return true;
    if (a->count <= SMALL)
        return match_small(a, b, matches);
    for (uint32_t from = 0; from < b->count; from += BLOCK) {
        uint32_t to = b->count - from < BLOCK ? b->count : from + BLOCK;
        if (!match_block(a, b, from, to, matches))
            return false;
    }
    return true;
}

static bool any_match(const names *a, uint32_t i, const names *b, uint32_t j)
{
    (void)a, (void)i, (void)b, (void)j; /* the elements of a set have nothing but a name */
    return true;
}

static bool values_match(const names *a, uint32_t i, const names *b, uint32_t j)
{
    const attr *x = (const attr *)(const void *)name_at(a, i);
    const attr *y = (const attr *)(const void *)name_at(b, j);

    return value_eq(&x->v, &y->v);
}

bool map_eq(const map *a, const map *b)
{
    names x = {(const char *)a->attrs, sizeof(attr), a->count};
    names y = {(const char *)b->attrs, sizeof(attr), b->count};

    return names_match(&x, &y, values_match);
}

static bool set_eq(const value *a, const value *b)
{
    names x = {(const char *)a->elems, sizeof(str), a->count};
    names y = {(const char *)b->elems, sizeof(str), b->count};

    return names_match(&x, &y, any_match);
}

bool value_eq(const value *a, const value *b)
{
    map x, y;

    if (a->type != b->type)
        return false;
    switch ((value_type)a->type) {
    case T_S:
    case T_N: /* one canonical text a number */
    case T_B:
        return str_eq(a->s, b->s);
    case T_SS:
    case T_NS:
    case T_BS:
        return set_eq(a, b);
    case T_L:
        if (a->count != b->count)
            return false;
        for (uint32_t i = 0; i < a->count; i++)
            if (!value_eq(&a->items[i], &b->items[i]))
                return false;
        return true;
    case T_M:
        x = value_map(a);
        y = value_map(b);
        return map_eq(&x, &y);
    case T_BOOL:
        return a->flag == b->flag;
    case T_NULL:
    case T_COUNT:
        break;
    }
    return true;
}

bool value_cmp(const value *a, const value *b, int *out)
{
    if (a->type != b->type || a->type > T_B)
        return false;
    *out = a->type == T_N ? number_cmp_text(a->s, b->s) : str_cmp(a->s, b->s);
    return true;
}

_Static_assert(T_S < T_B && T_N < T_B && T_B < T_SS, "the scalars with an order come first");

#define NEEDLE_SHORT 64

/* Whether hay holds needle. A long needle is found by a rolling hash, because comparing it at
 * each place is quadratic for texts like `aaaa`; a hit of the hash is compared. */
static bool contains_bytes(str hay, str needle)
{
    const uint64_t base = 0x100000001b3u;
    uint64_t want = 0, have = 0, power = 1;

    if (needle.n == 0)
        return true;
    if (needle.n > hay.n)
        return false;
    if (needle.n <= NEEDLE_SHORT) {
        const char *p = hay.p, *last = hay.p + (hay.n - needle.n);
        while (p <= last && (p = memchr(p, *needle.p, (size_t)(last - p) + 1)) != NULL) {
            if (memcmp(p, needle.p, needle.n) == 0)
                return true;
            p++;
        }
        return false;
    }
    for (size_t i = 0; i < needle.n; i++) {
        want = want * base + (uint8_t)needle.p[i];
        have = have * base + (uint8_t)hay.p[i];
        power *= i == 0 ? 1 : base;
    }
    for (size_t i = needle.n;; i++) {
        if (have == want && memcmp(hay.p + i - needle.n, needle.p, needle.n) == 0)
            return true;
        if (i == hay.n)
            return false;
        have -= power * (uint8_t)hay.p[i - needle.n];
        have = have * base + (uint8_t)hay.p[i];
    }
}

bool value_contains(const value *in, const value *what)
{
    static const uint8_t element_type[T_COUNT] = {
        [T_SS] = T_S, [T_NS] = T_N, [T_BS] = T_B};

    switch ((value_type)in->type) {
    case T_S:
    case T_B:
        return what->type == in->type && contains_bytes(in->s, what->s);
    case T_SS:
    case T_NS:
    case T_BS:
        if (what->type != element_type[in->type])
            return false;
        for (uint32_t i = 0; i < in->count; i++)
            if (str_eq(in->elems[i], what->s))
                return true;
        return false;
    case T_L:
        for (uint32_t i = 0; i < in->count; i++)
            if (value_eq(&in->items[i], what))
                return true;
        return false;
    case T_N:
    case T_M:
    case T_BOOL:
    case T_NULL:
    case T_COUNT:
        break;
    }
    return false;
}
