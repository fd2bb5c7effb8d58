/*
 * limits.h - everything that grows has a maximum here, with its source.
 *
 * "guide": AWS Developer Guide, "Quotas in Amazon DynamoDB". "model": the API model shipped with
 * the AWS SDK. "capture": observed on the service. "ours": a bound of this implementation.
 */
#ifndef DDB_BASE_LIMITS_H
#define DDB_BASE_LIMITS_H

#define REQUEST_BYTES_MAX 16777216      /* capture: one byte more is HTTP 413 */
#define JSON_DEPTH_MAX 100000           /* ours: far beyond 32 attribute levels */
#define ARENA_BYTES_MAX 1610612736      /* ours: a 16 MiB request of `[[[[` as a tree */
#define REPLY_BYTES_MAX 134217728       /* ours: 100 items of 400 KB, escapes included */

#define TRANSFERS_MAX 3                 /* ours: exports and imports at a time, of a database */

#define ITEM_BYTES_MAX 409600           /* guide */
#define NESTING_MAX 32                  /* guide */
#define PARTITION_KEY_BYTES_MAX 2048    /* guide */
#define SORT_KEY_BYTES_MAX 1024         /* guide */
#define ATTRIBUTE_NAME_BYTES_MAX 65535  /* guide */
#define KEY_NAME_BYTES_MAX 255          /* guide */

#define NUMBER_DIGITS_MAX 38            /* guide */
#define NUMBER_EXPONENT_MAX 125         /* guide */
#define NUMBER_EXPONENT_MIN (-130)      /* guide */

#define EXPRESSION_BYTES_MAX 4096       /* guide */
#define EXPRESSION_OPERATORS_MAX 300    /* guide */
#define EXPRESSION_DEPTH_MAX 1024       /* ours: parser recursion; 4096 bytes allow ~2000 parens */
#define EXPRESSION_VARIABLES_BYTES_MAX 2097152 /* guide: names and values of one request */
#define IN_OPERANDS_MAX 100             /* guide */

#define STATEMENT_BYTES_MAX 8192        /* model */
#define STATEMENT_OPERATORS_MAX EXPRESSION_OPERATORS_MAX /* a statement becomes expressions */
#define STATEMENT_DEPTH_MAX 256         /* ours: parser recursion */
#define STATEMENT_BATCH_MAX 25          /* model */
#define STATEMENT_PARTITIONS_MAX 50     /* guide: IN with partition key values */
#define STATEMENT_PARTITIONS_PAGE 10    /* guide: the same, a page */

#define GSI_MAX 20                      /* guide */
#define LSI_MAX 5                       /* guide */
#define INDEX_MAX (GSI_MAX + LSI_MAX)
#define DROP_ROWS_MAX 1000              /* ours: a larger table leaves in slices (discard.h) */
#define ROW_COLUMNS_MAX 500             /* ours: SQLite allows 2000; each takes a byte of a row */
#define KEY_PARTS_MAX 4                 /* guide: multi-attribute keys of a GSI, each part */
#define NON_KEY_ATTRIBUTES_MAX 20       /* model: a projection */
#define NON_KEY_ATTRIBUTES_TOTAL_MAX 100 /* guide: all indexes of a table */
#define VECTOR_MAX 5                    /* guide: vector indexes of a table */
#define VECTOR_DIMENSIONS_MAX 4096      /* guide */
#define SEARCH_FILTERS_MAX 18           /* guide: INLINE_FILTER elements of a vector index */
#define SEARCH_SCHEMA_MAX (SEARCH_FILTERS_MAX + 1) /* and one HASH */
#define SEARCH_TOP_MAX 100              /* guide: TopK */
#define PACKED_BYTES_MAX 67108864       /* ours: vectors kept in memory (packed.h): 120,000 of 128
                                           dimensions */
#define SEARCH_REPLY_BYTES_MAX 16777216 /* guide */
#define TABLE_NAME_MIN 3                /* model */
#define TABLE_NAME_MAX 255              /* model */
#define TABLES_MAX 2500                 /* guide: per account and Region */
#define TABLES_CHANGING_MAX 500         /* guide: created, updated or deleted at a time */
#define TABLES_INDEXED_CREATING_MAX 250 /* guide: of those, created with indexes */
#define THROUGHPUT_MAX 1000000000000LL  /* capture: "is out of bounds" beyond */

#define PAGE_BYTES_MAX 1048576          /* guide: Query and Scan */
#define SCAN_SEGMENTS_MAX 1000000       /* model */
#define BATCH_GET_KEYS_MAX 100          /* model */
#define BATCH_GET_BYTES_MAX 16777216    /* guide */
#define BATCH_WRITE_MAX 25              /* model */
#define TRANSACT_MAX 100                /* model */
#define TRANSACT_BYTES_MAX 4194304      /* guide */
#define TOKEN_WINDOW_MS 600000          /* guide: ten minutes */
#define COLLECTION_BYTES_MAX 10737418240 /* guide: items of one partition key and their entries in
                                           local indexes */
#define FAULT_DELAY_MS_MAX 86400000     /* ours: hosts have 29 bits for it */
#define VALIDATION_ERRORS_MAX 10        /* capture: the list is cut */

_Static_assert(ITEM_BYTES_MAX < PAGE_BYTES_MAX, "a page holds at least one item");
_Static_assert(ROW_COLUMNS_MAX >= 6 + 3 * (INDEX_MAX + 1), "live columns fit, with one index more");
_Static_assert(BATCH_GET_KEYS_MAX * (ITEM_BYTES_MAX / 100) < REPLY_BYTES_MAX, "a batch fits");

#endif
