/*
 * expiry.c - when an item of a table with Time To Live expires.
 *
 * The attribute counts only at the top level, as a number of seconds since 1970 (AWS Developer
 * Guide, "Using time to live"). Everything else - another type, a negative number, one that no time
 * can be - means that the item does not expire.
 */
#include "table/table.h"

#define SECONDS_MAX 1000000000000000 /* ours: beyond any date; milliseconds by mistake fit */

/* {"N":"1700000000.5"}: canonical, so digits come first and there is no exponent. */
int table_expiry(const table *t, str text, int64_t *seconds)
{
    str v;
    int64_t n = 0;
    size_t i = 6;
    int rc;

    if (!t->ttl_enabled)
        return 0;
    rc = item_find(text, t->ttl_attribute, &v);
    if (rc <= 0)
        return rc;
    if (!str_starts(v, STR("{\"N\":\"")))
        return 0;
    for (; i < v.n && v.p[i] >= '0' && v.p[i] <= '9'; i++) {
        n = n * 10 + (v.p[i] - '0');
        if (n > SECONDS_MAX)
            return 0;
    }
    if (i == 6) /* a minus sign */
        return 0;
    *seconds = n;
    return 1;
}
