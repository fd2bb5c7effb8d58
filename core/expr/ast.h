/*
 * ast.h - the trees behind expr.h's opaque types; for core/expr only.
 *
 * One node type serves conditions and the right-hand sides of SET. Children hang in a list
 * (child, next), so that a chain of AND is one node and evaluation recurses only where the user
 * nested. A node is never changed after its expression has been checked: evaluation keeps its
 * state on the stack, because callers drop the arena's newer part between two rows.
 */
#ifndef DDB_EXPR_AST_H
#define DDB_EXPR_AST_H

#include "expr/expr.h"

typedef enum node_op {
    N_PATH, N_VALUE,
    N_EQ, N_NE, N_LT, N_LE, N_GT, N_GE, N_BETWEEN, N_IN,
    N_AND, N_OR, N_NOT,
    N_ATTRIBUTE_EXISTS, N_ATTRIBUTE_NOT_EXISTS, N_ATTRIBUTE_TYPE, N_BEGINS_WITH, N_CONTAINS,
    N_SIZE,
    N_IF_NOT_EXISTS, N_LIST_APPEND,
    N_UNKNOWN_FUNCTION, /* only until the checks after parsing */
    N_PLUS, N_MINUS
} node_op;

typedef struct node {
    uint8_t op;      /* node_op */
    uint32_t count;  /* children */
    struct node *child, *last, *next;
    union {
        path *path;         /* N_PATH */
        const value *value; /* N_VALUE; NULL when the placeholder is not defined */
    };
    str text; /* function: its name; N_VALUE: the placeholder; N_PATH: its first undefined #name */
} node;

static inline bool node_is_function(const node *n)
{
    return n->op >= N_ATTRIBUTE_EXISTS && n->op <= N_UNKNOWN_FUNCTION;
}
static inline bool node_is_comparison(const node *n)
{
    return n->op >= N_EQ && n->op <= N_GE;
}

node *node_new(ctx *cx, node_op op); /* NULL when out of memory */
void node_add(node *parent, node *child);
const char *node_op_text(const node *n); /* "=", "BETWEEN", "contains", ... as messages print it */

struct cond {
    const node *root;
};

/* Static checks of a condition tree, in the service's order (check.c). */
int check_condition(ctx *cx, expr_kind kind, const node *root);

/* ---- paths ---- */

/* Where p leads in m, or NULL. */
const value *path_find(const path *p, const map *m);
/* Follows the steps from `first` on. */
const value *path_descend(const path *p, uint32_t first, uint32_t end, const value *v);
bool path_eq(const path *a, const path *b);
bool step_eq(const path_step *a, const path_step *b);
void path_put(buf *b, const path *p); /* [a, b, [1]] */
path *path_of_name(ctx *cx, str name); /* a top-level path; NULL when out of memory */
/* "Two document paths overlap ..." or "... conflict ...", if any two of them do. */
int paths_check_distinct(ctx *cx, expr_kind kind, const path_list *paths);

/* ---- path trees: what projections and updates select ---- */

typedef struct path_tree {
    path_step step;
    str raw;   /* top level: the name as stored text has it, between its quotes */
    bool leaf; /* all of the value is selected */
    struct path_tree *child, *next; /* list indices in ascending order */
} path_tree;

/* The paths must neither overlap nor conflict. *out is the first top-level node (NULL: no path). */
int path_tree_build(ctx *cx, const path_list *paths, path_tree **out);
/* What `children` select of an M or L. *any tells whether it is anything. */
int path_tree_select(ctx *cx, const path_tree *children, const value *in, value *out, bool *any);

/* ---- updates ---- */

typedef enum action_kind { ACT_SET, ACT_REMOVE, ACT_ADD, ACT_DELETE } action_kind;

typedef struct action {
    uint8_t kind;         /* action_kind */
    path *target;
    const node *set;      /* ACT_SET */
    const value *operand; /* ACT_ADD, ACT_DELETE */
} action;

struct update {
    action *actions;
    uint32_t count;
    path_list targets; /* those of actions */
    bool legacy;       /* from AttributeUpdates: ADD takes lists, and errors read differently */
};

int update_collect_targets(ctx *cx, update *u); /* targets := those of actions */

/* "Invalid <X>Expression: " and the formatted text, as DDB_VALIDATION. */
int expr_fail(ctx *cx, expr_kind kind, const char *fmt, ...);
const char *expr_kind_name(expr_kind kind); /* "Update", "Condition", ... */

#endif
