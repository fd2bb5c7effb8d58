/*
 * attrval.h - AttributeValue JSON of a request to `value`.
 *
 * Two kinds of mistakes meet here, and the service reports them at different times: a wrong JSON
 * type is a SerializationException before anything else, while a bad number, an empty set or two
 * types in one value is a ValidationException that the operation raises when its turn comes. So
 * the first is returned at once, and the second is kept in the result (the first one, depth first)
 * for attr_raise*().
 */
#ifndef DDB_VALUE_ATTRVAL_H
#define DDB_VALUE_ATTRVAL_H

#include "value/json.h"
#include "value/value.h"

typedef struct attr_fault {
    int code;    /* 0: none, else DDB_VALIDATION */
    str message; /* the service's text without context prefix */
    str name;    /* the top-level attribute (or placeholder) it was found in */
    bool bare;   /* never takes the "provided starting key" prefix (duplicates, numbers) */
    bool nesting; /* nesting and long names: bare even in ExpressionAttributeValues */
    bool prefixed; /* sets, NULL, long names: PutItem and UpdateItem put "1 validation error
                      detected: " before it (common_envelope) */
} attr_fault;

typedef struct attr_map {   /* Item, Key, ExpressionAttributeValues, ... */
    map m;                  /* complete only when fault.code == 0 */
    str text;               /* of the request, if item_put() would write m so, else absent */
    attr_fault fault;
} attr_map;

typedef struct attr_value { /* Expected.Value, AttributeValueList elements, ... */
    value v;
    attr_fault fault;
} attr_value;

/* As map value or list element ("value struct") or as structure member ("field struct"): the
 * service words its type errors differently. 0, DDB_SERIALIZATION with text, or DDB_NOMEM. */
int attr_value_read(ctx *cx, const json *j, bool field, attr_value *out);
int attr_map_read(ctx *cx, const json *j, attr_map *out);

int attr_raise(ctx *cx, const attr_fault *f);            /* 0 when there is no fault */
int attr_raise_start_key(ctx *cx, const attr_fault *f);  /* "The provided starting key is ..." */
int attr_raise_expression(ctx *cx, const attr_fault *f); /* "ExpressionAttributeValues ..." */

#endif
