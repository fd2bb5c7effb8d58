/*
 * parser.c - tokens, document paths and placeholders of every expression kind.
 *
 * Start at parser_init(). The token after the current one is scanned only to print "near".
 */
#include "expr/parser.h"

#include <stdarg.h>

#include "base/limits.h"
#include "expr/reserved.h"

/* The greatest list index; one more is "not within the allowable range" (capture, 2026). */
#define LIST_INDEX_MAX 4294967294u

const char *expr_kind_name(expr_kind kind)
{
    static const char *const names[] = {"Update", "Condition", "KeyCondition", "Filter",
                                        "Projection", "SearchCondition", ""};
    return names[kind];
}

int expr_fail(ctx *cx, expr_kind kind, const char *fmt, ...)
{
    buf b;
    va_list ap;

    buf_init_arena(&b, cx->a, 2 * (size_t)REQUEST_BYTES_MAX);
    if (kind != EX_STATEMENT)
        buf_fmt(&b, "Invalid %sExpression: ", expr_kind_name(kind));
    va_start(ap, fmt);
    buf_vfmt(&b, fmt, ap);
    va_end(ap);
    if (b.err != 0)
        return DDB_NOMEM;
    return fail_str(cx, DDB_VALIDATION, buf_view(&b));
}

/* ---- tokens ---- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_letter(c) || is_digit(c) || c == '_';
}

/* `word` in upper case. */
static bool is_keyword(str s, const char *word)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((s.p[i] & ~0x20) != word[i])
            return false;
    }
    return word[s.n] == '\0';
}

static token_kind word_kind(expr_kind kind, str s)
{
    if (s.n < 2 || s.n > 7 || kind == EX_PROJECTION)
        return TK_IDENT;
    if (kind == EX_UPDATE) {
        switch (s.p[0] & ~0x20) {
        case 'S': return is_keyword(s, "SET") ? TK_SET : TK_IDENT;
        case 'R': return is_keyword(s, "REMOVE") ? TK_REMOVE : TK_IDENT;
        case 'A': return is_keyword(s, "ADD") ? TK_ADD : TK_IDENT;
        case 'D': return is_keyword(s, "DELETE") ? TK_DELETE : TK_IDENT;
        default: return TK_IDENT;
        }
    }
    switch (s.p[0] & ~0x20) {
    case 'A': return is_keyword(s, "AND") ? TK_AND : TK_IDENT;
    case 'O': return is_keyword(s, "OR") ? TK_OR : TK_IDENT;
    case 'N': return is_keyword(s, "NOT") ? TK_NOT : TK_IDENT;
    case 'B': return is_keyword(s, "BETWEEN") ? TK_BETWEEN : TK_IDENT;
    case 'I': return is_keyword(s, "IN") ? TK_IN : TK_IDENT;
    default: return TK_IDENT;
    }
}

static size_t skip_word(str s, size_t at)
{
    while (at < s.n && is_word(s.p[at]))
        at++;
    return at;
}

/* A name must begin with a letter: `_type` is the bad character `_` (captures of several users).
 * A keyword directly before # or : is not one. */
static token scan_word(const parser *p, size_t at)
{
    size_t end = skip_word(p->src, at);
    token t = {TK_IDENT, at, end};

    if (end == p->src.n || (p->src.p[end] != '#' && p->src.p[end] != ':'))
        t.kind = word_kind(p->kind, (str){p->src.p + at, end - at});
    return t;
}

/* One whole UTF-8 character (the text is valid), so that messages stay valid too. */
static token scan_bad(str s, size_t at)
{
    size_t end = at + 1;

    while (end < s.n && ((unsigned char)s.p[end] & 0xC0) == 0x80)
        end++;
    return (token){TK_BAD, at, end};
}

