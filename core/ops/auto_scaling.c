/*
 * auto_scaling.c - settings of auto scaling: shapes, checks, description. See auto_scaling.h.
 *
 * In the service another service holds them, Application Auto Scaling, and some of the texts are
 * its own, passed on with a request id. Captures of October 2026.
 */
#include "ops/auto_scaling.h"

#include <stddef.h>

#include "ops/resource.h"
#include "ops/table_common.h"
#include "value/json.h"

#define TARGET_MIN 10.0 /* capture */
#define TARGET_MAX 90.0
#define ROLE                                                                                  \
    "role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/"                     \
    "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"

static const shape shape_double = {.kind = SH_DOUBLE};
static const shape shape_units = {.kind = SH_LONG, .min = 1};
static bool is_printable(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 0x20 || s.p[i] > 0x7e)
            return false;
    return s.n > 0;
}

/* Texts are UTF-8, so surrogates cannot be there. */
static bool is_role(str s)
{
    for (size_t i = 0; i < s.n; i++) {
        const uint8_t *p = (const uint8_t *)s.p + i;
        if (*p < 0x20 && *p != '\t' && *p != '\r' && *p != '\n')
            return false;
        if (s.n - i >= 3 && p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe) /* U+FFFE, U+FFFF */
            return false;
    }
    return true;
}

static const shape shape_policy_name = {.kind = SH_STRING, .min = 1, .max = 256,
                                        .pattern = "\\p{Print}+", .matches = is_printable};
static const shape shape_role = {
    .kind = SH_STRING, .min = 1, .max = 1600, .matches = is_role,
    .pattern = "[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*"};

static const member target_members[] = {
    {"DisableScaleIn", &shape_boolean, offsetof(in_target, disable_in), false},
    {"ScaleInCooldown", &shape_integer, offsetof(in_target, in_cooldown), false},
    {"ScaleOutCooldown", &shape_integer, offsetof(in_target, out_cooldown), false},
    {"TargetValue", &shape_double, offsetof(in_target, target), true},
};
static const shape shape_target = {
    .kind = SH_STRUCT,
    .java = "AutoScalingTargetTrackingScalingPolicyConfigurationUpdate",
    .members = target_members,
    .member_count = COUNT(target_members),
    .size = sizeof(in_target)};
static const member policy_members[] = {
    {"PolicyName", &shape_policy_name, offsetof(in_policy, name), false},
    {"TargetTrackingScalingPolicyConfiguration", &shape_target, offsetof(in_policy, target), true},
};
static const shape shape_policy = {.kind = SH_STRUCT,
                                   .java = "AutoScalingPolicyUpdate",
                                   .members = policy_members,
                                   .member_count = COUNT(policy_members),
                                   .size = sizeof(in_policy)};
static const member scaling_members[] = {
    {"MinimumUnits", &shape_units, offsetof(in_scaling, min), false},
    {"MaximumUnits", &shape_units, offsetof(in_scaling, max), false},
    {"AutoScalingDisabled", &shape_boolean, offsetof(in_scaling, disabled), false},
    {"AutoScalingRoleArn", &shape_role, offsetof(in_scaling, role), false},
    {"ScalingPolicyUpdate", &shape_policy, offsetof(in_scaling, policy), false},
};
const shape shape_scaling = {.kind = SH_STRUCT,
                             .java = "AutoScalingSettingsUpdate",
                             .members = scaling_members,
                             .member_count = COUNT(scaling_members),
                             .size = sizeof(in_scaling)};

/* ---- checks ---- */

/* Those of the three members that are there, or that are not: "'MaximumUnits', 'MinimumUnits'". */
static int name_members(const in_scaling *in, bool there, buf *b)
{
    const struct {
        const char *name;
        bool given;
    } members[] = {{"MaximumUnits", in->max.set},
                   {"ScalingPolicyUpdate", in->policy != NULL},
                   {"MinimumUnits", in->min.set}};
    int n = 0;

    for (size_t i = 0; i < COUNT(members); i++)
        if (members[i].given == there)
            buf_fmt(b, "%s'%s'", n++ > 0 ? ", " : "", members[i].name);
    return n;
}

/* The text of the other service, with the tail that it comes with. */
static int fail_passed_on(engine *e, ctx *cx, const buf *text)
{
    table id = {0}; /* only for its id */

    if (text->err != 0)
        return text->err;
    table_new_id(e, &id);
    return fail(cx, DDB_VALIDATION,
                "%S (Service: AWSApplicationAutoScaling; Status Code: 400; Error Code: "
                "ValidationException; Request ID: %s; Proxy: null)",
                buf_view(text), id.id);
}

