/*
 * describe.c - the operation table and its shapes as JSON: what requests really are checked
 * against. scripts/model-check.mjs compares it with the service's model, and
 * scripts/compatibility.mjs writes docs/compatibility.md from it.
 *
 *   [{"name":"PutItem","writes":true,"streams":false,"request":{"kind":"struct","members":[
 *      {"name":"TableName","required":true,"shape":{"kind":"string","min":1,"max":255}}, ...]}}]
 *
 * A bound that does not exist is left out. Shapes are trees and no deeper than the service's
 * model, so putting them recursively is bounded.
 * Start at ddb_describe().
 */
#include "api/internal.h"

#include "value/json.h"

static const char *const kinds[] = {
    [SH_STRING] = "string",       [SH_ENUM] = "enum",       [SH_INTEGER] = "integer",
    [SH_LONG] = "long",           [SH_DOUBLE] = "double",   [SH_TIMESTAMP] = "timestamp",
    [SH_BOOLEAN] = "boolean",     [SH_BLOB] = "blob",       [SH_LIST] = "list",
    [SH_MAP] = "map",             [SH_STRUCT] = "struct",   [SH_ATTR] = "AttributeValue",
    [SH_ATTR_MAP] = "attributes",
};

static bool is_number(const shape *s)
{
    return s->kind == SH_INTEGER || s->kind == SH_LONG || s->kind == SH_DOUBLE;
}

static void put_bounds(buf *b, const shape *s)
{
    bool low = is_number(s) ? s->min != NO_MIN : s->min > 0;

    if (low)
        buf_fmt(b, ",\"min\":%l", s->min);
    if (s->max != 0 && s->max != NO_MAX)
        buf_fmt(b, ",\"max\":%l", s->max);
    if (s->pattern != NULL) {
        buf_lit(b, ",\"pattern\":");
        json_put_string(b, str_of(s->pattern));
    }
    if (s->or_arn)
        buf_lit(b, ",\"orArn\":true");
}

static void put_shape(buf *b, const shape *s)
{
    buf_fmt(b, "{\"kind\":\"%s\"", kinds[s->kind]);
    put_bounds(b, s);
    if (s->values != NULL) {
        buf_lit(b, ",\"values\":[");
        for (size_t i = 0; s->values[i] != NULL; i++)
            buf_fmt(b, "%s\"%s\"", i > 0 ? "," : "", s->values[i]);
        buf_byte(b, ']');
    }
    if (s->key != NULL) {
        buf_lit(b, ",\"key\":");
        put_shape(b, s->key);
    }
    if (s->elem != NULL) {
        buf_lit(b, ",\"of\":");
        put_shape(b, s->elem);
    }
    if (s->kind == SH_STRUCT) {
        buf_lit(b, ",\"members\":[");
        for (uint16_t i = 0; i < s->member_count; i++) {
            const member *m = &s->members[i];
            buf_fmt(b, "%s{\"name\":\"%s\",\"required\":%s,\"shape\":", i > 0 ? "," : "", m->name,
                    m->required ? "true" : "false");
            put_shape(b, m->shape);
            buf_byte(b, '}');
        }
        buf_byte(b, ']');
    }
    buf_byte(b, '}');
}

void ddb_describe(ddb *db, ddb_reply *reply)
{
    ctx cx = api_begin(db);
    const op_row *row;

    buf_byte(&db->reply, '[');
    for (int i = 0; (row = optable_at(i)) != NULL; i++) {
        if ((row->op->flags & OP_OWN) != 0)
            continue;
        bool writes = (row->op->flags & OP_WRITE) != 0;
        bool streams = (row->op->flags & OP_STREAMS) != 0;
        buf_fmt(&db->reply, "%s{\"name\":\"%s\",\"writes\":%s,\"streams\":%s,\"request\":",
                i > 0 ? "," : "", row->op->name, writes ? "true" : "false",
                streams ? "true" : "false");
        put_shape(&db->reply, row->op->request);
        buf_byte(&db->reply, '}');
    }
    buf_byte(&db->reply, ']');
    api_finish(db, &cx, 0, reply);
}
