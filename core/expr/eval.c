/*
 * eval.c - is a condition true of an item?
 *
 * An absent operand makes everything false but `<>` and attribute_not_exists(). Nothing is
 * allocated here: operands are borrowed from the item and from the request, and the number that
 * size() gives lives on the stack of the comparison that asked for it.
 * Start at cond_eval().
 */
#include <assert.h>

#include "base/utf8.h"
#include "expr/ast.h"

typedef struct evaluated {
    const value *v;  /* NULL: absent */
    value size;      /* what v points to for size() */
    char digits[12]; /* its text: a 32-bit count */
} evaluated;

static int eval(ctx *cx, const node *n, item_view *item, bool *out);

int cond_eval(ctx *cx, const cond *c, item_view *item, bool *out)
{
    return eval(cx, c->root, item, out);
}

/* The length or the number of members; false for types that have neither. */
static bool size_of(const value *v, uint32_t *out)
{
    switch (v->type) {
    case T_S: *out = (uint32_t)utf8_utf16_length(v->s); return true;
    case T_B: *out = (uint32_t)v->s.n; return true;
    case T_SS:
    case T_NS:
    case T_BS:
    case T_L:
    case T_M: *out = v->count; return true;
    default: return false;
    }
}

static void put_size(evaluated *e, uint32_t n)
{
    size_t at = sizeof e->digits;

    do {
        e->digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    e->size = value_scalar(T_N, (str){e->digits + at, sizeof e->digits - at});
    e->v = &e->size;
}

static int eval_operand(ctx *cx, const node *n, item_view *item, evaluated *out)
{
    uint32_t size;

    out->v = NULL;
    switch (n->op) {
    case N_VALUE:
        out->v = n->value;
        return 0;
    case N_PATH:
        return path_get(cx, n->path, item, &out->v);
    default:
        assert(n->op == N_SIZE);
        TRY(eval_operand(cx, n->child, item, out));
        if (out->v != NULL) {
            if (size_of(out->v, &size))
                put_size(out, size);
            else
                out->v = NULL;
        }
        return 0;
    }
}

static int eval_comparison(ctx *cx, const node *n, item_view *item, bool *out)
{
    evaluated a, b;
    bool both;
    int order;

    TRY(eval_operand(cx, n->child, item, &a));
    TRY(eval_operand(cx, n->child->next, item, &b));
    both = a.v != NULL && b.v != NULL;
    switch (n->op) {
    case N_EQ: *out = both && value_eq(a.v, b.v); return 0;
    case N_NE: *out = !(both && value_eq(a.v, b.v)); return 0;
    default: break;
    }
    *out = false;
    if (!both || !value_cmp(a.v, b.v, &order))
        return 0;
    switch (n->op) {
    case N_LT: *out = order < 0; break;
    case N_LE: *out = order <= 0; break;
    case N_GT: *out = order > 0; break;
    default: *out = order >= 0; break;
    }
    return 0;
}

static int eval_between(ctx *cx, const node *n, item_view *item, bool *out)
{
    evaluated v, lo, hi;
    int order;

    *out = false;
    TRY(eval_operand(cx, n->child, item, &v));
    TRY(eval_operand(cx, n->child->next, item, &lo));
    TRY(eval_operand(cx, n->last, item, &hi));
    if (v.v == NULL || lo.v == NULL || hi.v == NULL)
        return 0;
    *out = value_cmp(v.v, lo.v, &order) && order >= 0 && value_cmp(v.v, hi.v, &order) &&
           order <= 0;
    return 0;
}

static int eval_in(ctx *cx, const node *n, item_view *item, bool *out)
{
    evaluated v, one;

    *out = false;
    TRY(eval_operand(cx, n->child, item, &v));
    if (v.v == NULL)
        return 0;
    for (const node *a = n->child->next; a != NULL && !*out; a = a->next) {
        TRY(eval_operand(cx, a, item, &one));
        *out = one.v != NULL && value_eq(v.v, one.v);
    }
    return 0;
}

static bool begins_with(const value *v, const value *prefix)
{
    return v->type == prefix->type && (v->type == T_S || v->type == T_B) &&
           str_starts(v->s, prefix->s);
}

static int eval_function(ctx *cx, const node *n, item_view *item, bool *out)
{
    evaluated a, b;

    *out = false;
    TRY(eval_operand(cx, n->child, item, &a));
    if (n->op == N_ATTRIBUTE_EXISTS || n->op == N_ATTRIBUTE_NOT_EXISTS) {
        *out = (a.v != NULL) == (n->op == N_ATTRIBUTE_EXISTS);
        return 0;
    }
    if (a.v == NULL)
        return 0;
    TRY(eval_operand(cx, n->child->next, item, &b));
    if (b.v == NULL)
        return 0;
    switch (n->op) {
    case N_ATTRIBUTE_TYPE:
        *out = str_eq(b.v->s, str_of(value_type_name((value_type)a.v->type)));
        return 0;
    case N_BEGINS_WITH:
        *out = begins_with(a.v, b.v);
        return 0;
    default:
        assert(n->op == N_CONTAINS);
        *out = value_contains(a.v, b.v);
        return 0;
    }
}

/* Recursion is as deep as the expression nests: at most EXPRESSION_OPERATORS_MAX. */
static int eval(ctx *cx, const node *n, item_view *item, bool *out)
{
    switch (n->op) {
    case N_AND:
    case N_OR:
        *out = n->op == N_AND;
        for (const node *a = n->child; a != NULL && *out == (n->op == N_AND); a = a->next)
            TRY(eval(cx, a, item, out));
        return 0;
    case N_NOT:
        TRY(eval(cx, n->child, item, out));
        *out = !*out;
        return 0;
    case N_BETWEEN:
        return eval_between(cx, n, item, out);
    case N_IN:
        return eval_in(cx, n, item, out);
    default:
        return node_is_comparison(n) ? eval_comparison(cx, n, item, out)
                                     : eval_function(cx, n, item, out);
    }
}

/* ---- paths that are read ---- */

static uint32_t count_paths(const node *n)
{
    uint32_t count = n->op == N_PATH;

    for (const node *a = n->child; a != NULL; a = a->next)
        count += count_paths(a);
    return count;
}

static void collect_paths(const node *n, path_list *out)
{
    if (n->op == N_PATH)
        out->items[out->count++] = n->path;
    for (const node *a = n->child; a != NULL; a = a->next)
        collect_paths(a, out);
}

int cond_paths(ctx *cx, const cond *c, path_list *out)
{
    *out = (path_list){ARENA_ARRAY(cx->a, path *, count_paths(c->root)), 0};
    if (out->items == NULL)
        return DDB_NOMEM;
    collect_paths(c->root, out);
    return 0;
}

int update_operand_paths(ctx *cx, const update *u, path_list *out)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < u->count; i++)
        count += u->actions[i].set != NULL ? count_paths(u->actions[i].set) : 0;
    *out = (path_list){ARENA_ARRAY(cx->a, path *, count), 0};
    if (out->items == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < u->count; i++)
        if (u->actions[i].set != NULL)
            collect_paths(u->actions[i].set, out);
    return 0;
}
