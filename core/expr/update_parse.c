/*
 * update_parse.c - update expressions: text to checked actions.
 *
 *   update  = section { section }
 *   section = SET set {',' set} | REMOVE path {',' path}
 *           | ADD path value {',' path value} | DELETE path value {',' path value}
 *   set     = path '=' ( sum | '(' sum ')' )
 *   sum     = opnd [('+' | '-') opnd]
 *   opnd    = term | '(' term ')'           term = func | value | path
 *
 * A parenthesis may hold a sum or an operand, and only its end tells; sum_or_operand() takes what
 * comes. Start at expr_update().
 */
#include "base/limits.h"
#include "expr/parser.h"

typedef struct update_parser {
    parser p;
    update *u;
    uint32_t room;          /* of u->actions */
    bool seen[4];           /* sections, by action_kind */
    const char *repeated;   /* the first section that came twice */
} update_parser;

static const char *const section_names[] = {"SET", "REMOVE", "ADD", "DELETE"};

static int section(update_parser *up);
static int check_actions(ctx *cx, const update *u);

int expr_update(ctx *cx, binding *b, str text, update **out)
{
    update_parser up = {0};
    update *u;

    TRY(parser_init(&up.p, cx, b, EX_UPDATE, text));
    u = up.u = ARENA_NEW(cx->a, update);
    if (u == NULL)
        return DDB_NOMEM;
    *u = (update){0};
    do
        TRY(section(&up));
    while (up.p.cur.kind != TK_END);

    TRY(parser_check_operators(&up.p));
    TRY(parser_check_reserved(&up.p));
    TRY(parser_check_function(&up.p));
    if (up.repeated != NULL)
        return expr_fail(cx, EX_UPDATE,
                         "The \"%s\" section can only be used once in an update expression;",
                         up.repeated);
    TRY(parser_check_paths(&up.p));
    TRY(parser_check_undefined_name(&up.p));
    TRY(parser_check_undefined_value(&up.p));
    TRY(update_collect_targets(cx, u));
    TRY(paths_check_distinct(cx, EX_UPDATE, &u->targets));
    TRY(check_actions(cx, u));
    *out = u;
    return 0;
}

int update_collect_targets(ctx *cx, update *u)
{
    u->targets = (path_list){ARENA_ARRAY(cx->a, path *, u->count), u->count};
    if (u->targets.items == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < u->count; i++)
        u->targets.items[i] = u->actions[i].target;
    return 0;
}

/* ---- right-hand sides ---- */

static int operand(parser *p, node **out);

static int enter(parser *p)
{
    if (++p->depth > EXPRESSION_DEPTH_MAX)
        return parser_syntax_error(p);
    return 0;
}

static int call(parser *p, node **out)
{
    str name = parser_token(p, p->cur);

    TRY(enter(p));
    parser_advance(p);
    TRY(parser_function(p, name, out));
    do {
        node *n;
        parser_advance(p);
        TRY(operand(p, &n));
        node_add(*out, n);
    } while (p->cur.kind == TK_COMMA);
    p->depth--;
    return parser_expect(p, TK_CLOSE);
}

static int term(parser *p, node **out)
{
    switch (p->cur.kind) {
    case TK_VALUE:
        return parser_value(p, out);
    case TK_IDENT:
        if (parser_at_call(p))
            return call(p, out);
        return parser_path_node(p, out);
    case TK_NAME:
        return parser_path_node(p, out);
    default:
        return parser_syntax_error(p);
    }
}

static int operand(parser *p, node **out)
{
    if (p->cur.kind != TK_OPEN)
        return term(p, out);
    parser_advance(p);
    TRY(term(p, out));
    return parser_expect(p, TK_CLOSE);
}

/* What follows a left operand: nothing, or one + or - and another operand. */
static int sum_rest(parser *p, node *left, node **out)
{
    node *n, *right;

    *out = left;
    if (p->cur.kind != TK_PLUS && p->cur.kind != TK_MINUS)
        return 0;
    n = node_new(p->cx, p->cur.kind == TK_PLUS ? N_PLUS : N_MINUS);
    if (n == NULL)
        return DDB_NOMEM;
    p->operators++;
    parser_advance(p);
    TRY(operand(p, &right));
    node_add(n, left);
    node_add(n, right);
    *out = n;
    return 0;
}

static int set_value(parser *p, node **out)
{
    node *left;

    if (p->cur.kind != TK_OPEN) {
        TRY(term(p, &left));
        return sum_rest(p, left, out);
    }
    parser_advance(p);
    TRY(operand(p, &left));
    TRY(sum_rest(p, left, out));
    TRY(parser_expect(p, TK_CLOSE));
    /* `(a) + b`: the parenthesis held an operand; `(a + b)` ends here. */
    if ((*out)->op != N_PLUS && (*out)->op != N_MINUS)
        return sum_rest(p, *out, out);
    return 0;
}

/* ---- sections ---- */

static int new_action(update_parser *up, action_kind kind, action **out)
{
    update *u = up->u;

    if (u->count == up->room) {
        uint32_t room = up->room == 0 ? 2 : up->room * 2;
        action *grown = ARENA_ARRAY(up->p.cx->a, action, room);
        if (grown == NULL)
            return DDB_NOMEM;
        if (u->count > 0)
            memcpy(grown, u->actions, sizeof *grown * u->count);
        u->actions = grown;
        up->room = room;
    }
    *out = &u->actions[u->count++];
    **out = (action){.kind = (uint8_t)kind};
    return 0;
}

