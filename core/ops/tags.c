/*
 * tags.c - TagResource, UntagResource and ListTagsOfResource.
 *
 * A setting of the kind "tag" for each, under its key. All of a resource's tags fit one page: the
 * service gives its fifty at once too (capture), so a NextToken is never handed out.
 */
#include <stddef.h>

#include "ops/resource.h"
#include "ops/table_common.h"
#include "value/json.h"

typedef struct tags_request {
    str arn;
    list tags; /* TagResource: in_tag. UntagResource: str */
    str next_token;
} tags_request;

static const shape shape_keys = {.kind = SH_LIST, .elem = &shape_string};

static const member tag_members[] = {
    {"ResourceArn", &shape_string, offsetof(tags_request, arn), false},
    {"Tags", &shape_tags, offsetof(tags_request, tags), false},
};
static const member untag_members[] = {
    {"ResourceArn", &shape_string, offsetof(tags_request, arn), false},
    {"TagKeys", &shape_keys, offsetof(tags_request, tags), false},
};
static const member list_members[] = {
    {"ResourceArn", &shape_string, offsetof(tags_request, arn), false},
    {"NextToken", &shape_string, offsetof(tags_request, next_token), false},
};
static const shape tag_shape = {.kind = SH_STRUCT,
                                .java = "TagResourceInput",
                                .members = tag_members,
                                .member_count = COUNT(tag_members),
                                .size = sizeof(tags_request)};
static const shape untag_shape = {.kind = SH_STRUCT,
                                  .java = "UntagResourceInput",
                                  .members = untag_members,
                                  .member_count = COUNT(untag_members),
                                  .size = sizeof(tags_request)};
static const shape list_shape = {.kind = SH_STRUCT,
                                 .java = "ListTagsOfResourceInput",
                                 .members = list_members,
                                 .member_count = COUNT(list_members),
                                 .size = sizeof(tags_request)};

static int read_arn(engine *e, ctx *cx, const tags_request *q, resource *r)
{
    if (q->arn.p == NULL)
        return fail(cx, DDB_VALIDATION, "Invalid TableArn");
    return resource_read(e, cx, RESOURCE_TAGS, q->arn, r);
}

static int load(engine *e, ctx *cx, const resource *r, setting **out, uint32_t *count)
{
    return settings_list(e, cx, SETTING_TAG, r->path, STR(""), TAGS_MAX, out, count);
}

/* A tag whose key is there already takes no room of its own. */
static int check_count(engine *e, ctx *cx, const resource *r, const list *tags)
{
    setting *old;
    uint32_t n, total;

    TRY(load(e, cx, r, &old, &n));
    total = n;
    for (uint32_t i = 0; i < tags->count; i++) {
        uint32_t at = 0;
        while (at < n && !str_eq(old[at].name, LIST_AT(tags, in_tag, i)->key))
            at++;
        total += at == n;
    }
    if (total > TAGS_MAX)
        return fail(cx, DDB_VALIDATION,
                    "Number of Tags exceed the current limit for the provided ResourceArn");
    return 0;
}

static int tag_run(engine *e, ctx *cx, void *req, buf *out)
{
    const tags_request *q = req;
    resource r;

    TRY(read_arn(e, cx, q, &r));
    if (!q->tags.set)
        return schema_fail_one(cx, STR_ABSENT, "tags", "Member must not be null");
    if (q->tags.count == 0)
        return fail(cx, DDB_VALIDATION, "Atleast one Tag needs to be provided as Input.");
    TRY(tags_check(cx, &q->tags));
    TRY(resource_find(e, cx, RESOURCE_TAGS, &r));
    TRY(check_count(e, cx, &r, &q->tags));
    TRY(tags_put(e, cx, r.path, &q->tags));
    buf_lit(out, "{}");
    return out->err;
}

static int untag_run(engine *e, ctx *cx, void *req, buf *out)
{
    const tags_request *q = req;
    resource r;

    TRY(read_arn(e, cx, q, &r));
    if (!q->tags.set)
        return schema_fail_one(cx, STR_ABSENT, "tagKeys", "Member must not be null");
    if (q->tags.count == 0)
        return fail(cx, DDB_VALIDATION, "Atleast one Tag Key needs to be provided as Input.");
    if (q->tags.count > TAGS_MAX)
        return fail(cx, DDB_VALIDATION,
                    "Number of Tags exceed the current limit for the provided ResourceArn");
    for (uint32_t i = 0; i < q->tags.count; i++)
        TRY(tags_check_key(cx, *LIST_AT(&q->tags, str, i)));
    TRY(resource_find(e, cx, RESOURCE_TAGS, &r));
    for (uint32_t i = 0; i < q->tags.count; i++)
        TRY(settings_delete(e, cx, SETTING_TAG, r.path, *LIST_AT(&q->tags, str, i)));
    buf_lit(out, "{}");
    return out->err;
}

static int list_run(engine *e, ctx *cx, void *req, buf *out)
{
    const tags_request *q = req;
    setting *tags;
    resource r;
    uint32_t n;

    TRY(read_arn(e, cx, q, &r));
    TRY(resource_find(e, cx, RESOURCE_TAGS, &r));
    if (q->next_token.p != NULL)
        return fail(cx, DDB_VALIDATION, "Invalid NextToken: %S", q->next_token);
    TRY(load(e, cx, &r, &tags, &n));
    buf_lit(out, "{\"Tags\":[");
    for (uint32_t i = 0; i < n; i++) {
        buf_fmt(out, "%s{\"Key\":", i > 0 ? "," : "");
        json_put_string(out, tags[i].name);
        buf_lit(out, ",\"Value\":");
        json_put_string(out, tags[i].value);
        buf_byte(out, '}');
    }
    buf_lit(out, "]}");
    return out->err;
}

const op op_tag_resource = {"TagResource", OP_WRITE | OP_ATOMIC, &tag_shape, tag_run};
const op op_untag_resource = {"UntagResource", OP_WRITE | OP_ATOMIC, &untag_shape, untag_run};
const op op_list_tags_of_resource = {"ListTagsOfResource", OP_SNAPSHOT, &list_shape, list_run};
