/*
 * term.c - expressions of statements, by operator precedence.
 *
 *   OR < AND < NOT < = <> IS IN < < <= > >= BETWEEN < + -
 *
 * The wording of syntax errors is that of the PartiQL reference parser, which the service uses
 * (its texts came back in users' reports: "Expected data manipulation", "Unexpected keyword",
 * "Invalid path dot component").
 *
 * Recursion is bounded: every level that the text can open (a parenthesis, a list, a call, NOT)
 * passes through term_read(), which counts them. Chains of AND and of OR are one term each.
 * Start at term_read().
 */
#include <stdarg.h>

#include "base/limits.h"
#include "partiql/internal.h"
#include "value/number.h"

/* The greatest list index; one more is "not within the allowable range". */
#define LIST_INDEX_MAX 4294967294u

static int read_unary(reader *r, term **out);

/* ---- tokens ---- */

void reader_next(reader *r)
{
    r->cur = lex(r->text, r->cur.end);
}

bool reader_at(const reader *r, const char *keyword)
{
    return lex_is(r->text, &r->cur, keyword);
}

str reader_token(const reader *r)
{
    return (str){r->text.p + r->cur.at, r->cur.end - r->cur.at};
}

int reader_malformed(reader *r, const char *fmt, ...)
{
    buf b;
    va_list ap;

    buf_init_arena(&b, r->cx->a, REQUEST_BYTES_MAX);
    buf_lit(&b, "Statement wasn't well formed, can't be processed: ");
    va_start(ap, fmt);
    buf_vfmt(&b, fmt, ap);
    va_end(ap);
    return b.err != 0 ? b.err : fail_str(r->cx, DDB_VALIDATION, buf_view(&b));
}

int reader_fail_at(reader *r, const char *message, size_t at, size_t end)
{
    buf b;

    buf_init_arena(&b, r->cx->a, REQUEST_BYTES_MAX);
    buf_fmt(&b, "%s", message);
    lex_put_place(&b, r->text, at, end - at);
    return b.err != 0 ? b.err : fail_str(r->cx, DDB_VALIDATION, buf_view(&b));
}

bool reader_at_name(const reader *r)
{
    return r->cur.kind == LX_NAME || r->cur.kind == LX_QUOTED;
}

int reader_name(reader *r, str *out)
{
    *out = reader_token(r);
    if (r->cur.kind == LX_QUOTED)
        TRY(lex_unquote(r->cx, r->text, &r->cur, out));
    if (out->n == 0)
        return fail(r->cx, DDB_VALIDATION, "Path component cannot be an empty string");
    reader_next(r);
    return 0;
}

static int expect(reader *r, lexeme kind, const char *name)
{
    if (r->cur.kind != kind)
        return reader_malformed(r, "Expected %s", name);
    reader_next(r);
    return 0;
}

static int new_term(reader *r, term_kind kind, term **out)
{
    term *t = ARENA_NEW(r->cx->a, term);

    if (t == NULL)
        return DDB_NOMEM;
    *t = (term){.kind = (uint8_t)kind, .at = r->cur.at, .end = r->cur.end};
    *out = t;
    return 0;
}

static void add(term *parent, term *child)
{
    if (parent->last == NULL)
        parent->child = child;
    else
        parent->last->next = child;
    parent->last = child;
    parent->count++;
}

/* ---- paths ---- */

/* The text of digits as an index; false when it is none. */
static bool index_of(str digits, uint32_t *out)
{
    uint64_t v = 0;

    for (size_t i = 0; i < digits.n; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(digits.p[i] - '0');
        if (v > LIST_INDEX_MAX)
            return false;
    }
    *out = (uint32_t)v;
    return true;
}

static int read_index(reader *r, path_step *step)
{
    bool minus = r->cur.kind == LX_MINUS;

    if (r->cur.kind == LX_STAR)
        return fail(r->cx, DDB_VALIDATION,
                    "Wildcard path component like a[*].b are not supported");
    if (minus)
        reader_next(r);
    if (r->cur.kind != LX_NUMBER)
        return r->cur.kind == LX_END ? reader_malformed(r, "Unexpected term")
                                     : reader_fail_at(r, "Unexpected path component", r->cur.at,
                                                      r->cur.end);
    *step = (path_step){.is_index = true};
    if (minus || !index_of(reader_token(r), &step->index))
        return fail(r->cx, DDB_VALIDATION,
                    "List index is not within the allowable range; index: [%s%S]",
                    minus ? "-" : "", reader_token(r));
    reader_next(r);
    return expect(r, LX_BRACKET_CLOSE, "RIGHT_BRACKET");
}

static int read_dot(reader *r, path_step *step)
{
    *step = (path_step){.is_index = false};
    if (r->cur.kind == LX_STAR)
        return fail(r->cx, DDB_VALIDATION,
                    "Unpivot path component like a.*.b are not supported");
    if (!reader_at_name(r))
        return reader_malformed(r, "Invalid path dot component");
    return reader_name(r, &step->name);
}

