/*
 * parser.h - what the parsers of all expression kinds share: tokens, paths, placeholders, and the
 * first mistake of each class.
 *
 * The service reports mistakes by class (syntax, then redundant parentheses, then unknown
 * functions, ...) and within a class from left to right. So parsing goes on after everything but
 * a syntax error, and the first find of each class is kept here; the entry functions report them
 * in the order of their kind. For core/expr only.
 */
#ifndef DDB_EXPR_PARSER_H
#define DDB_EXPR_PARSER_H

#include "expr/ast.h"

typedef enum token_kind {
    TK_END, TK_BAD, /* a character that begins no token */
    TK_IDENT, TK_NAME, TK_VALUE, TK_NUMBER,
    TK_EQ, TK_NE, TK_LT, TK_LE, TK_GT, TK_GE, TK_PLUS, TK_MINUS,
    TK_OPEN, TK_CLOSE, TK_BRACKET_OPEN, TK_BRACKET_CLOSE, TK_DOT, TK_COMMA,
    TK_AND, TK_OR, TK_NOT, TK_BETWEEN, TK_IN,  /* in conditions only */
    TK_SET, TK_REMOVE, TK_ADD, TK_DELETE       /* in updates only */
} token_kind;

typedef struct token {
    token_kind kind;
    size_t at, end; /* bytes of the expression */
} token;

typedef struct parser {
    ctx *cx;
    binding *b;
    expr_kind kind;
    str src;
    token cur, prev;    /* prev is empty at 0 before the first advance */
    uint32_t depth;
    uint32_t operators; /* operators and functions seen */
    /* The first of each class; absent: none. */
    bool redundant;       /* parentheses around parentheses */
    str bad_function;     /* unknown here */
    bool foreign;         /* ... but known in the other grammar */
    str misused_function;
    str reserved;
    str bad_index;
    uint32_t deep_path;   /* steps; 0: none too deep */
    str undefined_name, undefined_value;
} parser;

/* Size and emptiness of the text, then the first token. */
int parser_init(parser *p, ctx *cx, binding *b, expr_kind kind, str text);
void parser_advance(parser *p);
str parser_token(const parser *p, token t);
int parser_syntax_error(parser *p); /* at p->cur */
int parser_expect(parser *p, token_kind kind);
bool parser_at_call(const parser *p); /* `(` follows p->cur */

/* A path that begins at p->cur (an identifier or a #name). *undefined is its first undefined
 * #name, or absent. */
int parser_path(parser *p, path *out, str *undefined);
/* The rest of a path, `.b[1]`, behind what out holds. */
int parser_path_rest(parser *p, path *out, str *undefined);
/* A :value; the node's value is NULL when it is not defined. */
int parser_value(parser *p, node **out);
/* The node of a path operand; its path begins at p->cur. */
int parser_path_node(parser *p, node **out);
/* The node of a function without its operands; notes one that is unknown in this grammar. */
int parser_function(parser *p, str name, node **out);

/* Too many operators, then what both grammars report after the classes of their own. */
int parser_check_operators(const parser *p);
int parser_check_function(const parser *p);
int parser_check_reserved(const parser *p);
int parser_check_paths(const parser *p); /* list indices and nesting */
int parser_check_undefined_name(const parser *p);
int parser_check_undefined_value(const parser *p);

/* ---- binding.c ---- */

/* The attribute name behind "#n"; absent when there is none. Marks it as used. */
str binding_name(binding *b, str placeholder);
const value *binding_value(binding *b, str placeholder); /* NULL when there is none */

#endif
