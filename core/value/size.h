/*
 * size.h - item size to the byte, as the service counts it (AWS Developer Guide, "Item sizes and
 * formats"; captures for N).
 */
#ifndef DDB_VALUE_SIZE_H
#define DDB_VALUE_SIZE_H

#include "value/value.h"

size_t size_value(const value *v);
size_t size_attr(const attr *a);  /* name + value */
size_t size_map(const map *m);    /* an item: the sum over its attributes */
bool size_nesting_ok(const value *v); /* at most NESTING_MAX levels, this one being the first */

#endif