/* Room for one more step; the array doubles when its length is a power of two. */
static int path_grow(reader *r, path *p)
{
    path_step *steps;

    if (p->count == NESTING_MAX + 1)
        return fail(r->cx, DDB_VALIDATION,
                    "The document path has too many nesting levels; nesting levels: %d",
                    NESTING_MAX + 1);
    if ((p->count & (p->count - 1)) != 0)
        return 0;
    steps = ARENA_ARRAY(r->cx->a, path_step, p->count == 0 ? 1u : p->count * 2u);
    if (steps == NULL)
        return DDB_NOMEM;
    if (p->count > 0)
        memcpy(steps, p->steps, sizeof *steps * p->count);
    p->steps = steps;
    return 0;
}

int term_read_path(reader *r, path **out)
{
    path *p = ARENA_NEW(r->cx->a, path);
    path_step first = {.is_index = false};

    if (p == NULL)
        return DDB_NOMEM;
    *p = (path){NULL, 0};
    if (!reader_at_name(r))
        return reader_malformed(r, "Expected identifier for simple path");
    TRY(reader_name(r, &first.name));
    TRY(path_grow(r, p));
    p->steps[p->count++] = first;
    while (r->cur.kind == LX_DOT || r->cur.kind == LX_BRACKET_OPEN) {
        bool dot = r->cur.kind == LX_DOT;
        path_step step;
        reader_next(r);
        TRY(dot ? read_dot(r, &step) : read_index(r, &step));
        TRY(path_grow(r, p));
        p->steps[p->count++] = step;
    }
    *out = p;
    return 0;
}

/* ---- terms without operators ---- */

static int read_literal(reader *r, value_type type, str text, term **out)
{
    TRY(new_term(r, TM_LITERAL, out));
    (*out)->literal = value_scalar(type, text);
    reader_next(r);
    return 0;
}

static int read_string(reader *r, term **out)
{
    str text;

    TRY(lex_unquote(r->cx, r->text, &r->cur, &text));
    return read_literal(r, T_S, text, out);
}

static int read_number(reader *r, term **out)
{
    str text;

    TRY(number_canonical(r->cx, reader_token(r), &text));
    return read_literal(r, T_N, text, out);
}

/* Too many parameters in the statement are found out at its end. */
static int read_parameter(reader *r, term **out)
{
    TRY(new_term(r, TM_LITERAL, out));
    (*out)->literal = (value){.type = T_NULL};
    if (r->params_used < r->param_count)
        (*out)->literal = r->params[r->params_used].v;
    r->params_used++;
    reader_next(r);
    return 0;
}

/* Terms with commas between them, up to `close`; the opening token is current. */
static int read_list(reader *r, term_kind kind, lexeme close, const char *close_name, term **out)
{
    TRY(new_term(r, kind, out));
    reader_next(r);
    if (r->cur.kind == close) {
        reader_next(r);
        return 0;
    }
    for (;;) {
        term *t;
        TRY(term_read(r, PRECEDENCE_ANY, &t));
        add(*out, t);
        if (kind == TM_TUPLE) {
            TRY(expect(r, LX_COLON, "COLON"));
            TRY(term_read(r, PRECEDENCE_ANY, &t));
            add(*out, t);
        }
        if (r->cur.kind != LX_COMMA)
            return expect(r, close, close_name);
        reader_next(r);
    }
}

static int read_call(reader *r, term **out)
{
    lex_token name = r->cur;
    bool quoted = name.kind == LX_QUOTED;
    term *call;

    reader_next(r);
    r->operators++;
    TRY(read_list(r, TM_CALL, LX_CLOSE, "RIGHT_PAREN", &call));
    call->at = name.at;
    call->end = name.end;
    call->text = (str){r->text.p + name.at, name.end - name.at};
    if (quoted)
        TRY(lex_unquote(r->cx, r->text, &name, &call->text));
    *out = call;
    return 0;
}

static int read_name(reader *r, term **out)
{
    if (lex(r->text, r->cur.end).kind == LX_OPEN)
        return read_call(r, out);
    TRY(new_term(r, TM_PATH, out));
    return term_read_path(r, &(*out)->path);
}

