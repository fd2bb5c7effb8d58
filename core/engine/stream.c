/*
 * stream.c - streams; see stream.h.
 *
 *   stream_follow   a definition changed: a stream begins, another ends
 *   stream_record   a row changed: one more record
 *   stream_work     time passed: old records go, old shards get children
 *   stream_read     a page of a shard
 *
 * A record's body is spliced from the stored texts of the item: nothing is parsed but the key.
 */
#include "engine/stream.h"

#include <assert.h>

#include "base/hash.h"
#include "engine/catalog.h"
#include "engine/work.h"
#include "value/size.h"

#define TRIM_BATCH 512  /* records a statement */
#define SLICE_MS 4
#define SLICE_BATCHES 16 /* bounds a slice when the clock stands still */
#define SHARD_ID_BYTES 37

/* ---- beginning and end ---- */

static str shard_id(const stream_row *s, int slot, int64_t now_ms, char out[SHARD_ID_BYTES])
{
    uint32_t tail = hash_crc32(s->label.p, s->label.n) ^ (uint32_t)s->number;
    uint64_t ms = now_ms < 0 ? 0 : (uint64_t)now_ms;

    /* The slot leads, so that ids of one time are in the order of slots. */
    tail = (tail & 0x3fffffffu) | (uint32_t)slot << 30;
    memcpy(out, "shardId-", 8);
    for (int i = 27; i >= 8; i--, ms /= 10)
        out[i] = (char)('0' + ms % 10);
    out[28] = '-';
    for (int i = 36; i >= 29; i--, tail >>= 4)
        out[i] = hex_digit(tail);
    return (str){out, SHARD_ID_BYTES};
}

static int open_shard(engine *e, ctx *cx, const stream_row *s, int slot, str parent)
{
    char id[SHARD_ID_BYTES];
    shard_row shard = {.id = shard_id(s, slot, cx->now_ms, id),
                       .parent = parent,
                       .stream = s->number,
                       .slot = slot,
                       .created_ms = cx->now_ms};

    TRY(store_record_last(e->st, cx, &shard.first));
    shard.first++;
    return store_shard_create(e->st, cx, &shard);
}

static void put_key(buf *b, const key_attr *a, const char *type)
{
    buf_fmt(b, "%s{\"AttributeName\":", b->n > 1 ? "," : "");
    json_put_string(b, a->name);
    buf_fmt(b, ",\"KeyType\":\"%s\"}", type);
}

static int begin(engine *e, ctx *cx, const table *t)
{
    stream_row s = {.number = t->stream_number,
                    .name = t->name,
                    .label = t->stream_label,
                    .view = t->stream_view,
                    .created_ms = cx->now_ms};
    buf keys;

    assert(t->stream_number > 0);
    buf_init_arena(&keys, cx->a, 64u * 1024);
    buf_byte(&keys, '[');
    for (uint32_t i = 0; i < t->keys.parts; i++)
        put_key(&keys, &t->keys.part[i], "HASH");
    for (uint32_t i = 0; i < t->keys.sorts; i++)
        put_key(&keys, &t->keys.sort[i], "RANGE");
    buf_byte(&keys, ']');
    if (keys.err != 0)
        return keys.err;
    s.keys = buf_view(&keys);
    TRY(store_stream_create(e->st, cx, &s));
    for (int slot = 0; slot < STREAM_SLOTS; slot++)
        TRY(open_shard(e, cx, &s, slot, STR_ABSENT));
    return 0;
}

static int end(engine *e, ctx *cx, const table *t)
{
    TRY(store_shards_close(e->st, cx, t->stream_number, INT64_MAX, cx->now_ms));
    return store_stream_disable(e->st, cx, t->stream_number, cx->now_ms);
}

int stream_follow(engine *e, ctx *cx, const table *before, const table *after)
{
    bool was = before != NULL && before->stream_enabled;
    bool is = after != NULL && after->stream_enabled;

    if (was && is && before->stream_number == after->stream_number)
        return 0;
    if (was || is)
        e->stream_due_ms = WORK_NOW;
    if (was)
        TRY(end(e, cx, before));
    return is ? begin(e, cx, after) : 0;
}

/* ---- a record ---- */

/* Appends `"Keys":{..}` from an item's text and gives what the key weighs. */
static int put_keys(ctx *cx, const key_schema *k, str item, buf *b, size_t *size)
{
    uint32_t n = (uint32_t)k->parts + k->sorts;

    buf_lit(b, "\"Keys\":{");
    for (uint32_t i = 0; i < n; i++) {
        const key_attr *a = i < k->parts ? &k->part[i] : &k->sort[i - k->parts];
        attr weighed = {.name = a->name};
        str text;
        int rc = item_find(item, a->name, &text);

        if (rc == 0)
            return fail(cx, DDB_STORAGE_CORRUPT, "A stored item has no key");
        TRY(rc);
        TRY(item_parse_value(cx, text, &weighed.v));
        *size += size_attr(&weighed);
        if (i > 0)
            buf_byte(b, ',');
        json_put_string(b, a->name);
        buf_byte(b, ':');
        buf_str(b, text);
    }
    buf_byte(b, '}');
    return b->err;
}

