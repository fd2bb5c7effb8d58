/*
 * read_ion.c - ddblite.ReadIon: the records of an export in Ion, in DynamoDB's JSON. Our own.
 *
 *   {"Lines":["$ion_1_0 {Item:{Id:1.}}"]} -> {"Records":[{"Item":{"M":{"Id":{"N":"1"}}}}]}
 *
 * A client that puts items from files into tables reads JSON by itself; Ion is read here, where
 * imports read it. A record is a struct: {Item}, or {Metadata,Keys,OldImage,NewImage} of an
 * incremental export.
 */
#include <stddef.h>

#include "engine/ion.h"
#include "ops/ops.h"
#include "value/item.h"

#define LINES_MAX 4096

typedef struct read_ion_request {
    list lines; /* str */
} read_ion_request;

static const shape shape_lines = {.kind = SH_LIST, .max = LINES_MAX, .elem = &shape_string};
static const member read_ion_members[] = {
    {"Lines", &shape_lines, offsetof(read_ion_request, lines), true},
};
static const shape read_ion_shape = {.kind = SH_STRUCT,
                                     .java = "ReadIonRequest",
                                     .members = read_ion_members,
                                     .member_count = COUNT(read_ion_members),
                                     .size = sizeof(read_ion_request)};

static int read_ion_run(engine *e, ctx *cx, void *req, buf *out)
{
    const read_ion_request *q = req;

    (void)e;
    buf_lit(out, "{\"Records\":[");
    for (uint32_t i = 0; i < q->lines.count; i++) {
        arena_mark mark = arena_mark_get(cx->a);
        map m;
        int rc = ion_read_record(cx, *LIST_AT(&q->lines, str, i), &m);

        if (rc == DDB_VALIDATION && cx->err.code == 0)
            return fail(cx, rc, "Line %l is no record in Ion", (int64_t)i + 1);
        TRY(rc);
        if (i > 0)
            buf_byte(out, ',');
        item_put(out, &m);
        arena_rewind(cx->a, mark);
    }
    buf_lit(out, "]}");
    return out->err;
}

const op op_read_ion = {"ddblite.ReadIon", OP_OWN, &read_ion_shape, read_ion_run};
