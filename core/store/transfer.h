/*
 * transfer.h - a whole database as a file that goes out or comes in piece by piece, so that nobody
 * holds it all: an export and its twin, an import. Each has a number and lasts until it is ended,
 * or the store is closed. An export and an import are the same plain SQLite file as an image
 * (snapshot.h). Outside of a transaction.
 */
#ifndef DDB_STORE_TRANSFER_H
#define DDB_STORE_TRANSFER_H

#include "store/snapshot.h"

/* What is committed when the last page has been copied, which takes several calls of next() and
 * room beside the database: whatever is written between them is in it. */
int store_export_begin(store *st, ctx *cx, int64_t *number);
/* 1 and the next bytes, none while pages are still copied; 0: there are no more. */
int store_export_next(store *st, ctx *cx, int64_t number, store_image *piece);

/* Two imports of one database do not know each other. */
int store_import_begin(store *st, ctx *cx, int64_t *number);
int store_import_write(store *st, ctx *cx, int64_t number, const unsigned char *p, size_t n);
/* The database becomes what came, if that is one of ours, of a format we read, and undamaged: all
 * of it, or it stays as it is. The caller's catalog is out of date afterwards. */
int store_import_apply(store *st, ctx *cx, int64_t number);

void store_transfer_end(store *st, int64_t number); /* whether or not there is one */

#endif
