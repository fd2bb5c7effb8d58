/*
 * values.h - values of tests, written as AttributeValue JSON: value_of(&e, "{'S':'a'}").
 *
 * A single quote stands for a double one, so that C strings stay readable.
 */
#ifndef DDB_TEST_VALUES_H
#define DDB_TEST_VALUES_H

#include "test.h"
#include "value/attrval.h"
#include "value/json.h"
#include "value/value.h"

static inline str quoted(test_env *e, const char *text)
{
    size_t n = strlen(text);
    char *copy = arena_copy(&e->a, text, n);

    for (size_t i = 0; copy != NULL && i < n; i++)
        if (copy[i] == '\'')
            copy[i] = '"';
    return (str){copy, n};
}

static inline value value_of(test_env *e, const char *text)
{
    attr_value out = {.v = {.type = T_NULL}};
    json *j;

    if (json_parse(&e->cx, quoted(e, text), &j) != 0 ||
        attr_value_read(&e->cx, j, false, &out) != 0 || out.fault.code != 0)
        test_failed(__FILE__, __LINE__, "no value: %s", text);
    return out.v;
}

static inline map map_of(test_env *e, const char *text)
{
    attr_map out = {.m = {NULL, 0}};
    json *j;

    if (json_parse(&e->cx, quoted(e, text), &j) != 0 || attr_map_read(&e->cx, j, &out) != 0 ||
        out.fault.code != 0)
        test_failed(__FILE__, __LINE__, "no map: %s", text);
    return out.m;
}

#endif
