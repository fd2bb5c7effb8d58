/*
 * lower.c - what a term means: a value, or a condition of core/expr.
 *
 * Two rules of PartiQL differ from condition expressions and are spelled out in the tree here:
 *   a <> b   is false when either is absent          ->  exists(a) AND exists(b) AND a <> b
 *   a IS T   asks for presence or type               ->  attribute_not_exists / attribute_type
 * Everything else is the condition of the same name, with the same checks (expr/check.c).
 * Start at lower_condition() and lower_value().
 */
#include "base/limits.h"
#include "partiql/internal.h"
#include "value/size.h"

bool word_is(str word, const char *lower_case)
{
    size_t i = 0;

    for (; i < word.n; i++) {
        char c = word.p[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c + ('a' - 'A'));
        if (c != lower_case[i])
            return false; /* the end of lower_case too */
    }
    return lower_case[i] == '\0';
}

const char *term_operator(const term *t)
{
    static const char *const texts[] = {
        [TM_OR] = "OR", [TM_AND] = "AND", [TM_NOT] = "NOT", [TM_EQ] = "=", [TM_NE] = "<>",
        [TM_IS] = "IS", [TM_IN] = "IN", [TM_LT] = "<", [TM_LE] = "<=", [TM_GT] = ">",
        [TM_GE] = ">=", [TM_BETWEEN] = "BETWEEN", [TM_PLUS] = "+", [TM_MINUS] = "-",
        [TM_OTHER] = NULL};

    return t->kind < COUNT(texts) ? texts[t->kind] : NULL;
}

/* ---- values ---- */

bool term_is_value(const term *t)
{
    return t->kind == TM_LITERAL || t->kind == TM_LIST || t->kind == TM_TUPLE ||
           t->kind == TM_BAG;
}

static int lower_list(reader *r, const term *t, str name, value *out)
{
    uint32_t n = 0;

    *out = (value){.type = T_L, .count = t->count};
    out->items = ARENA_ARRAY(r->cx->a, value, t->count);
    if (out->items == NULL)
        return DDB_NOMEM;
    for (const term *c = t->child; c != NULL; c = c->next)
        TRY(lower_value(r, c, name, &out->items[n++]));
    return 0;
}

static int lower_tuple(reader *r, const term *t, str name, value *out)
{
    map m = {ARENA_ARRAY(r->cx->a, attr, t->count / 2), 0};

    if (m.attrs == NULL)
        return DDB_NOMEM;
    for (const term *c = t->child; c != NULL; c = c->next->next) {
        attr *a = &m.attrs[m.count];
        if (c->kind != TM_LITERAL || c->literal.type != T_S)
            return fail(r->cx, DDB_VALIDATION, "Tuple keys must be of type String. Actual type: "
                                               "%s under %S",
                        c->kind == TM_LITERAL ? value_type_name((value_type)c->literal.type)
                                              : "Variable Reference",
                        name);
        a->name = c->literal.s;
        if (map_get(&m, a->name) != NULL)
            return fail(r->cx, DDB_VALIDATION, "Duplicate keys in tuple. Key: %S under %S",
                        a->name, name);
        TRY(lower_value(r, c->next, name.n > 0 ? name : a->name, &a->v));
        m.count++;
    }
    *out = value_of_map(m);
    return 0;
}

static int add_element(reader *r, value *set, str elem)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (str_eq(set->elems[i], elem))
            return fail(r->cx, DDB_VALIDATION,
                        "One or more parameter values were invalid: Input collection contains "
                        "duplicates");
    }
    set->elems[set->count++] = elem;
    return 0;
}

static int lower_bag(reader *r, const term *t, str name, value *out)
{
    static const char *const nouns[] = {[T_S] = "String", [T_N] = "Number", [T_B] = "Binary"};
    static const value_type sets[] = {[T_S] = T_SS, [T_N] = T_NS, [T_B] = T_BS};
    value_type type = T_COUNT;

    if (t->count == 0)
        return fail(r->cx, DDB_VALIDATION, "Empty bags are not supported");
    *out = (value){.count = 0};
    out->elems = ARENA_ARRAY(r->cx->a, str, t->count);
    if (out->elems == NULL)
        return DDB_NOMEM;
    for (const term *c = t->child; c != NULL; c = c->next) {
        value_type of = c->kind == TM_LITERAL ? (value_type)c->literal.type : T_COUNT;
        if (of != T_S && of != T_N && of != T_B)
            return fail(r->cx, DDB_VALIDATION,
                        "Unsupported data type in Bag. DynamoDB only supports either numbers or "
                        "strings in bags");
        if (type == T_COUNT)
            type = of;
        if (of != type)
            return fail(r->cx, DDB_VALIDATION, "Unexpected data type %s in %s Set under key %S",
                        value_type_name(of), nouns[type], name);
        TRY(add_element(r, out, c->literal.s));
    }
    out->type = (uint8_t)sets[type];
    return 0;
}

