/*
 * json_string.h - private to core/value: JSON string literals to bytes.
 */
#ifndef DDB_VALUE_JSON_STRING_H
#define DDB_VALUE_JSON_STRING_H

#include "base/ctx.h"

/* Decodes the text between the quotes of a string literal: escapes resolved, lone surrogates and
 * bytes that are not UTF-8 as U+FFFD. *out is raw itself when nothing had to change, else in the
 * arena. 0, DDB_SERIALIZATION (without a text) for an unknown escape, DDB_NOMEM. */
int json_unescape(arena *a, str raw, str *out);

/* Decodes one code unit sequence at *p, which moves past it, to UTF-8. Gives its bytes (1..4), or
 * 0 for an unknown escape. p < end. */
size_t json_unescape_one(const char **p, const char *end, char out[4]);

#endif
