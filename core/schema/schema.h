/*
 * schema.h - request validation is data: a `shape` describes what a member may be, and
 * schema_check() turns request JSON into the operation's request struct or into the service's
 * error.
 *
 * Two passes, as in the service. First the structure, in document order: a wrong JSON type is a
 * SerializationException at once. Then the constraints of all members, in the order of the shape
 * tables, collected into one "N validation error(s) detected: ..." (at most 10). A JSON null is
 * the same as absence; unknown members are ignored.
 *
 * What each shape kind writes at its member's offset:
 *   SH_STRING          str           absent: p == NULL
 *   SH_ENUM            opt_enum      i is the index in `values`; -1 absent
 *   SH_INTEGER SH_LONG opt_int
 *   SH_DOUBLE SH_TIMESTAMP opt_real
 *   SH_BOOLEAN         opt_bool
 *   SH_BLOB            str           decoded
 *   SH_LIST            list          items: elements of the C size of the element shape
 *   SH_MAP             list          items: map_entry_key then element, see map_at()
 *   SH_STRUCT          pointer to the struct (NULL absent); the request itself is in place
 *   SH_ATTR            attr_value *  NULL absent
 *   SH_ATTR_MAP        attr_map *    NULL absent
 * Inside a list or a map, elements are in place: a struct element is the struct itself, SH_ATTR
 * an attr_value, SH_ATTR_MAP an attr_map, SH_STRING a str.
 */
#ifndef DDB_SCHEMA_SCHEMA_H
#define DDB_SCHEMA_SCHEMA_H

#include "value/attrval.h"
#include "value/json.h"

typedef struct opt_int { int64_t v; bool set; } opt_int;
typedef struct opt_real { double v; bool set; } opt_real;
typedef struct opt_bool { bool v, set; } opt_bool;
typedef struct opt_enum { str text; int i; } opt_enum;

typedef struct list {
    void *items;    /* NULL and !set: absent */
    uint32_t count;
    bool set;
    uint32_t stride; /* bytes from one element to the next */
} list;
#define LIST_AT(l, type, i) (&((type *)(l)->items)[i])          /* lists */
#define MAP_KEY(l, i) (*(str *)((char *)(l)->items + (size_t)(i) * (l)->stride)) /* maps */
#define MAP_AT(l, type, i) \
    ((type *)((char *)(l)->items + (size_t)(i) * (l)->stride + sizeof(str)))

typedef enum {
    SH_STRING, SH_ENUM, SH_INTEGER, SH_LONG, SH_DOUBLE, SH_TIMESTAMP, SH_BOOLEAN, SH_BLOB,
    SH_LIST, SH_MAP, SH_STRUCT, SH_ATTR, SH_ATTR_MAP
} shape_kind;

#define NO_MIN INT64_MIN
#define NO_MAX INT64_MAX

typedef struct shape shape;

typedef struct member {
    const char *name;   /* on the wire: "TableName"; error paths lower its first letter */
    const shape *shape;
    uint16_t offset;    /* in the C struct */
    bool required;
} member;

struct shape {
    shape_kind kind;
    const char *java;             /* SH_STRUCT: name in SerializationException texts */
    int64_t min, max;             /* length of strings, lists, maps; range of numbers. max 0 is no
                                     bound; min 0 of a number is a bound (NO_MIN is none) */
    const char *pattern;          /* printed as is; NULL: none */
    bool (*matches)(str s);       /* the pattern, compiled by hand */
    const char *const *values;    /* SH_ENUM: in the order the service prints; NULL-terminated */
    const shape *elem;            /* SH_LIST, SH_MAP */
    const shape *key;             /* SH_MAP: constraints of keys, reported as "Map keys must
                                     satisfy ..."; may be NULL */
    const member *members;        /* SH_STRUCT, in the order constraint errors are printed */
    uint16_t member_count;
    uint16_t size;                /* SH_STRUCT: sizeof the C struct */
    bool elem_constraint_on_map;  /* SH_MAP of lists: lengths are reported as "Map value must
                                     satisfy ..." */
    bool or_arn;                  /* SH_STRING: "arn:..." passes with up to 1024 characters */
    bool bare;                    /* numbers: the error has the member's wire name, no value */
    bool name_alone;              /* SH_STRUCT: a bad or_arn member is reported alone */
    bool enum_alone;              /* SH_STRUCT: the first bad enum is reported alone */
};

/* Checks j (the request object) against `s` (SH_STRUCT) and fills *req (s->size bytes). 0;
 * DDB_SERIALIZATION; DDB_VALIDATION with all constraint errors; DDB_NOMEM. */
int schema_check(ctx *cx, const shape *s, const json *j, void *req);

/* "1 validation error detected: Value '<v>' at '<path>' failed to satisfy constraint: <c>", for
 * the few constraints that an operation raises itself. v absent prints null. */
int schema_fail_one(ctx *cx, str v, const char *path, const char *constraint);

bool schema_name_matches(str s); /* [a-zA-Z0-9_.-]+ */

/* The control plane's own two texts for a TableName that is absent, or shorter than 3 or longer
 * than 255 (1024 for an ARN). schema_check() does this by itself, before all other constraints,
 * for members of shape_table_name_control. */
int schema_check_control_name(ctx *cx, str name);

/* Shapes and structs that several operations share stand in schema/shapes.h. A list's element or
 * a map's entry that is null is left out. */

#endif