static int one_action(update_parser *up, action_kind kind)
{
    parser *p = &up->p;
    action *a;
    str undefined;
    node *n;

    TRY(new_action(up, kind, &a));
    a->target = ARENA_NEW(p->cx->a, path);
    if (a->target == NULL)
        return DDB_NOMEM;
    TRY(parser_path(p, a->target, &undefined));
    switch (kind) {
    case ACT_SET:
        TRY(parser_expect(p, TK_EQ));
        TRY(set_value(p, &n));
        a->set = n;
        return 0;
    case ACT_REMOVE:
        return 0;
    default:
        if (p->cur.kind != TK_VALUE)
            return parser_syntax_error(p);
        TRY(parser_value(p, &n));
        a->operand = n->value;
        return 0;
    }
}

static int section(update_parser *up)
{
    parser *p = &up->p;
    action_kind kind;

    switch (p->cur.kind) {
    case TK_SET: kind = ACT_SET; break;
    case TK_REMOVE: kind = ACT_REMOVE; break;
    case TK_ADD: kind = ACT_ADD; break;
    case TK_DELETE: kind = ACT_DELETE; break;
    default: return parser_syntax_error(p);
    }
    if (up->seen[kind] && up->repeated == NULL)
        up->repeated = section_names[kind];
    up->seen[kind] = true;
    do {
        parser_advance(p);
        TRY(one_action(up, kind));
    } while (p->cur.kind == TK_COMMA);
    return 0;
}

/* ---- static checks ---- */

static int fail_type(ctx *cx, const node *n, const value *v)
{
    return expr_fail(cx, EX_UPDATE,
                     "Incorrect operand type for operator or function; operator or function: %s, "
                     "operand type: %s",
                     node_op_text(n), value_type_name((value_type)v->type));
}

/* ADD and DELETE print long type names, unlike everything else. */
static int check_operand(ctx *cx, const action *a)
{
    static const char *const long_names[T_COUNT] = {
        [T_S] = "STRING", [T_N] = "NUMBER", [T_B] = "BINARY", [T_BOOL] = "BOOLEAN",
        [T_NULL] = "NULL", [T_L] = "LIST", [T_M] = "MAP",
    };
    const char *name = long_names[a->operand->type];

    if (name == NULL || (a->kind == ACT_ADD && a->operand->type == T_N))
        return 0;
    return expr_fail(cx, EX_UPDATE,
                     "Incorrect operand type for operator or function; operator: %s, "
                     "operand type: %s",
                     section_names[a->kind], name);
}

/* Recursion is as deep as functions nest: at most EXPRESSION_OPERATORS_MAX. */
static int check_set(ctx *cx, const node *n)
{
    bool function = node_is_function(n);
    int wanted = n->op == N_LIST_APPEND ? T_L : T_N;

    if (n->op == N_PATH || n->op == N_VALUE)
        return 0;
    for (const node *a = n->child; a != NULL; a = a->next)
        TRY(check_set(cx, a));
    if (function && n->count != 2)
        return expr_fail(cx, EX_UPDATE,
                         "Incorrect number of operands for operator or function; "
                         "operator or function: %s, number of operands: %d",
                         node_op_text(n), (int)n->count);
    if (n->op == N_IF_NOT_EXISTS) {
        if (n->child->op == N_PATH)
            return 0;
        return expr_fail(cx, EX_UPDATE,
                         "Operator or function requires a document path; "
                         "operator or function: %s",
                         node_op_text(n));
    }
    for (const node *a = n->child; a != NULL; a = a->next) {
        if (a->op == N_VALUE && a->value->type != wanted)
            return fail_type(cx, n, a->value);
    }
    return 0;
}

static int check_actions(ctx *cx, const update *u)
{
    for (uint32_t i = 0; i < u->count; i++) {
        if (u->actions[i].operand != NULL)
            TRY(check_operand(cx, &u->actions[i]));
    }
    for (uint32_t i = 0; i < u->count; i++) {
        if (u->actions[i].set != NULL)
            TRY(check_set(cx, u->actions[i].set));
    }
    return 0;
}

/* ---- what others ask about an update ---- */

const path_list *update_paths(const update *u)
{
    return &u->targets;
}

const value *update_literal(const update *u, str attribute)
{
    for (uint32_t i = 0; i < u->count; i++) {
        const action *a = &u->actions[i];
        if (a->kind == ACT_SET && a->target->count == 1 &&
            str_eq(a->target->steps[0].name, attribute))
            return a->set->op == N_VALUE ? a->set->value : NULL;
    }
    return NULL;
}

/* The type that every result of the right-hand side has, or -1: stored attributes decide. */
static int node_static_type(const node *n)
{
    switch (n->op) {
    case N_VALUE:
        return n->value->type;
    case N_LIST_APPEND:
        return T_L;
    case N_PLUS:
    case N_MINUS:
        return T_N;
    default:
        return -1;
    }
}

int update_static_type(const update *u, str attribute)
{
    for (uint32_t i = 0; i < u->count; i++) {
        const action *a = &u->actions[i];
        if (a->target->count != 1 || !str_eq(a->target->steps[0].name, attribute))
            continue;
        if (a->kind == ACT_SET)
            return node_static_type(a->set);
        return a->operand != NULL ? a->operand->type : -1;
    }
    return -1;
}

size_t update_overhead(const update *u)
{
    size_t n = 3;

    for (uint32_t i = 0; i < u->count; i++) {
        const action *a = &u->actions[i];
        n += a->kind == ACT_SET || a->kind == ACT_ADD ? 19 : 2;
        if (a->kind != ACT_SET)
            continue;
        if (a->target->steps[a->target->count - 1].is_index)
            n += 1;
        if (a->set->op == N_PLUS || a->set->op == N_MINUS)
            n += 50;
    }
    return n;
}
