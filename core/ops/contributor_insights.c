/*
 * contributor_insights.c - Update-, Describe- and ListContributorInsights.
 *
 *   setting "insights" of the table, named "." for the table itself and else by the index:
 *     {"enabled":true,"mode":"THROTTLED_KEYS","since":<ms>,"changed":<ms>}
 *
 * CloudWatch is not here, so no keys are counted; what is set is described, rule names included. A
 * transition is over when it is answered: ENABLING in the answer, ENABLED in the next description.
 * Facts operations, Contributor insights; captures of October 2026.
 */
#include <stddef.h>

#include "base/limits.h"
#include "ops/resource.h"
#include "value/json.h"

#define PAGE_MAX 100 /* model: also the default */

typedef struct insights_request {
    str table_name, index_name, next_token;
    opt_enum action, mode;
    opt_int max;
} insights_request;

enum { ENABLE, DISABLE };
enum { THROTTLED, ACCESSED }; /* the order the service prints */
static const char *const mode_names[] = {"THROTTLED_KEYS", "ACCESSED_AND_THROTTLED_KEYS", NULL};

static const shape shape_action = {.kind = SH_ENUM,
                                   .values = (const char *const[]){"ENABLE", "DISABLE", NULL}};
static const shape shape_mode = {.kind = SH_ENUM, .values = mode_names};
static const shape shape_page = {.kind = SH_INTEGER, .min = NO_MIN, .max = PAGE_MAX};
/* ListContributorInsights may do without a table. */
static const shape shape_some_table = {.kind = SH_STRING,
                                       .min = 1,
                                       .max = 255,
                                       .pattern = "[a-zA-Z0-9_.-]+",
                                       .matches = schema_name_matches,
                                       .or_arn = true};

static const member update_members[] = {
    {"TableName", &shape_table_name_control, offsetof(insights_request, table_name), true},
    {"ContributorInsightsAction", &shape_action, offsetof(insights_request, action), true},
    {"ContributorInsightsMode", &shape_mode, offsetof(insights_request, mode), false},
    {"IndexName", &shape_string, offsetof(insights_request, index_name), false},
};
static const member describe_members[] = {
    {"TableName", &shape_table_name_control, offsetof(insights_request, table_name), true},
    {"IndexName", &shape_string, offsetof(insights_request, index_name), false},
};
static const member list_members[] = {
    {"TableName", &shape_some_table, offsetof(insights_request, table_name), false},
    {"NextToken", &shape_string, offsetof(insights_request, next_token), false},
    {"MaxResults", &shape_page, offsetof(insights_request, max), false},
};
#define REQUEST(java_, members_)                                                              \
    {.kind = SH_STRUCT, .java = java_, .members = members_, .member_count = COUNT(members_), \
     .size = sizeof(insights_request)}
static const shape update_shape = REQUEST("UpdateContributorInsightsInput", update_members);
static const shape describe_shape = REQUEST("DescribeContributorInsightsInput", describe_members);
static const shape list_shape = REQUEST("ListContributorInsightsInput", list_members);
#undef REQUEST

/* ---- what is stored ---- */

typedef struct insights {
    bool known; /* was enabled once */
    bool enabled;
    int mode;
    int64_t since, changed; /* ms: enabled, which names the rules; last change */
} insights;

static int64_t number_of(const json *j)
{
    int64_t v = 0;

    for (size_t i = 0; j != NULL && i < j->s.n && i < 18; i++)
        v = v * 10 + (j->s.p[i] - '0');
    return v;
}

static int read_value(ctx *cx, str text, insights *out)
{
    const json *enabled, *mode;
    json *j;

    TRY(json_parse(cx, text, &j));
    enabled = json_get(j, STR("enabled"));
    mode = json_get(j, STR("mode"));
    *out = (insights){.known = true,
                      .enabled = enabled != NULL && enabled->type == J_TRUE,
                      .mode = mode != NULL && str_eq(mode->s, str_of(mode_names[THROTTLED]))
                                  ? THROTTLED
                                  : ACCESSED,
                      .since = number_of(json_get(j, STR("since"))),
                      .changed = number_of(json_get(j, STR("changed")))};
    return 0;
}

/* Where they stand: the table, or one of its GSIs. */
typedef struct place {
    const table *t;
    const index_def *ix; /* NULL: the table */
    str path, name;
} place;

static int load(engine *e, ctx *cx, const place *p, insights *out)
{
    str text;
    int rc = settings_get(e, cx, SETTING_INSIGHTS, p->path, p->name, &text);

    *out = (insights){.known = false};
    if (rc == DDB_NOT_FOUND)
        return 0;
    TRY(rc);
    return read_value(cx, text, out);
}

