/*
 * internal.h - what the parts of the checker share: sizes of elements, the second pass, and the
 * dump of a value in an error text.
 */
#ifndef DDB_SCHEMA_INTERNAL_H
#define DDB_SCHEMA_INTERNAL_H

#include "schema/schema.h"

#define SCHEMA_JAVA "com.amazonaws.dynamodb.v20120810."

/* Bytes of a value of this shape as an element of a list or a map. */
size_t schema_size(const shape *s);

/* The second pass: all constraints of a filled request. 0, or DDB_VALIDATION, DDB_NOMEM. */
int schema_constrain(ctx *cx, const shape *s, const void *req);

/* Appends the value as the service's error texts show it: Java's toString(). p is the element, or
 * NULL for "null". */
void schema_dump(buf *b, const shape *s, const void *p);

/* The address of a member's value in element form: structs and attribute values stand behind a
 * pointer, which is NULL when they are absent. */
const void *schema_member_at(const member *m, const void *object);

#endif
