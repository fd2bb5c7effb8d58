/*
 * statement.c - SELECT, INSERT, UPDATE, DELETE and EXISTS: text to statement.
 *
 *   select = SELECT columns FROM source [WHERE term] [ORDER BY name [ASC|DESC] {, ...}]
 *   insert = INSERT INTO table VALUE tuple
 *   update = UPDATE table {SET ... | REMOVE ...} WHERE term [RETURNING (ALL|MODIFIED) (OLD|NEW) *]
 *   delete = DELETE FROM table WHERE term [RETURNING ALL OLD *]
 *   exists = EXISTS '(' select ')'
 *
 * Syntax is checked to the end of the text before meaning, except where a clause's meaning is
 * needed to go on. Start at partiql_parse().
 */
#include "base/limits.h"
#include "partiql/internal.h"
#include "value/size.h"

typedef struct source { /* table, or table.index */
    path *path;
    size_t at, end; /* its first token */
} source;

static int read_select(reader *r, statement *s);
static int read_exists(reader *r, statement *s);
static int read_insert(reader *r, statement *s);
static int read_update(reader *r, statement *s);
static int read_delete(reader *r, statement *s);

bool partiql_is_select(str text)
{
    lex_token first = lex(text, 0);

    return lex_is(text, &first, "select");
}

static int read_statement(reader *r, statement *s)
{
    if (reader_at(r, "select"))
        return read_select(r, s);
    if (reader_at(r, "insert"))
        return read_insert(r, s);
    if (reader_at(r, "update"))
        return read_update(r, s);
    if (reader_at(r, "delete"))
        return read_delete(r, s);
    if (reader_at(r, "exists"))
        return read_exists(r, s);
    return reader_malformed(r, "Expected data manipulation");
}

int partiql_parse(ctx *cx, str text, const attr_value *params, uint32_t count, statement **out)
{
    reader r = {.cx = cx, .text = text, .params = params, .param_count = count};
    statement *s = ARENA_NEW(cx->a, statement);

    if (s == NULL)
        return DDB_NOMEM;
    *s = (statement){.index = STR_ABSENT};
    r.cur = lex(text, 0);
    TRY(read_statement(&r, s));
    if (r.cur.kind == LX_SEMICOLON) {
        reader_next(&r);
        if (r.cur.kind != LX_END)
            return reader_malformed(&r, "Unexpected token after semicolon. (Only one query is "
                                        "allowed.)");
    }
    if (r.cur.kind != LX_END)
        return reader_malformed(&r, "Unexpected token after expression");
    if (r.params_used != count)
        return fail(cx, DDB_VALIDATION,
                    "Number of parameters in request and statement don't match.");
    *out = s;
    return 0;
}

/* ---- parts ---- */

static int expect_keyword(reader *r, const char *keyword, const char *message)
{
    if (!reader_at(r, keyword))
        return reader_malformed(r, "%s", message);
    reader_next(r);
    return 0;
}

static int read_source(reader *r, source *out)
{
    out->at = r->cur.at;
    out->end = r->cur.end;
    return term_read_path(r, &out->path);
}

/* The table of a write. */
static int use_table(reader *r, const source *from, bool insert, statement *s)
{
    if (from->path->count > 2)
        return fail(r->cx, DDB_VALIDATION,
                    "A path may contain at most 2 components in the FROM clause");
    if (from->path->count == 2 && insert)
        return reader_fail_at(r,
                              "FROM clause may only contain a single table name in data "
                              "manipulation statements",
                              from->at, from->end);
    if (from->path->count == 2)
        return fail(r->cx, DDB_VALIDATION, "This operation is not supported on an index");
    s->table = from->path->steps[0].name;
    return 0;
}

static int use_source(reader *r, const source *from, statement *s)
{
    const path *p = from->path;

    for (uint32_t i = 1; i < p->count; i++) {
        if (p->steps[i].is_index)
            return fail(r->cx, DDB_VALIDATION, "Invalid list expression in source.");
    }
    if (p->count > 2)
        return fail(r->cx, DDB_VALIDATION,
                    "A path may contain at most 2 components in the FROM clause");
    s->table = p->steps[0].name;
    if (p->count == 2)
        s->index = p->steps[1].name;
    return 0;
}

