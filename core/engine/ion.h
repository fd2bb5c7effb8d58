/*
 * ion.h - items as Amazon Ion text, the way exports write them and imports read them.
 *
 *   S string   N decimal   B blob   BOOL bool   NULL null   L list   M struct
 *   SS NS BS   lists annotated $dynamodb_SS, $dynamodb_NS, $dynamodb_BS
 */
#ifndef DDB_ENGINE_ION_H
#define DDB_ENGINE_ION_H

#include "value/value.h"

/* {Id:103.,Tags:$dynamodb_SS::["a"]} */
void ion_put_map(buf *b, const map *m);
void ion_put_value(buf *b, const value *v);

/* Parses one line, `[$ion_1_0] {...}`, into the members of its struct; as ion_read_item(). */
int ion_read_record(ctx *cx, str line, map *out);
/* Parses one line, `[$ion_1_0] {Item:{...}}`, into the item. 0, DDB_VALIDATION (no text) when it
 * is not one, or DDB_NOMEM. Values are checked like a request's: numbers are canonical, sets have
 * no duplicates, no nesting beyond NESTING_MAX. */
int ion_read_item(ctx *cx, str line, map *out);

#endif
