/*
 * update_apply.c - an update's actions on an item.
 *
 * All that an action reads is the item as it was, so this goes in three passes:
 *   1. resolve   the values of SET, in the order of the text: what they miss is reported first
 *   2. decide    each action to an effect: put this value there, drop what is there, or nothing.
 *                Target paths are checked here; ADD and DELETE compute their result.
 *   3. build     a new item from the old one and the effects, which no longer can fail. Targets
 *                neither overlap nor conflict, so the effects form a tree of the item's shape, and
 *                list indices mean the old list throughout.
 * What an effect does not touch is shared with the old item. Start at update_apply().
 */
#include <assert.h>

#include "base/hash.h"
#include "base/limits.h"
#include "expr/ast.h"
#include "value/number.h"
#include "value/size.h"

typedef enum effect_kind { EFFECT_NONE, EFFECT_PUT, EFFECT_DROP } effect_kind;

typedef struct effect {
    effect_kind kind;
    const path *target;
    value v; /* EFFECT_PUT */
} effect;

static int resolve(ctx *cx, const node *n, const map *old, value *out);
static int decide(ctx *cx, const update *u, const action *a, const map *old, effect *out);
static int build_map(ctx *cx, const map *base, effect **fx, uint32_t n, uint32_t depth, map *out);

int update_apply(ctx *cx, const update *u, const map *old, bool exists, const map *key, map *out)
{
    const map *before = exists ? old : key; /* a new item begins as its key, and SET may read it */
    effect *effects = ARENA_ARRAY(cx->a, effect, u->count);
    effect **active = ARENA_ARRAY(cx->a, effect *, u->count);
    uint32_t n = 0;

    if (effects == NULL || active == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < u->count; i++) {
        effects[i].target = u->actions[i].target;
        if (u->actions[i].kind == ACT_SET)
            TRY(resolve(cx, u->actions[i].set, before, &effects[i].v));
    }
    for (uint32_t i = 0; i < u->count; i++) {
        TRY(decide(cx, u, &u->actions[i], before, &effects[i]));
        if (effects[i].kind != EFFECT_NONE)
            active[n++] = &effects[i];
    }
    return build_map(cx, before, active, n, 0, out);
}

int update_project(ctx *cx, const update *u, const map *item, map *out)
{
    path_tree *tree;
    value whole = value_of_map(*item), part;
    bool any;

    *out = (map){NULL, 0};
    if (u->count == 0)
        return 0;
    TRY(path_tree_build(cx, &u->targets, &tree));
    TRY(path_tree_select(cx, tree, &whole, &part, &any));
    if (any)
        *out = value_map(&part);
    return 0;
}

/* ---- 1. values ---- */

static int fail_operand_type(ctx *cx)
{
    return fail(cx, DDB_VALIDATION,
                "An operand in the update expression has an incorrect data type");
}

static int value_of_number(ctx *cx, const number *x, value *out)
{
    char text[NUMBER_TEXT_MAX];
    size_t n = number_put(x, text);
    char *p = arena_copy(cx->a, text, n);

    if (p == NULL)
        return DDB_NOMEM;
    *out = value_scalar(T_N, (str){p, n});
    return 0;
}

static int add_numbers(ctx *cx, const value *a, const value *b, bool minus, value *out)
{
    number x, y, sum;

    number_parse_canonical(a->s, &x);
    number_parse_canonical(b->s, &y);
    TRY(minus ? number_sub(cx, &x, &y, &sum) : number_add(cx, &x, &y, &sum));
    return value_of_number(cx, &sum, out);
}

static int append_lists(ctx *cx, const value *a, const value *b, value *out)
{
    value v = {.type = T_L};

    if (a->count > UINT32_MAX - b->count)
        return DDB_NOMEM;
    v.count = a->count + b->count;
    v.items = ARENA_ARRAY(cx->a, value, v.count);
    if (v.items == NULL)
        return DDB_NOMEM;
    if (a->count > 0)
        memcpy(v.items, a->items, sizeof *v.items * a->count);
    if (b->count > 0)
        memcpy(v.items + a->count, b->items, sizeof *v.items * b->count);
    *out = v;
    return 0;
}

/* Recursion is as deep as functions nest: at most EXPRESSION_OPERATORS_MAX. */
static int resolve(ctx *cx, const node *n, const map *old, value *out)
{
    value a, b;
    const value *found;

    switch (n->op) {
    case N_VALUE:
        *out = *n->value;
        return 0;
    case N_PATH:
    case N_IF_NOT_EXISTS:
        found = path_find(n->op == N_PATH ? n->path : n->child->path, old);
        if (found != NULL) {
            *out = *found;
            return 0;
        }
        if (n->op == N_IF_NOT_EXISTS)
            return resolve(cx, n->last, old, out);
        return fail(cx, DDB_VALIDATION,
                    "The provided expression refers to an attribute that does not exist in the "
                    "item");
    default:
        break;
    }
    TRY(resolve(cx, n->child, old, &a));
    TRY(resolve(cx, n->last, old, &b));
    if (n->op == N_LIST_APPEND)
        return a.type == T_L && b.type == T_L ? append_lists(cx, &a, &b, out)
                                              : fail_operand_type(cx);
    assert(n->op == N_PLUS || n->op == N_MINUS);
    if (a.type != T_N || b.type != T_N)
        return fail_operand_type(cx);
    return add_numbers(cx, &a, &b, n->op == N_MINUS, out);
}

