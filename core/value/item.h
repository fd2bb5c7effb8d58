/*
 * item.h - the stored form of an item: canonical DynamoDB JSON, and how to read parts of it.
 *
 *   {"pk":{"S":"a"},"n":{"N":"12"},"l":{"L":[{"S":"x"}]}}
 *
 * No blanks, one member per attribute in the order written, strings with the fewest escapes
 * (json_put_string), numbers canonical, base64 standard. Because it is canonical, replies splice
 * the text as it is, and readers below may trust its form: they check bounds, not grammar, and
 * give DDB_STORAGE_CORRUPT when a row is not of this form.
 */
#ifndef DDB_VALUE_ITEM_H
#define DDB_VALUE_ITEM_H

#include "value/json.h"
#include "value/value.h"

void item_put(buf *b, const map *m);                 /* {"a":{"S":..},...} */
void item_put_value(buf *b, const value *v);         /* {"S":".."} */

int item_parse(ctx *cx, str text, map *out);         /* values in the arena or in text */
int item_parse_value(ctx *cx, str text, value *out); /* one {"S":".."} */

/* Walks top-level attributes without decoding. name is the raw text between the quotes (still
 * escaped; `escaped` tells), value the text {"S":..}. Returns 1 with an attribute, 0 at the end,
 * DDB_STORAGE_CORRUPT. */
typedef struct item_cursor {
    str text;
    size_t at;
    str name, value;
    bool escaped;
} item_cursor;
void item_cursor_init(item_cursor *c, str text);
int item_cursor_next(item_cursor *c);

/* The value text of a top-level attribute: 1 found, 0 absent, or DDB_STORAGE_CORRUPT. */
int item_find(str text, str name, str *value_text);

/*
 * item_view - an item as expressions see it: a map, a stored text, or nothing at all. Values are
 * decoded when asked for and remembered, so that an expression pays for what it names only.
 */
typedef struct item_view {
    bool exists;      /* false: no such item; every attribute is absent */
    const map *m;     /* set: the item is in memory */
    str text;         /* else: stored text */
    struct item_view_entry *seen; /* decoded attributes of this view, in the arena */
} item_view;

static inline item_view item_view_none(void) { return (item_view){0}; }
static inline item_view item_view_map(const map *m) { return (item_view){.exists = true, .m = m}; }
static inline item_view item_view_text(str t) { return (item_view){.exists = true, .text = t}; }
/* *out is NULL when the attribute is absent. The value lives in the arena (or the map). */
int item_view_get(ctx *cx, item_view *view, str name, const value **out);

#endif
