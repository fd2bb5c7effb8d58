/*
 * entry.c - what an index holds of an item.
 *
 * An index entry is never stored: it is cut from the item's stored text when it is read, and its
 * size computed when it is charged. Attributes of the stored text are spliced as they are, from
 * the quote of the name to the end of the value; only a name with escapes is decoded, to compare
 * it.
 */
#include "table/table.h"

#include <assert.h>

#include "value/json.h"
#include "value/size.h"

bool index_projects(const table *t, const index_def *ix, str attribute)
{
    if (ix->projection == PROJECT_ALL || key_schema_has(&ix->keys, attribute) ||
        key_schema_has(&t->keys, attribute))
        return true;
    for (uint32_t i = 0; i < ix->non_key_count; i++)
        if (str_eq(ix->non_key[i], attribute))
            return true;
    return false;
}

/* The attribute name the cursor stands on, decoded. */
static int cursor_name(ctx *cx, const item_cursor *c, str *out)
{
    json *name;

    *out = c->name;
    if (!c->escaped)
        return 0;
    /* The raw name stands between its quotes, so that one byte more on each side is a string. */
    TRY(json_parse(cx, (str){c->name.p - 1, c->name.n + 2}, &name));
    assert(name->type == J_STRING);
    *out = name->s;
    return 0;
}

int index_entry_size(ctx *cx, const table *t, const index_def *ix, item_view *item, str text,
                     size_t *out)
{
    item_cursor c;
    int rc;

    *out = 0;
    if (item->m != NULL) { /* decoded already: no need to read the text again */
        for (uint32_t i = 0; i < item->m->count; i++)
            if (index_projects(t, ix, item->m->attrs[i].name))
                *out += size_attr(&item->m->attrs[i]);
        return 0;
    }
    item_cursor_init(&c, text);
    while ((rc = item_cursor_next(&c)) > 0) {
        attr a;
        TRY(cursor_name(cx, &c, &a.name));
        if (!index_projects(t, ix, a.name))
            continue;
        TRY(item_parse_value(cx, c.value, &a.v));
        *out += size_attr(&a);
    }
    return rc;
}

int index_entry_put(ctx *cx, const table *t, const index_def *ix, str text, buf *out)
{
    return index_entry_put_without(cx, t, ix, text, STR_ABSENT, out);
}

int index_entry_put_without(ctx *cx, const table *t, const index_def *ix, str text, str without,
                            buf *out)
{
    item_cursor c;
    bool first = true;
    int rc;

    if (ix->projection == PROJECT_ALL && without.p == NULL) {
        buf_str(out, text);
        return 0;
    }
    buf_byte(out, '{');
    item_cursor_init(&c, text);
    while ((rc = item_cursor_next(&c)) > 0) {
        const char *from = c.name.p - 1; /* its quote */
        str name;
        TRY(cursor_name(cx, &c, &name));
        if (!index_projects(t, ix, name) || (without.p != NULL && str_eq(without, name)))
            continue;
        if (!first)
            buf_byte(out, ',');
        first = false;
        buf_put(out, from, (size_t)(c.value.p + c.value.n - from));
    }
    buf_byte(out, '}');
    return rc;
}
