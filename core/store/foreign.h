/*
 * foreign.h - reading the database files of DynamoDB Local, which are SQLite files too.
 *
 *   dm(TableName, TableInfo, BillingMode, ReadCapacityUnits, WriteCapacityUnits, ...)
 *       the catalog; TableInfo is JSON: Attributes, GSIList, SQLiteIndex {"": keys, "index": keys}
 *   "<TableName>"(hashKey, rangeKey, hashValue, rangeValue, itemSize, ObjectJSON, ...)
 *       the items; ObjectJSON is the item
 *
 * As files of it are described in public; the JSON is passed on as it stands. A file is opened for
 * each call, reading only, and closed at its end. What is not such a file, or is not there, is
 * DDB_NOT_A_DATABASE or another error with a text.
 */
#ifndef DDB_STORE_FOREIGN_H
#define DDB_STORE_FOREIGN_H

#include "store/store.h"

/* Appends {"TableName":"..","TableInfo":"..",..} for each table, with commas between; members
 * that a version has not are left out. */
int foreign_tables(store *st, ctx *cx, const char *path, buf *out);

/* Appends the items behind row `after` (0: all) as JSON strings, with commas between, about a
 * megabyte of them; *last is the row of the last one, or -1 when none is left. */
int foreign_items(store *st, ctx *cx, const char *path, str table, int64_t after, buf *out,
                  int64_t *last);

#endif
