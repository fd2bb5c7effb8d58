/*
 * stream_common.c - sequence numbers and shard iterators; see stream_common.h.
 */
#include "ops/stream_common.h"

#include "base/hash.h"

#define NUMBER_DIGITS 21
#define ITERATOR_BYTES_MAX 2048 /* model */

const shape shape_stream_arn = {.kind = SH_STRING, .min = 37, .max = 1024};
const shape shape_shard_id = {.kind = SH_STRING, .min = 28, .max = 65};

void stream_put_number(buf *b, int64_t seq)
{
    char digits[NUMBER_DIGITS];

    for (int i = NUMBER_DIGITS - 1; i > 0; i--, seq /= 10)
        digits[i] = (char)('0' + seq % 10);
    digits[0] = '1';
    buf_put(b, digits, sizeof digits);
}

/* Reads digits up to the first other byte; false when there is none or they do not fit. */
static bool take_int(str *s, int64_t *out)
{
    const char *began = s->p;

    for (*out = 0; s->n > 0 && s->p[0] >= '0' && s->p[0] <= '9'; s->p++, s->n--) {
        int digit = s->p[0] - '0';
        if (*out > (INT64_MAX - digit) / 10)
            return false;
        *out = *out * 10 + digit;
    }
    return s->p > began;
}

int stream_read_number(ctx *cx, str text, int64_t *out)
{
    str rest = {text.p + 1, text.n - 1};

    if (text.n != NUMBER_DIGITS || text.p[0] != '1' || !take_int(&rest, out) || rest.n > 0)
        return fail(cx, DDB_VALIDATION, "Invalid SequenceNumber");
    return 0;
}

int stream_fail_trimmed(ctx *cx)
{
    return fail(cx, DDB_TRIMMED_DATA, "The data you are trying to access has been trimmed");
}

int iterator_put(ctx *cx, buf *b, const iterator *it)
{
    buf place;

    buf_init_arena(&place, cx->a, ITERATOR_BYTES_MAX);
    buf_fmt(&place, "%S %s %l %l", it->shard, it->horizon ? "H" : "P", it->at, it->created_ms);
    buf_fmt(&place, " %l", (int64_t)hash_crc32(place.p, place.n));
    if (place.err != 0)
        return place.err;
    buf_fmt(b, "%S|1|", it->arn);
    base64_put(b, buf_view(&place));
    return b->err;
}

/* Takes the byte c off the front. */
static bool take(str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    s->p++;
    s->n--;
    return true;
}

/* "<shard id> <H or P> <number> <created ms> <crc of all before>" */
static bool read_place(str s, iterator *out)
{
    const char *blank = s.n == 0 ? NULL : memchr(s.p, ' ', s.n), *began = s.p;
    int64_t sum;

    if (blank == NULL)
        return false;
    out->shard = (str){s.p, (size_t)(blank - s.p)};
    s = (str){blank, s.n - out->shard.n};
    if (!take(&s, ' '))
        return false;
    out->horizon = take(&s, 'H');
    if ((!out->horizon && !take(&s, 'P')) || !take(&s, ' ') || !take_int(&s, &out->at) ||
        !take(&s, ' ') || !take_int(&s, &out->created_ms))
        return false;
    blank = s.p;
    return take(&s, ' ') && take_int(&s, &sum) && s.n == 0 &&
           sum == (int64_t)hash_crc32(began, (size_t)(blank - began));
}

int iterator_read(ctx *cx, str text, iterator *out)
{
    static const str mark = STR_INIT("|1|");
    const char *bar = text.n == 0 ? NULL : memchr(text.p, '|', text.n);
    str rest, place;
    int rc = DDB_SERIALIZATION;

    if (bar != NULL) {
        out->arn = (str){text.p, (size_t)(bar - text.p)};
        rest = (str){bar, text.n - out->arn.n};
        if (str_starts(rest, mark))
            rc = base64_decode(cx, (str){rest.p + mark.n, rest.n - mark.n}, &place);
    }
    if (rc == DDB_NOMEM)
        return rc;
    if (rc < 0 || !read_place(place, out)) {
        cx->err = (error){0};
        return fail(cx, DDB_VALIDATION, "Invalid ShardIterator");
    }
    if (cx->now_ms - out->created_ms > ITERATOR_LIFE_MS)
        return fail(cx, DDB_EXPIRED_ITERATOR,
                    "The shard iterator has expired: it was given out more than 15 minutes ago");
    return 0;
}
