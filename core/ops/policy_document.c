/*
 * policy_document.c - a resource-based policy as the service keeps it.
 *
 * What is set is not given back byte by byte but in one canonical form, which is also what makes
 * two documents the same: no blanks; Version, Id, Statement; in a statement Sid, Effect, Principal,
 * Action, Resource, Condition; a list of one as the string itself; an account's number as its root
 * ARN; Effect in its own case. Captures of October 2026, texts too.
 *
 * Nobody is kept out here: a policy is checked and described, and all callers are the owner.
 * Start at policy_read().
 */
#include <stddef.h>

#include "ops/resource.h"
#include "ops/table_common.h"
#include "value/json.h"

#define POLICY_BYTES_MAX 20480 /* guide */
#define CONDITION_DEPTH_MAX 4  /* {operator: {key: [value]}} */
#define BAD_POLICY BAD_PARAMETER "Invalid policy document: "

typedef struct statement {
    const json *sid, *effect, *principal, *action, *resource, *condition;
    bool allow, not_principal, not_action, not_resource;
} statement;

typedef struct reader {
    engine *e;
    ctx *cx;
    buf out;
    bool of_stream, locks_out;
} reader;

static int fail_syntax(ctx *cx)
{
    return fail(cx, DDB_VALIDATION, BAD_POLICY "Syntax error at position (1,3)");
}

/* ---- values ---- */

static int put_value(reader *r, const json *j, int depth)
{
    buf *b = &r->out;

    switch ((json_type)j->type) {
    case J_NULL: buf_lit(b, "null"); return 0;
    case J_TRUE: buf_lit(b, "\"true\""); return 0; /* conditions compare texts */
    case J_FALSE: buf_lit(b, "\"false\""); return 0;
    case J_NUMBER: buf_fmt(b, "\"%S\"", j->s); return 0;
    case J_STRING: json_put_string(b, j->s); return 0;
    case J_ARRAY:
    case J_OBJECT:
        break;
    }
    if (depth == 0)
        return fail_syntax(r->cx);
    if (j->type == J_ARRAY && j->count == 1)
        return put_value(r, j->child, depth - 1);
    buf_byte(b, j->type == J_ARRAY ? '[' : '{');
    for (const json *k = j->child; k != NULL; k = k->next) {
        if (k != j->child)
            buf_byte(b, ',');
        if (j->type == J_OBJECT) {
            json_put_string(b, k->key);
            buf_byte(b, ':');
        }
        TRY(put_value(r, k, depth - 1)); /* at most CONDITION_DEPTH_MAX levels */
    }
    buf_byte(b, j->type == J_ARRAY ? ']' : '}');
    return 0;
}

/* A string, or a list of strings. */
static bool is_strings(const json *j)
{
    if (j->type == J_STRING)
        return true;
    if (j->type != J_ARRAY || j->count == 0)
        return false;
    for (const json *k = j->child; k != NULL; k = k->next)
        if (k->type != J_STRING)
            return false;
    return true;
}

static const json *first_string(const json *j)
{
    return j->type == J_STRING ? j : j->child;
}

static const json *next_string(const json *of, const json *k)
{
    return of->type == J_STRING ? NULL : k->next;
}

/* ---- principals ---- */

static bool is_account(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n == 12;
}

static int principal_name(ctx *cx, str given, str *out)
{
    buf b;

    *out = given;
    if (!is_account(given))
        return 0;
    buf_init_arena(&b, cx->a, 256);
    buf_fmt(&b, "arn:aws:iam::%S:root", given);
    *out = buf_view(&b);
    return b.err;
}