/* WHERE, if it comes; *where is NULL when not. */
static int read_where(reader *r, term **where)
{
    *where = NULL;
    if (!reader_at(r, "where"))
        return 0;
    reader_next(r);
    return term_read(r, PRECEDENCE_ANY, where);
}

static int use_where(reader *r, const term *where, statement *s)
{
    return where == NULL ? 0 : lower_condition(r, where, &s->where);
}

static int read_returning(reader *r, statement *s)
{
    bool modified, old;

    if (!reader_at(r, "returning"))
        return 0;
    reader_next(r);
    modified = reader_at(r, "modified");
    if (!modified && !reader_at(r, "all"))
        return reader_malformed(r, "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning "
                                   "element.");
    reader_next(r);
    old = reader_at(r, "old");
    if (!old && !reader_at(r, "new"))
        return reader_malformed(r, "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning "
                                   "element.");
    reader_next(r);
    if (r->cur.kind != LX_STAR)
        return fail(r->cx, DDB_VALIDATION,
                    "Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause");
    reader_next(r);
    if (r->cur.kind == LX_COMMA)
        return fail(r->cx, DDB_VALIDATION,
                    "Invalid syntax with multiple returning elements in RETURNING clause");
    if (modified)
        s->returning = old ? RETURNING_MODIFIED_OLD : RETURNING_MODIFIED_NEW;
    else
        s->returning = old ? RETURNING_ALL_OLD : RETURNING_ALL_NEW;
    return 0;
}

/* ---- SELECT ---- */

/* A column is named by its last name and the indices behind it: a.b[0] gives "b[0]". */
static int column_name(reader *r, const path *p, str *out)
{
    uint32_t last = p->count - 1;
    buf b;

    while (p->steps[last].is_index)
        last--;
    *out = p->steps[last].name;
    if (last + 1 == p->count)
        return 0;
    buf_init_arena(&b, r->cx->a, REQUEST_BYTES_MAX);
    buf_str(&b, *out);
    for (uint32_t i = last + 1; i < p->count; i++) {
        buf_byte(&b, '[');
        buf_int(&b, p->steps[i].index);
        buf_byte(&b, ']');
    }
    *out = buf_view(&b);
    return b.err;
}

static int use_columns(reader *r, const term *columns, uint32_t n, statement *s)
{
    path_list paths = {ARENA_ARRAY(r->cx->a, path *, n), 0};
    str *names = ARENA_ARRAY(r->cx->a, str, n);
    bool nested = false;

    if (paths.items == NULL || names == NULL)
        return DDB_NOMEM;
    for (const term *t = columns; t != NULL; t = t->next) {
        if (t->kind != TM_PATH)
            return reader_fail_at(r, "Unexpected path component", t->at, t->end);
        TRY(column_name(r, t->path, &names[paths.count]));
        for (uint32_t i = 0; i < paths.count; i++) {
            if (str_eq(names[i], names[paths.count]))
                return fail(r->cx, DDB_VALIDATION, "Duplicate identifiers in select clause: %S",
                            names[i]);
        }
        nested = nested || t->path->count > 1;
        paths.items[paths.count++] = t->path;
    }
    if (nested)
        return projection_of_columns(r->cx, &paths, names, &s->project);
    return projection_of_names(r->cx, names, n, &s->project);
}