static bool view_has(const table *t, const char *image)
{
    return strcmp(stream_view_names[t->stream_view], "NEW_AND_OLD_IMAGES") == 0 ||
           strcmp(stream_view_names[t->stream_view], image) == 0;
}

int stream_record(engine *e, ctx *cx, const write_plan *p, const write_result *w)
{
    record_row r = {.stream = p->t->stream_number,
                    .at_ms = cx->now_ms,
                    .slot = (int)(p->where.h >> 30),
                    .kind = !w->has_new ? (p->expiry ? RECORD_EXPIRE : RECORD_REMOVE)
                                        : (w->existed ? RECORD_MODIFY : RECORD_INSERT)};
    buf b;

    _Static_assert(STREAM_SLOTS == 4, "two bits of the hash are the slot");
    assert(w->changed && (w->has_new || w->existed));
    buf_init_arena(&b, cx->a, REPLY_BYTES_MAX);
    (void)buf_grow(&b, w->old_text.n + w->new_text.n + 256);
    TRY(put_keys(cx, &p->t->keys, w->has_new ? w->new_text : w->old_text, &b, &r.size));
    if (w->has_new && view_has(p->t, "NEW_IMAGE")) {
        buf_fmt(&b, ",\"NewImage\":%S", w->new_text);
        r.size += w->new_size;
    }
    if (w->existed && view_has(p->t, "OLD_IMAGE")) {
        buf_fmt(&b, ",\"OldImage\":%S", w->old_text);
        r.size += w->old_size;
    }
    if (b.err != 0)
        return b.err;
    r.body = buf_view(&b);
    return store_record_add(e->st, cx, &r);
}

/* ---- the worker ---- */

int64_t stream_due_ms(engine *e)
{
    return e->stream_due_ms;
}

static void note(int64_t *due, int64_t at_ms, int64_t life_ms)
{
    if (at_ms != 0 && at_ms + life_ms < *due)
        *due = at_ms + life_ms;
}

/* When the next thing in the store becomes too old. */
static int look(engine *e, ctx *cx, int64_t *due)
{
    stream_times t = {0};

    TRY(store_stream_times(e->st, cx, &t));
    *due = WORK_NEVER;
    note(due, t.oldest_record_ms, STREAM_RETENTION_MS);
    note(due, t.oldest_open_ms, SHARD_OPEN_MS);
    note(due, t.oldest_closed_ms, STREAM_RETENTION_MS);
    note(due, t.oldest_disabled_ms, STREAM_RETENTION_MS);
    return 0;
}

/* 1: more is left. */
static int trim_records(engine *e, ctx *cx)
{
    int64_t began = e->host.now_ms(e->host.user);

    for (int i = 0; i < SLICE_BATCHES; i++) {
        int n = store_records_trim(e->st, cx, cx->now_ms - STREAM_RETENTION_MS, TRIM_BATCH);
        if (n < TRIM_BATCH)
            return n < 0 ? n : 0;
        if (e->host.now_ms(e->host.user) - began >= SLICE_MS)
            break;
    }
    return 1;
}

typedef struct open_list {
    ctx *cx;
    int64_t before_ms;
    str ids[STREAM_SLOTS];
    int slots[STREAM_SLOTS];
    int count;
} open_list;

static int collect_open(void *user, const shard_row *s)
{
    open_list *l = user;

    if (s->last != SHARD_OPEN || s->created_ms > l->before_ms || l->count == STREAM_SLOTS)
        return 0;
    l->ids[l->count] = (str){arena_copy(l->cx->a, s->id.p, s->id.n), s->id.n};
    l->slots[l->count] = s->slot;
    return l->ids[l->count++].p == NULL ? DDB_NOMEM : 0;
}

/* Closes the old shards of a stream and opens a child of each. */
static int roll(engine *e, ctx *cx, const table *t, int64_t before_ms)
{
    stream_row s = {.number = t->stream_number, .label = t->stream_label};
    open_list l = {.cx = cx, .before_ms = before_ms};

    TRY(store_shards(e->st, cx, s.number, STR(""), 0, collect_open, &l));
    TRY(store_shards_close(e->st, cx, s.number, before_ms, cx->now_ms));
    for (int i = 0; i < l.count; i++)
        TRY(open_shard(e, cx, &s, l.slots[i], l.ids[i]));
    return 0;
}

static int work_slice(engine *e, ctx *cx)
{
    int64_t horizon = cx->now_ms - STREAM_RETENTION_MS;
    const table *t;
    int rc = trim_records(e, cx);

    if (rc != 0)
        return rc;
    for (uint32_t i = 0; (t = catalog_at(e, i)) != NULL; i++)
        if (t->stream_enabled)
            TRY(roll(e, cx, t, cx->now_ms - SHARD_OPEN_MS));
    TRY(store_shards_trim(e->st, cx, horizon));
    return store_streams_trim(e->st, cx, horizon);
}

