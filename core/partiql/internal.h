/*
 * internal.h - what the parts of the statement parser share. For core/partiql only.
 *
 *   lexer.c      text -> tokens
 *   term.c       tokens -> terms: expressions as they were written, paths and literals folded
 *   statement.c  the four statements, made of terms
 *   lower.c      terms -> values, conditions (expr/ast.h)
 *   change.c     SET and REMOVE -> update
 *   where.c      what a condition says of key attributes
 *
 * A term means what its place makes of it: `a = 1` is a comparison in WHERE and nothing at all in
 * a projection, so parsing and meaning are two steps, each with its own mistakes.
 */
#ifndef DDB_PARTIQL_INTERNAL_H
#define DDB_PARTIQL_INTERNAL_H

#include "expr/ast.h"
#include "partiql/lexer.h"
#include "partiql/partiql.h"

typedef enum term_kind {
    TM_PATH, TM_LITERAL, TM_MISSING, TM_STAR,
    TM_LIST, TM_TUPLE /* name, value, name, value ... */, TM_BAG,
    TM_CALL,
    TM_OR, TM_AND, TM_NOT,
    TM_EQ, TM_NE, TM_IS, TM_IN, TM_LT, TM_LE, TM_GT, TM_GE, TM_BETWEEN,
    TM_PLUS, TM_MINUS,
    TM_OTHER /* an operator that DynamoDB does not have */
} term_kind;

typedef struct term {
    uint8_t kind;   /* term_kind */
    uint32_t count; /* children */
    struct term *child, *last, *next;
    path *path;     /* TM_PATH */
    value literal;  /* TM_LITERAL */
    str text;       /* TM_CALL: the function; TM_IS: the type; TM_OTHER: the operator */
    size_t at, end; /* its first token in the statement */
} term;

typedef struct reader {
    ctx *cx;
    str text;
    lex_token cur;
    uint32_t depth;
    uint32_t operators; /* operators and functions so far */
    const attr_value *params;
    uint32_t param_count, params_used;
} reader;

/* ---- tokens ---- */
void reader_next(reader *r);
bool reader_at(const reader *r, const char *keyword);
str reader_token(const reader *r);
/* "Statement wasn't well formed, can't be processed: ..." */
int reader_malformed(reader *r, const char *fmt, ...);
/* The message and where: " at <line>:<column>:<length>". */
int reader_fail_at(reader *r, const char *message, size_t at, size_t end);
/* Is the word at the token a name, bare or quoted? Takes it; refuses the empty one. */
bool reader_at_name(const reader *r);
int reader_name(reader *r, str *out);

/* ---- terms ---- */
int term_read(reader *r, int precedence, term **out);
int term_read_path(reader *r, path **out); /* names and indices only */
#define PRECEDENCE_ANY (-1)

/* ---- meaning ---- */
/* `name` is the attribute the value is for, for messages. */
int lower_value(reader *r, const term *t, str name, value *out);
bool term_is_value(const term *t);
int lower_node(reader *r, node_op op, node **out);
int lower_literal(reader *r, const value *v, node **out);
int lower_operand(reader *r, const term *t, bool in_update, node **out);
int lower_condition(reader *r, const term *t, cond **out);
const char *term_operator(const term *t); /* "=", "AND", ... */
bool word_is(str word, const char *lower_case);

/* SET ..., REMOVE ... up to WHERE. */
int change_read(reader *r, update **out);

#endif