/* The terms between SELECT and FROM, or *; *out is NULL then. */
static int read_columns(reader *r, term **out, uint32_t *n)
{
    term *last = NULL;
    bool star = false;

    *out = NULL;
    *n = 0;
    if (reader_at(r, "value") || reader_at(r, "pivot"))
        return fail(r->cx, DDB_VALIDATION,
                    "Select projection doesn't support value or pivot keywords");
    if (reader_at(r, "distinct"))
        return fail(r->cx, DDB_VALIDATION, "Unsupported clause: DISTINCT");
    for (;;) {
        term *t;
        TRY(term_read(r, PRECEDENCE_ANY, &t));
        star = star || t->kind == TM_STAR;
        if (last == NULL)
            *out = t;
        else
            last->next = t;
        last = t;
        ++*n;
        if (reader_at(r, "as") || reader_at_name(r))
            return fail(r->cx, DDB_VALIDATION, "Aliasing is not supported");
        if (r->cur.kind != LX_COMMA)
            break;
        reader_next(r);
    }
    if (star && *n > 1)
        return reader_malformed(r, "Other expressions may not be present in the select list when "
                                   "'*' is used without dot notation.");
    if (star)
        *out = NULL;
    return 0;
}

static int read_order(reader *r, statement *s)
{
    uint32_t room = 0;

    if (!reader_at(r, "order"))
        return 0;
    reader_next(r);
    TRY(expect_keyword(r, "by", "Expected BY"));
    for (;;) {
        order_key k = {.descending = false};
        path *p;
        if (s->order_count == room) {
            order_key *grown;
            room = room == 0 ? 2 : room * 2;
            grown = ARENA_ARRAY(r->cx->a, order_key, room);
            if (grown == NULL)
                return DDB_NOMEM;
            if (s->order_count > 0)
                memcpy(grown, s->order, sizeof *grown * s->order_count);
            s->order = grown;
        }
        TRY(term_read_path(r, &p));
        if (p->count > 1)
            return fail(r->cx, DDB_VALIDATION,
                        "Argument to ORDER BY must be of type VariableReference. Type: Path");
        k.name = p->steps[0].name;
        k.descending = reader_at(r, "desc");
        if (k.descending || reader_at(r, "asc"))
            reader_next(r);
        s->order[s->order_count++] = k;
        if (r->cur.kind != LX_COMMA)
            return 0;
        reader_next(r);
    }
}

/* What SQL has behind the table and DynamoDB has not. */
static int refuse_sources(reader *r)
{
    static const char *const joins[] = {"join", "inner", "left", "right", "full", "cross"};

    if (reader_at(r, "as") || reader_at(r, "at") || reader_at(r, "by") || reader_at_name(r))
        return fail(r->cx, DDB_VALIDATION, "Aliasing is not supported");
    for (size_t i = 0; i < COUNT(joins); i++) {
        if (reader_at(r, joins[i]) || r->cur.kind == LX_COMMA)
            return fail(r->cx, DDB_VALIDATION,
                        "Only select from a single table or index is supported.");
    }
    return 0;
}

static int refuse_clauses(reader *r)
{
    static const char *const clauses[][2] = {
        {"group", "GROUP BY"}, {"having", "HAVING"}, {"limit", "LIMIT"}, {"offset", "OFFSET"},
        {"let", "LET"}};

    for (size_t i = 0; i < COUNT(clauses); i++) {
        if (reader_at(r, clauses[i][0]))
            return fail(r->cx, DDB_VALIDATION, "Unsupported clause: %s", clauses[i][1]);
    }
    return 0;
}

static int read_select(reader *r, statement *s)
{
    term *columns, *where;
    uint32_t n;
    source from;

    s->kind = STATEMENT_SELECT;
    reader_next(r);
    TRY(read_columns(r, &columns, &n));
    TRY(expect_keyword(r, "from", "Expected FROM after SELECT list"));
    if (!reader_at_name(r)) /* the service takes any term here, writes only paths */
        return reader_malformed(r, r->cur.kind == LX_KEYWORD ? "Unexpected keyword"
                                                             : "Unexpected term");
    TRY(read_source(r, &from));
    TRY(refuse_sources(r));
    TRY(refuse_clauses(r));
    TRY(read_where(r, &where));
    TRY(refuse_clauses(r));
    TRY(read_order(r, s));
    TRY(refuse_clauses(r));
    TRY(use_source(r, &from, s));
    if (columns != NULL)
        TRY(use_columns(r, columns, n, s));
    return use_where(r, where, s);
}

