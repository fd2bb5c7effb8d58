/*
 * settings.c - see settings.h.
 */
#include "engine/settings.h"

int settings_get(engine *e, ctx *cx, str kind, str resource, str name, str *value)
{
    return store_setting_get(e->st, cx, kind, resource, name, value);
}

int settings_put(engine *e, ctx *cx, str kind, str resource, str name, str value)
{
    return store_setting_put(e->st, cx, kind, resource, name, value);
}

int settings_delete(engine *e, ctx *cx, str kind, str resource, str name)
{
    return store_setting_delete(e->st, cx, kind, resource, name);
}

int settings_list(engine *e, ctx *cx, str kind, str resource, str after, uint32_t max,
                  setting **out, uint32_t *count)
{
    return store_settings(e->st, cx, kind, resource, after, max, out, count);
}

int settings_list_all(engine *e, ctx *cx, str kind, str after_resource, str after_name,
                      uint32_t max, setting **out, uint32_t *count)
{
    return store_settings_all(e->st, cx, kind, after_resource, after_name, max, out, count);
}

int settings_drop(engine *e, ctx *cx, str resource)
{
    return store_settings_drop(e->st, cx, resource);
}
