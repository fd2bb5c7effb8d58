/*
 * account.c - DescribeLimits and DescribeEndpoints: what a fresh account is allowed, and where it
 * is served. Neither looks at the request. Facts operations, Account; wire 9.
 */
#include "ops/ops.h"

/* guide: default quotas of an account and of each of its tables */
#define ACCOUNT_UNITS_MAX 80000
#define TABLE_UNITS_MAX 40000

typedef struct no_request { /* C wants a member */
    uint8_t none;
} no_request;

static const shape limits_shape = {
    .kind = SH_STRUCT, .java = "DescribeLimitsInput", .size = sizeof(no_request)};
static const shape endpoints_shape = {
    .kind = SH_STRUCT, .java = "DescribeEndpointsRequest", .size = sizeof(no_request)};

static int limits_run(engine *e, ctx *cx, void *req, buf *out)
{
    (void)e;
    (void)cx;
    (void)req;
    buf_fmt(out,
            "{\"AccountMaxReadCapacityUnits\":%d,\"AccountMaxWriteCapacityUnits\":%d,"
            "\"TableMaxReadCapacityUnits\":%d,\"TableMaxWriteCapacityUnits\":%d}",
            ACCOUNT_UNITS_MAX, ACCOUNT_UNITS_MAX, TABLE_UNITS_MAX, TABLE_UNITS_MAX);
    return out->err;
}

static int endpoints_run(engine *e, ctx *cx, void *req, buf *out)
{
    (void)cx;
    (void)req;
    buf_fmt(out,
            "{\"Endpoints\":[{\"Address\":\"dynamodb.%S.amazonaws.com\","
            "\"CachePeriodInMinutes\":1440}]}",
            e->region);
    return out->err;
}

const op op_describe_limits = {"DescribeLimits", 0, &limits_shape, limits_run};
const op op_describe_endpoints = {"DescribeEndpoints", 0, &endpoints_shape, endpoints_run};
