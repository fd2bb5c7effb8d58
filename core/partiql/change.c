/*
 * change.c - the clauses of UPDATE: SET a = x, b = y  REMOVE c, d  SET ...
 *
 *   set_add(a, <<..>>)     ADD of an update expression; a must be the target itself
 *   set_delete(a, <<..>>)  DELETE of one
 * All clauses together are one update: every right side sees the item as it was.
 * Start at change_read().
 */
#include "base/limits.h"
#include "partiql/internal.h"

typedef struct change {
    reader *r;
    update *u;
    uint32_t room;
} change;

static int new_action(change *c, action_kind kind, path *target, action **out)
{
    update *u = c->u;

    if (u->count == c->room) {
        uint32_t room = c->room == 0 ? 2 : c->room * 2;
        action *grown = ARENA_ARRAY(c->r->cx->a, action, room);
        if (grown == NULL)
            return DDB_NOMEM;
        if (u->count > 0)
            memcpy(grown, u->actions, sizeof *grown * u->count);
        u->actions = grown;
        c->room = room;
    }
    *out = &u->actions[u->count++];
    **out = (action){.kind = (uint8_t)kind, .target = target};
    return 0;
}

/* ---- right sides ---- */

static int fail_operand(reader *r, const char *operator, const value *v)
{
    return fail(r->cx, DDB_VALIDATION,
                "Incorrect operand type for operator or function; operator or function: %s, "
                "operand type: %s",
                operator, value_type_name((value_type)v->type));
}

static int count_operands(reader *r, const term *t, uint32_t want)
{
    if (t->count == want)
        return 0;
    return fail(r->cx, DDB_VALIDATION,
                "Incorrect number of operands for operator or function; operator or function: "
                "%S, number of operands: %d",
                t->text, (int)t->count);
}

static int read_operand(reader *r, const term *t, node **out);

static int lower_pair(reader *r, const term *t, node_op op, value_type type, node **out)
{
    TRY(lower_node(r, op, out));
    for (const term *c = t->child; c != NULL; c = c->next) {
        node *n;
        TRY(read_operand(r, c, &n));
        if (op != N_IF_NOT_EXISTS && n->op == N_VALUE && n->value->type != type)
            return fail_operand(r, node_op_text(*out), n->value);
        node_add(*out, n);
    }
    return 0;
}

/* A path, a value or a function; no sum. Recursion as deep as calls nest. */
static int read_operand(reader *r, const term *t, node **out)
{
    if (t->kind != TM_CALL)
        return lower_operand(r, t, true, out);
    if (word_is(t->text, "list_append")) {
        TRY(count_operands(r, t, 2));
        return lower_pair(r, t, N_LIST_APPEND, T_L, out);
    }
    if (word_is(t->text, "if_not_exists")) {
        TRY(count_operands(r, t, 2));
        if (t->child->kind != TM_PATH)
            return fail(r->cx, DDB_VALIDATION,
                        "Operator or function requires a document path; operator or function: %S",
                        t->text);
        return lower_pair(r, t, N_IF_NOT_EXISTS, T_COUNT, out);
    }
    return lower_operand(r, t, true, out);
}

/* set_add and set_delete change their target in place. */
static int set_function(change *c, const term *t, action_kind kind, path *target)
{
    const char *name = kind == ACT_ADD ? "ADD" : "DELETE";
    value *v = ARENA_NEW(c->r->cx->a, value);
    ctx *cx = c->r->cx;
    action *a;

    if (v == NULL)
        return DDB_NOMEM;
    if (t->count != 2)
        return fail(cx, DDB_VALIDATION, "SET_%s must have exactly two arguments", name);
    if (t->child->kind != TM_PATH || !path_eq(t->child->path, target))
        return fail(cx, DDB_VALIDATION,
                    "The first argument to SET_%s must equal the assignment value", name);
    if (term_is_value(t->last))
        TRY(lower_value(c->r, t->last, target->steps[0].name, v));
    if (!term_is_value(t->last) || (v->type != T_SS && v->type != T_NS && v->type != T_BS))
        return fail(cx, DDB_VALIDATION,
                    "The second argument to SET_%s must be a value with type SET", name);
    TRY(new_action(c, kind, target, &a));
    a->operand = v;
    return 0;
}

static int set_value(change *c, const term *t, path *target)
{
    reader *r = c->r;
    action *a;
    node *n;

    if (t->kind == TM_CALL && word_is(t->text, "set_add"))
        return set_function(c, t, ACT_ADD, target);
    if (t->kind == TM_CALL && word_is(t->text, "set_delete"))
        return set_function(c, t, ACT_DELETE, target);
    if (t->kind == TM_IS)
        return fail(r->cx, DDB_VALIDATION, "IS operator is not supported in update expressions");
    if (t->kind == TM_PLUS || t->kind == TM_MINUS)
        TRY(lower_pair(r, t, t->kind == TM_PLUS ? N_PLUS : N_MINUS, T_N, &n));
    else
        TRY(read_operand(r, t, &n));
    TRY(new_action(c, ACT_SET, target, &a));
    a->set = n;
    return 0;
}

/* ---- clauses ---- */

static int read_set(change *c)
{
    reader *r = c->r;
    path *target;
    term *t;

    for (;;) {
        TRY(term_read_path(r, &target));
        if (r->cur.kind != LX_EQ)
            return reader_malformed(r, "Expected '='");
        reader_next(r);
        TRY(term_read(r, PRECEDENCE_ANY, &t));
        TRY(set_value(c, t, target));
        if (r->cur.kind != LX_COMMA)
            return 0;
        reader_next(r);
    }
}

static int read_remove(change *c)
{
    reader *r = c->r;
    path *target;
    action *a;

    for (;;) {
        TRY(term_read_path(r, &target));
        TRY(new_action(c, ACT_REMOVE, target, &a));
        if (r->cur.kind != LX_COMMA)
            return 0;
        reader_next(r);
    }
}

int change_read(reader *r, update **out)
{
    change c = {.r = r, .u = ARENA_NEW(r->cx->a, update)};

    if (c.u == NULL)
        return DDB_NOMEM;
    *c.u = (update){0};
    while (reader_at(r, "set") || reader_at(r, "remove")) {
        bool set = reader_at(r, "set");
        reader_next(r);
        TRY(set ? read_set(&c) : read_remove(&c));
    }
    if (c.u->count == 0)
        return reader_malformed(r, "Expected data manipulation");
    TRY(update_collect_targets(r->cx, c.u));
    TRY(paths_check_distinct(r->cx, EX_STATEMENT, &c.u->targets));
    *out = c.u;
    return 0;
}