/* ---- 2. effects ---- */

/* The parent of the target must be there and be what the last step needs. */
static int check_target(ctx *cx, const path *p, const map *old)
{
    const value *parent;

    if (p->count == 1)
        return 0;
    parent = map_get(old, p->steps[0].name);
    parent = path_descend(p, 1, p->count - 1, parent);
    if (parent != NULL && parent->type == (p->steps[p->count - 1].is_index ? T_L : T_M))
        return 0;
    return fail(cx, DDB_VALIDATION,
                "The document path provided in the update expression is invalid for update");
}

/* Answers whether a set has an element: by looking at each, or in a hash table when both sets are
 * large (a 400 KB item holds 200,000 elements). */
typedef struct members {
    const value *set;
    uint32_t *slots, mask; /* open addressing; a slot holds an element's number + 1 */
} members;

#define MEMBERS_SCAN_MAX 16u

static int members_init(ctx *cx, members *m, const value *set, uint32_t questions)
{
    uint32_t size = 64;

    *m = (members){.set = set};
    if (set->count <= MEMBERS_SCAN_MAX || questions <= MEMBERS_SCAN_MAX)
        return 0;
    while (size / 2 < set->count) {
        if (size > UINT32_MAX / 4)
            return DDB_NOMEM;
        size *= 2;
    }
    m->slots = ARENA_ARRAY(cx->a, uint32_t, size);
    if (m->slots == NULL)
        return DDB_NOMEM;
    m->mask = size - 1;
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t slot = (uint32_t)hash_fnv1a(set->elems[i]) & m->mask;
        while (m->slots[slot] != 0)
            slot = (slot + 1) & m->mask;
        m->slots[slot] = i + 1;
    }
    return 0;
}

static bool members_has(const members *m, str elem)
{
    if (m->slots != NULL) {
        for (uint32_t slot = (uint32_t)hash_fnv1a(elem) & m->mask; m->slots[slot] != 0;
             slot = (slot + 1) & m->mask) {
            if (str_eq(m->set->elems[m->slots[slot] - 1], elem))
                return true;
        }
        return false;
    }
    for (uint32_t i = 0; i < m->set->count; i++) {
        if (str_eq(m->set->elems[i], elem))
            return true;
    }
    return false;
}

/* a and the elements of b that it lacks. */
static int set_union(ctx *cx, const value *a, const value *b, value *out)
{
    value v = {.type = a->type, .count = a->count};
    members in_a;

    if (a->count > UINT32_MAX - b->count)
        return DDB_NOMEM;
    v.elems = ARENA_ARRAY(cx->a, str, a->count + b->count);
    if (v.elems == NULL)
        return DDB_NOMEM;
    TRY(members_init(cx, &in_a, a, b->count));
    memcpy(v.elems, a->elems, sizeof *v.elems * a->count);
    for (uint32_t i = 0; i < b->count; i++) {
        if (!members_has(&in_a, b->elems[i]))
            v.elems[v.count++] = b->elems[i];
    }
    *out = v;
    return 0;
}

/* a without the elements of b. */
static int set_difference(ctx *cx, const value *a, const value *b, value *out)
{
    value v = {.type = a->type};
    members in_b;

    v.elems = ARENA_ARRAY(cx->a, str, a->count);
    if (v.elems == NULL)
        return DDB_NOMEM;
    TRY(members_init(cx, &in_b, b, a->count));
    for (uint32_t i = 0; i < a->count; i++) {
        if (!members_has(&in_b, a->elems[i]))
            v.elems[v.count++] = a->elems[i];
    }
    *out = v;
    return 0;
}

static int decide_add(ctx *cx, const action *a, const value *now, effect *out)
{
    out->kind = EFFECT_PUT;
    if (now == NULL) {
        out->v = *a->operand;
        return 0;
    }
    switch (a->operand->type) {
    case T_N: return add_numbers(cx, now, a->operand, false, &out->v);
    case T_L: return append_lists(cx, now, a->operand, &out->v);
    default: return set_union(cx, now, a->operand, &out->v);
    }
}

static int decide_delete(ctx *cx, const action *a, const value *now, effect *out)
{
    if (now == NULL)
        return 0;
    TRY(set_difference(cx, now, a->operand, &out->v));
    if (out->v.count == 0)
        out->kind = EFFECT_DROP;
    else if (out->v.count < now->count)
        out->kind = EFFECT_PUT;
    return 0;
}

/* Only a nested target can carry an allowed value to a level that is not. */
static int check_nesting(ctx *cx, const path *target, value *v)
{
    value *levels;

    if (target->count == 1)
        return 0;
    levels = ARENA_ARRAY(cx->a, value, target->count);
    if (levels == NULL)
        return DDB_NOMEM;
    levels[0] = *v;
    for (uint32_t i = 1; i < target->count; i++) {
        levels[i] = (value){.type = T_L, .count = 1};
        levels[i].items = &levels[i - 1];
    }
    if (size_nesting_ok(&levels[target->count - 1]))
        return 0;
    return fail(cx, DDB_VALIDATION,
                "Nesting Levels have exceeded supported limits: Attributes in the item have "
                "nested levels beyond supported limit");
}

