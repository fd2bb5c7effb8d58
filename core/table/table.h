/*
 * table.h - what a DynamoDB table is: its definition and the pure rules of keys and indexes.
 *
 * A `table` is immutable while requests use it. It lives in one block of memory (table_copy),
 * owned by the catalog (engine/catalog.h); a changed definition is a new `table`. No SQL, no
 * clock, no host here: ARNs and times are fields, filled by the caller.
 */
#ifndef DDB_TABLE_TABLE_H
#define DDB_TABLE_TABLE_H

#include "base/limits.h"
#include "value/item.h"
#include "value/value.h"

typedef enum { TABLE_CREATING, TABLE_ACTIVE, TABLE_UPDATING, TABLE_DELETING } table_status;
typedef enum { INDEX_CREATING, INDEX_ACTIVE, INDEX_UPDATING, INDEX_DELETING } index_status;
typedef enum { PROJECT_ALL, PROJECT_KEYS_ONLY, PROJECT_INCLUDE } projection_type;
typedef enum { BILLING_PROVISIONED, BILLING_PAY_PER_REQUEST } billing_mode;
typedef enum { TABLE_CLASS_UNSET, TABLE_CLASS_STANDARD, TABLE_CLASS_INFREQUENT } table_class;

typedef struct key_attr {
    str name;
    uint8_t type; /* T_S, T_N or T_B */
} key_attr;

/* Partition attributes first, then sort attributes. Tables and LSIs have 1 + 0..1; a GSI may have
 * up to KEY_PARTS_MAX of each. */
typedef struct key_schema {
    key_attr part[KEY_PARTS_MAX];
    key_attr sort[KEY_PARTS_MAX];
    uint8_t parts, sorts;
} key_schema;

typedef struct throughput {
    int64_t read, write; /* provisioned units; 0 when on demand */
    int64_t last_increase_ms, last_decrease_ms; /* 0: never */
    int64_t decreases_today;
} throughput;

typedef struct on_demand_limits {
    int64_t max_read, max_write; /* 0: not set; -1: limit removed */
} on_demand_limits;

typedef struct warm_throughput {
    int64_t read, write; /* units a second; 0: not given, so what the billing mode warrants */
} warm_throughput;

typedef struct index_def {
    str name;
    bool global;
    uint16_t slot;           /* number of its columns in the stored row; never reused in a table */
    key_schema keys;
    projection_type projection;
    str *non_key;            /* INCLUDE: NonKeyAttributes, request order */
    uint32_t non_key_count;
    index_status status;     /* of a GSI */
    int64_t until_ms;        /* the transition that status names ends then; 0: none, or no time */
    bool backfilling;
    bool made_by_update;     /* Backfilling is shown only for these */
    throughput rw;
    on_demand_limits on_demand;
    warm_throughput warm;
} index_def;

typedef enum { VECTOR_COSINE, VECTOR_DOT_PRODUCT, VECTOR_EUCLIDEAN } vector_distance;

typedef struct search_attr { /* an element of a SearchSchema */
    key_attr a;
    bool hash; /* else INLINE_FILTER */
} search_attr;

typedef struct vector_def {
    index_def ix;            /* its name, states and what an entry holds: no keys, and `non_key` are
                                the attributes asked for, then the vector, then the schema's */
    projection_type projection; /* as asked for; ix has INCLUDE in place of KEYS_ONLY */
    uint32_t included;       /* of ix.non_key: NonKeyAttributes */
    str attribute;
    uint32_t dimensions;
    uint8_t distance;        /* vector_distance */
    search_attr *schema;     /* request order */
    uint32_t schema_count;
} vector_def;

typedef struct table {
    int64_t number;          /* names its SQLite table; never reused */
    str name;
    str arn;
    char id[37];             /* TableId, a UUID, NUL-terminated */
    table_status status;
    int64_t until_ms;        /* the transition that status names ends then; 0: none, or no time */
    int64_t created_ms;
    key_schema keys;
    key_attr *defined;       /* AttributeDefinitions, request order */
    uint32_t defined_count;
    index_def *indexes;          /* GSIs and LSIs, creation order */
    uint32_t index_count;
    uint16_t next_slot;
    vector_def *vectors;     /* creation order */
    uint32_t vector_count;
    billing_mode billing;
    bool billing_summary;    /* BillingModeSummary is shown: is or was PAY_PER_REQUEST */
    int64_t on_demand_since_ms; /* LastUpdateToPayPerRequestDateTime; 0: not shown */
    throughput rw;
    on_demand_limits on_demand;
    warm_throughput warm;
    table_class class_;
    int64_t class_since_ms;
    bool deletion_protection;
    bool stream_enabled;
    uint8_t stream_view;     /* index into stream_view_names */
    str stream_label;        /* LatestStreamLabel; absent: never had one */
    int64_t stream_number;   /* of that stream's records in the store */
    bool loading;            /* a bulk load has taken the SQLite indexes of `indexes` away */
    bool ttl_enabled;        /* the rows table has the column x<ttl_slot>_ttl and its index */
    bool ttl_filling;        /* rows of before do not all have it yet */
    uint16_t ttl_slot;       /* of next_slot's numbers */
    str ttl_attribute;       /* absent when disabled */
    int64_t ttl_changed_ms;  /* 0: never */
    bool use_tracked;        /* the rows table has the column x<use_slot>_use and its index */
    bool use_reads;          /* reads are uses, too */
    uint16_t use_slot;       /* of next_slot's numbers */
    bool sse_enabled;
    str sse_type, sse_key;   /* as given; absent when not */
    bool keeps_history;      /* old images are kept: recovery is on, or a copy is being taken */
    int64_t pitr_since_ms;   /* point-in-time recovery is on since then; 0: off */
    int64_t pitr_days;       /* RecoveryPeriodInDays, while it is on */
    str rest;                /* JSON members kept as given (`"Tags":[..],"ResourcePolicy":".."`) */
} table;

/* NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, KEYS_ONLY, NULL */
extern const char *const stream_view_names[];

/* An encoded key: where a row stands. pk and sk are keyenc bytes; sk is empty (not absent) when
 * the schema has no sort attribute. */
typedef struct key_bytes {
    uint32_t h; /* hash_partition of the partition key values */
    str pk, sk;
} key_bytes;

const index_def *table_index(const table *t, str name); /* NULL when there is none */
bool key_schema_has(const key_schema *k, str name); /* is it a key attribute? */
const key_attr *key_schema_find(const key_schema *k, str name);
bool table_is_index_key(const table *t, str name);  /* of any index */
/* Is it a key attribute, or does a search schema name it? Then it is in AttributeDefinitions. */
bool table_uses(const table *t, str name);
static inline bool table_indexed(const table *t)
{
    return t->index_count > 0 || t->vector_count > 0;
}

/* Ends the transitions whose time has come: changes statuses, and takes indexes that were being
 * deleted out of the definition. Gives when to look again, INT64_MAX for never; *gone when the
 * table itself was being deleted and now is. An index stays CREATING while it is filled. */
int64_t table_settle(table *t, int64_t now_ms, bool *gone);

/* Encodes the key attributes of `keys` found in m into arena memory. Values must have been
 * checked (table_check_*). */
int key_encode(ctx *cx, const key_schema *keys, const map *m, key_bytes *out);

/*
 * Checks, each with the service's text (DDB_VALIDATION). The order inside is the service's:
 * facts validation 4.2 (8, 9), 4.8.
 */
/* A Key map: exactly the key attributes, right types ("The provided key element does not match
 * the schema"), then empty values, then sizes. */
int table_check_key(ctx *cx, const table *t, const map *key);
/* The key attributes of an Item: missing, type, empty, size. */
int table_check_item_key(ctx *cx, const table *t, const map *item);
/* The index key attributes of an item to be written: type, empty, size; then its vectors. */
int table_check_index_keys(ctx *cx, const table *t, const map *item);

/* An index key that is left empty. %s: string or binary; then index and attribute. */
#define PUT_EMPTY_INDEX_KEY                                                                   \
    "One or more parameter values are not valid. A value specified for a secondary index "     \
    "key is not supported. The AttributeValue for a key attribute cannot contain an empty "    \
    "%s value. IndexName: %S, IndexKey: %S"
#define UPDATE_EMPTY_INDEX_KEY                                                               \
    "One or more parameter values are not valid. The update expression attempted to update a "  \
    "secondary index key to a value that is not supported. The AttributeValue for a key "       \
    "attribute cannot contain an empty %s value."

/* Must what is written conform to this index? While it is created or deleted it need not: what does
 * not is left out. */
bool index_enforced(const index_def *ix);
/* Is the item in this index (all key attributes there, with the declared types)? 1 and *out, or
 * 0, or an error. For LSIs out->h and pk are those of the table. */
int index_key(ctx *cx, const table *t, const index_def *ix, item_view *item, key_bytes *out);
/* Does the index hold this attribute (its keys, the table's keys, ALL, or INCLUDE names it)? */
bool index_projects(const table *t, const index_def *ix, str attribute);
/* Item size of the index entry of a stored item: its projected attributes only. */
int index_entry_size(ctx *cx, const table *t, const index_def *ix, item_view *item, str text,
                     size_t *out);
/* Appends the JSON object of what the index holds of a stored item; the second leaves one
 * attribute out. */
int index_entry_put(ctx *cx, const table *t, const index_def *ix, str text, buf *out);
int index_entry_put_without(ctx *cx, const table *t, const index_def *ix, str text, str without,
                            buf *out);

/* ---- vector indexes (vector.c) ---- */
const vector_def *table_vector(const table *t, str name); /* NULL when there is none */
/* The vectors and search attributes of an item to be written; and one that an update made. */
int table_check_vectors(ctx *cx, const table *t, const map *item);
int vector_check_attribute(ctx *cx, const vector_def *d, str name, const value *v, bool update);
/* A number within 32-bit floating point. */
bool vector_component(const value *v, float *out);
/* Is the item in the index? 1, 0 or an error. The first gives its components: d->dimensions. */
int vector_of_text(ctx *cx, const vector_def *d, str text, float *out);
int vector_of_item(ctx *cx, const vector_def *d, item_view *item);
/* How far b is from a, by the index's function: less is nearer, but for DOT_PRODUCT. */
double vector_score(const vector_def *d, const float *a, const float *b, double norm_a,
                    double norm_b);
double vector_norm(const float *a, uint32_t n);

/* Time To Live of a stored item: 1 and *seconds when the table has it enabled and the attribute is
 * a number that a time can be, 0 when not, DDB_STORAGE_CORRUPT. A fraction is cut off. */
int table_expiry(const table *t, str text, int64_t *seconds);

/* The catalog's stored form (JSON of our own) and back; `table_load` takes all memory from the
 * ctx's arena. */
void table_store(const table *t, buf *out);
int table_load(ctx *cx, str text, table *out);
/* Copies *t and all it points to into one block and gives the bytes that takes; with block NULL
 * it only measures. The copy stands at the beginning of the block (8-byte aligned). */
size_t table_copy(const table *t, void *block);

#endif
