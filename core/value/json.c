/*
 * json.c - parses a request to a tree, without recursion and with one pass over the bytes.
 *
 * The parser keeps a stack of open containers; `tail` is where the next node is linked:
 *
 *   {"a":[1,2]}   open {   -> key "a", open [   -> link 1, link 2   -> ] pops   -> } pops
 *
 * Start at json_parse().
 */
#include "value/json.h"

#include "base/limits.h"
#include "base/scan.h"
#include "base/utf8.h"
#include "value/json_string.h"

#define STACK_FIRST 32 /* requests nest deeper than this only on purpose */

typedef struct frame {
    json *container;
    const char *from; /* its bracket */
    size_t loose;     /* what the parser's was at it */
    json **tail; /* the `next` (or `child`) that takes the following element */
} frame;

typedef struct parser {
    ctx *cx;
    const char *p, *end;
    frame *stack;
    size_t depth, capacity;
    json *node; /* what the next value is written to; it has its key already */
    size_t loose; /* runs of blanks, and strings that are not their text: until here */
} parser;

static int bad_syntax(ctx *cx)
{
    return fail_str(cx, DDB_SERIALIZATION, STR_ABSENT);
}

static inline void skip_blanks(parser *ps)
{
    ps->loose++;
    while (ps->p < ps->end &&
           (*ps->p == ' ' || *ps->p == '\n' || *ps->p == '\r' || *ps->p == '\t'))
        ps->p++;
}

/* The next byte that is no blank, or -1 at the end. */
static inline int peek(parser *ps)
{
    if (ps->p < ps->end && (uint8_t)*ps->p > ' ')
        return (uint8_t)*ps->p;
    skip_blanks(ps);
    return ps->p < ps->end ? (uint8_t)*ps->p : -1;
}

/* A string with escapes or bytes beyond ASCII; from is its first byte. */
static int parse_string_slow(parser *ps, const char *from, str *out)
{
    const char *p = ps->p;
    bool plain = true;
    int rc;

    for (;; p++) {
        p = scan_string_plain(p, ps->end);
        if (p == ps->end || (uint8_t)*p < 0x20)
            return bad_syntax(ps->cx);
        if (*p == '"')
            break;
        if (*p == '\\') {
            plain = false;
            if (++p == ps->end)
                return bad_syntax(ps->cx);
            if ((uint8_t)*p >= 0x80 || (uint8_t)*p < 0x20)
                return bad_syntax(ps->cx);
        } else {
            size_t n = utf8_sequence((str){p, (size_t)(ps->end - p)});
            plain = plain && n != 0;
            p += n == 0 ? 0 : n - 1;
        }
    }
    ps->p = p + 1;
    *out = (str){from, (size_t)(p - from)};
    if (plain)
        return 0;
    ps->loose++;
    rc = json_unescape(ps->cx->a, *out, out);
    return rc == DDB_SERIALIZATION ? bad_syntax(ps->cx) : rc;
}

/* The parser stands at the opening quote. */
static inline int parse_string(parser *ps, str *out)
{
    const char *from = ps->p + 1, *p = scan_string_plain(from, ps->end);

    if (p < ps->end && *p == '"') {
        *out = (str){from, (size_t)(p - from)};
        ps->p = p + 1;
        return 0;
    }
    ps->p = p;
    return parse_string_slow(ps, from, out);
}

static const char *digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

static int parse_number(parser *ps, json *j)
{
    const char *from = ps->p, *p = from, *end = ps->end, *q;

    if (*p == '-')
        p++;
    q = digits(p, end);
    if (q == p || (*p == '0' && q - p > 1))
        return bad_syntax(ps->cx);
    p = q;
    if (p < end && *p == '.') {
        q = digits(++p, end);
        if (q == p)
            return bad_syntax(ps->cx);
        p = q;
        j->decimal = true;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        q = digits(p, end);
        if (q == p)
            return bad_syntax(ps->cx);
        p = q;
        j->decimal = true;
    }
    j->type = J_NUMBER;
    j->s = (str){from, (size_t)(p - from)};
    ps->p = p;
    return 0;
}

static int parse_word(parser *ps, json *j, json_type type, str word)
{
    if (!str_starts((str){ps->p, (size_t)(ps->end - ps->p)}, word))
        return bad_syntax(ps->cx);
    j->type = (uint8_t)type;
    ps->p += word.n;
    return 0;
}