static int read_exists(reader *r, statement *s)
{
    reader_next(r);
    if (r->cur.kind != LX_OPEN)
        return reader_malformed(r, "Unexpected keyword");
    reader_next(r);
    if (!reader_at(r, "select"))
        return fail(r->cx, DDB_VALIDATION,
                    "EXISTS() must contain a single item read with additional condition");
    TRY(read_select(r, s));
    s->kind = STATEMENT_EXISTS;
    if (r->cur.kind != LX_CLOSE)
        return reader_malformed(r, "Expected RIGHT_PAREN");
    reader_next(r);
    return 0;
}

/* ---- writes ---- */

static int check_nesting(reader *r, const map *item)
{
    for (uint32_t i = 0; i < item->count; i++) {
        if (!size_nesting_ok(&item->attrs[i].v))
            return fail(r->cx, DDB_VALIDATION,
                        "Nesting Levels have exceeded supported limits: Attributes in the item "
                        "have nested levels beyond supported limit");
    }
    return 0;
}

static int read_insert(reader *r, statement *s)
{
    source into;
    value item;
    term *t;
    bool single;

    s->kind = STATEMENT_INSERT;
    reader_next(r);
    TRY(expect_keyword(r, "into", "Unexpected keyword"));
    TRY(read_source(r, &into));
    single = reader_at(r, "value");
    if (single)
        reader_next(r);
    TRY(term_read(r, PRECEDENCE_ANY, &t));
    if (reader_at(r, "returning"))
        return fail(r->cx, DDB_VALIDATION, "RETURNING is not supported in INSERT");
    TRY(use_table(r, &into, true, s));
    if (!single)
        return fail(r->cx, DDB_VALIDATION,
                    "Unsupported operation: Inserting multiple items in a single statement is not "
                    "supported, use \"INSERT INTO tableName VALUE item\" instead");
    if (t->kind == TM_LITERAL && t->literal.type == T_M) {
        item = t->literal; /* a parameter */
    } else if (t->kind != TM_TUPLE) {
        return fail(r->cx, DDB_VALIDATION,
                    "Unsupported format in item expression. Please use struct format {...} to "
                    "express item values for insert statement.");
    } else {
        TRY(lower_value(r, t, STR(""), &item));
    }
    s->item = value_map(&item);
    return check_nesting(r, &s->item);
}

static int read_update(reader *r, statement *s)
{
    source of;
    term *where;

    s->kind = STATEMENT_UPDATE;
    reader_next(r);
    TRY(read_source(r, &of));
    TRY(change_read(r, &s->update));
    TRY(read_where(r, &where));
    TRY(read_returning(r, s));
    TRY(use_table(r, &of, false, s));
    return use_where(r, where, s);
}

static const char *returning_text(returning_kind k)
{
    static const char *const texts[] = {
        [RETURNING_NONE] = "", [RETURNING_ALL_OLD] = "ALL OLD", [RETURNING_ALL_NEW] = "ALL NEW",
        [RETURNING_MODIFIED_OLD] = "MODIFIED OLD", [RETURNING_MODIFIED_NEW] = "MODIFIED NEW"};

    return texts[k];
}

static int read_delete(reader *r, statement *s)
{
    source from;
    term *where;

    s->kind = STATEMENT_DELETE;
    reader_next(r);
    TRY(expect_keyword(r, "from", "Expected FROM after DELETE"));
    TRY(read_source(r, &from));
    TRY(read_where(r, &where));
    TRY(read_returning(r, s));
    TRY(use_table(r, &from, false, s));
    if (s->returning != RETURNING_NONE && s->returning != RETURNING_ALL_OLD)
        return fail(r->cx, DDB_VALIDATION,
                    "Invalid returning clause: RETURNING %s *. Only RETURNING ALL OLD * is "
                    "allowed in DELETE statements.",
                    returning_text(s->returning));
    return use_where(r, where, s);
}
