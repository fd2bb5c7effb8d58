/*
 * value.h - an attribute value and an item, in memory.
 *
 * Shapes
 *   S            s: UTF-8
 *   N            s: canonical decimal text (number.h): equal numbers have equal text
 *   B            s: decoded bytes
 *   BOOL         flag
 *   NULL         -
 *   SS, NS, BS   elems[count]: as S, N, B; no duplicates, request order
 *   L            items[count]
 *   M            attrs[count]
 * All memory is an arena's, the stored row's or the request text's. Values are never changed in
 * place once they are shared: updates build new arrays.
 */
#ifndef DDB_VALUE_VALUE_H
#define DDB_VALUE_VALUE_H

#include "base/ctx.h"

typedef enum {
    T_S, T_N, T_B, T_SS, T_NS, T_BS, T_L, T_M, T_BOOL, T_NULL,
    T_COUNT
} value_type;

typedef struct value value;
typedef struct attr attr;

struct value {
    uint8_t type;    /* value_type */
    bool flag;       /* BOOL */
    uint32_t count;  /* SS, NS, BS, L, M */
    union {
        str s;
        str *elems;
        value *items;
        attr *attrs;
    };
};

struct attr {
    str name;
    value v;
};

/* An item, a key, or an M: names are unique. */
typedef struct map {
    attr *attrs;
    uint32_t count;
} map;

const char *value_type_name(value_type t);      /* "S", "NULL", ... */
const value *map_get(const map *m, str name);   /* NULL when absent */
bool value_eq(const value *a, const value *b);  /* DynamoDB's deep equality */
/* Same scalar type S, N or B: *out is <0, 0 or >0 and true is returned; otherwise false. */
bool value_cmp(const value *a, const value *b, int *out);
/* Set membership or list membership, substring, subsequence: the rule of contains(). */
bool value_contains(const value *in, const value *what);
bool map_eq(const map *a, const map *b);

static inline map value_map(const value *v) { return (map){v->attrs, v->count}; }
static inline value value_of_map(map m)
{
    value v = {.type = T_M, .count = m.count};
    v.attrs = m.attrs;
    return v;
}
static inline value value_scalar(value_type t, str s)
{
    value v = {.type = (uint8_t)t};
    v.s = s;
    return v;
}

#endif
