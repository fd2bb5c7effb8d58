/*
 * resource.c - ResourceArn and what is set on it. See resource.h.
 *
 * Texts and the order of the checks: captures of October 2026, which are newer than those of the
 * facts (operations, TagResource and PutResourcePolicy). The account is looked at before the
 * Region, so that an ARN of somebody else is refused without a word about its Region.
 */
#include "ops/resource.h"

#include "base/utf8.h"
#include "ops/table_common.h"

#define TAG_KEY_MAX 128
#define TAG_VALUE_MAX 256
#define REGION_MAX 64 /* as ddb_open() takes it */

/* ---- ARNs ---- */

typedef struct arn_parts {
    str partition, service, region, account, rest;
} arn_parts;

/* Cuts s at the first `c`: the head, and s behind it. */
static bool cut(str *s, char c, str *head)
{
    const char *at = s->n == 0 ? NULL : memchr(s->p, c, s->n);

    if (at == NULL)
        return false;
    *head = (str){s->p, (size_t)(at - s->p)};
    *s = (str){at + 1, s->n - head->n - 1};
    return true;
}

static int split(ctx *cx, str arn, arn_parts *out)
{
    static const char *const missing[] = {"Second colon partition",
                                          "Third colon vendor",
                                          "Fourth colon (region/namespace delimiter)",
                                          "Fifth colon (namespace/relative-id delimiter)"};
    str *parts[] = {&out->partition, &out->service, &out->region, &out->account};
    str rest = arn, word;

    if (!str_starts(arn, STR("arn:")))
        return fail(cx, DDB_VALIDATION, BAD_PARAMETER "ARNs must start with 'arn:': %S", arn);
    (void)cut(&rest, ':', &word); /* it is there */
    for (size_t i = 0; i < COUNT(parts); i++)
        if (!cut(&rest, ':', parts[i]))
            return fail(cx, DDB_VALIDATION, BAD_PARAMETER "%s not found: %S", missing[i], arn);
    out->rest = rest;
    return 0;
}

/* "table/a", "table/a/index/b", "table/a/stream/c": what stands in the third place, absent for a
 * table. False for all other forms. */
static bool split_path(str path, str *name, str *kind, str *id)
{
    str rest = path, word;

    *kind = *id = STR_ABSENT;
    if (!cut(&rest, '/', &word) || !str_eq(word, STR("table")))
        return false;
    if (!cut(&rest, '/', name)) {
        *name = rest;
        return rest.n > 0;
    }
    if (!cut(&rest, '/', kind))
        return false;
    *id = rest;
    return rest.n > 0 && (str_eq(*kind, STR("index")) || str_eq(*kind, STR("stream")));
}

static int fail_account(ctx *cx, resource_use use)
{
    if (use == RESOURCE_TAGS)
        return fail(cx, DDB_ACCESS_DENIED, "Access is denied");
    return fail(cx, DDB_VALIDATION,
                "This action is only supported by accounts that match the resource owner\xe2\x80"
                "\x99s account.");
}

static int fail_elsewhere(ctx *cx, resource_use use, str arn)
{
    if (use == RESOURCE_TAGS)
        return fail(cx, DDB_VALIDATION,
                    "Invalid TableArn: Invalid ResourceArn provided as input %S", arn);
    return fail(cx, DDB_VALIDATION, BAD_PARAMETER "Invalid resource Arn: %S", arn);
}

int resource_read(engine *e, ctx *cx, resource_use use, str arn, resource *out)
{
    arn_parts a;
    str kind, id;

    TRY(split(cx, arn, &a));
    if (!str_eq(a.service, STR("dynamodb")))
        return fail_account(cx, RESOURCE_TAGS);
    if (!split_path(a.rest, &out->table_name, &kind, &id))
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "Provided Arn is not a DynamoDB resource arn: %S", arn);
    if (!str_eq(a.account, e->account))
        return fail_account(cx, use);
    if (!str_eq(a.region, e->region) || !str_eq(a.partition, STR("aws")) ||
        out->table_name.n < TABLE_NAME_MIN)
        return fail_elsewhere(cx, use, arn);
    if (kind.p != NULL && str_eq(kind, STR("index")))
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "Invalid resource arn provided, only table or stream is "
                                  "accepted. Provided resource arn: %S",
                    arn);
    out->arn = arn;
    out->path = a.rest;
    out->label = id;
    return 0;
}

int resource_find(engine *e, ctx *cx, resource_use use, const resource *r)
{
    const table *t = catalog_find(e, r->table_name);
    bool stream = r->label.p != NULL;

    if (use == RESOURCE_TAGS && t != NULL && t->status == TABLE_CREATING)
        t = NULL; /* captures of October 2026, cortex 1369: as if it were not there */
    if (t != NULL && (!stream || str_eq(t->stream_label, r->label)))
        return 0;
    if (use == RESOURCE_TAGS)
        return fail(cx, DDB_RESOURCE_NOT_FOUND,
                    "Requested resource not found: ResourceArn: %S not found", r->arn);
    if (t == NULL)
        return fail(cx, DDB_RESOURCE_NOT_FOUND,
                    "Requested resource not found: Table: %S not found", r->table_name);
    return fail(cx, DDB_RESOURCE_NOT_FOUND,
                "Requested resource not found: Stream: %S not found for Table: %S", r->label,
                r->table_name);
}

