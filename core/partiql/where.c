/*
 * where.c - what a WHERE clause says of key attributes.
 *
 * WHERE is taken as a conjunction: its top-level AND, or the one condition it is. A conjunct that
 * is wholly used for finding rows is left out of the rest; one that only narrows the search (an OR
 * of partition keys, say) stays and is looked at in each row too. So the rest is right whatever
 * was used. Start at partiql_full_key() and partiql_access().
 */
#include <assert.h>

#include "base/limits.h"
#include "partiql/internal.h"

/* Each AND makes one conjunct more, and each `<>` up to two guards. */
#define CONJUNCTS_MAX (3 * (STATEMENT_OPERATORS_MAX + 1))

/* The conjuncts of WHERE, and which of them have been used up. */
typedef struct conjuncts {
    const node *at[CONJUNCTS_MAX];
    bool used[CONJUNCTS_MAX];
    uint32_t count;
} conjuncts;

/* An AND within an AND (the guards of `<>`) is more of the same. */
static void collect(conjuncts *c, const node *n)
{
    if (n->op != N_AND) {
        assert(c->count < CONJUNCTS_MAX);
        c->at[c->count++] = n;
        return;
    }
    for (const node *a = n->child; a != NULL; a = a->next)
        collect(c, a);
}

static void conjuncts_init(conjuncts *c, const cond *where)
{
    c->count = 0;
    memset(c->used, 0, sizeof c->used);
    if (where != NULL)
        collect(c, where->root);
}

/* Nodes hang in lists, so what goes into a new list is a copy. */
static int adopt(ctx *cx, node *parent, const node *n)
{
    node *copy = node_new(cx, (node_op)n->op);

    if (copy == NULL)
        return DDB_NOMEM;
    *copy = *n;
    copy->next = NULL;
    node_add(parent, copy);
    return 0;
}

static int new_cond(ctx *cx, const node *root, cond **out)
{
    *out = ARENA_NEW(cx->a, cond);
    if (*out == NULL)
        return DDB_NOMEM;
    (*out)->root = root;
    return 0;
}

/* What has not been used. */
static int rest_of(ctx *cx, const conjuncts *c, cond **out)
{
    node *all = node_new(cx, N_AND);

    *out = NULL;
    if (all == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < c->count; i++) {
        if (!c->used[i])
            TRY(adopt(cx, all, c->at[i]));
    }
    return all->count == 0 ? 0 : new_cond(cx, all, out);
}

/* ---- single conditions ---- */

static bool is_name(const node *n, str name)
{
    return n->op == N_PATH && n->path->count == 1 && str_eq(n->path->steps[0].name, name);
}

/* The literal of `name = literal` or `literal = name`; else NULL. */
static const value *equality(const node *n, str name)
{
    if (n->op != N_EQ)
        return NULL;
    if (is_name(n->child, name) && n->last->op == N_VALUE)
        return n->last->value;
    if (is_name(n->last, name) && n->child->op == N_VALUE)
        return n->child->value;
    return NULL;
}

static key_op mirrored(key_op op)
{
    switch (op) {
    case KEY_LT: return KEY_GT;
    case KEY_LE: return KEY_GE;
    case KEY_GT: return KEY_LT;
    case KEY_GE: return KEY_LE;
    default: return op;
    }
}

static key_op key_op_of(const node *n)
{
    switch (n->op) {
    case N_EQ: return KEY_EQ;
    case N_LT: return KEY_LT;
    case N_LE: return KEY_LE;
    case N_GT: return KEY_GT;
    case N_GE: return KEY_GE;
    case N_BETWEEN: return KEY_BETWEEN;
    case N_BEGINS_WITH: return KEY_BEGINS_WITH;
    default: return KEY_NOT_INDEXABLE;
    }
}

/* Is n a condition on `name` alone that is a range of a sort key? */
static bool range_of(const node *n, str name, key_condition *out)
{
    const node *a = n->child, *b;

    *out = (key_condition){.name = name, .op = key_op_of(n)};
    if (out->op == KEY_NOT_INDEXABLE)
        return false;
    b = a->next;
    if (out->op != KEY_BETWEEN && out->op != KEY_BEGINS_WITH && a->op == N_VALUE) {
        const node *swap = a;
        a = b;
        b = swap;
        out->op = mirrored(out->op);
    }
    if (!is_name(a, name) || b->op != N_VALUE)
        return false;
    out->a = b->value;
    if (out->op != KEY_BETWEEN)
        return true;
    if (n->last->op != N_VALUE)
        return false;
    out->b = n->last->value;
    return true;
}

/* ---- one item ---- */

int partiql_full_key(ctx *cx, const statement *s, const str *names, uint32_t n, bool single,
                     const value **values, uint32_t *missing, cond **rest)
{
    conjuncts *c = ARENA_NEW(cx->a, conjuncts);

    if (c == NULL)
        return DDB_NOMEM;
    conjuncts_init(c, s->where);
    *missing = 0;
    for (uint32_t k = 0; k < n; k++) {
        values[k] = NULL;
        for (uint32_t i = 0; i < c->count; i++) {
            const value *v = equality(c->at[i], names[k]);
            if (v == NULL)
                continue;
            if (values[k] != NULL && single)
                return fail(cx, DDB_VALIDATION,
                            "Multiple conditions on same key %S. Only single item "
                            "Update/Insert/Delete are supported",
                            names[k]);
            if (values[k] != NULL)
                continue;
            values[k] = v;
            c->used[i] = true;
        }
        *missing += values[k] == NULL;
    }
    return rest_of(cx, c, rest);
}

/* ---- many items ---- */

typedef struct value_list {
    const value **items;
    uint32_t count, room;
} value_list;

