/*
 * lexer.c - statement text to tokens, one at a time and without memory of its own.
 *
 * Keywords are found in any case; what is no keyword is a name as it stands. Comments are `--` to
 * the end of the line and C's. Start at lex().
 */
#include "partiql/lexer.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

static bool is_word(char c)
{
    return is_word_start(c) || is_digit(c);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Order of a word, folded, against a keyword. */
static int compare_word(str word, str keyword)
{
    for (size_t i = 0; i < word.n && i < keyword.n; i++) {
        char c = lower(word.p[i]);
        if (c != keyword.p[i])
            return c < keyword.p[i] ? -1 : 1;
    }
    return word.n < keyword.n ? -1 : word.n > keyword.n;
}

static bool is_keyword(str word)
{
    static const str keywords[] = {
#define K(word_) STR_INIT(word_),
#include "partiql/keywords.def"
#undef K
    };
    size_t low = 0, high = COUNT(keywords);

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = compare_word(word, keywords[mid]);
        if (c == 0)
            return true;
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return false;
}

static size_t skip_line(str s, size_t at)
{
    while (at < s.n && s.p[at] != '\n')
        at++;
    return at;
}

/* Behind the comment, or at the end of the text. */
static size_t skip_block(str s, size_t at)
{
    for (at += 2; at + 1 < s.n; at++) {
        if (s.p[at] == '*' && s.p[at + 1] == '/')
            return at + 2;
    }
    return s.n;
}

static size_t skip_blanks(str s, size_t at)
{
    while (at < s.n) {
        char c = s.p[at], next = at + 1 < s.n ? s.p[at + 1] : '\0';
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
            at++;
        else if (c == '-' && next == '-')
            at = skip_line(s, at);
        else if (c == '/' && next == '*')
            at = skip_block(s, at);
        else
            break;
    }
    return at;
}

static size_t skip_digits(str s, size_t at)
{
    while (at < s.n && is_digit(s.p[at]))
        at++;
    return at;
}

/* 12  12.5  .5  12.  1e-5; a word that follows directly belongs to it and makes it bad. */
static lex_token scan_number(str s, size_t at)
{
    lex_token t = {LX_NUMBER, at, skip_digits(s, at)};

    if (t.end < s.n && s.p[t.end] == '.')
        t.end = skip_digits(s, t.end + 1);
    if (t.end < s.n && lower(s.p[t.end]) == 'e') {
        size_t digits = t.end + 1;
        if (digits < s.n && (s.p[digits] == '+' || s.p[digits] == '-'))
            digits++;
        if (digits < s.n && is_digit(s.p[digits]))
            t.end = skip_digits(s, digits);
    }
    if (t.end < s.n && is_word(s.p[t.end])) {
        t.kind = LX_BAD;
        while (t.end < s.n && is_word(s.p[t.end]))
            t.end++;
    }
    return t;
}

static lex_token scan_word(str s, size_t at)
{
    lex_token t = {LX_NAME, at, at};

    while (t.end < s.n && is_word(s.p[t.end]))
        t.end++;
    if (is_keyword((str){s.p + at, t.end - at}))
        t.kind = LX_KEYWORD;
    return t;
}

/* To the closing quote; a doubled one does not close. */
static lex_token scan_quoted(str s, size_t at, lexeme kind)
{
    char quote = s.p[at];
    size_t i = at + 1;

    for (; i < s.n; i++) {
        if (s.p[i] != quote)
            continue;
        if (i + 1 == s.n || s.p[i + 1] != quote)
            return (lex_token){kind, at, i + 1};
        i++;
    }
    return (lex_token){LX_BAD, at, s.n};
}

/* One whole UTF-8 character. */
static lex_token scan_bad(str s, size_t at)
{
    size_t end = at + 1;

    while (end < s.n && ((unsigned char)s.p[end] & 0xC0) == 0x80)
        end++;
    return (lex_token){LX_BAD, at, end};
}

typedef struct sign {
    char text[3];
    lexeme kind;
} sign;

static lex_token scan_sign(str s, size_t at)
{
    /* Longer ones first. */
    static const sign signs[] = {
        {"<<", LX_BAG_OPEN}, {">>", LX_BAG_CLOSE}, {"<>", LX_NE}, {"!=", LX_NE}, {"<=", LX_LE},
        {">=", LX_GE}, {"||", LX_OPERATOR}, {"=", LX_EQ}, {"<", LX_LT}, {">", LX_GT},
        {"+", LX_PLUS}, {"-", LX_MINUS}, {"*", LX_STAR}, {"/", LX_OPERATOR}, {"%", LX_OPERATOR},
        {"(", LX_OPEN}, {")", LX_CLOSE}, {"[", LX_BRACKET_OPEN}, {"]", LX_BRACKET_CLOSE},
        {"{", LX_CURLY_OPEN}, {"}", LX_CURLY_CLOSE}, {".", LX_DOT}, {",", LX_COMMA},
        {":", LX_COLON}, {";", LX_SEMICOLON}, {"?", LX_PARAMETER}};

    for (size_t i = 0; i < COUNT(signs); i++) {
        str text = str_of(signs[i].text);
        if (str_starts((str){s.p + at, s.n - at}, text))
            return (lex_token){signs[i].kind, at, at + text.n};
    }
    return scan_bad(s, at);
}

lex_token lex(str s, size_t at)
{
    char c;

    at = skip_blanks(s, at);
    if (at == s.n)
        return (lex_token){LX_END, at, at};
    c = s.p[at];
    if (is_word_start(c))
        return scan_word(s, at);
    if (is_digit(c) || (c == '.' && at + 1 < s.n && is_digit(s.p[at + 1])))
        return scan_number(s, at);
    if (c == '\'')
        return scan_quoted(s, at, LX_STRING);
    if (c == '"')
        return scan_quoted(s, at, LX_QUOTED);
    return scan_sign(s, at);
}

bool lex_is(str text, const lex_token *t, const char *keyword)
{
    return t->kind == LX_KEYWORD &&
           compare_word((str){text.p + t->at, t->end - t->at}, str_of(keyword)) == 0;
}

int lex_unquote(ctx *cx, str text, const lex_token *t, str *out)
{
    str in = {text.p + t->at + 1, t->end - t->at - 2};
    char quote = text.p[t->at], *p;
    size_t n = 0;

    *out = in;
    if (in.n == 0 || memchr(in.p, quote, in.n) == NULL)
        return 0;
    p = arena_alloc(cx->a, in.n);
    if (p == NULL)
        return DDB_NOMEM;
    for (size_t i = 0; i < in.n; i++) {
        p[n++] = in.p[i];
        if (in.p[i] == quote)
            i++; /* the second of two */
    }
    *out = (str){p, n};
    return 0;
}

void lex_put_place(buf *b, str text, size_t at, size_t n)
{
    size_t line = 1, column = 1;

    for (size_t i = 0; i < at && i < text.n; i++) {
        if (text.p[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)text.p[i] & 0xC0) != 0x80) {
            column++;
        }
    }
    buf_fmt(b, " at %z:%z:%z", line, column, n);
}
