/*
 * internal.h - the handle, and what the files of this folder share.
 */
#ifndef DDB_API_INTERNAL_H
#define DDB_API_INTERNAL_H

#include "api/ddb.h"
#include "engine/catalog.h"
#include "engine/engine.h"
#include "ops/ops.h"

#define LOST_TEXT_MAX 240

/* Needs no memory: the answer when there is none. */
#define API_NOMEM_BODY                                                     \
    "{\"__type\":\"com.amazonaws.dynamodb.v20120810#InternalServerError\"," \
    "\"message\":\"Internal server error: out of memory\"}"

struct ddb {
    mem m;
    arena a;     /* of the request at hand */
    buf reply;   /* bytes of the last reply */
    engine *e;
    uint64_t requests;
    bool busy;   /* asserts that no call runs inside another */
    int lost;    /* 0, or the code with which storage gave up the open group */
    char lost_text[LOST_TEXT_MAX];
    size_t lost_text_n;
};

typedef struct op_row {
    const op *op;
    bool catalog; /* changes table definitions: undoing it makes the catalog invalid */
} op_row;

/* The operation table (optable.c). */
const op_row *optable_at(int i); /* NULL past the last */

/* Empties arena and reply and reads the clock: the ctx of a new call. */
ctx api_begin(ddb *db);

/* Runs an operation on its text and writes the reply. `parsed` is the text's tree when the caller
 * has it already (in the arena), else NULL. */
void api_dispatch(ddb *db, ctx *cx, const op_row *row, str text, const json *parsed,
                  ddb_reply *reply);

/* Writes the reply: the bytes in db->reply for rc >= 0, the error of cx otherwise. */
void api_finish(ddb *db, const ctx *cx, int rc, ddb_reply *reply);

/* ---- wire.c and signature.c ---- */
str wire_trim(str s); /* without blanks and tabs around it */
/* A parameter of `A=..<sep>B=..`: true and its value. Separators are the bytes of `seps`. */
bool wire_parameter(str s, const char *seps, const char *name, str *value);
/* Is the request signed by one of its r->credentials, a short while ago? Its parts are there. */
int signature_check(ctx *cx, str region, const ddb_http_request *r);

/* {"__type":..,"message":..} of the error rc; cx->err has its text. Returns the HTTP status. */
int api_put_error(buf *b, const ctx *cx, int rc);
/* The same as text of its own for ddb_free_error(), where no handle is left to hold it. */
char *api_error_text(const ctx *cx, int rc);

#endif
