/*
 * projection.c - projection expressions: what to take of an item, and taking it.
 *
 * The paths become a tree. A top-level name that is wanted whole is spliced from the stored text
 * without being decoded; only attributes of which a part is wanted are parsed. Attributes come in
 * the order of the item, list elements in the order of the list without the gaps, and what is not
 * there is left out, together with containers that end up with nothing.
 *
 * The trees serve UPDATED_OLD and UPDATED_NEW as well (update_project in update_apply.c).
 * Start at expr_projection() and projection_put().
 */
#include "base/limits.h"
#include "expr/parser.h"

struct projection {
    path_list paths;
    path_tree *tree;
    uint32_t top_count; /* top-level nodes of tree */
    const str *names;   /* of columns, one for each path; NULL: parts keep their places */
};

/* ---- making ---- */

static int projection_of_paths(ctx *cx, projection *p, projection **out)
{
    TRY(path_tree_build(cx, &p->paths, &p->tree));
    for (const path_tree *t = p->tree; t != NULL; t = t->next)
        p->top_count++;
    *out = p;
    return 0;
}

static uint32_t count_commas(str text)
{
    uint32_t n = 0;

    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == ',';
    return n;
}

int expr_projection(ctx *cx, binding *b, str text, projection **out)
{
    parser p;
    projection *j;
    str undefined;

    TRY(parser_init(&p, cx, b, EX_PROJECTION, text));
    j = ARENA_NEW(cx->a, projection);
    if (j == NULL)
        return DDB_NOMEM;
    *j = (projection){.paths = {ARENA_ARRAY(cx->a, path *, count_commas(text) + 1), 0}};
    if (j->paths.items == NULL)
        return DDB_NOMEM;
    for (;;) {
        path *q = ARENA_NEW(cx->a, path);
        if (q == NULL)
            return DDB_NOMEM;
        TRY(parser_path(&p, q, &undefined));
        j->paths.items[j->paths.count++] = q;
        if (p.cur.kind != TK_COMMA)
            break;
        parser_advance(&p);
    }
    if (p.cur.kind != TK_END)
        return parser_syntax_error(&p);
    TRY(parser_check_reserved(&p));
    TRY(parser_check_paths(&p));
    TRY(parser_check_undefined_name(&p));
    TRY(paths_check_distinct(cx, EX_PROJECTION, &j->paths));
    return projection_of_paths(cx, j, out);
}

int projection_of_names(ctx *cx, const str *names, uint32_t count, projection **out)
{
    projection *j = ARENA_NEW(cx->a, projection);

    if (j == NULL)
        return DDB_NOMEM;
    *j = (projection){.paths = {ARENA_ARRAY(cx->a, path *, count), count}};
    if (j->paths.items == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < count; i++) {
        j->paths.items[i] = path_of_name(cx, names[i]);
        if (j->paths.items[i] == NULL)
            return DDB_NOMEM;
    }
    return projection_of_paths(cx, j, out);
}

int projection_of_columns(ctx *cx, const path_list *paths, const str *names, projection **out)
{
    projection *j = ARENA_NEW(cx->a, projection);

    if (j == NULL)
        return DDB_NOMEM;
    *j = (projection){.paths = *paths, .names = names};
    *out = j;
    return 0;
}

const path_list *projection_paths(const projection *p)
{
    return &p->paths;
}

/* ---- path trees ---- */

/* Stored text is canonical, so equal names have equal text: names are compared without decoding. */
static int put_raw_name(ctx *cx, str name, str *out)
{
    buf b;

    buf_init_arena(&b, cx->a, REQUEST_BYTES_MAX * (size_t)7);
    json_put_string(&b, name);
    if (b.err != 0)
        return DDB_NOMEM;
    *out = (str){b.p + 1, b.n - 2};
    return 0;
}

/* The node for `step` in the list at *at, made if need be. */
static int tree_step(ctx *cx, path_tree **at, const path_step *step, path_tree **out)
{
    path_tree *t;

    while (*at != NULL && !step_eq(&(*at)->step, step)) {
        if (step->is_index && (*at)->step.index > step->index)
            break;
        at = &(*at)->next;
    }
    if (*at != NULL && step_eq(&(*at)->step, step)) {
        *out = *at;
        return 0;
    }
    t = ARENA_NEW(cx->a, path_tree);
    if (t == NULL)
        return DDB_NOMEM;
    *t = (path_tree){.step = *step, .next = *at};
    *at = t;
    *out = t;
    return 0;
}

int path_tree_build(ctx *cx, const path_list *paths, path_tree **out)
{
    *out = NULL;
    for (uint32_t i = 0; i < paths->count; i++) {
        path_tree **level = out, *t = NULL;
        for (uint32_t s = 0; s < paths->items[i]->count; s++) {
            TRY(tree_step(cx, level, &paths->items[i]->steps[s], &t));
            if (s == 0 && t->raw.p == NULL)
                TRY(put_raw_name(cx, t->step.name, &t->raw));
            level = &t->child;
        }
        t->leaf = true;
    }
    return 0;
}