static token scan(const parser *p, size_t at)
{
    str s = p->src;
    char next;
    token_kind kind;

    while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t' || s.p[at] == '\r' || s.p[at] == '\n'))
        at++;
    if (at == s.n)
        return (token){TK_END, at, at};
    if (is_letter(s.p[at]))
        return scan_word(p, at);
    next = at + 1 < s.n ? s.p[at + 1] : '\0';
    switch (s.p[at]) {
    case '#':
    case ':':
        if (!is_word(next))
            return scan_bad(s, at);
        return (token){s.p[at] == '#' ? TK_NAME : TK_VALUE, at, skip_word(s, at + 1)};
    case '<':
        if (next == '>' || next == '=')
            return (token){next == '>' ? TK_NE : TK_LE, at, at + 2};
        kind = TK_LT;
        break;
    case '>':
        if (next == '=')
            return (token){TK_GE, at, at + 2};
        kind = TK_GT;
        break;
    case '=': kind = TK_EQ; break;
    case '+': kind = TK_PLUS; break;
    case '-': kind = TK_MINUS; break;
    case '(': kind = TK_OPEN; break;
    case ')': kind = TK_CLOSE; break;
    case '[': kind = TK_BRACKET_OPEN; break;
    case ']': kind = TK_BRACKET_CLOSE; break;
    case '.': kind = TK_DOT; break;
    case ',': kind = TK_COMMA; break;
    default:
        if (is_digit(s.p[at])) {
            size_t end = at;
            while (end < s.n && is_digit(s.p[end]))
                end++;
            return (token){TK_NUMBER, at, end};
        }
        return scan_bad(s, at);
    }
    return (token){kind, at, at + 1};
}

void parser_advance(parser *p)
{
    p->prev = p->cur;
    p->cur = scan(p, p->cur.end);
}

str parser_token(const parser *p, token t)
{
    return (str){p->src.p + t.at, t.end - t.at};
}

int parser_init(parser *p, ctx *cx, binding *b, expr_kind kind, str text)
{
    *p = (parser){.cx = cx, .b = b, .kind = kind, .src = text};
    if (text.n > EXPRESSION_BYTES_MAX)
        return expr_fail(cx, kind,
                         "Expression size has exceeded the maximum allowed size; "
                         "expression size: %z",
                         text.n);
    if (text.n == 0)
        return expr_fail(cx, kind, "The expression can not be empty;");
    p->cur = scan(p, 0);
    return 0;
}

/* "near" runs from the token before to the token after the one that does not fit. */
int parser_syntax_error(parser *p)
{
    token next = p->cur;
    size_t from = p->prev.end > 0 ? p->prev.at : p->cur.at;
    size_t to = p->cur.end;

    if (p->cur.kind == TK_END) {
        to = p->prev.end > 0 ? p->prev.end : p->cur.end;
    } else {
        next = scan(p, p->cur.end);
        if (next.kind != TK_END)
            to = next.end;
    }
    return expr_fail(p->cx, p->kind, "Syntax error; token: \"%S\", near: \"%S\"",
                     p->cur.kind == TK_END ? STR("<EOF>") : parser_token(p, p->cur),
                     (str){p->src.p + from, to - from});
}

int parser_expect(parser *p, token_kind kind)
{
    if (p->cur.kind != kind)
        return parser_syntax_error(p);
    parser_advance(p);
    return 0;
}

bool parser_at_call(const parser *p)
{
    return scan(p, p->cur.end).kind == TK_OPEN;
}

/* ---- paths ---- */

/* Arrays double at powers of two; most paths have one step. */
static int path_append(parser *p, path *out, path_step step)
{
    if ((out->count & (out->count - 1)) == 0) {
        path_step *grown = arena_alloc(p->cx->a, sizeof *grown * (out->count ? out->count * 2 : 1));
        if (grown == NULL)
            return DDB_NOMEM;
        if (out->count > 0)
            memcpy(grown, out->steps, sizeof *grown * out->count);
        out->steps = grown;
    }
    out->steps[out->count++] = step;
    if (out->count > NESTING_MAX && p->deep_path < out->count)
        p->deep_path = out->count;
    return 0;
}

