/*
 * auto_scaling.h - AutoScalingSettings: what global tables, old and new, are told about scaling.
 *
 * Nothing is scaled: there is no load to follow. Settings are checked, kept as the text of their
 * description, and described.
 */
#ifndef DDB_OPS_AUTO_SCALING_H
#define DDB_OPS_AUTO_SCALING_H

#include "engine/settings.h"
#include "ops/ops.h"

typedef struct in_target {
    opt_bool disable_in;
    opt_int in_cooldown, out_cooldown;
    opt_real target;
} in_target;
typedef struct in_policy {
    str name;
    in_target *target;
} in_policy;
typedef struct in_scaling { /* AutoScalingSettingsUpdate */
    opt_int min, max;
    opt_bool disabled;
    str role;
    in_policy *policy;
} in_scaling;
extern const shape shape_scaling;

/* What is scaled: the setting `name` of `path` (engine/settings.h). */
typedef struct scaling_target {
    str path, name;
    str resource; /* "table/music" or "table/music/index/by-year" */
    bool write;   /* write capacity, else read capacity */
} scaling_target;

/* Whether the settings are complete and sound; needs no table. in may be NULL. */
int scaling_check(engine *e, ctx *cx, str table_name, bool write, const in_scaling *in);
/* Stores them, or forgets those that are there if they are to be disabled. in may be NULL. */
int scaling_put(engine *e, ctx *cx, const scaling_target *t, const in_scaling *in);
/* Appends the description object; `unset` when there are no settings. */
int scaling_describe(engine *e, ctx *cx, str path, str name, const char *unset, buf *out);

#endif
