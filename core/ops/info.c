/*
 * info.c - ddblite.Info: what this engine and its database are. An operation of our own.
 */
#include "ops/ops.h"

#include "value/json.h"

typedef struct no_request { /* C wants a member */
    uint8_t none;
} no_request;

static const shape info_shape = {
    .kind = SH_STRUCT, .java = "InfoRequest", .size = sizeof(no_request)};

static int info_run(engine *e, ctx *cx, void *req, buf *out)
{
    (void)cx;
    (void)req;
    buf_lit(out, "{\"Region\":");
    json_put_string(out, e->region);
    buf_lit(out, ",\"AccountId\":");
    json_put_string(out, e->account);
    buf_byte(out, '}');
    return out->err;
}

const op op_info = {"ddblite.Info", OP_OWN, &info_shape, info_run};
