/*
 * partiql_common.c - statements about one item: their plans and what they give back.
 *
 * Texts: facts partiql 2 and 4. Reads of many items are in partiql_select.c.
 */
#include "ops/partiql_common.h"

#include "value/size.h"

const shape shape_statement = {.kind = SH_STRING, .min = 1, .max = STATEMENT_BYTES_MAX};
const shape shape_parameters = {.kind = SH_LIST, .min = 1, .elem = &shape_attr};

/* A SELECT needs no write transaction. Its first word tells, before anything is parsed. */
bool op_statements_write(const void *req)
{
    const statements *of = req;

    if (!of->many.set)
        return !partiql_is_select(of->one.text);
    for (uint32_t i = 0; i < of->many.count; i++) {
        if (!partiql_is_select(LIST_AT(&of->many, statement_input, i)->text))
            return true;
    }
    return false;
}

int statement_read(ctx *cx, const statement_input *in, statement **out)
{
    const attr_value *params = in->params.items;

    for (uint32_t i = 0; i < in->params.count; i++)
        TRY(attr_raise(cx, &params[i].fault));
    return partiql_parse(cx, in->text, params, in->params.count, out);
}

/* ---- plans ---- */

static uint32_t key_names(const table *t, str out[2])
{
    out[0] = t->keys.part[0].name;
    if (t->keys.sorts > 0)
        out[1] = t->keys.sort[0].name;
    return 1u + t->keys.sorts;
}

/* The key that WHERE pins; *full is false when it does not. */
static int pin_key(ctx *cx, const statement *s, write_plan *p, bool *full)
{
    bool single = s->kind == STATEMENT_UPDATE || s->kind == STATEMENT_DELETE;
    const value *values[2];
    str names[2];
    uint32_t n = key_names(p->t, names), missing;
    map *key = ARENA_NEW(cx->a, map);

    if (key == NULL)
        return DDB_NOMEM;
    TRY(partiql_full_key(cx, s, names, n, single, values, &missing, &p->condition));
    *full = missing == 0;
    if (missing > 0)
        return 0;
    *key = (map){ARENA_ARRAY(cx->a, attr, n), n};
    if (key->attrs == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < n; i++)
        key->attrs[i] = (attr){names[i], *values[i]};
    p->key = key;
    return 0;
}

static int plan_insert(ctx *cx, const statement *s, write_plan *p)
{
    p->kind = WRITE_PUT;
    p->item = &s->item;
    p->item_size = size_map(p->item);
    return partiql_item_absent(cx, p->t->keys.part[0].name, NULL, &p->condition);
}

/* EXISTS is a condition check: it wants a condition besides the key. */
static int plan_exists(ctx *cx, write_plan *p, bool full)
{
    p->kind = WRITE_CHECK;
    if (!full || p->condition == NULL)
        return fail(cx, DDB_VALIDATION,
                    "EXISTS() must contain a single item read with additional condition");
    return partiql_item_exists(cx, p->t->keys.part[0].name, p->condition, &p->condition);
}

int statement_plan(ctx *cx, const statement *s, write_plan *p, bool *full)
{
    p->factor = 1;
    *full = true;
    if (s->kind == STATEMENT_INSERT)
        return plan_insert(cx, s, p);
    TRY(pin_key(cx, s, p, full));
    if (s->kind == STATEMENT_EXISTS)
        return plan_exists(cx, p, *full);
    if (s->kind == STATEMENT_SELECT) {
        p->kind = WRITE_CHECK;
        return 0;
    }
    if (!*full)
        return fail(cx, DDB_VALIDATION,
                    "Where clause does not contain a mandatory equality on all key attributes");
    p->want_old = statement_wants_old(s);
    if (s->kind == STATEMENT_DELETE) {
        p->kind = WRITE_DELETE;
        /* Nothing to delete is no failure, whatever WHERE asks besides. */
        return p->condition == NULL ? 0
                                    : partiql_item_absent(cx, p->t->keys.part[0].name,
                                                          p->condition, &p->condition);
    }
    p->kind = WRITE_UPDATE;
    p->update = s->update;
    p->flat_size = true;
    return partiql_item_exists(cx, p->t->keys.part[0].name, p->condition, &p->condition);
}

int statement_place(ctx *cx, write_plan *p)
{
    if (p->item_size > ITEM_BYTES_MAX)
        return fail(cx, DDB_VALIDATION, "Item size has exceeded the maximum allowed size");
    if (p->kind == WRITE_PUT) {
        TRY(common_check_item(cx, p->t, p->item));
    } else {
        TRY(table_check_key(cx, p->t, p->key));
        TRY(common_check_condition_paths(cx, p->t, p->condition));
        TRY(common_check_update(cx, p->t, p->update));
    }
    return plan_key(cx, p);
}

int statement_duplicate(ctx *cx)
{
    return fail(cx, DDB_DUPLICATE_ITEM, DUPLICATE_ITEM);
}

/* ---- results ---- */

int statement_get(engine *e, ctx *cx, const statement *s, const write_plan *p, read_mode mode,
                  size_t *size, buf *out)
{
    item_view view;
    bool match = true, any;
    row r;
    int rc;

    *size = 0;
    rc = engine_get(e, cx, p->t, &p->where, mode, &r);
    if (rc < 0)
        return rc == DDB_NOT_FOUND ? 0 : rc;
    *size = r.size;
    view = item_view_text(r.item);
    if (p->condition != NULL)
        TRY(cond_eval(cx, p->condition, &view, &match));
    if (!match)
        return 0;
    if (s->project == NULL)
        buf_str(out, r.item);
    else
        TRY(projection_put(cx, s->project, r.item, out, &any));
    return out->err != 0 ? out->err : 1;
}

bool statement_wants_old(const statement *s)
{
    return s->returning == RETURNING_ALL_OLD || s->returning == RETURNING_MODIFIED_OLD;
}

static int put_text(buf *out, str text)
{
    if (text.p == NULL)
        return 0;
    buf_str(out, text);
    return out->err != 0 ? out->err : 1;
}

static int put_modified(ctx *cx, const write_plan *p, const map *item, buf *out)
{
    map part;

    TRY(update_project(cx, p->update, item, &part));
    if (part.count == 0)
        return 0;
    item_put(out, &part);
    return out->err != 0 ? out->err : 1;
}

int statement_put_returned(ctx *cx, const statement *s, const write_plan *p,
                           const write_result *w, buf *out)
{
    switch (s->returning) {
    case RETURNING_ALL_OLD: return put_text(out, w->old_text);
    case RETURNING_ALL_NEW: return put_text(out, w->new_text);
    case RETURNING_MODIFIED_OLD: return put_modified(cx, p, &w->old_map, out);
    case RETURNING_MODIFIED_NEW: return put_modified(cx, p, &w->new_map, out);
    case RETURNING_NONE: break;
    }
    return 0;
}
