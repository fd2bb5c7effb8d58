/*
 * json.h - request text to tree, and JSON text out.
 *
 * json_parse() is strict RFC 8259 and never recurses. Strings without escapes point into the
 * text, others into the arena; the text must outlive the tree. Bytes that are not UTF-8, and
 * escaped lone surrogates, become U+FFFD. Duplicate members stay in the tree in their order;
 * json_get() and the checker take the last one, as the service does.
 */
#ifndef DDB_VALUE_JSON_H
#define DDB_VALUE_JSON_H

#include "base/ctx.h"

typedef enum { J_NULL, J_TRUE, J_FALSE, J_NUMBER, J_STRING, J_ARRAY, J_OBJECT } json_type;

typedef struct json {
    uint8_t type;       /* json_type */
    bool decimal;       /* J_NUMBER: has a fraction or an exponent */
    uint32_t count;     /* children of J_ARRAY and J_OBJECT */
    str s;              /* J_STRING: decoded UTF-8; J_NUMBER: its text; J_OBJECT: its text, if that
                           has no blank outside strings and no escape in them, else absent */
    str key;            /* this value's name, when its parent is an object */
    struct json *child; /* first child */
    struct json *next;  /* next sibling */
} json;

/* 0; DDB_SERIALIZATION without a message when the text is not JSON; DDB_NOMEM. */
int json_parse(ctx *cx, str text, json **out);
const json *json_get(const json *object, str key); /* the last of that name, or NULL */

/* A JSON string with quotes and the fewest escapes: \" \\ \b \f \n \r \t and \u00xx below 0x20. */
void json_put_string(buf *b, str s);
/* A double as the service prints it: 1 -> 1.0, 0.5 -> 0.5. */
void json_put_double(buf *b, double v);
/* Milliseconds as epoch seconds: 1421866952062 -> 1421866952.062, whole seconds: no fraction. */
void json_put_timestamp(buf *b, int64_t ms);

/* Standard base64 with padding. */
void base64_put(buf *b, str raw);
size_t base64_decoded_max(size_t encoded);
/* 0, or the service's SerializationException (length, alphabet). *out is in the arena. */
int base64_decode(ctx *cx, str text, str *out);

#endif
