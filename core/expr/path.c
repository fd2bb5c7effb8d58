/*
 * path.c - document paths: following, comparing and printing them.
 */
#include "base/limits.h"
#include "expr/ast.h"

const value *path_descend(const path *p, uint32_t first, uint32_t end, const value *v)
{
    for (uint32_t i = first; i < end && v != NULL; i++) {
        const path_step *s = &p->steps[i];
        if (s->is_index) {
            v = v->type == T_L && s->index < v->count ? &v->items[s->index] : NULL;
        } else if (v->type == T_M) {
            map m = value_map(v);
            v = map_get(&m, s->name);
        } else {
            v = NULL;
        }
    }
    return v;
}

const value *path_find(const path *p, const map *m)
{
    return path_descend(p, 1, p->count, map_get(m, p->steps[0].name));
}

int path_get(ctx *cx, const path *p, item_view *item, const value **out)
{
    const value *v = NULL;

    TRY(item_view_get(cx, item, p->steps[0].name, &v));
    *out = path_descend(p, 1, p->count, v);
    return 0;
}

bool step_eq(const path_step *a, const path_step *b)
{
    if (a->is_index != b->is_index)
        return false;
    return a->is_index ? a->index == b->index : str_eq(a->name, b->name);
}

bool path_eq(const path *a, const path *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        if (!step_eq(&a->steps[i], &b->steps[i]))
            return false;
    }
    return true;
}

void path_put(buf *b, const path *p)
{
    buf_byte(b, '[');
    for (uint32_t i = 0; i < p->count; i++) {
        const path_step *s = &p->steps[i];
        if (i > 0)
            buf_lit(b, ", ");
        if (s->is_index) {
            buf_byte(b, '[');
            buf_int(b, s->index);
            buf_byte(b, ']');
        } else {
            buf_str(b, s->name);
        }
    }
    buf_byte(b, ']');
}

path *path_of_name(ctx *cx, str name)
{
    path *p = ARENA_NEW(cx->a, path);
    path_step *s = ARENA_NEW(cx->a, path_step);

    if (p == NULL || s == NULL)
        return NULL;
    *s = (path_step){.name = name};
    *p = (path){s, 1};
    return p;
}

static int fail_two_paths(ctx *cx, expr_kind kind, const char *what, const path *one,
                          const path *two)
{
    buf a, b;

    buf_init_arena(&a, cx->a, REQUEST_BYTES_MAX);
    buf_init_arena(&b, cx->a, REQUEST_BYTES_MAX);
    path_put(&a, one);
    path_put(&b, two);
    if (a.err != 0 || b.err != 0)
        return DDB_NOMEM;
    return expr_fail(cx, kind,
                     "Two document paths %s with each other; must remove or rewrite one of these "
                     "paths; path one: %S, path two: %S",
                     what, buf_view(&a), buf_view(&b));
}

typedef enum { PATHS_APART, PATHS_OVERLAP, PATHS_CONFLICT } path_relation;

static path_relation path_relate(const path *a, const path *b)
{
    uint32_t n = a->count < b->count ? a->count : b->count;

    for (uint32_t i = 0; i < n; i++) {
        if (a->steps[i].is_index != b->steps[i].is_index)
            return PATHS_CONFLICT;
        if (!step_eq(&a->steps[i], &b->steps[i]))
            return PATHS_APART;
    }
    return PATHS_OVERLAP;
}

/* Every overlap is reported before any conflict; among equals the pair whose later path comes
 * first in the expression. */
int paths_check_distinct(ctx *cx, expr_kind kind, const path_list *paths)
{
    const path *one = NULL, *two = NULL;

    for (uint32_t j = 1; j < paths->count; j++) {
        for (uint32_t i = 0; i < j; i++) {
            path_relation r = path_relate(paths->items[i], paths->items[j]);
            if (r == PATHS_OVERLAP)
                return fail_two_paths(cx, kind, "overlap", paths->items[i], paths->items[j]);
            if (r == PATHS_CONFLICT && one == NULL) {
                one = paths->items[i];
                two = paths->items[j];
            }
        }
    }
    return one == NULL ? 0 : fail_two_paths(cx, kind, "conflict", one, two);
}
