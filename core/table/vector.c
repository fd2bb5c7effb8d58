/*
 * vector.c - vector indexes: what may be written, what is in the index, and distances.
 *
 * A vector is a list of exactly `dimensions` numbers that fit into 32-bit floating point. A vector
 * index has no rows and no columns of its own: a search reads the table's rows, and what an entry
 * would hold is cut from the item (entry.c) by `ix`, which names the vector attribute and the
 * search schema among what it includes.
 *
 * An item without the vector or without the HASH attribute is not in the index. One that was
 * written before the index was made may have them in another form: it is not in it either.
 *
 * Texts: AWS Developer Guide, "Troubleshooting vector indexes"; captures that public emulators of
 * the service quote (eu-west-2 and us-east-1, August 2026).
 */
#include <assert.h>
#include <float.h>
#include <math.h>

#include "table/table.h"
#include "value/number.h"

#define INVALID "One or more parameter values were invalid. "

const vector_def *table_vector(const table *t, str name)
{
    for (uint32_t i = 0; i < t->vector_count; i++)
        if (str_eq(t->vectors[i].ix.name, name))
            return &t->vectors[i];
    return NULL;
}

/* ---- numbers ---- */

static bool fits_f32(double d)
{
    return d >= -(double)FLT_MAX && d <= (double)FLT_MAX;
}

bool vector_component(const value *v, float *out)
{
    double d;

    if (v->type != T_N)
        return false;
    d = number_double(v->s);
    if (!fits_f32(d))
        return false;
    *out = (float)d;
    return true;
}

/* ---- writes ---- */

static int check_components(ctx *cx, const vector_def *d, const value *v)
{
    float ignored;

    for (uint32_t i = 0; i < v->count; i++) {
        const value *c = &v->items[i];
        if (c->type != T_N)
            return fail(cx, DDB_VALIDATION,
                        INVALID "Invalid type for parameter %S[%d], Expected: 32-bit floating "
                                "point number, Actual: %s. IndexName: %S",
                        d->attribute, (int)i, value_type_name((value_type)c->type), d->ix.name);
        if (!vector_component(c, &ignored))
            return fail(cx, DDB_VALIDATION,
                        INVALID "Invalid value for parameter %S[%d], Value: %S is outside valid "
                                "range [-3.4028235E38, 3.4028235E38]. IndexName: %S",
                        d->attribute, (int)i, c->s, d->ix.name);
    }
    return 0;
}

static int check_vector(ctx *cx, const vector_def *d, const value *v)
{
    if (v->type != T_L)
        return fail(cx, DDB_VALIDATION,
                    INVALID "Invalid type for parameter %S, Expected: 32-bit floating point number "
                            "list IndexName: %S",
                    d->attribute, d->ix.name);
    if (v->count != d->dimensions)
        return fail(cx, DDB_VALIDATION,
                    INVALID "Invalid size for parameter %S, Expected: %d, Actual: %d IndexName: %S",
                    d->attribute, (int)d->dimensions, (int)v->count, d->ix.name);
    return check_components(cx, d, v);
}

static int check_search_attr(ctx *cx, const vector_def *d, const search_attr *s, const value *v,
                             bool update)
{
    if (v->type != s->a.type)
        return fail(cx, DDB_VALIDATION,
                    INVALID "Attribute '%S' type mismatch. Expected: %s, Actual: %s. IndexName: %S",
                    s->a.name, value_type_name((value_type)s->a.type),
                    value_type_name((value_type)v->type), d->ix.name);
    if (!s->hash || v->type == T_N || v->s.n > 0)
        return 0;
    return update ? fail(cx, DDB_VALIDATION, UPDATE_EMPTY_INDEX_KEY,
                         v->type == T_B ? "binary" : "string")
                  : fail(cx, DDB_VALIDATION, PUT_EMPTY_INDEX_KEY,
                         v->type == T_B ? "binary" : "string", d->ix.name, s->a.name);
}

int vector_check_attribute(ctx *cx, const vector_def *d, str name, const value *v, bool update)
{
    if (!index_enforced(&d->ix))
        return 0;
    if (str_eq(d->attribute, name))
        TRY(check_vector(cx, d, v));
    for (uint32_t i = 0; i < d->schema_count; i++)
        if (str_eq(d->schema[i].a.name, name))
            TRY(check_search_attr(cx, d, &d->schema[i], v, update));
    return 0;
}