static int parse_scalar(parser *ps, json *j, int c)
{
    switch (c) {
    case '"':
        j->type = J_STRING;
        return parse_string(ps, &j->s);
    case 't': return parse_word(ps, j, J_TRUE, STR("true"));
    case 'f': return parse_word(ps, j, J_FALSE, STR("false"));
    case 'n': return parse_word(ps, j, J_NULL, STR("null"));
    case '-': case '0': case '1': case '2': case '3': case '4':
    case '5': case '6': case '7': case '8': case '9':
        return parse_number(ps, j);
    default:
        return bad_syntax(ps->cx);
    }
}

static int push(parser *ps, frame f)
{
    if (ps->depth >= JSON_DEPTH_MAX)
        return bad_syntax(ps->cx);
    if (ps->depth == ps->capacity) {
        frame *more = ARENA_ARRAY(ps->cx->a, frame, ps->capacity * 2);
        if (more == NULL)
            return DDB_NOMEM;
        memcpy(more, ps->stack, ps->depth * sizeof *more);
        ps->stack = more;
        ps->capacity *= 2;
    }
    ps->stack[ps->depth++] = f;
    return 0;
}

/* A node for the next element of the innermost container and, in an object, `"name" :`. The name
 * is written where it stays: copying a str right after its parts were stored costs more than
 * parsing it, because the processor cannot forward two stores to one load. */
static int begin_element(parser *ps)
{
    frame *top = &ps->stack[ps->depth - 1];
    json *j = ARENA_NEW(ps->cx->a, json);

    if (j == NULL)
        return DDB_NOMEM;
    *j = (json){.type = J_NULL};
    *top->tail = ps->node = j;
    top->tail = &j->next;
    top->container->count++;
    if (top->container->type != J_OBJECT)
        return 1;
    if (peek(ps) != '"')
        return bad_syntax(ps->cx);
    TRY(parse_string(ps, &j->key));
    if (peek(ps) != ':')
        return bad_syntax(ps->cx);
    ps->p++;
    return 1;
}

static inline void end_container(parser *ps, const frame *f)
{
    if (f->container->type == J_OBJECT && f->loose == ps->loose)
        f->container->s = (str){f->from, (size_t)(ps->p - f->from)};
}

/* Behind a value: closes what ends here and begins the next element. 1 when there is one, 0 at
 * the end of the outermost container. */
static int next_value(parser *ps)
{
    while (ps->depth > 0) {
        int c = peek(ps);
        if (c == ',') {
            ps->p++;
            return begin_element(ps);
        }
        if (c != (ps->stack[ps->depth - 1].container->type == J_OBJECT ? '}' : ']'))
            return bad_syntax(ps->cx);
        ps->p++;
        end_container(ps, &ps->stack[--ps->depth]);
    }
    return 0;
}

/* One value to ps->node or, for a container, its opening: 1 when its first element comes next. */
static int parse_value(parser *ps)
{
    json *j = ps->node;
    int c = peek(ps);

    if (c != '{' && c != '[')
        return parse_scalar(ps, j, c);
    const frame f = {j, ps->p++, ps->loose, &j->child};
    j->type = c == '{' ? J_OBJECT : J_ARRAY;
    if (peek(ps) == (c == '{' ? '}' : ']')) {
        ps->p++;
        return 0;
    }
    TRY(push(ps, f));
    return begin_element(ps);
}

int json_parse(ctx *cx, str text, json **out)
{
    frame first[STACK_FIRST];
    parser ps = {.cx = cx, .p = text.p, .end = text.p + text.n, .stack = first,
                 .capacity = STACK_FIRST};
    int rc;

    if (text.n == 0)
        return bad_syntax(cx);
    *out = ps.node = ARENA_NEW(cx->a, json);
    if (ps.node == NULL)
        return DDB_NOMEM;
    *ps.node = (json){.type = J_NULL};
    do {
        rc = parse_value(&ps);
        if (rc == 0)
            rc = next_value(&ps);
    } while (rc > 0);
    if (rc == 0 && peek(&ps) != -1)
        rc = bad_syntax(cx);
    return rc;
}

const json *json_get(const json *object, str key)
{
    const json *found = NULL;

    for (const json *j = object->child; j != NULL; j = j->next)
        if (str_eq(j->key, key))
            found = j;
    return found;
}
