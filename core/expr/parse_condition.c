/*
 * parse_condition.c - condition, filter and key condition expressions: text to checked tree.
 *
 *   start = logic                         logic = not { (AND | OR) not }, AND binds tighter
 *   not   = [NOT] term                    term  = opnd [comparison | BETWEEN | IN] | '(' logic ')'
 *   opnd  = func | value | path | '(' opnd ')'
 *
 * An opening parenthesis may begin an operand or a condition, and only what follows tells. So
 * term() takes either, and whoever needs a condition (or an operand) checks what came back; the
 * token at which that fails is the one the service names. Functions are both: whether one is
 * used in its right place is a mistake of a later class ("not allowed to be used this way").
 * Start at expr_condition().
 */
#include "base/limits.h"
#include "expr/parser.h"

typedef struct parsed {
    node *n;
    bool parentheses; /* around all of it */
} parsed;

static int logic(parser *p, parsed *out);
static int operand(parser *p, bool may_be_condition, parsed *out);

static bool is_condition(const node *n)
{
    return n->op != N_PATH && n->op != N_VALUE;
}

static bool is_operand(const node *n)
{
    return !is_condition(n) || node_is_function(n);
}

/* The places a function may stand in: size() gives an operand, the others a condition. */
static void use_as_operand(parser *p, const node *n)
{
    if (node_is_function(n) && n->op != N_SIZE && p->misused_function.p == NULL)
        p->misused_function = n->text;
}

static int use_as_condition(parser *p, const node *n)
{
    if (!is_condition(n))
        return parser_syntax_error(p);
    if (n->op == N_SIZE && p->misused_function.p == NULL)
        p->misused_function = n->text;
    return 0;
}

int expr_condition(ctx *cx, binding *b, expr_kind kind, str text, cond **out)
{
    parser p;
    parsed whole;
    cond *c;

    TRY(parser_init(&p, cx, b, kind, text));
    TRY(logic(&p, &whole));
    TRY(use_as_condition(&p, whole.n));
    if (p.cur.kind != TK_END)
        return parser_syntax_error(&p);
    TRY(parser_check_operators(&p));
    if (p.redundant)
        return expr_fail(cx, kind, "The expression has redundant parentheses;");
    TRY(parser_check_function(&p));
    if (p.misused_function.p != NULL)
        return expr_fail(cx, kind,
                         "The function is not allowed to be used this way in an expression; "
                         "function: %S",
                         p.misused_function);
    TRY(parser_check_reserved(&p));
    TRY(parser_check_paths(&p));
    TRY(check_condition(cx, kind, whole.n));
    c = ARENA_NEW(cx->a, cond);
    if (c == NULL)
        return DDB_NOMEM;
    c->root = whole.n;
    *out = c;
    return 0;
}

/* Recursion: each `(` and each function call is one level. A text that nests deeper than the
 * limit cannot be right: so many parentheses are redundant ones. */
static int enter(parser *p)
{
    if (++p->depth > EXPRESSION_DEPTH_MAX)
        return expr_fail(p->cx, p->kind, "The expression has redundant parentheses;");
    return 0;
}

/* ---- conditions ---- */

/* left op right op ...: one node that holds all operands of a chain of the same operator. */
static int chain_add(parser *p, node **chain, node_op op, node *n)
{
    if (*chain == NULL) {
        *chain = node_new(p->cx, op);
        if (*chain == NULL)
            return DDB_NOMEM;
    }
    node_add(*chain, n);
    return 0;
}

static int wrap(parser *p, node_op op, node *a, node **out)
{
    node *n = node_new(p->cx, op);

    if (n == NULL)
        return DDB_NOMEM;
    if (a != NULL)
        node_add(n, a);
    p->operators++;
    *out = n;
    return 0;
}

static int term(parser *p, parsed *out);