/* The identifier or #name at p->cur. */
static int path_append_name(parser *p, path *out, str *undefined)
{
    str text = parser_token(p, p->cur);
    path_step step = {.name = text};

    if (p->cur.kind == TK_IDENT) {
        if (p->reserved.p == NULL && reserved_word(text))
            p->reserved = text;
    } else if (p->cur.kind == TK_NAME) {
        str name = binding_name(p->b, text);
        if (name.p != NULL) {
            step.name = name;
        } else {
            if (undefined->p == NULL)
                *undefined = text;
            if (p->undefined_name.p == NULL)
                p->undefined_name = text;
        }
    } else {
        return parser_syntax_error(p);
    }
    parser_advance(p);
    return path_append(p, out, step);
}

static int path_append_index(parser *p, path *out)
{
    str digits = parser_token(p, p->cur);
    uint64_t index = 0;

    if (p->cur.kind != TK_NUMBER)
        return parser_syntax_error(p);
    for (size_t i = 0; i < digits.n && index <= LIST_INDEX_MAX; i++)
        index = index * 10 + (uint64_t)(digits.p[i] - '0');
    if (index > LIST_INDEX_MAX) {
        index = 0;
        if (p->bad_index.p == NULL)
            p->bad_index = digits;
    }
    parser_advance(p);
    TRY(parser_expect(p, TK_BRACKET_CLOSE));
    return path_append(p, out, (path_step){.is_index = true, .index = (uint32_t)index});
}

int parser_path_rest(parser *p, path *out, str *undefined)
{
    for (;;) {
        if (p->cur.kind == TK_DOT) {
            parser_advance(p);
            TRY(path_append_name(p, out, undefined));
        } else if (p->cur.kind == TK_BRACKET_OPEN) {
            parser_advance(p);
            TRY(path_append_index(p, out));
        } else {
            return 0;
        }
    }
}

int parser_path(parser *p, path *out, str *undefined)
{
    *out = (path){0};
    *undefined = STR_ABSENT;
    TRY(path_append_name(p, out, undefined));
    return parser_path_rest(p, out, undefined);
}

/* ---- nodes ---- */

node *node_new(ctx *cx, node_op op)
{
    node *n = ARENA_NEW(cx->a, node);

    if (n != NULL) {
        *n = (node){0};
        n->op = (uint8_t)op;
    }
    return n;
}

void node_add(node *parent, node *child)
{
    child->next = NULL;
    if (parent->last != NULL)
        parent->last->next = child;
    else
        parent->child = child;
    parent->last = child;
    parent->count++;
}

int parser_path_node(parser *p, node **out)
{
    path *q = ARENA_NEW(p->cx->a, path);
    node *n = node_new(p->cx, N_PATH);

    if (q == NULL || n == NULL)
        return DDB_NOMEM;
    TRY(parser_path(p, q, &n->text));
    n->path = q;
    *out = n;
    return 0;
}

int parser_value(parser *p, node **out)
{
    node *n = node_new(p->cx, N_VALUE);

    if (n == NULL)
        return DDB_NOMEM;
    n->text = parser_token(p, p->cur);
    n->value = binding_value(p->b, n->text);
    if (n->value == NULL && p->undefined_value.p == NULL)
        p->undefined_value = n->text;
    parser_advance(p);
    *out = n;
    return 0;
}

static const struct {
    str name;
    node_op op;
    bool update; /* of the update grammar, else of the condition grammar */
} functions[] = {
    {STR_INIT("attribute_exists"), N_ATTRIBUTE_EXISTS, false},
    {STR_INIT("attribute_not_exists"), N_ATTRIBUTE_NOT_EXISTS, false},
    {STR_INIT("attribute_type"), N_ATTRIBUTE_TYPE, false},
    {STR_INIT("begins_with"), N_BEGINS_WITH, false},
    {STR_INIT("contains"), N_CONTAINS, false},
    {STR_INIT("size"), N_SIZE, false},
    {STR_INIT("if_not_exists"), N_IF_NOT_EXISTS, true},
    {STR_INIT("list_append"), N_LIST_APPEND, true},
};

