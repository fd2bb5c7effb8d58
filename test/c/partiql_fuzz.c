/*
 * partiql_fuzz.c - any bytes as a statement: no crash, no leak, no unbounded recursion, and what
 * parses can be planned, evaluated and applied.
 *
 * The first byte decides: its lowest bit whether the rest is text or numbers of words (the
 * dictionary below, so that most inputs get far into the grammar), the next two bits how many
 * parameters there are, its upper half where memory runs out.
 */
#include "expr/expr.h"
#include "partiql/partiql.h"

#include "fuzz.h"

#define ITEM \
    "{\"a\":{\"S\":\"text\"},\"b\":{\"N\":\"12\"},\"c\":{\"L\":[{\"S\":\"x\"},{\"N\":\"1\"}," \
    "{\"M\":{\"a\":{\"L\":[{\"NULL\":true}]}}}]}," \
    "\"d\":{\"M\":{\"a\":{\"M\":{\"b\":{\"S\":\"\"}}}}}," \
    "\"e\":{\"SS\":[\"x\",\"y\"]},\"f\":{\"NS\":[\"1\",\"2\"]},\"g\":{\"B\":\"YQ==\"}," \
    "\"h\":{\"BOOL\":true},\"i\":{\"NULL\":true}}"

static const char *const words[] = {
    "SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "EXISTS(", "* ", "FROM ", "VALUE ",
    " WHERE ", " SET ", " REMOVE ", " RETURNING ", "ALL ", "MODIFIED ", "OLD ", "NEW ",
    " ORDER BY ", " ASC", " DESC", " AND ", " OR ", " NOT ", " IN ", " BETWEEN ", " IS ",
    "MISSING ", "NULL ", "STRING ", "true ", "false ", "?", "a", "b", "c", "d", "e", "f", "g", "h",
    "i", "t", "\"t\"", "\"a\"\"b\"", "'x'", "'it''s'", "''", "1", "-1", "2.5", "1e3", "[0]", "[1]",
    ".a", ".b", "=", "<>", "!=", "<", "<=", ">", ">=", "+", "-", "/", "(", ")", "[", "]", "{", "}",
    "<<", ">>", ",", ":", ";", ".", "'a':", "'b':", "begins_with(", "contains(", "size(",
    "attribute_type(", "list_append(", "set_add(", "set_delete(", "if_not_exists(", "count(", "--",
    "/*", "*/", "\n", " LIKE ", "SELECT * FROM t WHERE ", "UPDATE t SET a = ", " WHERE a = 'text'",
    "a = 'text' AND b = 12", "INSERT INTO t VALUE {'a': ", "SELECT * FROM t WHERE a IN [",
    "DELETE FROM t WHERE a = 'text' AND b = 12 AND "};

static const str names[] = {STR_INIT("a"), STR_INIT("b")};

static str expand(const uint8_t *data, size_t size, bool numbers, char *out)
{
    size_t n = 0;

    for (size_t i = 0; i < size; i++) {
        const char *word = words[data[i] % COUNT(words)];
        size_t length = numbers ? strlen(word) : 1;
        if (n + length > STATEMENT_BYTES_MAX)
            break;
        memcpy(out + n, numbers ? word : (const char *)&data[i], length);
        n += length;
    }
    return (str){out, n};
}

static int run_condition(ctx *cx, const cond *c, const map *item)
{
    item_view text = item_view_text(STR(ITEM)), in_memory = item_view_map(item);
    item_view none = item_view_none();
    path_list paths;
    bool one, two;

    if (c == NULL)
        return 0;
    TRY(cond_paths(cx, c, &paths));
    TRY(cond_eval(cx, c, &text, &one));
    TRY(cond_eval(cx, c, &in_memory, &two));
    FUZZ_CHECK(one == two);
    return cond_eval(cx, c, &none, &one);
}

/* What is left after the key must hold wherever all of WHERE holds. */
static int run_where(ctx *cx, const statement *s, const map *item)
{
    const value *values[2];
    uint32_t missing;
    cond *rest;
    access a;

    TRY(run_condition(cx, s->where, item));
    TRY(partiql_full_key(cx, s, names, 2, false, values, &missing, &rest));
    FUZZ_CHECK(missing <= 2);
    TRY(run_condition(cx, rest, item));
    TRY(partiql_item_exists(cx, names[0], rest, &rest));
    TRY(run_condition(cx, rest, item));
    TRY(partiql_item_absent(cx, names[0], rest, &rest));
    TRY(run_condition(cx, rest, item));
    TRY(partiql_access(cx, s, names, 1, names + 1, 1, &a));
    FUZZ_CHECK(a.keyed == (a.partitions > 0) && a.sorts <= 1);
    TRY(run_condition(cx, a.filter, item));
    TRY(partiql_access(cx, s, names, 2, names, 0, &a));
    return run_condition(cx, a.filter, item);
}

static int run_project(ctx *cx, const projection *p)
{
    map selected;
    bool any;
    buf out;
    int rc;

    if (p == NULL)
        return 0;
    FUZZ_CHECK(projection_paths(p)->count > 0);
    buf_init(&out, cx->m, REPLY_BYTES_MAX);
    rc = projection_put(cx, p, STR(ITEM), &out, &any);
    if (rc == 0 && out.err == 0) {
        rc = item_parse(cx, buf_view(&out), &selected);
        FUZZ_CHECK(rc == DDB_NOMEM || (rc == 0 && any == (selected.count > 0)));
    }
    buf_release(&out);
    return rc;
}

/* Applied to its own result too: both must be items. */
static int run_update(ctx *cx, const update *u, const map *item)
{
    map after, again, part;

    if (u == NULL)
        return 0;
    FUZZ_CHECK(update_paths(u)->count > 0);
    (void)update_literal(u, names[0]);
    TRY(update_project(cx, u, item, &part));
    TRY(update_apply(cx, u, item, true, item, &after));
    TRY(update_project(cx, u, &after, &part));
    return update_apply(cx, u, &after, true, &after, &again);
}

static int run(ctx *cx, str text, uint32_t count)
{
    static const value scalars[] = {{.type = T_S, .s = STR_INIT("text")},
                                    {.type = T_N, .s = STR_INIT("12")},
                                    {.type = T_NULL}};
    attr_value params[COUNT(scalars)] = {{.fault = {.code = 0}}};
    statement *s;
    map item;

    for (size_t i = 0; i < COUNT(scalars); i++)
        params[i].v = scalars[i];
    (void)partiql_is_select(text);
    TRY(item_parse(cx, STR(ITEM), &item));
    TRY(partiql_parse(cx, text, params, count, &s));
    FUZZ_CHECK((s->kind == STATEMENT_UPDATE) == (s->update != NULL));
    FUZZ_CHECK(s->table.n > 0);
    TRY(run_where(cx, s, &item));
    TRY(run_project(cx, s->project));
    return run_update(cx, s->update, &item);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char expanded[STATEMENT_BYTES_MAX];
    fuzz_env e;
    char *copy;
    str text;
    int rc;

    if (size == 0)
        return 0;
    text = expand(data + 1, size - 1, (data[0] & 1) != 0, expanded);
    copy = malloc(text.n + 1); /* of its own size: reading past the end is seen */
    if (copy == NULL)
        return 0;
    memcpy(copy, text.p, text.n);
    copy = realloc(copy, text.n > 0 ? text.n : 1);
    FUZZ_CHECK(copy != NULL);
    fuzz_env_init(&e);
    e.m.fail_after = data[0] >= 0x80 ? (data[0] >> 3) - 16 : -1;
    rc = run(&e.cx, (str){copy, text.n}, (data[0] >> 1) & 3);
    FUZZ_CHECK(rc == 0 || rc == DDB_NOMEM || rc == DDB_VALIDATION);
    FUZZ_CHECK(rc != DDB_VALIDATION || e.cx.err.message.n > 0);
    e.m.fail_after = -1;
    free(copy);
    fuzz_env_release(&e);
    return 0;
}