static int list_add(ctx *cx, value_list *l, const value *v)
{
    for (uint32_t i = 0; i < l->count; i++) {
        if (value_eq(l->items[i], v))
            return 0;
    }
    if (l->count == l->room) {
        uint32_t room = l->room == 0 ? 4 : l->room * 2;
        const value **grown = ARENA_ARRAY(cx->a, const value *, room);
        if (grown == NULL)
            return DDB_NOMEM;
        if (l->count > 0)
            memcpy(grown, l->items, sizeof *grown * l->count);
        l->items = grown;
        l->room = room;
    }
    l->items[l->count++] = v;
    return 0;
}

/* Every value that `name` can have where n is true, or 0 when n does not tell; 1 when it does.
 * Recursion is as deep as the statement nests. */
static int pins(ctx *cx, const node *n, str name, value_list *out)
{
    const value *v = equality(n, name);
    uint32_t before = out->count;
    int rc;

    if (v != NULL) {
        TRY(list_add(cx, out, v));
        return 1;
    }
    switch (n->op) {
    case N_IN:
        if (!is_name(n->child, name))
            return 0;
        for (const node *a = n->child->next; a != NULL; a = a->next) {
            if (a->op != N_VALUE) {
                out->count = before;
                return 0;
            }
            TRY(list_add(cx, out, a->value));
        }
        return 1;
    case N_OR:
        for (const node *a = n->child; a != NULL; a = a->next) {
            TRY(rc = pins(cx, a, name, out));
            if (rc == 0) {
                out->count = before;
                return 0;
            }
        }
        return 1;
    case N_AND:
        for (const node *a = n->child; a != NULL; a = a->next) {
            TRY(rc = pins(cx, a, name, out));
            if (rc == 1)
                return 1;
        }
        return 0;
    default:
        return 0;
    }
}

/* Ascending; values of several types stay apart, in their types' order. */
static void sort_values(const value **v, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        const value *x = v[i];
        uint32_t j = i;
        for (; j > 0; j--) {
            int order;
            if (!value_cmp(v[j - 1], x, &order))
                order = (int)v[j - 1]->type - (int)x->type;
            if (order <= 0)
                break;
            v[j] = v[j - 1];
        }
        v[j] = x;
    }
}

static int use_partition(ctx *cx, conjuncts *c, str name, access *out)
{
    value_list values = {0};

    for (uint32_t i = 0; i < c->count; i++) {
        int rc = pins(cx, c->at[i], name, &values);
        if (rc < 0)
            return rc;
        if (rc == 0)
            continue;
        /* An equality or IN is used up; an OR may say more than which partitions. */
        c->used[i] = c->at[i]->op != N_OR;
        break;
    }
    if (values.count == 0)
        return 0;
    sort_values(values.items, values.count);
    out->keyed = true;
    out->partition = values.items;
    out->partitions = values.count;
    return 0;
}

static int use_partitions(ctx *cx, conjuncts *c, const str *part, uint32_t parts, access *out)
{
    uint32_t found[KEY_PARTS_MAX], n = 0;

    out->partition = ARENA_ARRAY(cx->a, const value *, parts);
    if (out->partition == NULL)
        return DDB_NOMEM;
    for (uint32_t k = 0; k < parts; k++) {
        for (uint32_t i = 0; i < c->count && n == k; i++) {
            out->partition[k] = equality(c->at[i], part[k]);
            if (out->partition[k] != NULL)
                found[n++] = i;
        }
    }
    if (n < parts)
        return 0;
    for (uint32_t k = 0; k < parts; k++)
        c->used[found[k]] = true;
    out->keyed = true;
    out->partitions = 1;
    return 0;
}

int partiql_access(ctx *cx, const statement *s, const str *part, uint32_t parts, const str *sort,
                   uint32_t sorts, access *out)
{
    conjuncts *c = ARENA_NEW(cx->a, conjuncts);

    *out = (access){.keyed = false};
    if (c == NULL)
        return DDB_NOMEM;
    conjuncts_init(c, s->where);
    TRY(parts == 1 ? use_partition(cx, c, part[0], out)
                   : use_partitions(cx, c, part, parts, out));
    for (uint32_t k = 0; out->keyed && k < sorts && k < KEY_CONDITIONS_MAX; k++) {
        key_condition *to = &out->sort[k];
        for (uint32_t i = 0; i < c->count && out->sorts == k; i++) {
            if (!c->used[i] && range_of(c->at[i], sort[k], to)) {
                c->used[i] = true;
                out->sorts++;
            }
        }
        if (out->sorts == k || to->op != KEY_EQ)
            break;
    }
    return rest_of(cx, c, &out->filter);
}

/* ---- conditions of operations ---- */

static int with_presence(ctx *cx, node_op presence, node_op junction, str key_name, cond *rest,
                         cond **out)
{
    node *all = node_new(cx, junction), *there = node_new(cx, presence);
    node *name = node_new(cx, N_PATH);

    if (all == NULL || there == NULL || name == NULL)
        return DDB_NOMEM;
    name->path = path_of_name(cx, key_name);
    if (name->path == NULL)
        return DDB_NOMEM;
    node_add(there, name);
    node_add(all, there);
    if (rest != NULL)
        TRY(adopt(cx, all, rest->root));
    return new_cond(cx, all, out);
}

int partiql_item_exists(ctx *cx, str key_name, cond *rest, cond **out)
{
    return with_presence(cx, N_ATTRIBUTE_EXISTS, N_AND, key_name, rest, out);
}

int partiql_item_absent(ctx *cx, str key_name, cond *rest, cond **out)
{
    return with_presence(cx, N_ATTRIBUTE_NOT_EXISTS, N_OR, key_name, rest, out);
}
