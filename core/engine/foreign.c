/*
 * foreign.c - see foreign.h.
 */
#include "engine/foreign.h"

#include "store/foreign.h"

static int path_of(ctx *cx, str given, const char **out)
{
    char *path = arena_alloc(cx->a, given.n + 1);

    if (path == NULL)
        return DDB_NOMEM;
    if (memchr(given.p, 0, given.n) != NULL)
        return fail(cx, DDB_VALIDATION, "Path is not the name of a file");
    memcpy(path, given.p, given.n);
    path[given.n] = 0;
    *out = path;
    return 0;
}

int engine_foreign_tables(engine *e, ctx *cx, str path, buf *out)
{
    const char *file;

    TRY(path_of(cx, path, &file));
    return foreign_tables(e->st, cx, file, out);
}

int engine_foreign_items(engine *e, ctx *cx, str path, str table, int64_t after, buf *out,
                         int64_t *last)
{
    const char *file;

    TRY(path_of(cx, path, &file));
    return foreign_items(e->st, cx, file, table, after, out, last);
}
