/*
 * settings.h - small things that are set and described: tags, policies, destinations.
 *
 * One table holds them all: ddb_setting(kind, resource, name, value). A kind is a family of
 * operations ("tag"), a resource what they are set on, named like the end of its ARN
 * ("table/music", "table/music/stream/2026-.."), so that a file stays right under another region or
 * account. Names and values are the caller's. All belong to the transaction that is open.
 */
#ifndef DDB_STORE_SETTINGS_H
#define DDB_STORE_SETTINGS_H

#include "store/store.h"

typedef struct setting { /* bytes in the arena */
    str resource, name, value;
} setting;

/* 0 with the value, or DDB_NOT_FOUND. */
int store_setting_get(store *st, ctx *cx, str kind, str resource, str name, str *value);
/* Inserts or replaces. */
int store_setting_put(store *st, ctx *cx, str kind, str resource, str name, str value);
/* 1 deleted, 0 was absent. */
int store_setting_delete(store *st, ctx *cx, str kind, str resource, str name);

/* Those of one resource in byte order of names, from the first whose name is > after (absent: the
 * first), at most max. Names are not empty. */
int store_settings(store *st, ctx *cx, str kind, str resource, str after, uint32_t max,
                   setting **out, uint32_t *count);
/* Those of a kind in byte order of (resource, name), strictly after the position given. */
int store_settings_all(store *st, ctx *cx, str kind, str after_resource, str after_name,
                       uint32_t max, setting **out, uint32_t *count);
/* All kinds of a resource and of what lies below it: "table/a", then "table/a/...". */
int store_settings_drop(store *st, ctx *cx, str resource);

#endif
