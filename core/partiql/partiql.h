/*
 * partiql.h - PartiQL statements: text and parameters in, the trees of core/expr out.
 *
 *   SELECT * FROM "t"."ix" WHERE a = ? AND b > 1 ORDER BY b DESC
 *   INSERT INTO t VALUE {'a': 'x', 'n': [1, {'m': <<'s'>>}]}
 *   UPDATE t SET a.b[0] = a.b[0] + 1 REMOVE c WHERE k = 'x' RETURNING ALL NEW *
 *   DELETE FROM t WHERE k = 'x' RETURNING ALL OLD *
 *   EXISTS(SELECT * FROM t WHERE k = 'x' AND c = 1)
 *
 * Life of a statement in a request:
 *   1. partiql_parse()  text to a statement; everything that needs no table is checked here
 *   2. the operation finds the table and asks what WHERE says of its key attributes:
 *      partiql_full_key() for one item, partiql_access() for a read of many
 *   3. the rest of WHERE is a cond like any other (expr/expr.h), the changes of UPDATE an update
 *
 * Everything lives in the request arena. Names are those of attributes: nothing here knows tables.
 */
#ifndef DDB_PARTIQL_PARTIQL_H
#define DDB_PARTIQL_PARTIQL_H

#include "expr/expr.h"

typedef enum {
    STATEMENT_SELECT, STATEMENT_INSERT, STATEMENT_UPDATE, STATEMENT_DELETE, STATEMENT_EXISTS
} statement_kind;

typedef enum {
    RETURNING_NONE, RETURNING_ALL_OLD, RETURNING_ALL_NEW, RETURNING_MODIFIED_OLD,
    RETURNING_MODIFIED_NEW
} returning_kind;

typedef struct order_key {
    str name;
    bool descending;
} order_key;

typedef struct statement {
    statement_kind kind;
    str table, index;      /* index is absent for the table itself */
    projection *project;   /* SELECT: NULL for * */
    cond *where;           /* NULL: none */
    order_key *order;      /* SELECT: ORDER BY */
    uint32_t order_count;
    map item;              /* INSERT */
    update *update;        /* UPDATE */
    returning_kind returning;
} statement;

/* Does the text begin with SELECT? Decides, before anything is parsed, who needs to write. */
bool partiql_is_select(str text);

/* params are the values of `?` from left to right. */
int partiql_parse(ctx *cx, str text, const attr_value *params, uint32_t count, statement **out);

/* The conjuncts `name = literal` of WHERE for each of n names. values[i] is NULL where there is
 * none; *missing counts these. *rest is what WHERE asks besides (NULL: nothing). Two equalities on
 * one name are an error with `single`, else the second stays in the rest. */
int partiql_full_key(ctx *cx, const statement *s, const str *names, uint32_t n, bool single,
                     const value **values, uint32_t *missing, cond **rest);

/* How WHERE bounds what a read must look at. */
typedef struct access {
    bool keyed;              /* every partition attribute has a value; else all is to be scanned */
    const value **partition; /* one partition attribute: its `partitions` values, each once and in
                                order where they have one; several: a value for each of them */
    uint32_t partitions;
    key_condition sort[KEY_CONDITIONS_MAX]; /* on the leading sort attributes; all but the last =,
                                               operands may be of a wrong type */
    uint32_t sorts;
    cond *filter;            /* what is left to be looked at in each row; NULL: nothing */
} access;

int partiql_access(ctx *cx, const statement *s, const str *part, uint32_t parts, const str *sort,
                   uint32_t sorts, access *out);

/* Conditions an operation adds of its own. */
int partiql_item_exists(ctx *cx, str key_name, cond *rest, cond **out);  /* exists AND rest */
int partiql_item_absent(ctx *cx, str key_name, cond *rest, cond **out);  /* absent OR rest */

#endif