int lower_value(reader *r, const term *t, str name, value *out)
{
    switch (t->kind) {
    case TM_LITERAL:
        *out = t->literal;
        return 0;
    case TM_LIST: return lower_list(r, t, name, out);
    case TM_TUPLE: return lower_tuple(r, t, name, out);
    case TM_BAG: return lower_bag(r, t, name, out);
    case TM_MISSING:
        return fail(r->cx, DDB_VALIDATION, "MISSING must be compared using IS operator");
    default:
        return fail(r->cx, DDB_VALIDATION, "Unsupported token in expression: %S",
                    (str){r->text.p + t->at, t->end - t->at});
    }
}

/* ---- nodes ---- */

int lower_node(reader *r, node_op op, node **out)
{
    *out = node_new(r->cx, op);
    return *out == NULL ? DDB_NOMEM : 0;
}

int lower_literal(reader *r, const value *v, node **out)
{
    TRY(lower_node(r, N_VALUE, out));
    (*out)->value = v;
    return 0;
}

static int value_node(reader *r, const term *t, node **out)
{
    value *v = ARENA_NEW(r->cx->a, value);

    if (v == NULL)
        return DDB_NOMEM;
    TRY(lower_value(r, t, STR(""), v));
    return lower_literal(r, v, out);
}

/* The path must not be changed by what happens to the term later: it is not. */
static int path_node(reader *r, const term *t, node **out)
{
    TRY(lower_node(r, N_PATH, out));
    (*out)->path = t->path;
    return 0;
}

typedef struct function_rule {
    const char *name;
    node_op op;
    bool condition; /* else an operand */
} function_rule;

static const function_rule *function_of(const term *t)
{
    static const function_rule rules[] = {
        {"begins_with", N_BEGINS_WITH, true}, {"contains", N_CONTAINS, true},
        {"attribute_type", N_ATTRIBUTE_TYPE, true}, {"size", N_SIZE, false}};

    for (size_t i = 0; i < COUNT(rules); i++) {
        if (word_is(t->text, rules[i].name))
            return &rules[i];
    }
    return NULL;
}

static int unknown_function(reader *r, const term *t)
{
    if (word_is(t->text, "exists"))
        return fail(r->cx, DDB_VALIDATION,
                    "EXISTS can only be used in ExecuteTransaction write requests.");
    return fail(r->cx, DDB_VALIDATION, "Unrecognized function: %S", t->text);
}

static int call_node(reader *r, const term *t, const function_rule *f, node **out)
{
    TRY(lower_node(r, f->op, out));
    for (const term *c = t->child; c != NULL; c = c->next) {
        node *n;
        TRY(lower_operand(r, c, false, &n));
        node_add(*out, n);
    }
    (*out)->text = t->text;
    return 0;
}

int lower_operand(reader *r, const term *t, bool in_update, node **out)
{
    const function_rule *f;
    const char *text = term_operator(t);

    if (t->kind == TM_PATH)
        return path_node(r, t, out);
    if (term_is_value(t) || t->kind == TM_MISSING || t->kind == TM_STAR)
        return value_node(r, t, out);
    if (t->kind == TM_CALL) {
        f = in_update ? NULL : function_of(t);
        if (f == NULL || f->condition)
            return unknown_function(r, t);
        return call_node(r, t, f, out);
    }
    return fail(r->cx, DDB_VALIDATION, "Unsupported operator in %s Expression. Operator: %S",
                in_update ? "Update" : "Condition", text == NULL ? t->text : str_of(text));
}

/* ---- conditions ---- */

static int lower_any(reader *r, const term *t, node **out);

static int lower_logic(reader *r, const term *t, node **out)
{
    TRY(lower_node(r, t->kind == TM_AND ? N_AND : N_OR, out));
    for (const term *c = t->child; c != NULL; c = c->next) {
        node *n;
        if (c->kind == TM_PATH || term_is_value(c) || c->kind == TM_MISSING)
            return fail(r->cx, DDB_VALIDATION, "The arguments to AND/OR must be Expressions");
        TRY(lower_any(r, c, &n));
        node_add(*out, n);
    }
    return 0;
}

static int lower_not(reader *r, const term *t, node **out)
{
    const term *c = t->child;
    node *n;

    if (c->kind == TM_PATH || term_is_value(c) || c->kind == TM_MISSING)
        return fail(r->cx, DDB_VALIDATION, "The argument to NOT must be a Type or Expression");
    TRY(lower_node(r, N_NOT, out));
    TRY(lower_any(r, c, &n));
    node_add(*out, n);
    return 0;
}

static const value zero = {.type = T_N, .s = STR_INIT("0")};

/* What tells that an operand is there: of a path that it exists, of a size that there is one. */
static int guard_operand(reader *r, const term *t, node *all)
{
    node *n, *operand, *none;

    if (t->kind != TM_PATH && t->kind != TM_CALL)
        return 0;
    TRY(lower_node(r, t->kind == TM_PATH ? N_ATTRIBUTE_EXISTS : N_GE, &n));
    TRY(lower_operand(r, t, false, &operand));
    node_add(n, operand);
    if (t->kind == TM_CALL) {
        TRY(lower_literal(r, &zero, &none));
        node_add(n, none);
    }
    node_add(all, n);
    return 0;
}

