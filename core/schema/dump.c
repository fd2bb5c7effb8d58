/*
 * dump.c - a value as the service's constraint errors show it.
 *
 * The service prints Java's toString() of its own model: [a, b] for lists, {k=v} for maps,
 * KeySchemaElement(attributeName=a, keyType=HASH) for structures, and an address for attribute
 * values, which have no toString(). Ours is a hash of the value, so that the text is the same in
 * each run.
 */
#include "base/hash.h"
#include "schema/internal.h"

static void dump_list(buf *b, const shape *s, const list *v)
{
    buf_byte(b, '[');
    for (uint32_t i = 0; i < v->count && b->err == 0; i++) {
        if (i > 0)
            buf_lit(b, ", ");
        schema_dump(b, s->elem, (const char *)v->items + (size_t)i * v->stride);
    }
    buf_byte(b, ']');
}

static void dump_map(buf *b, const shape *s, const list *v)
{
    buf_byte(b, '{');
    for (uint32_t i = 0; i < v->count && b->err == 0; i++) {
        buf_fmt(b, "%s%S=", i > 0 ? ", " : "", MAP_KEY(v, i));
        schema_dump(b, s->elem, MAP_AT(v, char, i));
    }
    buf_byte(b, '}');
}

static void dump_attr(buf *b, const value *v)
{
    bool scalar = v->type == T_S || v->type == T_N || v->type == T_B;
    uint64_t h = scalar ? hash_fnv1a(v->s) : v->count;

    h = (h ^ (h >> 32)) + v->type;
    buf_fmt(b, "%sAttributeValue@", SCHEMA_JAVA);
    for (int shift = 28; shift >= 0; shift -= 4)
        buf_byte(b, hex_digit((unsigned)(h >> shift)));
}

static void dump_attr_map(buf *b, const attr_map *v)
{
    buf_byte(b, '{');
    for (uint32_t i = 0; v->fault.code == 0 && i < v->m.count; i++) {
        buf_fmt(b, "%s%S=", i > 0 ? ", " : "", v->m.attrs[i].name);
        dump_attr(b, &v->m.attrs[i].v);
    }
    buf_byte(b, '}');
}

static void dump_struct(buf *b, const shape *s, const void *object)
{
    buf_fmt(b, "%s(", s->java != NULL ? s->java : "");
    for (uint16_t i = 0; i < s->member_count; i++) {
        const member *m = &s->members[i];
        char first = m->name[0];
        if (i > 0)
            buf_lit(b, ", ");
        buf_byte(b, first >= 'A' && first <= 'Z' ? (char)(first - 'A' + 'a') : first);
        buf_fmt(b, "%s=", m->name + 1);
        schema_dump(b, m->shape, schema_member_at(m, object));
    }
    buf_byte(b, ')');
}

static void dump_text(buf *b, str s)
{
    buf_str(b, s.p != NULL ? s : STR("null"));
}

void schema_dump(buf *b, const shape *s, const void *p)
{
    const str *text = p;
    const opt_int *integer = p;
    const opt_real *real = p;
    const opt_bool *boolean = p;
    const list *many = p;

    if (p == NULL) {
        buf_lit(b, "null");
        return;
    }
    switch (s->kind) {
    case SH_STRING:
        dump_text(b, *text);
        return;
    case SH_ENUM:
        dump_text(b, ((const opt_enum *)p)->text);
        return;
    case SH_INTEGER:
    case SH_LONG:
        if (integer->set)
            buf_int(b, integer->v);
        else
            buf_lit(b, "null");
        return;
    case SH_DOUBLE:
    case SH_TIMESTAMP:
        if (real->set)
            json_put_double(b, real->v);
        else
            buf_lit(b, "null");
        return;
    case SH_BOOLEAN:
        buf_fmt(b, "%s", !boolean->set ? "null" : boolean->v ? "true" : "false");
        return;
    case SH_BLOB:
        if (text->p != NULL)
            buf_fmt(b, "java.nio.HeapByteBuffer[pos=0 lim=%z cap=%z]", text->n, text->n);
        else
            buf_lit(b, "null");
        return;
    case SH_LIST:
        if (many->set)
            dump_list(b, s, many);
        else
            buf_lit(b, "null");
        return;
    case SH_MAP:
        if (many->set)
            dump_map(b, s, many);
        else
            buf_lit(b, "null");
        return;
    case SH_STRUCT:
        dump_struct(b, s, p);
        return;
    case SH_ATTR:
        dump_attr(b, &((const attr_value *)p)->v);
        return;
    case SH_ATTR_MAP:
        dump_attr_map(b, p);
        return;
    }
}
