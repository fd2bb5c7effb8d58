/*
 * reserved.h - the words that a document path may not hold bare (reserved.def).
 */
#ifndef DDB_EXPR_RESERVED_H
#define DDB_EXPR_RESERVED_H

#include "base/bytes.h"

bool reserved_word(str s); /* without regard to case */

#endif