static uint32_t tree_count(const path_tree *t)
{
    uint32_t n = 0;

    for (; t != NULL; t = t->next)
        n++;
    return n;
}

static int select_one(ctx *cx, const path_tree *t, const value *in, value *out, bool *any)
{
    if (t->leaf) {
        *out = *in;
        *any = true;
        return 0;
    }
    return path_tree_select(cx, t->child, in, out, any);
}

static int select_of_map(ctx *cx, const path_tree *children, const value *in, value *out)
{
    uint32_t wanted = tree_count(children);
    attr *attrs = ARENA_ARRAY(cx->a, attr, wanted < in->count ? wanted : in->count);
    map found = {attrs, 0};

    if (attrs == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < in->count && wanted > 0; i++) {
        const path_tree *t = children;
        bool any = false;
        while (t != NULL && !str_eq(t->step.name, in->attrs[i].name))
            t = t->next;
        if (t == NULL)
            continue;
        wanted--;
        TRY(select_one(cx, t, &in->attrs[i].v, &attrs[found.count].v, &any));
        if (any)
            attrs[found.count++].name = in->attrs[i].name;
    }
    *out = value_of_map(found);
    return 0;
}

static int select_of_list(ctx *cx, const path_tree *children, const value *in, value *out)
{
    uint32_t wanted = tree_count(children);
    value *items = ARENA_ARRAY(cx->a, value, wanted < in->count ? wanted : in->count);

    if (items == NULL)
        return DDB_NOMEM;
    *out = (value){.type = T_L};
    out->items = items;
    for (const path_tree *t = children; t != NULL && t->step.index < in->count; t = t->next) {
        bool any = false;
        TRY(select_one(cx, t, &in->items[t->step.index], &items[out->count], &any));
        if (any)
            out->count++;
    }
    return 0;
}

/* Recursion is as deep as a path is long: at most NESTING_MAX. */
int path_tree_select(ctx *cx, const path_tree *children, const value *in, value *out, bool *any)
{
    *any = false;
    if (in->type != (children->step.is_index ? T_L : T_M))
        return 0;
    if (in->type == T_M)
        TRY(select_of_map(cx, children, in, out));
    else
        TRY(select_of_list(cx, children, in, out));
    *any = out->count > 0;
    return 0;
}

/* ---- taking it ---- */

static const path_tree *find_raw(const path_tree *t, str raw)
{
    while (t != NULL && !str_eq(t->raw, raw))
        t = t->next;
    return t;
}

static void put_name(buf *out, const path_tree *t, bool *any)
{
    if (*any)
        buf_byte(out, ',');
    *any = true;
    buf_byte(out, '"');
    buf_str(out, t->raw);
    buf_lit(out, "\":");
}

static int put_part(ctx *cx, const path_tree *t, str value_text, buf *out, bool *any)
{
    value whole, part;
    bool found;

    TRY(item_parse_value(cx, value_text, &whole));
    TRY(path_tree_select(cx, t->child, &whole, &part, &found));
    if (found) {
        put_name(out, t, any);
        item_put_value(out, &part);
    }
    return 0;
}

static int put_column(ctx *cx, const path *p, str name, str item_text, buf *out, bool *any)
{
    str text;
    value whole;
    const value *v = NULL;
    int rc = item_find(item_text, p->steps[0].name, &text);

    if (rc <= 0)
        return rc;
    if (p->count > 1) {
        TRY(item_parse_value(cx, text, &whole));
        v = path_descend(p, 1, p->count, &whole);
        if (v == NULL)
            return 0;
    }
    if (*any)
        buf_byte(out, ',');
    *any = true;
    json_put_string(out, name);
    buf_byte(out, ':');
    if (v == NULL)
        buf_str(out, text);
    else
        item_put_value(out, v);
    return 0;
}

int projection_put(ctx *cx, const projection *p, str item_text, buf *out, bool *any)
{
    item_cursor c;
    uint32_t left = p->top_count;

    *any = false;
    if (p->names != NULL) {
        buf_byte(out, '{');
        for (uint32_t i = 0; i < p->paths.count; i++)
            TRY(put_column(cx, p->paths.items[i], p->names[i], item_text, out, any));
        buf_byte(out, '}');
        return out->err;
    }
    buf_byte(out, '{');
    item_cursor_init(&c, item_text);
    while (left > 0) {
        const path_tree *t;
        int rc = item_cursor_next(&c);
        if (rc < 0)
            return rc;
        if (rc == 0)
            break;
        t = find_raw(p->tree, c.name);
        if (t == NULL)
            continue;
        left--;
        if (t->leaf) {
            put_name(out, t, any);
            buf_str(out, c.value);
        } else {
            TRY(put_part(cx, t, c.value, out, any));
        }
    }
    buf_byte(out, '}');
    return 0;
}