static int save(engine *e, ctx *cx, const place *p, const insights *i)
{
    buf b;

    buf_init_arena(&b, cx->a, 1024);
    buf_fmt(&b, "{\"enabled\":%s,\"mode\":\"%s\",\"since\":%l,\"changed\":%l}",
            i->enabled ? "true" : "false", mode_names[i->mode], i->since, i->changed);
    return b.err != 0 ? b.err
                      : settings_put(e, cx, SETTING_INSIGHTS, p->path, p->name,
                                          buf_view(&b));
}

static int check_index_name(ctx *cx, str name)
{
    if (name.n < TABLE_NAME_MIN || name.n > TABLE_NAME_MAX)
        return fail(cx, DDB_VALIDATION,
                    "IndexName must be at least 3 characters long and at most 255 characters "
                    "long");
    if (!schema_name_matches(name))
        return schema_fail_one(cx, name, "indexName",
                               "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
    return 0;
}

static int find_place(engine *e, ctx *cx, const insights_request *q, place *out)
{
    *out = (place){.name = SETTING_SELF};
    if (q->index_name.p != NULL)
        TRY(check_index_name(cx, q->index_name));
    TRY(engine_table_control(e, cx, q->table_name, &out->t));
    TRY(resource_of_table(cx, out->t->name, &out->path));
    if (q->index_name.p == NULL)
        return 0;
    out->ix = table_index(out->t, q->index_name);
    out->name = q->index_name;
    if (out->ix == NULL || !out->ix->global)
        return fail(cx, DDB_RESOURCE_NOT_FOUND,
                    "Requested resource not found: Index: %S not found for table: %S",
                    q->index_name, out->t->name);
    return 0;
}

/* ---- replies ---- */

static void put_place(buf *out, str table_name, str name)
{
    buf_fmt(out, "\"TableName\":\"%S\"", table_name);
    if (!str_eq(name, SETTING_SELF))
        buf_fmt(out, ",\"IndexName\":\"%S\"", name);
}

static void put_rule(buf *out, const char *kind, const place *p, int64_t since, bool first)
{
    bool of_index = p->ix != NULL;

    buf_fmt(out, "%s\"DynamoDBContributorInsights-%s-%S%s%S-%l\"", first ? "" : ",", kind,
            p->t->name, of_index ? "-" : "", of_index ? p->ix->name : STR(""), since);
}

/* Accessed keys, then throttled ones; partition keys, then whole keys. */
static void put_rules(buf *out, const place *p, const insights *i)
{
    const key_schema *keys = p->ix != NULL ? &p->ix->keys : &p->t->keys;

    buf_lit(out, ",\"ContributorInsightsRuleList\":[");
    if (i->mode == ACCESSED) {
        put_rule(out, "PKC", p, i->since, true);
        if (keys->sorts > 0)
            put_rule(out, "SKC", p, i->since, false);
    }
    put_rule(out, "PKT", p, i->since, i->mode != ACCESSED);
    if (keys->sorts > 0)
        put_rule(out, "SKT", p, i->since, false);
    buf_byte(out, ']');
}

static int describe_run(engine *e, ctx *cx, void *req, buf *out)
{
    place p;
    insights i;

    TRY(find_place(e, cx, req, &p));
    TRY(load(e, cx, &p, &i));
    buf_byte(out, '{');
    put_place(out, p.t->name, p.name);
    if (i.enabled)
        put_rules(out, &p, &i);
    buf_fmt(out, ",\"ContributorInsightsStatus\":\"%s\"", i.enabled ? "ENABLED" : "DISABLED");
    if (i.known) {
        buf_lit(out, ",\"LastUpdateDateTime\":");
        json_put_timestamp(out, i.changed);
        buf_fmt(out, ",\"ContributorInsightsMode\":\"%s\"", mode_names[i.mode]);
    }
    buf_byte(out, '}');
    return out->err;
}

/* Changes *i and gives the status of the answer. What is so already stays as it is. */
static const char *change(const insights_request *q, int64_t now_ms, insights *i, bool *changed)
{
    int mode = q->mode.i >= 0 ? q->mode.i : i->known ? i->mode : ACCESSED;

    *changed = q->action.i == ENABLE ? !i->enabled || mode != i->mode : i->enabled;
    if (!*changed)
        return i->enabled ? "ENABLED" : "DISABLED";
    if (q->action.i == DISABLE) {
        i->enabled = false;
    } else {
        if (!i->enabled)
            i->since = now_ms; /* another mode keeps the rules that it has, by their names */
        i->enabled = i->known = true;
        i->mode = mode;
    }
    i->changed = now_ms;
    return i->enabled ? "ENABLING" : "DISABLING";
}

static int update_run(engine *e, ctx *cx, void *req, buf *out)
{
    const insights_request *q = req;
    const char *status;
    bool changed;
    place p;
    insights i;

    TRY(find_place(e, cx, q, &p));
    if (p.ix != NULL && p.ix->status == INDEX_CREATING)
        return fail(cx, DDB_VALIDATION,
                    "Table or Index is not in a valid state to update Key Access Insights: "
                    "IndexStatus must be ACTIVE to enable ContributorInsights.");
    if (p.t->status == TABLE_CREATING)
        return fail(cx, DDB_VALIDATION,
                    "Table or Index is not in a valid state to update Key Access Insights: "
                    "TableStatus must be ACTIVE to enable ContributorInsights.");
    TRY(load(e, cx, &p, &i));
    status = change(q, cx->now_ms, &i, &changed);
    if (changed)
        TRY(save(e, cx, &p, &i));
    buf_byte(out, '{');
    put_place(out, p.t->name, p.name);
    buf_fmt(out, ",\"ContributorInsightsStatus\":\"%s\"", status);
    if (i.known)
        buf_fmt(out, ",\"ContributorInsightsMode\":\"%s\"", mode_names[i.mode]);
    buf_byte(out, '}');
    return out->err;
}

/* ---- the list ---- */

/* A page's end is the place of its last entry: base64 of "table/music", a newline and its name,
 * behind a letter that tells a list of one table from that of all. */
static int read_token(ctx *cx, str token, char scope, setting *out)
{
    str raw;
    const char *at;
    int rc = base64_decode(cx, token, &raw);

    if (rc == DDB_NOMEM)
        return rc;
    at = rc < 0 || raw.n < 2 || raw.p[0] != scope ? NULL : memchr(raw.p, '\n', raw.n);
    if (at == NULL)
        return fail(cx, DDB_VALIDATION, "Invalid NextToken: %S", token);
    out->resource = (str){raw.p + 1, (size_t)(at - raw.p) - 1};
    out->name = (str){at + 1, raw.n - out->resource.n - 2};
    return 0;
}

static int put_token(ctx *cx, buf *out, char scope, const setting *last)
{
    buf b;

    buf_init_arena(&b, cx->a, 1024);
    buf_fmt(&b, "%c%S\n%S", scope, last->resource, last->name);
    TRY(b.err);
    buf_lit(out, ",\"NextToken\":\"");
    base64_put(out, buf_view(&b));
    buf_byte(out, '"');
    return 0;
}

/* At most max rows behind the token's place. */
static int read_page(engine *e, ctx *cx, const insights_request *q, uint32_t max, setting **rows,
                     uint32_t *count)
{
    setting after = {STR(""), STR(""), STR("")};
    const table *t;
    str path;

    if (q->next_token.p != NULL)
        TRY(read_token(cx, q->next_token, q->table_name.p != NULL ? 't' : 'a', &after));
    if (q->table_name.p == NULL)
        return settings_list_all(e, cx, SETTING_INSIGHTS, after.resource, after.name, max,
                                  rows, count);
    TRY(engine_table_control(e, cx, q->table_name, &t));
    TRY(resource_of_table(cx, t->name, &path));
    if (q->next_token.p != NULL && !str_eq(after.resource, path))
        return fail(cx, DDB_VALIDATION, "Invalid NextToken: %S", q->next_token);
    return settings_list(e, cx, SETTING_INSIGHTS, path, after.name, max, rows, count);
}

/* Disabled ones are not listed, and count as part of a page as in the service: pages may be empty
 * and still not the last. */
static int list_run(engine *e, ctx *cx, void *req, buf *out)
{
    const insights_request *q = req;
    uint32_t max = q->max.set && q->max.v > 0 ? (uint32_t)q->max.v : PAGE_MAX;
    setting *rows;
    uint32_t n;
    size_t start;

    TRY(read_page(e, cx, q, max + 1, &rows, &n));
    buf_lit(out, "{\"ContributorInsightsSummaries\":[");
    start = out->n;
    for (uint32_t i = 0; i < n && i < max; i++) {
        insights x;
        str table_name = {rows[i].resource.p + 6, rows[i].resource.n - 6}; /* behind "table/" */
        TRY(read_value(cx, rows[i].value, &x));
        if (!x.enabled)
            continue;
        buf_fmt(out, "%s{", out->n == start ? "" : ",");
        put_place(out, table_name, rows[i].name);
        buf_fmt(out,
                ",\"ContributorInsightsStatus\":\"ENABLED\",\"ContributorInsightsMode\":\"%s\"}",
                mode_names[x.mode]);
    }
    buf_byte(out, ']');
    if (n > max)
        TRY(put_token(cx, out, q->table_name.p != NULL ? 't' : 'a', &rows[max - 1]));
    buf_byte(out, '}');
    return out->err;
}

const op op_update_insights = {"UpdateContributorInsights", OP_WRITE | OP_ATOMIC, &update_shape,
                               update_run};
const op op_describe_insights = {"DescribeContributorInsights", OP_SNAPSHOT, &describe_shape,
                                 describe_run};
const op op_list_insights = {"ListContributorInsights", OP_SNAPSHOT, &list_shape, list_run};