int parser_function(parser *p, str name, node **out)
{
    node_op op = N_UNKNOWN_FUNCTION;
    bool foreign = false;
    node *n;

    for (size_t i = 0; i < COUNT(functions); i++) {
        if (str_eq(functions[i].name, name)) {
            foreign = functions[i].update != (p->kind == EX_UPDATE);
            op = foreign ? N_UNKNOWN_FUNCTION : functions[i].op;
            break;
        }
    }
    if (op == N_UNKNOWN_FUNCTION && p->bad_function.p == NULL) {
        p->bad_function = name;
        p->foreign = foreign;
    }
    p->operators++;
    n = node_new(p->cx, op);
    if (n == NULL)
        return DDB_NOMEM;
    n->text = name;
    *out = n;
    return 0;
}

const char *node_op_text(const node *n)
{
    static const char *const texts[] = {
        [N_EQ] = "=", [N_NE] = "<>", [N_LT] = "<", [N_LE] = "<=", [N_GT] = ">", [N_GE] = ">=",
        [N_BETWEEN] = "BETWEEN", [N_IN] = "IN", [N_AND] = "AND", [N_OR] = "OR", [N_NOT] = "NOT",
        [N_ATTRIBUTE_EXISTS] = "attribute_exists",
        [N_ATTRIBUTE_NOT_EXISTS] = "attribute_not_exists",
        [N_ATTRIBUTE_TYPE] = "attribute_type", [N_BEGINS_WITH] = "begins_with",
        [N_CONTAINS] = "contains", [N_SIZE] = "size", [N_IF_NOT_EXISTS] = "if_not_exists",
        [N_LIST_APPEND] = "list_append", [N_PLUS] = "+", [N_MINUS] = "-",
    };
    return texts[n->op];
}

/* ---- what was found on the way ---- */

int parser_check_operators(const parser *p)
{
    if (p->operators <= EXPRESSION_OPERATORS_MAX)
        return 0;
    /* The service stops counting at the first that is too many. */
    return expr_fail(p->cx, p->kind,
                     "The expression contains too many operators; operator count: %d",
                     EXPRESSION_OPERATORS_MAX + 1);
}

int parser_check_function(const parser *p)
{
    if (p->bad_function.p == NULL)
        return 0;
    if (p->foreign)
        return expr_fail(p->cx, p->kind,
                         "The function is not allowed in %s expression; function: %S",
                         p->kind == EX_UPDATE ? "an update" : "a condition", p->bad_function);
    return expr_fail(p->cx, p->kind, "Invalid function name; function: %S", p->bad_function);
}

int parser_check_reserved(const parser *p)
{
    if (p->reserved.p != NULL)
        return expr_fail(p->cx, p->kind,
                         "Attribute name is a reserved keyword; reserved keyword: %S",
                         p->reserved);
    return 0;
}

int parser_check_paths(const parser *p)
{
    if (p->bad_index.p != NULL)
        return expr_fail(p->cx, p->kind,
                         "List index is not within the allowable range; index: [%S]",
                         p->bad_index);
    if (p->deep_path > 0)
        return expr_fail(p->cx, p->kind,
                         "The document path has too many nesting levels; nesting levels: %d",
                         (int)p->deep_path);
    return 0;
}

int parser_check_undefined_name(const parser *p)
{
    if (p->undefined_name.p == NULL)
        return 0;
    return expr_fail(p->cx, p->kind,
                     "An expression attribute name used in the document path is not defined; "
                     "attribute name: %S",
                     p->undefined_name);
}

int parser_check_undefined_value(const parser *p)
{
    if (p->undefined_value.p == NULL)
        return 0;
    return expr_fail(p->cx, p->kind,
                     "An expression attribute value used in expression is not defined; "
                     "attribute value: %S",
                     p->undefined_value);
}