static int check_present(ctx *cx, const vector_def *d, str name, const map *item)
{
    const value *v = map_get(item, name);

    return v == NULL ? 0 : vector_check_attribute(cx, d, name, v, false);
}

int table_check_vectors(ctx *cx, const table *t, const map *item)
{
    for (uint32_t i = 0; i < t->vector_count; i++) {
        const vector_def *d = &t->vectors[i];
        TRY(check_present(cx, d, d->attribute, item));
        for (uint32_t k = 0; k < d->schema_count; k++)
            TRY(check_present(cx, d, d->schema[k].a.name, item));
    }
    return 0;
}

/* ---- membership ---- */

/* The components of canonical text: {"L":[{"N":"1"},{"N":"0.5"}]}. */
static bool read_text(str text, uint32_t dimensions, float *out)
{
    static const char head[] = "{\"L\":[", open[] = "{\"N\":\"", close[] = "\"}";
    const char *p = text.p, *end = text.p + text.n;
    uint32_t n = 0;

    if (!str_starts(text, STR("{\"L\":[")))
        return false;
    for (p += sizeof head - 1; n < dimensions; n++) {
        const char *from;
        double d;
        if (n > 0 && (p == end || *p++ != ','))
            return false;
        if ((size_t)(end - p) < sizeof open - 1 || memcmp(p, open, sizeof open - 1) != 0)
            return false;
        from = p += sizeof open - 1;
        p = p < end ? memchr(p, '"', (size_t)(end - p)) : NULL;
        if (p == NULL)
            return false;
        d = number_double((str){from, (size_t)(p - from)});
        if ((size_t)(end - p) < sizeof close - 1 || !fits_f32(d))
            return false;
        out[n] = (float)d;
        p += sizeof close - 1;
    }
    return end - p == 2 && p[0] == ']' && p[1] == '}';
}

static int has_search_attrs(ctx *cx, const vector_def *d, item_view *item)
{
    for (uint32_t i = 0; i < d->schema_count; i++) {
        const search_attr *s = &d->schema[i];
        const value *v;
        TRY(item_view_get(cx, item, s->a.name, &v));
        if (v == NULL && s->hash)
            return 0;
        if (v != NULL && (v->type != s->a.type || (s->hash && v->type != T_N && v->s.n == 0)))
            return 0;
    }
    return 1;
}

int vector_of_text(ctx *cx, const vector_def *d, str text, float *out)
{
    item_view view = item_view_text(text);
    str found;
    int rc = item_find(text, d->attribute, &found);

    if (rc <= 0 || !read_text(found, d->dimensions, out))
        return rc < 0 ? rc : 0;
    return has_search_attrs(cx, d, &view);
}

int vector_of_item(ctx *cx, const vector_def *d, item_view *item)
{
    const value *v;
    float ignored;

    if (!item->exists)
        return 0;
    TRY(item_view_get(cx, item, d->attribute, &v));
    if (v == NULL || v->type != T_L || v->count != d->dimensions)
        return 0;
    for (uint32_t i = 0; i < v->count; i++)
        if (!vector_component(&v->items[i], &ignored))
            return 0;
    return has_search_attrs(cx, d, item);
}

/* ---- distances ---- */

double vector_norm(const float *a, uint32_t n)
{
    double sum = 0;

    for (uint32_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)a[i];
    return sqrt(sum);
}

static double dot(const float *a, const float *b, uint32_t n)
{
    double sum = 0;

    for (uint32_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

double vector_score(const vector_def *d, const float *a, const float *b, double norm_a,
                    double norm_b)
{
    uint32_t n = d->dimensions;
    double sum = 0, norms;

    switch ((vector_distance)d->distance) {
    case VECTOR_DOT_PRODUCT:
        return dot(a, b, n);
    case VECTOR_EUCLIDEAN:
        for (uint32_t i = 0; i < n; i++) {
            double gap = (double)a[i] - (double)b[i];
            sum += gap * gap;
        }
        return sqrt(sum);
    case VECTOR_COSINE:
        break;
    }
    norms = norm_a * norm_b;
    if (norms == 0) /* a vector of zeros has no direction: as far as one at a right angle */
        return 1;
    sum = 1 - dot(a, b, n) / norms;
    return sum < 0 ? 0 : sum; /* rounding may go below */
}
