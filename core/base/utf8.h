/*
 * utf8.h - UTF-8 as the service counts it.
 */
#ifndef DDB_BASE_UTF8_H
#define DDB_BASE_UTF8_H

#include "base/bytes.h"

bool utf8_valid(str s);             /* no overlong forms, no surrogates, at most U+10FFFF */
bool utf8_ascii(str s);             /* every byte < 0x80 */
size_t utf8_sequence(str s);         /* bytes of the valid sequence at s.p; 0: there is none */
size_t utf8_utf16_length(str s);    /* UTF-16 code units: what size() of a string counts */
size_t utf8_put(char out[4], uint32_t code_point); /* 1..4 bytes written */

#endif