static int logic(parser *p, parsed *out)
{
    node *ors = NULL, *ands = NULL;

    for (;;) {
        bool not = p->cur.kind == TK_NOT;
        parsed t;
        if (not)
            parser_advance(p);
        TRY(term(p, &t));
        if (not) {
            TRY(use_as_condition(p, t.n));
            TRY(wrap(p, N_NOT, t.n, &t.n));
            t.parentheses = false;
        }
        if (p->cur.kind == TK_AND || ands != NULL) {
            TRY(use_as_condition(p, t.n));
            TRY(chain_add(p, &ands, N_AND, t.n));
            t = (parsed){ands, false};
        }
        if (p->cur.kind == TK_AND) {
            p->operators++;
            parser_advance(p);
            continue;
        }
        ands = NULL;
        if (p->cur.kind == TK_OR || ors != NULL) {
            TRY(use_as_condition(p, t.n));
            TRY(chain_add(p, &ors, N_OR, t.n));
            t = (parsed){ors, false};
        }
        if (p->cur.kind != TK_OR) {
            *out = t;
            return 0;
        }
        p->operators++;
        parser_advance(p);
    }
}

/* An operand behind an operator. */
static int operand_into(parser *p, node *parent)
{
    parsed t;

    TRY(operand(p, false, &t));
    use_as_operand(p, t.n);
    node_add(parent, t.n);
    return 0;
}

static int comparison(parser *p, node *n)
{
    parser_advance(p);
    return operand_into(p, n);
}

static int between(parser *p, node *n)
{
    parser_advance(p);
    TRY(operand_into(p, n));
    TRY(parser_expect(p, TK_AND));
    return operand_into(p, n);
}

static int operand_list(parser *p, node *n)
{
    do {
        parser_advance(p);
        TRY(operand_into(p, n));
    } while (p->cur.kind == TK_COMMA);
    return parser_expect(p, TK_CLOSE);
}

static int in(parser *p, node *n)
{
    parser_advance(p);
    if (p->cur.kind != TK_OPEN)
        return parser_syntax_error(p);
    return operand_list(p, n);
}

/* A comparison; or, undecided, an operand or a condition in parentheses. */
static int term(parser *p, parsed *out)
{
    parsed left;
    node *n;
    node_op op;

    TRY(operand(p, true, &left));
    switch (p->cur.kind) {
    case TK_EQ: op = N_EQ; break;
    case TK_NE: op = N_NE; break;
    case TK_LT: op = N_LT; break;
    case TK_LE: op = N_LE; break;
    case TK_GT: op = N_GT; break;
    case TK_GE: op = N_GE; break;
    case TK_BETWEEN: op = N_BETWEEN; break;
    case TK_IN: op = N_IN; break;
    default:
        *out = left;
        return 0;
    }
    if (!is_operand(left.n))
        return parser_syntax_error(p);
    use_as_operand(p, left.n);
    TRY(wrap(p, op, left.n, &n));
    *out = (parsed){n, false};
    if (op == N_BETWEEN)
        return between(p, n);
    return op == N_IN ? in(p, n) : comparison(p, n);
}

/* ---- operands ---- */

static int parenthesised(parser *p, bool may_be_condition, parsed *out)
{
    TRY(enter(p));
    parser_advance(p);
    if (may_be_condition)
        TRY(logic(p, out));
    else
        TRY(operand(p, false, out));
    TRY(parser_expect(p, TK_CLOSE));
    p->depth--;
    if (out->parentheses)
        p->redundant = true;
    out->parentheses = true;
    if (out->n->op == N_PATH && (p->cur.kind == TK_DOT || p->cur.kind == TK_BRACKET_OPEN)) {
        path *longer = ARENA_NEW(p->cx->a, path);
        str undefined = out->n->text;
        if (longer == NULL)
            return DDB_NOMEM;
        *longer = *out->n->path;
        TRY(parser_path_rest(p, longer, &undefined));
        out->n->path = longer;
        out->n->text = undefined;
        out->parentheses = false;
    }
    return 0;
}

static int function(parser *p, parsed *out)
{
    TRY(enter(p));
    TRY(parser_function(p, parser_token(p, p->cur), &out->n));
    parser_advance(p);
    TRY(operand_list(p, out->n));
    p->depth--;
    return 0;
}

static int operand(parser *p, bool may_be_condition, parsed *out)
{
    *out = (parsed){0};
    switch (p->cur.kind) {
    case TK_OPEN:
        return parenthesised(p, may_be_condition, out);
    case TK_VALUE:
        return parser_value(p, &out->n);
    case TK_IDENT:
        if (parser_at_call(p))
            return function(p, out);
        return parser_path_node(p, &out->n);
    case TK_NAME:
        return parser_path_node(p, &out->n);
    default:
        return parser_syntax_error(p);
    }
}