static int read_keyword(reader *r, term **out)
{
    static const char *const functions[] = {
        "size", "exists", "count", "avg", "max", "min", "sum", "upper", "lower", "substring",
        "char_length", "character_length", "octet_length", "bit_length", "sexp", "list", "bag"};

    if (reader_at(r, "true") || reader_at(r, "false")) {
        bool flag = reader_at(r, "true");
        TRY(read_literal(r, T_BOOL, STR_ABSENT, out));
        (*out)->literal.flag = flag;
        return 0;
    }
    if (reader_at(r, "null"))
        return read_literal(r, T_NULL, STR_ABSENT, out);
    if (reader_at(r, "missing")) {
        TRY(new_term(r, TM_MISSING, out));
        reader_next(r);
        return 0;
    }
    for (size_t i = 0; i < COUNT(functions); i++) {
        if (reader_at(r, functions[i]) && lex(r->text, r->cur.end).kind == LX_OPEN)
            return read_call(r, out);
    }
    return reader_malformed(r, "Unexpected keyword");
}

/* (a) is a; (a, b) is a list. */
static int read_group(reader *r, term **out)
{
    term *group;

    TRY(read_list(r, TM_LIST, LX_CLOSE, "RIGHT_PAREN", &group));
    if (group->count == 0)
        return reader_malformed(r, "Expression group cannot be empty");
    *out = group->count == 1 ? group->child : group;
    return 0;
}

static int read_simple(reader *r, term **out)
{
    switch (r->cur.kind) {
    case LX_NAME:
    case LX_QUOTED: return read_name(r, out);
    case LX_KEYWORD: return read_keyword(r, out);
    case LX_STRING: return read_string(r, out);
    case LX_NUMBER: return read_number(r, out);
    case LX_PARAMETER: return read_parameter(r, out);
    case LX_OPEN: return read_group(r, out);
    case LX_BRACKET_OPEN:
        return read_list(r, TM_LIST, LX_BRACKET_CLOSE, "RIGHT_BRACKET", out);
    case LX_CURLY_OPEN: return read_list(r, TM_TUPLE, LX_CURLY_CLOSE, "RIGHT_CURLY", out);
    case LX_BAG_OPEN:
        return read_list(r, TM_BAG, LX_BAG_CLOSE, "RIGHT_DOUBLE_ANGLE_BRACKET", out);
    case LX_STAR: /* count(*) */
        TRY(new_term(r, TM_STAR, out));
        reader_next(r);
        return 0;
    case LX_OPERATOR: return reader_malformed(r, "Unexpected operator");
    default: return reader_malformed(r, "Unexpected term");
    }
}

/* ---- operators ---- */

typedef struct infix {
    term_kind kind;
    int precedence; /* 0: no operator */
    bool negated;   /* NOT IN, NOT BETWEEN */
} infix;

#define PRECEDENCE_NOT 30

static infix infix_of(reader *r)
{
    lex_token next;

    switch (r->cur.kind) {
    case LX_EQ: return (infix){TM_EQ, 40, false};
    case LX_NE: return (infix){TM_NE, 40, false};
    case LX_LT: return (infix){TM_LT, 50, false};
    case LX_LE: return (infix){TM_LE, 50, false};
    case LX_GT: return (infix){TM_GT, 50, false};
    case LX_GE: return (infix){TM_GE, 50, false};
    case LX_PLUS: return (infix){TM_PLUS, 60, false};
    case LX_MINUS: return (infix){TM_MINUS, 60, false};
    case LX_STAR:
    case LX_OPERATOR: return (infix){TM_OTHER, 70, false};
    case LX_KEYWORD: break;
    default: return (infix){TM_OTHER, 0, false};
    }
    if (reader_at(r, "or"))
        return (infix){TM_OR, 10, false};
    if (reader_at(r, "and"))
        return (infix){TM_AND, 20, false};
    if (reader_at(r, "is"))
        return (infix){TM_IS, 40, false};
    if (reader_at(r, "in"))
        return (infix){TM_IN, 40, false};
    if (reader_at(r, "between"))
        return (infix){TM_BETWEEN, 50, false};
    if (reader_at(r, "like"))
        return (infix){TM_OTHER, 50, false};
    next = lex(r->text, r->cur.end);
    if (reader_at(r, "not") && lex_is(r->text, &next, "in"))
        return (infix){TM_IN, 40, true};
    if (reader_at(r, "not") && lex_is(r->text, &next, "between"))
        return (infix){TM_BETWEEN, 50, true};
    if (reader_at(r, "not") && lex_is(r->text, &next, "like"))
        return (infix){TM_OTHER, 50, true};
    return (infix){TM_OTHER, 0, false};
}

static int read_right(reader *r, int precedence, term **out)
{
    if (r->cur.kind == LX_END)
        return reader_malformed(r, "Missing right-hand side expression of infix operator");
    return term_read(r, precedence, out);
}

/* `IS [NOT] <type>`; the type is a word. */
static int read_is(reader *r, term *is, bool *negated)
{
    static const char *const types[] = {
        "missing", "null", "boolean", "bool", "smallint", "integer", "int", "bigint", "float",
        "real", "double", "decimal", "dec", "numeric", "timestamp", "date", "time", "character",
        "char", "varchar", "string", "symbol", "clob", "blob", "struct", "tuple", "list", "sexp",
        "bag", "any"};

    if (reader_at(r, "not")) {
        *negated = true;
        reader_next(r);
    }
    for (size_t i = 0; i < COUNT(types); i++) {
        if (reader_at(r, types[i])) {
            is->text = reader_token(r);
            reader_next(r);
            return 0;
        }
    }
    return reader_malformed(r, "Expected type name");
}

