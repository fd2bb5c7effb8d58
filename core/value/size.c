/*
 * size.c - item size to the byte. Recursion is bounded by the nesting of values, which request
 * checks and item_parse() keep at NESTING_MAX, and an update can at most double.
 */
#include "value/size.h"

#include "base/limits.h"
#include "value/number.h"

#define CONTAINER_OVERHEAD 3 /* L and M */
#define ELEMENT_OVERHEAD 1   /* each element of an L or M; set elements have none */

size_t size_value(const value *v)
{
    size_t n = 0;

    switch ((value_type)v->type) {
    case T_S:
    case T_B:
        return v->s.n;
    case T_N:
        return number_size(v->s);
    case T_SS:
    case T_BS:
        for (uint32_t i = 0; i < v->count; i++)
            n += v->elems[i].n;
        return n;
    case T_NS:
        for (uint32_t i = 0; i < v->count; i++)
            n += number_size(v->elems[i]);
        return n;
    case T_L:
        for (uint32_t i = 0; i < v->count; i++)
            n += ELEMENT_OVERHEAD + size_value(&v->items[i]);
        return CONTAINER_OVERHEAD + n;
    case T_M:
        for (uint32_t i = 0; i < v->count; i++)
            n += ELEMENT_OVERHEAD + size_attr(&v->attrs[i]);
        return CONTAINER_OVERHEAD + n;
    case T_BOOL:
    case T_NULL:
    case T_COUNT:
        break;
    }
    return 1;
}

size_t size_attr(const attr *a)
{
    return a->name.n + size_value(&a->v);
}

size_t size_map(const map *m)
{
    size_t n = 0;

    for (uint32_t i = 0; i < m->count; i++)
        n += size_attr(&m->attrs[i]);
    return n;
}

static bool nesting_fits(const value *v, int levels_left)
{
    if (levels_left == 0)
        return false;
    if (v->type == T_L) {
        for (uint32_t i = 0; i < v->count; i++)
            if (!nesting_fits(&v->items[i], levels_left - 1))
                return false;
    } else if (v->type == T_M) {
        for (uint32_t i = 0; i < v->count; i++)
            if (!nesting_fits(&v->attrs[i].v, levels_left - 1))
                return false;
    }
    return true;
}

bool size_nesting_ok(const value *v)
{
    return nesting_fits(v, NESTING_MAX);
}
