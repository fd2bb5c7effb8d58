/*
 * json_number.c - numbers of replies: capacity units, sizes and timestamps.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "value/json.h"

/* The shortest text that reads back as v; a locale's comma becomes the point of JSON. */
static void put_shortest(buf *b, double v)
{
    char text[40];
    bool point = false;

    for (int precision = 15; precision <= 17; precision++) {
        snprintf(text, sizeof text, "%.*g", precision, v);
        if (strtod(text, NULL) == v)
            break;
    }
    for (char *p = text; *p != '\0'; p++) {
        if (*p == ',')
            *p = '.';
        point = point || *p == '.' || *p == 'e';
    }
    buf_str(b, str_of(text));
    if (!point)
        buf_lit(b, ".0");
}

void json_put_double(buf *b, double v)
{
    double twice = v * 2;
    int64_t half;

    if (!isfinite(v)) {
        buf_lit(b, "0.0"); /* JSON has no such number, and nothing of ours computes one */
        return;
    }
    /* Nearly all doubles of replies are capacity units: multiples of one half. */
    if (twice < 0 || twice > 1e15 || twice != floor(twice)) {
        put_shortest(b, v);
        return;
    }
    half = (int64_t)twice;
    buf_int(b, half / 2);
    if (half % 2 == 0)
        buf_lit(b, ".0");
    else
        buf_lit(b, ".5");
}

void json_put_timestamp(buf *b, int64_t ms)
{
    uint64_t u = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
    unsigned rest = (unsigned)(u % 1000);
    char text[4] = {'.', (char)('0' + rest / 100), (char)('0' + rest / 10 % 10),
                    (char)('0' + rest % 10)};
    size_t n = sizeof text;

    if (ms < 0)
        buf_byte(b, '-');
    buf_int(b, (int64_t)(u / 1000));
    if (rest == 0)
        return;
    while (text[n - 1] == '0')
        n--;
    buf_put(b, text, n);
}
