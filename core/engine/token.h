/*
 * token.h - idempotency: the same request under the same token happens once in ten minutes.
 *
 * An operation describes its request's content to a hash (token_add_*), asks token_find() whether
 * it has been done, and after success leaves with token_keep() what a repetition will answer. The
 * record is part of the same transaction as the writes, so a failed request leaves none.
 */
#ifndef DDB_ENGINE_TOKEN_H
#define DDB_ENGINE_TOKEN_H

#include "base/hash.h"
#include "engine/engine.h"

#define TOKEN_HASH_BYTES 32

/* Content. The order of members and of set elements does not count, neither do ways to write a
 * number; everything else does. */
void token_add_int(sha256 *s, int64_t v);
void token_add_str(sha256 *s, str v);              /* absent and empty differ */
int token_add_map(ctx *cx, sha256 *s, const map *m); /* m may be NULL: absent */

/* 1 and what token_keep() was given (arena): done before; 0: new, or longer ago than the window;
 * DDB_IDEMPOTENT_MISMATCH: the token was used for something else. */
int token_find(engine *e, ctx *cx, str api, str token, const uint8_t hash[TOKEN_HASH_BYTES],
               str *kept);
int token_keep(engine *e, ctx *cx, str api, str token, const uint8_t hash[TOKEN_HASH_BYTES],
               str kept);

#endif