/* The names of one member of Principal, each once. */
static int put_principal(reader *r, const json *names)
{
    str *seen = ARENA_ARRAY(r->cx->a, str, names->type == J_STRING ? 1 : names->count);
    uint32_t n = 0;

    if (seen == NULL)
        return DDB_NOMEM;
    for (const json *k = first_string(names); k != NULL; k = next_string(names, k)) {
        uint32_t at = 0;
        TRY(principal_name(r->cx, k->s, &seen[n]));
        while (!str_eq(seen[at], seen[n]))
            at++;
        n += at == n;
    }
    if (n > 1)
        buf_byte(&r->out, '[');
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            buf_byte(&r->out, ',');
        json_put_string(&r->out, seen[i]);
    }
    if (n > 1)
        buf_byte(&r->out, ']');
    return 0;
}

static bool names_everybody(const json *principal)
{
    if (principal->type == J_STRING)
        return true;
    for (const json *m = principal->child; m != NULL; m = m->next)
        for (const json *k = first_string(m); k != NULL; k = next_string(m, k))
            if (str_eq(k->s, STR("*")))
                return true;
    return false;
}

static bool names_owner(const reader *r, const json *principal)
{
    buf root;

    if (names_everybody(principal))
        return true;
    buf_init_arena(&root, r->cx->a, 256);
    buf_fmt(&root, "arn:aws:iam::%S:root", r->e->account);
    for (const json *m = principal->child; m != NULL; m = m->next)
        for (const json *k = first_string(m); k != NULL; k = next_string(m, k))
            if (str_eq(k->s, r->e->account) || str_eq(k->s, buf_view(&root)))
                return true;
    return false;
}

static int check_principal(const reader *r, const statement *s)
{
    const json *p = s->principal;

    if (p->type == J_STRING ? !str_eq(p->s, STR("*")) : p->type != J_OBJECT || p->count == 0)
        return fail_syntax(r->cx);
    for (const json *m = p->type == J_OBJECT ? p->child : NULL; m != NULL; m = m->next)
        if (!is_strings(m))
            return fail_syntax(r->cx);
    if (s->allow && !s->not_principal && s->condition == NULL && names_everybody(p))
        return fail(r->cx, DDB_VALIDATION,
                    "Resource-based policy grants unbounded access in one or more elements. "
                    "Please revise the policy to ensure least-privilege form of access");
    return 0;
}

