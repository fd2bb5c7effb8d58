/*
 * settings.h - settings as operations see them: store/settings.h with the engine's store, which is
 * all they need of it. Kinds, resources, names and values are the caller's; bytes that come back
 * are in the arena.
 */
#ifndef DDB_ENGINE_SETTINGS_H
#define DDB_ENGINE_SETTINGS_H

#include "engine/engine.h"
#include "store/settings.h"

/* 0 with the value, or DDB_NOT_FOUND. */
int settings_get(engine *e, ctx *cx, str kind, str resource, str name, str *value);
int settings_put(engine *e, ctx *cx, str kind, str resource, str name, str value);
int settings_delete(engine *e, ctx *cx, str kind, str resource, str name); /* 1, or 0: absent */
/* Those of one resource by name, behind `after` (absent: all), at most max. */
int settings_list(engine *e, ctx *cx, str kind, str resource, str after, uint32_t max,
                  setting **out, uint32_t *count);
/* Those of a kind by (resource, name), behind that position. */
int settings_list_all(engine *e, ctx *cx, str kind, str after_resource, str after_name,
                      uint32_t max, setting **out, uint32_t *count);
int settings_drop(engine *e, ctx *cx, str resource); /* all kinds, and what lies below it */

#endif