int region_check(ctx *cx, str name)
{
    bool ok = name.n > 0 && name.n <= REGION_MAX;

    for (size_t i = 0; ok && i < name.n; i++)
        ok = (name.p[i] >= 'a' && name.p[i] <= 'z') || (name.p[i] >= 'A' && name.p[i] <= 'Z') ||
             (name.p[i] >= '0' && name.p[i] <= '9') || name.p[i] == '-';
    return ok ? 0
              : fail(cx, DDB_VALIDATION, "1 validation error detected: Invalid AWS region in '%S'",
                     name);
}

int resource_of_table(ctx *cx, str table_name, str *path)
{
    buf b;

    buf_init_arena(&b, cx->a, 1024);
    buf_fmt(&b, "table/%S", table_name);
    *path = buf_view(&b);
    return b.err;
}

/* Scaling of an index is named "<region>/i/<index>/<r or w>" (replica_auto_scaling.c). */
static int drop_scaling(engine *e, ctx *cx, str path, str index_name)
{
    setting *rows;
    uint32_t n;

    TRY(settings_list(e, cx, SETTING_SCALING, path, STR(""), UINT32_MAX, &rows, &n));
    for (uint32_t i = 0; i < n; i++) {
        str rest = rows[i].name, word, name = STR_ABSENT;
        if (cut(&rest, '/', &word) && cut(&rest, '/', &word) && cut(&rest, '/', &name) &&
            str_eq(name, index_name))
            TRY(settings_delete(e, cx, SETTING_SCALING, path, rows[i].name));
    }
    return 0;
}

int resource_drop_index(engine *e, ctx *cx, str table_name, str index_name)
{
    str path;

    TRY(resource_of_table(cx, table_name, &path));
    TRY(settings_delete(e, cx, SETTING_INSIGHTS, path, index_name));
    return drop_scaling(e, cx, path, index_name);
}

/* ---- tags ---- */

/* Beyond ASCII, letters and digits of all scripts and the blanks between them are fine, and
 * punctuation, symbols and emoji are not. These are the blocks of the latter, roughly. */
static bool is_symbol(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } blocks[] = {
        {0x80, 0x9f},       {0xa1, 0xa9},       {0xab, 0xb1},       {0xb4, 0xb4},
        {0xb6, 0xb8},       {0xbb, 0xbb},       {0xbf, 0xbf},       {0xd7, 0xd7},
        {0xf7, 0xf7},       {0x200b, 0x2027},   {0x202a, 0x202e},   {0x2030, 0x205e},
        {0x2060, 0x206f},   {0x20a0, 0x20cf},   {0x2190, 0x245f},   {0x2500, 0x2bff},
        {0x3001, 0x3004},   {0x3008, 0x3020},   {0xe000, 0xf8ff},   {0xfe00, 0xfe0f},
        {0xff01, 0xff0f},   {0xfff0, 0xffff},   {0x1f000, 0x1ffff}, {0xe0000, 0x10ffff},
    };

    for (size_t i = 0; i < COUNT(blocks); i++)
        if (c >= blocks[i].first && c <= blocks[i].last)
            return true;
    return false;
}

/* The code point of a valid sequence. */
static uint32_t code_point(const char *p, size_t n)
{
    static const uint8_t first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = (uint8_t)p[0] & first_bits[n];

    for (size_t i = 1; i < n; i++)
        c = c << 6 | ((uint8_t)p[i] & 0x3f);
    return c;
}

static bool tag_character(uint32_t c)
{
    if (c >= 0x80)
        return !is_symbol(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
        return true;
    return c == ' ' || c == '\t' || (c != 0 && memchr("+-=._:/@", (int)c, 8) != NULL);
}

static bool tag_text(str s, size_t max)
{
    for (size_t i = 0; i < s.n;) {
        size_t n = utf8_sequence((str){s.p + i, s.n - i});
        if (n == 0 || !tag_character(code_point(s.p + i, n)))
            return false;
        i += n;
    }
    return s.p != NULL && utf8_utf16_length(s) <= max;
}

int tags_check_key(ctx *cx, str key)
{
    if (key.n == 0 || !tag_text(key, TAG_KEY_MAX))
        return fail(cx, DDB_VALIDATION, "The Tag Key provided is invalid, Key: %S",
                    key.p != NULL ? key : STR("null"));
    return 0;
}

int tags_check(ctx *cx, const list *tags)
{
    if (tags->count > TAGS_MAX)
        return fail(cx, DDB_VALIDATION,
                    "Number of Tags exceed the current limit for the provided ResourceArn");
    for (uint32_t i = 0; i < tags->count; i++) {
        const in_tag *tag = LIST_AT(tags, in_tag, i);
        TRY(tags_check_key(cx, tag->key));
        if (!tag_text(tag->value, TAG_VALUE_MAX))
            return fail(cx, DDB_VALIDATION, "The Tag Value provided is invalid, Value: %S",
                        tag->value.p != NULL ? tag->value : STR("null"));
        if (str_starts(tag->key, STR("aws:")))
            return fail(cx, DDB_VALIDATION, "Tag Key cannot be prefixed with aws:, Key: %S",
                        tag->key);
        for (uint32_t j = 0; j < i; j++)
            if (str_eq(LIST_AT(tags, in_tag, j)->key, tag->key))
                return fail(cx, DDB_VALIDATION,
                            "Duplicate Tag Keys provided as input: Duplicate Tag Key found %S",
                            tag->key);
    }
    return 0;
}

int tags_put(engine *e, ctx *cx, str path, const list *tags)
{
    for (uint32_t i = 0; i < tags->count; i++) {
        const in_tag *tag = LIST_AT(tags, in_tag, i);
        TRY(settings_put(e, cx, SETTING_TAG, path, tag->key, tag->value));
    }
    return 0;
}
