/*
 * stream_fuzz.c - texts that name places in streams: iterators, ARNs, sequence numbers.
 *
 * The input is read as each of them, and once more as the inside of an iterator whose checksum is
 * right, which a mutation alone would hardly find. What is accepted must survive being written and
 * read again.
 */
#include <stdlib.h>

#include "base/hash.h"
#include "base/limits.h"
#include "ops/stream_common.h"
#include "value/json.h"

#define NOW 1700000000000
#define CHECK_OR_ABORT(x)  \
    do {                   \
        if (!(x))          \
            abort();       \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void read_iterator(ctx *cx, str text)
{
    iterator it, again;
    buf b;

    if (iterator_read(cx, text, &it) < 0) {
        CHECK_OR_ABORT(cx->err.code == DDB_VALIDATION || cx->err.code == DDB_EXPIRED_ITERATOR);
        return;
    }
    buf_init_arena(&b, cx->a, REPLY_BYTES_MAX);
    if (iterator_put(cx, &b, &it) < 0)
        return; /* longer than an iterator may be */
    CHECK_OR_ABORT(iterator_read(cx, buf_view(&b), &again) == 0);
    CHECK_OR_ABORT(str_eq(it.arn, again.arn) && str_eq(it.shard, again.shard) &&
                   it.horizon == again.horizon && it.at == again.at &&
                   it.created_ms == again.created_ms);
}

static void read_number(ctx *cx, str text)
{
    int64_t seq;
    buf b;

    if (stream_read_number(cx, text, &seq) < 0)
        return;
    buf_init_arena(&b, cx->a, 64);
    stream_put_number(&b, seq);
    CHECK_OR_ABORT(str_eq(buf_view(&b), text));
}

static void with_checksum(ctx *cx, str place)
{
    buf inside, text;

    buf_init_arena(&inside, cx->a, REPLY_BYTES_MAX);
    buf_str(&inside, place);
    buf_fmt(&inside, " %l", (int64_t)hash_crc32(place.p, place.n));
    buf_init_arena(&text, cx->a, REPLY_BYTES_MAX);
    buf_lit(&text, "arn|1|");
    base64_put(&text, buf_view(&inside));
    read_iterator(cx, buf_view(&text));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    char *bytes = malloc(n > 0 ? n : 1); /* a read beyond the input leaves the block */
    table_arn arn;
    str label;
    mem m;
    arena a;

    if (bytes == NULL)
        return 0;
    if (n > 0)
        memcpy(bytes, p, n);
    str text = {bytes, n};
    mem_init(&m);
    arena_init(&a, &m, ARENA_BYTES_MAX);
    ctx cx = {.m = &m, .a = &a, .now_ms = NOW};
    read_iterator(&cx, text);
    with_checksum(&cx, text);
    read_number(&cx, text);
    if (stream_arn_split(text, &arn, &label))
        CHECK_OR_ABORT(arn.name.n > 0 && arn.name.n + label.n < n);
    arena_release(&a);
    free(bytes);
    return 0;
}