static int decide(ctx *cx, const update *u, const action *a, const map *old, effect *out)
{
    const value *now;

    TRY(check_target(cx, a->target, old));
    switch (a->kind) {
    case ACT_SET:
        out->kind = EFFECT_PUT;
        return check_nesting(cx, a->target, &out->v);
    case ACT_REMOVE:
        out->kind = EFFECT_DROP;
        return 0;
    default:
        break;
    }
    now = path_find(a->target, old);
    if (now != NULL && now->type != a->operand->type)
        return u->legacy ? fail(cx, DDB_VALIDATION, "Type mismatch for attribute to update")
                         : fail_operand_type(cx);
    return a->kind == ACT_ADD ? decide_add(cx, a, now, out) : decide_delete(cx, a, now, out);
}

/* ---- 3. the new item ---- */

static int build_list(ctx *cx, const value *base, effect **fx, uint32_t n, uint32_t depth,
                      value *out);

/* What the effects fx[0..n), which share their first `depth` steps, make of the value v there.
 * *kept is false when it is dropped. */
static int build_value(ctx *cx, const value *v, effect **fx, uint32_t n, uint32_t depth,
                       value *out, bool *kept)
{
    map base, made;

    *kept = true;
    if (fx[0]->target->count == depth) {
        assert(n == 1); /* nothing overlaps */
        *kept = fx[0]->kind == EFFECT_PUT;
        *out = fx[0]->v;
        return 0;
    }
    if (v->type == T_L)
        return build_list(cx, v, fx, n, depth, out);
    assert(v->type == T_M); /* check_target() */
    base = value_map(v);
    TRY(build_map(cx, &base, fx, n, depth, &made));
    *out = value_of_map(made);
    return 0;
}

/* Moves the effects on `name` to the front of fx and tells how many there are. */
static uint32_t take_named(effect **fx, uint32_t n, uint32_t depth, str name)
{
    uint32_t taken = 0;

    for (uint32_t i = 0; i < n; i++) {
        if (str_eq(fx[i]->target->steps[depth].name, name)) {
            effect *f = fx[i];
            memmove(&fx[taken + 1], &fx[taken], sizeof *fx * (i - taken));
            fx[taken++] = f;
        }
    }
    return taken;
}

/* Attributes keep their order; new ones follow in the order of the actions. fx is used up. */
static int build_map(ctx *cx, const map *base, effect **fx, uint32_t n, uint32_t depth, map *out)
{
    map m = {NULL, 0};

    if (base->count > UINT32_MAX - n)
        return DDB_NOMEM;
    m.attrs = ARENA_ARRAY(cx->a, attr, base->count + n);
    if (m.attrs == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < base->count; i++) {
        uint32_t taken = take_named(fx, n, depth, base->attrs[i].name);
        bool kept = true;
        m.attrs[m.count] = base->attrs[i];
        if (taken > 0)
            TRY(build_value(cx, &base->attrs[i].v, fx, taken, depth + 1, &m.attrs[m.count].v,
                            &kept));
        m.count += kept;
        fx += taken;
        n -= taken;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (fx[i]->kind == EFFECT_PUT)
            m.attrs[m.count++] = (attr){fx[i]->target->steps[depth].name, fx[i]->v};
    }
    *out = m;
    return 0;
}

static uint32_t index_at(const effect *f, uint32_t depth)
{
    return f->target->steps[depth].index;
}

/* Elements keep their place by the indices of the old list; what is put beyond its end follows
 * in the order of the indices, without gaps. */
static int build_list(ctx *cx, const value *base, effect **fx, uint32_t n, uint32_t depth,
                      value *out)
{
    value v = {.type = T_L};
    uint32_t at = 0;

    for (uint32_t i = 1; i < n; i++) { /* there are few: insertion sort */
        effect *f = fx[i];
        uint32_t j = i;
        for (; j > 0 && index_at(fx[j - 1], depth) > index_at(f, depth); j--)
            fx[j] = fx[j - 1];
        fx[j] = f;
    }
    if (base->count > UINT32_MAX - n)
        return DDB_NOMEM;
    v.items = ARENA_ARRAY(cx->a, value, base->count + n);
    if (v.items == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < base->count; i++) {
        uint32_t end = at;
        bool kept = true;
        v.items[v.count] = base->items[i];
        while (end < n && index_at(fx[end], depth) == i)
            end++;
        if (end > at)
            TRY(build_value(cx, &base->items[i], fx + at, end - at, depth + 1, &v.items[v.count],
                            &kept));
        v.count += kept;
        at = end;
    }
    for (; at < n; at++) {
        if (fx[at]->kind == EFFECT_PUT)
            v.items[v.count++] = fx[at]->v;
    }
    *out = v;
    return 0;
}
