/*
 * resource.h - what a ResourceArn names, and the tags and policies that are set on it.
 *
 * Tags and policies belong to tables and to streams. An index has none of its own, though it has an
 * ARN.
 */
#ifndef DDB_OPS_RESOURCE_H
#define DDB_OPS_RESOURCE_H

#include "engine/settings.h"
#include "ops/ops.h"

/* Kinds of settings (engine/settings.h) that more than one operation uses. */
#define SETTING_TAG STR("tag")
#define SETTING_POLICY STR("policy")
#define SETTING_INSIGHTS STR("insights")
#define SETTING_SCALING STR("scaling")
/* The one setting of a kind that a resource has. No index is called so: names have three
 * characters. */
#define SETTING_SELF STR(".")

typedef enum { RESOURCE_TAGS, RESOURCE_POLICY } resource_use; /* they differ in their texts */

typedef struct resource {
    str arn;
    str table_name;
    str label; /* of a stream; absent: the table itself */
    str path;  /* "table/music" or "table/music/stream/<label>", in the arena or the ARN */
} resource;

/* The parts of an ARN, or what is wrong with it; looks nothing up. */
int resource_read(engine *e, ctx *cx, resource_use use, str arn, resource *out);
/* ResourceNotFoundException unless there is such a table, with such a stream. */
int resource_find(engine *e, ctx *cx, resource_use use, const resource *r);
/* Could it be the name of a Region? Which there are is not asked: there are new ones every year. */
int region_check(ctx *cx, str name);
/* "table/music" in the arena. */
int resource_of_table(ctx *cx, str table_name, str *path);

/* Forgets what is set on an index that goes. What is set on a table goes with its rows. */
int resource_drop_index(engine *e, ctx *cx, str table_name, str index_name);

/* ---- tags ---- */
#define TAGS_MAX 50 /* guide: a resource */
/* Keys, values, duplicates and their number. tags: in_tag. */
int tags_check(ctx *cx, const list *tags);
int tags_check_key(ctx *cx, str key);
int tags_put(engine *e, ctx *cx, str path, const list *tags);

/* ---- policies ---- */
/* A policy document as the service keeps it: see policy_document.c. `confirmed`: it may shut its
 * owner out of changing it. */
int policy_read(engine *e, ctx *cx, str text, bool of_stream, bool confirmed, str *canonical);
/* Stores it; *revision is the id it has from now on. previous: the last revision, absent if the
 * resource never had a policy. */
int policy_put(engine *e, ctx *cx, str path, str previous, str canonical, str *revision);

#endif
