/*
 * settings.h - settings as operations see them: the store's, which need nothing of the engine.
 */
#ifndef DDB_ENGINE_SETTINGS_H
#define DDB_ENGINE_SETTINGS_H

#include "store/settings.h"

#endif