/* ---- actions ---- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Does an action's pattern, with * and ?, match the name? Case does not count. */
static bool matches(str pattern, str name)
{
    size_t p = 0, n = 0, star = SIZE_MAX, back = 0;

    while (n < name.n) {
        if (p < pattern.n && (pattern.p[p] == '?' || lower(pattern.p[p]) == lower(name.p[n]))) {
            p++;
            n++;
        } else if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            back = n;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            n = ++back;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

/* Actions on streams are not for tables, and ListStreams is for neither. */
static bool is_invalid_action(const reader *r, str action)
{
    return str_eq(action, STR("dynamodb:ListStreams")) ||
           (!r->of_stream && (str_eq(action, STR("dynamodb:DescribeStream")) ||
                              str_eq(action, STR("dynamodb:GetRecords")) ||
                              str_eq(action, STR("dynamodb:GetShardIterator"))));
}

static int check_actions(const reader *r, const json *actions)
{
    uint32_t wrong = 0;
    buf b;

    buf_init_arena(&b, r->cx->a, REPLY_BYTES_MAX);
    buf_lit(&b, BAD_POLICY "The following action names are invalid: ");
    for (const json *k = first_string(actions); k != NULL; k = next_string(actions, k))
        if (is_invalid_action(r, k->s))
            buf_fmt(&b, "%s\"%S\"", wrong++ > 0 ? ", " : "", k->s);
    if (wrong == 0)
        return 0;
    return b.err != 0 ? b.err : fail_str(r->cx, DDB_VALIDATION, buf_view(&b));
}

/* Does the statement keep the owner from putting another policy? A condition may not hold. */
static bool locks_out(const reader *r, const statement *s)
{
    bool hit = false;

    if (s->allow || s->condition != NULL || s->not_principal || !names_owner(r, s->principal))
        return false;
    for (const json *k = first_string(s->action); k != NULL; k = next_string(s->action, k))
        hit = hit || matches(k->s, STR("dynamodb:PutResourcePolicy"));
    return hit != s->not_action;
}

/* ---- statements ---- */

/* One of two members that exclude each other. */
static const json *either(const json *j, str name, str not_name, bool *other)
{
    const json *found = json_get(j, name);

    *other = found == NULL && json_get(j, not_name) != NULL;
    return *other ? json_get(j, not_name) : found;
}

static bool equal_ignoring_case(str a, str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

static int fail_missing(ctx *cx, const char *field)
{
    return fail(cx, DDB_VALIDATION, BAD_POLICY "Missing required field %s", field);
}

static int read_statement(const reader *r, const json *j, statement *s)
{
    ctx *cx = r->cx;

    if (j->type != J_OBJECT)
        return fail_syntax(cx);
    s->sid = json_get(j, STR("Sid"));
    s->effect = json_get(j, STR("Effect"));
    s->condition = json_get(j, STR("Condition"));
    s->principal = either(j, STR("Principal"), STR("NotPrincipal"), &s->not_principal);
    s->action = either(j, STR("Action"), STR("NotAction"), &s->not_action);
    s->resource = either(j, STR("Resource"), STR("NotResource"), &s->not_resource);
    if (s->effect == NULL)
        return fail_missing(cx, "Effect");
    if (s->principal == NULL)
        return fail_missing(cx, "Principal");
    if (s->action == NULL)
        return fail_missing(cx, "Action");
    if (s->resource == NULL)
        return fail_missing(cx, "Resource");
    s->allow = equal_ignoring_case(s->effect->s, STR("Allow"));
    if (s->effect->type != J_STRING || (s->sid != NULL && s->sid->type != J_STRING) ||
        (!s->allow && !equal_ignoring_case(s->effect->s, STR("Deny"))) ||
        !is_strings(s->action) || !is_strings(s->resource) ||
        (s->condition != NULL && s->condition->type != J_OBJECT))
        return fail_syntax(cx);
    TRY(check_principal(r, s));
    return check_actions(r, s->action);
}

static int put_statement(reader *r, const statement *s)
{
    buf *b = &r->out;

    buf_byte(b, '{');
    if (s->sid != NULL) {
        buf_lit(b, "\"Sid\":");
        json_put_string(b, s->sid->s);
        buf_byte(b, ',');
    }
    buf_fmt(b, "\"Effect\":\"%s\",\"%sPrincipal\":", s->allow ? "Allow" : "Deny",
            s->not_principal ? "Not" : "");
    if (s->principal->type == J_STRING)
        buf_lit(b, "\"*\"");
    else
        buf_byte(b, '{');
    for (const json *m = s->principal->child; m != NULL; m = m->next) {
        if (m != s->principal->child)
            buf_byte(b, ',');
        json_put_string(b, m->key);
        buf_byte(b, ':');
        TRY(put_principal(r, m));
    }
    buf_fmt(b, "%s,\"%sAction\":", s->principal->type == J_STRING ? "" : "}",
            s->not_action ? "Not" : "");
    TRY(put_value(r, s->action, 1));
    buf_fmt(b, ",\"%sResource\":", s->not_resource ? "Not" : "");
    TRY(put_value(r, s->resource, 1));
    if (s->condition != NULL) {
        buf_lit(b, ",\"Condition\":");
        TRY(put_value(r, s->condition, CONDITION_DEPTH_MAX));
    }
    buf_byte(b, '}');
    return b->err;
}

static int check_sids(ctx *cx, const json *list)
{
    for (const json *a = list->child; a != NULL; a = a->next) {
        const json *sid = a->type == J_OBJECT ? json_get(a, STR("Sid")) : NULL;
        for (const json *b = sid == NULL ? NULL : a->next; b != NULL; b = b->next) {
            const json *other = b->type == J_OBJECT ? json_get(b, STR("Sid")) : NULL;
            if (other != NULL && str_eq(sid->s, other->s))
                return fail(cx, DDB_VALIDATION,
                            BAD_POLICY "The Statement Ids in the policy are not unique");
        }
    }
    return 0;
}

/* ---- the document ---- */

static int put_named(reader *r, const json *doc, str name)
{
    const json *j = json_get(doc, name);

    if (j == NULL)
        return 0;
    if (j->type != J_STRING)
        return fail_syntax(r->cx);
    json_put_string(&r->out, name);
    buf_byte(&r->out, ':');
    json_put_string(&r->out, j->s);
    buf_byte(&r->out, ',');
    return 0;
}

static int put_document(reader *r, const json *doc)
{
    const json *all = json_get(doc, STR("Statement"));
    bool one = all != NULL && all->type == J_OBJECT;

    if (all == NULL || (!one && all->type != J_ARRAY))
        return fail_syntax(r->cx);
    if (!one && all->count == 0)
        return fail(r->cx, DDB_VALIDATION,
                    BAD_POLICY "Could not parse the policy: Statement is empty!");
    if (!one)
        TRY(check_sids(r->cx, all));
    buf_byte(&r->out, '{');
    TRY(put_named(r, doc, STR("Version")));
    TRY(put_named(r, doc, STR("Id")));
    buf_lit(&r->out, "\"Statement\":[");
    for (const json *j = one ? all : all->child; j != NULL; j = one ? NULL : j->next) {
        statement s = {0};
        TRY(read_statement(r, j, &s));
        r->locks_out = r->locks_out || locks_out(r, &s);
        if (!one && j != all->child)
            buf_byte(&r->out, ',');
        TRY(put_statement(r, &s));
    }
    buf_lit(&r->out, "]}");
    return r->out.err;
}

int policy_read(engine *e, ctx *cx, str text, bool of_stream, bool confirmed, str *canonical)
{
    reader r = {.e = e, .cx = cx, .of_stream = of_stream};
    json *doc;
    int rc;

    if (text.n > POLICY_BYTES_MAX)
        return fail(cx, DDB_VALIDATION, BAD_PARAMETER "Maximum policy size of %d bytes exceeded",
                    POLICY_BYTES_MAX);
    rc = json_parse(cx, text, &doc);
    if (rc == DDB_NOMEM)
        return rc;
    if (rc == 0 && doc->type == J_NULL)
        return fail(cx, DDB_VALIDATION, BAD_POLICY "This text appears not to be a policy");
    if (rc < 0 || doc->type != J_OBJECT)
        return fail(cx, DDB_VALIDATION, BAD_POLICY "This policy contains invalid Json");
    buf_init_arena(&r.out, cx->a, REPLY_BYTES_MAX);
    TRY(put_document(&r, doc));
    if (r.locks_out && !confirmed)
        return fail(cx, DDB_ACCESS_DENIED,
                    "The new resource policy will not allow you to update the resource policy in "
                    "the future.");
    *canonical = buf_view(&r.out);
    return 0;
}

static int64_t number_of(str digits)
{
    int64_t v = 0;

    for (size_t i = 0; i < digits.n && v < INT64_MAX / 100; i++)
        v = v * 10 + (digits.p[i] - '0');
    return v;
}

/* A revision is the time of the change, and later than any before. */
int policy_put(engine *e, ctx *cx, str path, str previous, str canonical, str *revision)
{
    int64_t at = cx->now_ms;
    buf id, b;

    if (previous.p != NULL && at <= number_of(previous))
        at = number_of(previous) + 1;
    buf_init_arena(&id, cx->a, 64);
    buf_int(&id, at);
    *revision = buf_view(&id);
    buf_init_arena(&b, cx->a, REPLY_BYTES_MAX);
    buf_fmt(&b, "{\"revision\":\"%S\"", *revision);
    if (canonical.p != NULL) {
        buf_lit(&b, ",\"policy\":");
        json_put_string(&b, canonical);
    }
    buf_byte(&b, '}');
    TRY(id.err);
    TRY(b.err);
    return settings_put(e, cx, SETTING_POLICY, path, SETTING_SELF, buf_view(&b));
}
