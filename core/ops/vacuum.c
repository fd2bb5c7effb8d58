/*
 * vacuum.c - ddblite.Vacuum: gives the room of deleted items back. An operation of our own, in no
 * transaction: VACUUM makes its own. The reply says what the database took before and takes now.
 */
#include "engine/upkeep.h"
#include "ops/ops.h"

typedef struct vacuum_request { /* C wants a member */
    uint8_t none;
} vacuum_request;

static const shape vacuum_shape = {
    .kind = SH_STRUCT, .java = "VacuumRequest", .size = sizeof(vacuum_request)};

static int vacuum_run(engine *e, ctx *cx, void *req, buf *out)
{
    database_facts before, after;

    (void)req;
    TRY(engine_database(e, cx, &before));
    TRY(engine_vacuum(e, cx));
    TRY(engine_database(e, cx, &after));
    buf_fmt(out, "{\"BytesBefore\":%l,\"Bytes\":%l,\"FreePagesBefore\":%l,\"FreePages\":%l}",
            before.page_bytes * before.pages, after.page_bytes * after.pages, before.free_pages,
            after.free_pages);
    return out->err;
}

const op op_vacuum = {"ddblite.Vacuum", OP_OWN, &vacuum_shape, vacuum_run};
