/*
 * number.h - DynamoDB's numbers: up to 38 significant decimal digits, exact.
 *
 *   value = sign * 0.d1 d2 ... dn * 10^exponent, d1 != 0, dn != 0; zero has n == 0
 *
 * Canonical text has no exponent, no '+', no superfluous zero: 1e2 -> 100, -0 -> 0, .50 -> 0.5.
 * Each number has exactly one canonical text, so text equality is numeric equality.
 */
#ifndef DDB_VALUE_NUMBER_H
#define DDB_VALUE_NUMBER_H

#include "base/ctx.h"
#include "base/limits.h"

#define NUMBER_TEXT_MAX 172 /* '-', "0.", 130 places and 38 digits, rounded up */

typedef struct number {
    int8_t sign;       /* -1, 0, 1 */
    uint8_t n;         /* significant digits, 0..38 */
    int16_t exponent;  /* of 0.d1d2..., so 1 is 0.1e1: exponent 1 */
    uint8_t d[NUMBER_DIGITS_MAX]; /* 0..9, most significant first */
} number;

/* Text of the request to a number. On a mistake fails with the service's text (DDB_VALIDATION):
 * "The parameter cannot be converted to a numeric value[: x]", overflow, underflow, precision. */
int number_parse(ctx *cx, str text, number *out);
void number_parse_canonical(str text, number *out); /* trusted text: stored or already checked */
size_t number_put(const number *x, char out[NUMBER_TEXT_MAX]); /* canonical text, its length */
/* Request text to canonical text in one go; *out may be the text itself when it is canonical
 * already (the usual case), else it is in the arena. Errors as number_parse. */
int number_canonical(ctx *cx, str text, str *out);

/* The double nearest to a canonical text, or one very near to it (32-bit floats made of it are the
 * nearest but in rare ties). */
double number_double(str canonical);
int number_cmp_text(str a, str b); /* canonical texts: <0, 0, >0 */
/* Exact sum or difference. DDB_VALIDATION with the service's text when it does not fit. */
int number_add(ctx *cx, const number *a, const number *b, number *out);
int number_sub(ctx *cx, const number *a, const number *b, number *out);
size_t number_size(str canonical); /* bytes of item size: 1 + ceil(int/2) + ceil(frac/2) + sign */

#endif
