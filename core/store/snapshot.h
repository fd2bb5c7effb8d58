/*
 * snapshot.h - a whole database as bytes and back, and emptying it.
 *
 * An image is a plain SQLite file: what a database in memory or in a file would be after a clean
 * close, without a journal beside it. It is copied page by page and never replayed. Restoring is
 * one transaction of SQLite's: other processes that have the file open see the database as it was
 * or as the image has it, and a failure leaves it as it was.
 */
#ifndef DDB_STORE_SNAPSHOT_H
#define DDB_STORE_SNAPSHOT_H

#include "store/store.h"

typedef struct store_image {
    unsigned char *p; /* SQLite's memory: store_image_free() */
    size_t n;
} store_image;

/* What is committed. Outside of a write transaction. */
int store_image_take(store *st, ctx *cx, store_image *out);
void store_image_free(store_image *image); /* an empty one is fine */

/* Is this an image of a database of ours, of a format we read, and undamaged? Turns off the mark
 * of WAL mode that a file in use may carry. */
int store_image_check(ctx *cx, unsigned char *p, size_t n);

/* The database becomes the image. Outside of a transaction, with no cursor open; the caller's
 * catalog is out of date afterwards. */
int store_image_restore(store *st, ctx *cx, const unsigned char *p, size_t n);

/* ---- emptying; inside a write transaction ---- */
/* Idempotency tokens. */
int store_clear_tokens(store *st, ctx *cx);
/* Backups, old images, exports, imports, and the jobs that make them. */
int store_clear_archives(store *st, ctx *cx);
/* Tags, policies, streams and small settings. */
int store_clear_settings(store *st, ctx *cx);
/* The rows of a table and their old images. */
int store_table_clear(store *st, ctx *cx, const table *t);
/* The records of the table's stream; its streams of before go altogether. `gone`: this one too. */
int store_streams_clear(store *st, ctx *cx, const table *t, bool gone);

#endif
