/*
 * errors.h - error codes (negative ints), their wire form, and the one way to raise them.
 *
 * 0 or more is success. A user's mistake is detected in one place, which calls fail() once with
 * the exact text; everybody above only passes rc on. DDB_NOMEM, DDB_TOO_BIG, DDB_NOT_FOUND and
 * DDB_STALE carry no text: dispatch (or the caller that expects them) gives them one.
 */
#ifndef DDB_BASE_ERRORS_H
#define DDB_BASE_ERRORS_H

#include <stddef.h>

enum {
    DDB_OK = 0,
    DDB_NOMEM = -1,     /* an allocation failed */
    DDB_NOT_FOUND = -2, /* the thing looked up is absent; never seen outside the core */
    DDB_TOO_BIG = -3,   /* a buffer met its maximum */
    DDB_STALE = -4,     /* another connection changed the schema: reload and run again */
    DDB_FIRST_NAMED = -100,
#define E(code, prefix, name, status, member) code##_SLOT,
#include "base/errors.def"
#undef E
};
/* Named codes count down from -101 in the order of errors.def. */
enum {
#define E(code, prefix, name, status, member) code = -101 - (code##_SLOT - DDB_FIRST_NAMED - 1),
#include "base/errors.def"
#undef E
};

typedef struct error_info {
    int code;
    const char *type;   /* prefix and name: "com.amazonaws...#ResourceNotFoundException" */
    const char *name;   /* "ResourceNotFoundException" */
    int status;         /* HTTP */
    const char *member; /* "message" or "Message" */
} error_info;

/* The row of a named code; never NULL (unknown codes give InternalServerError). */
const error_info *error_info_get(int code);
/* The code of an error of the service by its name; 0 when there is none. */
int error_code_of(const char *name, size_t n);

/* Passes a failure on. Use it only where nothing is borrowed. */
#define TRY(x)                   \
    do {                         \
        int try_rc_ = (x);       \
        if (try_rc_ < 0)         \
            return try_rc_;      \
    } while (0)

#endif
