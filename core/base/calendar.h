/*
 * calendar.h - the civil date of a moment, in Coordinated Universal Time.
 */
#ifndef DDB_BASE_CALENDAR_H
#define DDB_BASE_CALENDAR_H

#include "base/buf.h"

typedef struct calendar {
    int64_t year;
    int month, day, weekday; /* 1.., 1.., 0: Sunday */
    int hour, minute, second, ms;
} calendar;

/* Of Unix time in milliseconds; before 1970 too. */
calendar calendar_of(int64_t ms);
/* v >= 0 in at least `width` digits. */
void calendar_put_padded(buf *b, int64_t v, int width);
/* 2020-11-04T07:28:34.028Z */
void calendar_put_iso(buf *b, int64_t ms);

#endif
