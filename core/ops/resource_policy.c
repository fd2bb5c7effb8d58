/*
 * resource_policy.c - PutResourcePolicy, GetResourcePolicy and DeleteResourcePolicy.
 *
 *   setting "policy"   {"revision":"<ms>","policy":"<canonical document>"}
 *                      without "policy": it was deleted then
 *
 * The same document again is no change and keeps its revision. The service makes writers wait for
 * fifteen seconds between changes; here a change is done when it is answered.
 */
#include <stddef.h>

#include "ops/resource.h"
#include "ops/table_common.h"
#include "value/json.h"

#define NOT_FOUND "Resource-based policy not found for the provided ResourceArn: "

typedef struct policy_request {
    str arn, policy, expected;
    opt_bool confirmed;
} policy_request;

static const shape shape_arn = {.kind = SH_STRING, .min = 1, .max = 1283};
static const shape shape_revision = {.kind = SH_STRING, .min = 1, .max = 255};

static const member put_members[] = {
    {"ResourceArn", &shape_arn, offsetof(policy_request, arn), true},
    {"Policy", &shape_string, offsetof(policy_request, policy), true},
    {"ExpectedRevisionId", &shape_revision, offsetof(policy_request, expected), false},
    {"ConfirmRemoveSelfResourceAccess", &shape_boolean, offsetof(policy_request, confirmed),
     false},
};
static const member get_members[] = {
    {"ResourceArn", &shape_arn, offsetof(policy_request, arn), true},
};
static const member delete_members[] = {
    {"ResourceArn", &shape_arn, offsetof(policy_request, arn), true},
    {"ExpectedRevisionId", &shape_revision, offsetof(policy_request, expected), false},
};
static const shape put_shape = {.kind = SH_STRUCT,
                                .java = "PutResourcePolicyInput",
                                .members = put_members,
                                .member_count = COUNT(put_members),
                                .size = sizeof(policy_request)};
static const shape get_shape = {.kind = SH_STRUCT,
                                .java = "GetResourcePolicyInput",
                                .members = get_members,
                                .member_count = COUNT(get_members),
                                .size = sizeof(policy_request)};
static const shape delete_shape = {.kind = SH_STRUCT,
                                   .java = "DeleteResourcePolicyInput",
                                   .members = delete_members,
                                   .member_count = COUNT(delete_members),
                                   .size = sizeof(policy_request)};

/* What stands: both absent if there never was a policy, the text absent if it was deleted. */
typedef struct standing {
    str revision, policy;
} standing;

static int load(engine *e, ctx *cx, const resource *r, standing *out)
{
    const json *revision, *policy;
    json *j;
    str text;
    int rc = settings_get(e, cx, SETTING_POLICY, r->path, SETTING_SELF, &text);

    *out = (standing){STR_ABSENT, STR_ABSENT};
    if (rc == DDB_NOT_FOUND)
        return 0;
    TRY(rc);
    TRY(json_parse(cx, text, &j));
    revision = json_get(j, STR("revision"));
    policy = json_get(j, STR("policy"));
    out->revision = revision != NULL ? revision->s : STR_ABSENT;
    out->policy = policy != NULL ? policy->s : STR_ABSENT;
    return 0;
}

static int open_resource(engine *e, ctx *cx, const policy_request *q, resource *r)
{
    TRY(resource_read(e, cx, RESOURCE_POLICY, q->arn, r));
    return resource_find(e, cx, RESOURCE_POLICY, r);
}

/* NO_POLICY: there must be none. It is no revision for DeleteResourcePolicy. */
static int check_expected(ctx *cx, const policy_request *q, const resource *r, const standing *now,
                          bool put)
{
    if (q->expected.p == NULL)
        return 0;
    if (put && str_eq(q->expected, STR("NO_POLICY"))) {
        if (now->policy.p == NULL)
            return 0;
        return fail(cx, DDB_POLICY_NOT_FOUND,
                    NOT_FOUND "Requested policy update expecting none to be present for table %S, "
                              "but a policy exists with revision id %S.",
                    r->table_name, now->revision);
    }
    if (now->revision.p == NULL)
        return fail(cx, DDB_POLICY_NOT_FOUND,
                    NOT_FOUND "Requested update for policy with revision id %S, but table %S has "
                              "no associated policy.",
                    q->expected, r->table_name);
    if (now->policy.p == NULL || !str_eq(now->revision, q->expected))
        return fail(cx, DDB_POLICY_NOT_FOUND,
                    NOT_FOUND "Requested update for policy with revision id %S, but the policy "
                              "associated to target table %S has revision id %S.",
                    q->expected, r->table_name, now->revision);
    return 0;
}

static int put_run(engine *e, ctx *cx, void *req, buf *out)
{
    const policy_request *q = req;
    resource r;
    standing now;
    str canonical, revision;

    TRY(resource_read(e, cx, RESOURCE_POLICY, q->arn, &r));
    TRY(policy_read(e, cx, q->policy, r.label.p != NULL, q->confirmed.v, &canonical));
    TRY(resource_find(e, cx, RESOURCE_POLICY, &r));
    TRY(load(e, cx, &r, &now));
    TRY(check_expected(cx, q, &r, &now, true));
    revision = now.revision;
    if (now.policy.p == NULL || !str_eq(now.policy, canonical))
        TRY(policy_put(e, cx, r.path, now.revision, canonical, &revision));
    buf_fmt(out, "{\"RevisionId\":\"%S\"}", revision);
    return out->err;
}

static int get_run(engine *e, ctx *cx, void *req, buf *out)
{
    const policy_request *q = req;
    resource r;
    standing now;
    bool versioned;
    buf b;

    TRY(open_resource(e, cx, q, &r));
    TRY(load(e, cx, &r, &now));
    if (now.policy.p == NULL)
        return fail(cx, DDB_POLICY_NOT_FOUND, NOT_FOUND "%S", q->arn);
    /* IAM's oldest version is that of a document that names none. */
    versioned = str_starts(now.policy, STR("{\"Version\":"));
    buf_init_arena(&b, cx->a, REPLY_BYTES_MAX);
    if (!versioned)
        buf_lit(&b, "{\"Version\":\"2008-10-17\",");
    buf_str(&b, versioned ? now.policy : (str){now.policy.p + 1, now.policy.n - 1});
    TRY(b.err);
    buf_lit(out, "{\"Policy\":");
    json_put_string(out, buf_view(&b));
    buf_fmt(out, ",\"RevisionId\":\"%S\"}", now.revision);
    return out->err;
}

/* Answers with the revision that goes; when there is nothing to delete, with that of the last
 * deletion, if there was one. */
static int delete_run(engine *e, ctx *cx, void *req, buf *out)
{
    const policy_request *q = req;
    resource r;
    standing now;
    str ignored;

    TRY(open_resource(e, cx, q, &r));
    TRY(load(e, cx, &r, &now));
    TRY(check_expected(cx, q, &r, &now, false));
    if (now.policy.p != NULL)
        TRY(policy_put(e, cx, r.path, now.revision, STR_ABSENT, &ignored));
    if (now.revision.p == NULL)
        buf_lit(out, "{}");
    else
        buf_fmt(out, "{\"RevisionId\":\"%S\"}", now.revision);
    return out->err;
}

const op op_put_resource_policy = {"PutResourcePolicy", OP_WRITE | OP_ATOMIC, &put_shape, put_run};
const op op_get_resource_policy = {"GetResourcePolicy", OP_SNAPSHOT, &get_shape, get_run};
const op op_delete_resource_policy = {"DeleteResourcePolicy", OP_WRITE | OP_ATOMIC, &delete_shape,
                                      delete_run};