static int read_between(reader *r, term *between)
{
    term *t;

    TRY(read_right(r, 50, &t));
    add(between, t);
    if (!reader_at(r, "and"))
        return reader_malformed(r, "Expected AND");
    reader_next(r);
    if (r->cur.kind == LX_END)
        return reader_malformed(r, "Expected expression after AND");
    TRY(term_read(r, 50, &t));
    add(between, t);
    return 0;
}

/* IN (a, b) is a list even with one element. */
static int read_in(reader *r, term *in)
{
    term *t;

    if (r->cur.kind == LX_OPEN)
        TRY(read_list(r, TM_LIST, LX_CLOSE, "RIGHT_PAREN", &t));
    else
        TRY(read_right(r, 40, &t));
    add(in, t);
    return 0;
}

/* The operator at the current token and what stands to its right; *left becomes the whole. */
static int read_infix(reader *r, infix op, term **left)
{
    term *t, *right, *not;
    bool negated = op.negated;

    if (++r->operators > STATEMENT_OPERATORS_MAX)
        return fail(r->cx, DDB_VALIDATION,
                    "The expression contains too many operators; operator count: %d",
                    STATEMENT_OPERATORS_MAX + 1);
    if ((op.kind == TM_AND || op.kind == TM_OR) && (*left)->kind == op.kind) {
        reader_next(r);
        TRY(read_right(r, op.precedence, &right));
        add(*left, right);
        return 0;
    }
    TRY(new_term(r, op.kind, &t));
    t->text = reader_token(r);
    reader_next(r);
    if (negated)
        reader_next(r); /* NOT and the operator are two words */
    add(t, *left);
    switch (op.kind) {
    case TM_IS:
        TRY(read_is(r, t, &negated));
        break;
    case TM_IN:
        TRY(read_in(r, t));
        break;
    case TM_BETWEEN:
        TRY(read_between(r, t));
        break;
    default:
        TRY(read_right(r, op.precedence, &right));
        add(t, right);
        break;
    }
    *left = t;
    if (!negated)
        return 0;
    TRY(new_term(r, TM_NOT, &not));
    add(not, t);
    *left = not;
    return 0;
}

/* A sign before a number belongs to it; before anything else it is an operator we lack. */
static int read_sign(reader *r, term **out)
{
    bool minus = r->cur.kind == LX_MINUS;
    lex_token sign = r->cur;
    term *t;
    char *p;

    reader_next(r);
    TRY(read_unary(r, &t));
    if (t->kind != TM_LITERAL || t->literal.type != T_N) {
        term *other;
        TRY(new_term(r, TM_OTHER, &other));
        other->text = (str){r->text.p + sign.at, 1};
        add(other, t);
        *out = other;
        return 0;
    }
    *out = t;
    if (!minus || str_eq(t->literal.s, STR("0")))
        return 0;
    if (t->literal.s.p[0] == '-') {
        t->literal.s = (str){t->literal.s.p + 1, t->literal.s.n - 1};
        return 0;
    }
    p = arena_alloc(r->cx->a, t->literal.s.n + 1);
    if (p == NULL)
        return DDB_NOMEM;
    p[0] = '-';
    memcpy(p + 1, t->literal.s.p, t->literal.s.n);
    t->literal.s = (str){p, t->literal.s.n + 1};
    return 0;
}

static int enter(reader *r)
{
    if (++r->depth > STATEMENT_DEPTH_MAX)
        return reader_malformed(r, "Statement is nested too deeply");
    return 0;
}

static int read_unary(reader *r, term **out)
{
    int rc;

    TRY(enter(r));
    if (reader_at(r, "not")) {
        term *not, *t;
        TRY(new_term(r, TM_NOT, &not));
        r->operators++;
        reader_next(r);
        TRY(term_read(r, PRECEDENCE_NOT, &t));
        add(not, t);
        *out = not;
        rc = 0;
    } else if (r->cur.kind == LX_PLUS || r->cur.kind == LX_MINUS) {
        rc = read_sign(r, out);
    } else {
        rc = read_simple(r, out);
    }
    r->depth--;
    return rc;
}

int term_read(reader *r, int precedence, term **out)
{
    infix op;

    TRY(enter(r));
    TRY(read_unary(r, out));
    for (op = infix_of(r); op.precedence > 0 && op.precedence > precedence; op = infix_of(r))
        TRY(read_infix(r, op, out));
    r->depth--;
    return 0;
}