static int lower_comparison(reader *r, const term *t, node **out)
{
    static const node_op ops[] = {[TM_EQ] = N_EQ, [TM_NE] = N_NE, [TM_LT] = N_LT, [TM_LE] = N_LE,
                                  [TM_GT] = N_GT, [TM_GE] = N_GE, [TM_BETWEEN] = N_BETWEEN};
    node *n, *operand, *all;

    TRY(lower_node(r, ops[t->kind], &n));
    for (const term *c = t->child; c != NULL; c = c->next) {
        TRY(lower_operand(r, c, false, &operand));
        node_add(n, operand);
    }
    *out = n;
    if (t->kind != TM_NE)
        return 0;
    TRY(lower_node(r, N_AND, &all));
    TRY(guard_operand(r, t->child, all));
    TRY(guard_operand(r, t->last, all));
    if (all->count == 0)
        return 0;
    node_add(all, n);
    *out = all;
    return 0;
}

static int lower_in(reader *r, const term *t, node **out)
{
    const term *what = t->child, *list = t->last;
    node *n;

    if ((what->kind != TM_PATH && what->kind != TM_CALL) ||
        (list->kind != TM_LIST && list->kind != TM_BAG) || list->count == 0)
        return fail(r->cx, DDB_VALIDATION,
                    "IN operator must have a left hand argument of type Variable Reference and "
                    "right hand argument of type Seq with at least one member");
    TRY(lower_node(r, N_IN, out));
    TRY(lower_operand(r, what, false, &n));
    node_add(*out, n);
    for (const term *c = list->child; c != NULL; c = c->next) {
        TRY(lower_operand(r, c, false, &n));
        node_add(*out, n);
    }
    return 0;
}

typedef struct type_rule {
    const char *word;
    value_type type;
} type_rule;

static int lower_is(reader *r, const term *t, node **out)
{
    static const type_rule rules[] = {
        {"null", T_NULL}, {"boolean", T_BOOL}, {"bool", T_BOOL}, {"blob", T_B}, {"string", T_S},
        {"numeric", T_N}, {"struct", T_M}, {"tuple", T_M}, {"list", T_L}};
    value *name;
    node *n;

    if (t->child->kind != TM_PATH)
        return fail(r->cx, DDB_VALIDATION,
                    "The left hand side argument to IS must be a Variable Reference, Literal, or "
                    "Path");
    if (word_is(t->text, "missing")) {
        TRY(lower_node(r, N_ATTRIBUTE_NOT_EXISTS, out));
        TRY(path_node(r, t->child, &n));
        node_add(*out, n);
        return 0;
    }
    for (size_t i = 0; i < COUNT(rules); i++) {
        if (!word_is(t->text, rules[i].word))
            continue;
        name = ARENA_NEW(r->cx->a, value);
        if (name == NULL)
            return DDB_NOMEM;
        *name = value_scalar(T_S, str_of(value_type_name(rules[i].type)));
        TRY(lower_node(r, N_ATTRIBUTE_TYPE, out));
        TRY(path_node(r, t->child, &n));
        node_add(*out, n);
        TRY(lower_literal(r, name, &n));
        node_add(*out, n);
        return 0;
    }
    return fail(r->cx, DDB_VALIDATION,
                "Unsupported data type for IS operator: %S. Supported data types are [MISSING, "
                "NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]",
                t->text);
}

/* Recursion is as deep as the statement nests: at most STATEMENT_DEPTH_MAX. */
static int lower_any(reader *r, const term *t, node **out)
{
    const function_rule *f;

    switch (t->kind) {
    case TM_AND:
    case TM_OR: return lower_logic(r, t, out);
    case TM_NOT: return lower_not(r, t, out);
    case TM_EQ:
    case TM_NE:
    case TM_LT:
    case TM_LE:
    case TM_GT:
    case TM_GE:
    case TM_BETWEEN: return lower_comparison(r, t, out);
    case TM_IN: return lower_in(r, t, out);
    case TM_IS: return lower_is(r, t, out);
    case TM_CALL:
        f = function_of(t);
        if (f == NULL)
            return unknown_function(r, t);
        if (f->condition)
            return call_node(r, t, f, out);
        break;
    case TM_PLUS:
    case TM_MINUS:
    case TM_OTHER: return lower_operand(r, t, false, out); /* says that there is no such */
    default: break;
    }
    return fail(r->cx, DDB_VALIDATION,
                "WHERE clause must contain an expression that resolves to a boolean");
}

int lower_condition(reader *r, const term *t, cond **out)
{
    node *root;
    cond *c = ARENA_NEW(r->cx->a, cond);

    if (c == NULL)
        return DDB_NOMEM;
    TRY(lower_any(r, t, &root));
    TRY(check_condition(r->cx, EX_STATEMENT, root));
    c->root = root;
    *out = c;
    return 0;
}
