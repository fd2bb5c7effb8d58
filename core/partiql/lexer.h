/*
 * lexer.h - the tokens of a statement. For core/partiql only.
 */
#ifndef DDB_PARTIQL_LEXER_H
#define DDB_PARTIQL_LEXER_H

#include "base/ctx.h"

typedef enum lexeme {
    LX_END, LX_BAD,
    LX_NAME,    /* a bare word that is no keyword */
    LX_QUOTED,  /* "..." */
    LX_KEYWORD, /* in any case */
    LX_STRING,  /* '...' */
    LX_NUMBER, LX_PARAMETER,
    LX_EQ, LX_NE, LX_LT, LX_LE, LX_GT, LX_GE, LX_PLUS, LX_MINUS, LX_STAR,
    LX_OPERATOR, /* one that DynamoDB does not have: / % || */
    LX_OPEN, LX_CLOSE, LX_BRACKET_OPEN, LX_BRACKET_CLOSE, LX_CURLY_OPEN, LX_CURLY_CLOSE,
    LX_BAG_OPEN, LX_BAG_CLOSE, LX_DOT, LX_COMMA, LX_COLON, LX_SEMICOLON
} lexeme;

typedef struct lex_token {
    lexeme kind;
    size_t at, end; /* bytes of the statement, quotes included */
} lex_token;

/* The token at or after `at`, behind blanks and comments. */
lex_token lex(str text, size_t at);
/* Is the token this keyword (given in lower case)? */
bool lex_is(str text, const lex_token *t, const char *keyword);
/* What stands between the quotes of a LX_STRING or LX_QUOTED, doubled quotes undone. */
int lex_unquote(ctx *cx, str text, const lex_token *t, str *out);
/* " at <line>:<column>:<length>" of n bytes at `at`, both from 1. */
void lex_put_place(buf *b, str text, size_t at, size_t n);

#endif