static int check_values(engine *e, ctx *cx, bool write, const in_scaling *in)
{
    double target = in->policy->target->target.v;
    buf b;

    buf_init_arena(&b, cx->a, 4096);
    if (in->max.v < in->min.v) {
        buf_lit(&b, "Maximum capacity cannot be less than minimum capacity");
        return fail_passed_on(e, cx, &b);
    }
    if (target >= TARGET_MIN && target <= TARGET_MAX)
        return 0;
    if (target > 0)
        buf_fmt(&b,
                "For predefined metric type DynamoDB%sCapacityUtilization, target value must be "
                "between '10.0' and '90.0', but was '",
                write ? "Write" : "Read");
    else
        buf_lit(&b, "For target tracking scaling, target value must be between '8.51592E-109' and "
                    "'1.174271E108', but was '");
    json_put_double(&b, target);
    buf_lit(&b, "'.");
    return fail_passed_on(e, cx, &b);
}

int scaling_check(engine *e, ctx *cx, str table_name, bool write, const in_scaling *in)
{
    bool off = in != NULL && in->disabled.v;
    buf b;

    if (in == NULL)
        return 0;
    buf_init_arena(&b, cx->a, 4096);
    buf_fmt(&b,
            "Failed to update settings for global table with name: \xe2\x80\x98%S\xe2\x80\x99: "
            "Parameters ",
            table_name);
    if (name_members(in, off, &b) > 0) {
        buf_fmt(&b, off ? " must be left blank when disabling auto scaling."
                        : " are required unless auto scaling is being disabled.");
        return b.err != 0 ? b.err : fail_str(cx, DDB_VALIDATION, buf_view(&b));
    }
    return off ? 0 : check_values(e, cx, write, in);
}

/* ---- descriptions ---- */

static void put_policy(buf *b, const scaling_target *t, const in_policy *policy)
{
    const in_target *x = policy->target;

    buf_lit(b, "{\"PolicyName\":");
    if (policy->name.p != NULL)
        json_put_string(b, policy->name);
    else
        buf_fmt(b, "\"DynamoDB%sCapacityUtilization:%S\"", t->write ? "Write" : "Read",
                t->resource);
    buf_lit(b, ",\"TargetTrackingScalingPolicyConfiguration\":{");
    if (x->disable_in.set)
        buf_fmt(b, "\"DisableScaleIn\":%s,", x->disable_in.v ? "true" : "false");
    if (x->in_cooldown.set)
        buf_fmt(b, "\"ScaleInCooldown\":%l,", x->in_cooldown.v);
    if (x->out_cooldown.set)
        buf_fmt(b, "\"ScaleOutCooldown\":%l,", x->out_cooldown.v);
    buf_lit(b, "\"TargetValue\":");
    json_put_double(b, x->target.v);
    buf_lit(b, "}}");
}

int scaling_put(engine *e, ctx *cx, const scaling_target *t, const in_scaling *in)
{
    buf b;

    if (in == NULL)
        return 0;
    if (in->disabled.v) {
        TRY(settings_delete(e, cx, SETTING_SCALING, t->path, t->name));
        return 0;
    }
    buf_init_arena(&b, cx->a, 65536);
    buf_fmt(&b, "{\"MinimumUnits\":%l,\"MaximumUnits\":%l,\"AutoScalingRoleArn\":", in->min.v,
            in->max.v);
    if (in->role.p != NULL)
        json_put_string(&b, in->role);
    else
        buf_fmt(&b, "\"arn:aws:iam::%S:" ROLE "\"", e->account);
    buf_lit(&b, ",\"ScalingPolicies\":[");
    put_policy(&b, t, in->policy);
    buf_lit(&b, "]}");
    return b.err != 0 ? b.err
                      : settings_put(e, cx, SETTING_SCALING, t->path, t->name,
                                          buf_view(&b));
}

int scaling_describe(engine *e, ctx *cx, str path, str name, const char *unset, buf *out)
{
    str text;
    int rc = settings_get(e, cx, SETTING_SCALING, path, name, &text);

    if (rc < 0 && rc != DDB_NOT_FOUND)
        return rc;
    buf_str(out, rc == 0 ? text : str_of(unset));
    return 0;
}
