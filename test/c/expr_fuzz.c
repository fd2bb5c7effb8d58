/*
 * expr_fuzz.c - any bytes as an expression: no crash, no leak, no unbounded recursion, and what
 * parses can be evaluated. The first byte chooses the kind of expression and, in its upper half,
 * where memory runs out.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "expr/expr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ITEM \
    "{\"a\":{\"S\":\"text\"},\"b\":{\"N\":\"12\"},\"c\":{\"L\":[{\"S\":\"x\"},{\"N\":\"1\"}," \
    "{\"M\":{\"a\":{\"L\":[{\"NULL\":true}]}}}]}," \
    "\"d\":{\"M\":{\"a\":{\"M\":{\"b\":{\"S\":\"\"}}}}}," \
    "\"e\":{\"SS\":[\"x\",\"y\"]},\"f\":{\"NS\":[\"1\",\"2\"]},\"g\":{\"B\":\"YQ==\"}," \
    "\"h\":{\"BOOL\":true},\"i\":{\"NULL\":true}}"
#define VALUES \
    "{\":a\":{\"S\":\"text\"},\":b\":{\"N\":\"12\"},\":c\":{\"L\":[{\"S\":\"x\"}]}," \
    "\":d\":{\"M\":{}}," \
    "\":e\":{\"SS\":[\"x\"]},\":f\":{\"NS\":[\"2\"]},\":g\":{\"B\":\"YQ==\"}," \
    "\":h\":{\"BOOL\":true}," \
    "\":i\":{\"NULL\":true},\":j\":{\"S\":\"S\"}}"

typedef struct name_entry {
    str key, name;
} name_entry;

static int read_map(ctx *cx, str text, attr_map *out)
{
    json *j;

    TRY(json_parse(cx, text, &j));
    return attr_map_read(cx, j, out);
}

/* Applies u, and applies it to its own result: both must be well-formed items. */
static int run_update(ctx *cx, const update *u, const map *item)
{
    map after, again, part;
    static const map none = {NULL, 0};

    (void)update_literal(u, STR("a"));
    assert(update_overhead(u) >= 5);
    assert(update_paths(u)->count > 0);
    TRY(update_project(cx, u, item, &part));
    TRY(update_apply(cx, u, &none, false, item, &again));
    TRY(update_apply(cx, u, item, true, item, &after));
    TRY(update_project(cx, u, &after, &part));
    return update_apply(cx, u, &after, true, &after, &again);
}

static int run_condition(ctx *cx, const cond *c, const map *item, expr_kind kind)
{
    item_view text = item_view_text(STR(ITEM)), map_view = item_view_map(item);
    item_view none = item_view_none();
    key_conditions k;
    path_list paths;
    bool a, b;

    TRY(cond_paths(cx, c, &paths));
    TRY(cond_eval(cx, c, &text, &a));
    TRY(cond_eval(cx, c, &map_view, &b));
    assert(a == b);
    TRY(cond_eval(cx, c, &none, &a));
    return kind == EX_KEY_CONDITION ? expr_key_conditions(cx, c, &k) : 0;
}

static int run(ctx *cx, expr_kind kind, str text)
{
    name_entry entries[] = {
        {STR("#a"), STR("a")}, {STR("#b"), STR("b\"\n")}, {STR("#c"), STR("c")}};
    list names = {entries, COUNT(entries), true, sizeof entries[0]};
    attr_map values = {0}, item = {0};
    binding b;
    cond *c;
    update *u;
    projection *p;
    buf out;
    bool any;
    int rc;

    TRY(read_map(cx, STR(ITEM), &item));
    TRY(read_map(cx, STR(VALUES), &values));
    TRY(binding_init(cx, &b, &names, &values));
    switch (kind) {
    case EX_UPDATE:
        TRY(expr_update(cx, &b, text, &u));
        return run_update(cx, u, &item.m);
    case EX_PROJECTION:
        TRY(expr_projection(cx, &b, text, &p));
        buf_init(&out, cx->m, REPLY_BYTES_MAX);
        rc = projection_put(cx, p, STR(ITEM), &out, &any);
        if (rc == 0 && out.err == 0) {
            map selected;
            rc = item_parse(cx, buf_view(&out), &selected);
            assert(rc == DDB_NOMEM || (rc == 0 && any == (selected.count > 0)));
        }
        buf_release(&out);
        return rc;
    default:
        TRY(expr_condition(cx, &b, kind, text, &c));
        return run_condition(cx, c, &item.m, kind);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mem m;
    arena a;
    ctx cx;
    char *text;
    int rc;

    if (size == 0)
        return 0;
    /* A copy of its own size: reading past the end is seen. */
    text = malloc(size);
    if (text == NULL)
        return 0;
    memcpy(text, data + 1, size - 1);
    mem_init(&m);
    arena_init(&a, &m, ARENA_BYTES_MAX);
    cx = (ctx){.m = &m, .a = &a};
    m.fail_after = data[0] >= 0xF0 ? data[0] - 0xF0 : -1;
    rc = run(&cx, (expr_kind)(data[0] % 5), (str){text, size - 1});
    assert(rc == 0 || rc == DDB_NOMEM || rc == DDB_VALIDATION);
    assert(rc != DDB_VALIDATION || cx.err.message.n > 0);
    m.fail_after = -1;
    arena_release(&a);
    assert(m.live == 0);
    free(text);
    return 0;
}
