/*
 * errors.c - the rows of errors.def, by code.
 */
#include "base/errors.h"

#include "base/bytes.h"

static const error_info infos[] = {
#define E(code, prefix, name, status, member) {code, prefix name, name, status, member},
#include "base/errors.def"
#undef E
};

_Static_assert(DDB_VALIDATION == -101, "the first row is code -101");

const error_info *error_info_get(int code)
{
    size_t i = code <= DDB_VALIDATION ? (size_t)(DDB_VALIDATION - code) : SIZE_MAX;

    return &infos[i < COUNT(infos) ? i : (size_t)(DDB_VALIDATION - DDB_INTERNAL)];
}

int error_code_of(const char *name, size_t n)
{
    for (size_t i = 0; i < COUNT(infos); i++) {
        if (str_eq(str_of(infos[i].name), (str){name, n}))
            return str_starts(str_of(infos[i].type), STR("ddblite#")) ? 0 : infos[i].code;
    }
    return 0;
}