int stream_work(engine *e, ctx *cx)
{
    int64_t due;
    int rc;

    TRY(look(e, cx, &due));
    if (due <= cx->now_ms) {
        rc = work_in_transaction(e, cx, work_slice);
        if (rc != 0)
            return rc;
        TRY(look(e, cx, &due));
        if (due <= cx->now_ms) /* a record behind a younger one: the clock was set back */
            due = cx->now_ms + 60000;
    }
    e->stream_due_ms = due;
    return 0;
}

/* ---- reading ---- */

int stream_put_arn(engine *e, buf *b, str name, str label)
{
    buf_fmt(b, "arn:aws:dynamodb:%S:%S:table/%S/stream/%S", e->region, e->account, name, label);
    return b->err;
}

bool stream_arn_split(str arn, table_arn *table, str *label)
{
    static const str word = STR_INIT("/stream/");

    if (!engine_arn_split(arn, table))
        return false;
    for (size_t i = 0; i + word.n < table->name.n; i++) {
        str rest = {table->name.p + i, table->name.n - i};
        if (str_starts(rest, word)) {
            *label = (str){rest.p + word.n, rest.n - word.n};
            table->name.n = i;
            return i > 0;
        }
    }
    return false;
}

int stream_find(engine *e, ctx *cx, str arn, stream_row *out)
{
    table_arn a;
    str label;
    int rc = 0;

    if (!stream_arn_split(arn, &a, &label))
        return fail(cx, DDB_VALIDATION, "Invalid StreamArn: %S", arn);
    if (str_eq(a.region, e->region) && str_eq(a.account, e->account))
        rc = store_stream_find(e->st, cx, a.name, label, out);
    if (rc > 0 && out->disabled_ms != 0 && out->disabled_ms <= cx->now_ms - STREAM_RETENTION_MS)
        rc = 0;
    if (rc == 0)
        return fail(cx, DDB_RESOURCE_NOT_FOUND,
                    "Requested resource not found: Stream: %S not found", arn);
    return rc < 0 ? rc : 0;
}

int stream_shard(engine *e, ctx *cx, const stream_row *s, str id, shard_row *out)
{
    int rc = store_shard_find(e->st, cx, s->number, id, out);

    if (rc > 0 && out->closed_ms != 0 && out->closed_ms <= cx->now_ms - STREAM_RETENTION_MS)
        rc = 0;
    if (rc == 0)
        return fail(cx, DDB_RESOURCE_NOT_FOUND,
                    "Requested resource not found: Shard does not exist");
    return rc < 0 ? rc : 0;
}

typedef struct lost_scan {
    int64_t horizon_ms, lost;
} lost_scan;

static int see_old(void *user, const record_row *r)
{
    lost_scan *l = user;

    if (r->at_ms > l->horizon_ms)
        return 1;
    l->lost = r->seq;
    return 0;
}

int stream_lost(engine *e, ctx *cx, const shard_row *s, int64_t *out)
{
    lost_scan l = {cx->now_ms - STREAM_RETENTION_MS, s->trimmed};

    if (l.lost < s->first)
        l.lost = s->first - 1;
    TRY(store_records(e->st, cx, s->stream, s->slot, l.lost + 1, s->last, see_old, &l));
    *out = l.lost;
    return 0;
}

typedef struct page_state {
    stream_record_fn fn;
    void *user;
    stream_page *page;
    int64_t limit;
    size_t bytes;
} page_state;

static int take(void *user, const record_row *r)
{
    page_state *p = user;

    if (p->page->count == p->limit ||
        (p->page->count > 0 && p->bytes + r->size > PAGE_BYTES_MAX)) {
        p->page->next = r->seq;
        return 1;
    }
    p->page->count++;
    p->bytes += r->size;
    return p->fn(p->user, r);
}

int stream_read(engine *e, ctx *cx, const shard_row *s, int64_t from, int64_t limit,
                stream_record_fn fn, void *user, stream_page *out)
{
    page_state p = {.fn = fn, .user = user, .page = out, .limit = limit};

    *out = (stream_page){0};
    TRY(store_records(e->st, cx, s->stream, s->slot, from, s->last, take, &p));
    if (out->next != 0 || s->last != SHARD_OPEN)
        return 0;
    /* Behind everything there is, of any stream: records trimmed elsewhere do not count here. */
    TRY(store_record_last(e->st, cx, &out->next));
    out->next++;
    if (out->next < from)
        out->next = from;
    return 0;
}

/* ---- for operations ---- */

int stream_list(engine *e, ctx *cx, str name, str after_name, str after_label, int64_t since_ms,
                store_stream_fn fn, void *user)
{
    return store_streams(e->st, cx, name, after_name, after_label, since_ms, fn, user);
}

int stream_shards(engine *e, ctx *cx, int64_t stream, str after, int64_t since_ms,
                  store_shard_fn fn, void *user)
{
    return store_shards(e->st, cx, stream, after, since_ms, fn, user);
}

int stream_named(engine *e, ctx *cx, str name, str label, stream_row *out)
{
    return store_stream_find(e->st, cx, name, label, out);
}

int stream_last(engine *e, ctx *cx, int64_t *out)
{
    return store_record_last(e->st, cx, out);
}
