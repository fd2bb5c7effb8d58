/*
 * calendar.c - the civil date of a moment, in Coordinated Universal Time.
 */
#include "base/calendar.h"

#define DAY_MS 86400000

/* The civil date of a time, proleptic Gregorian: days are counted in eras of 400 years that begin
 * on the first of March, so that the leap day comes last. */
calendar calendar_of(int64_t ms)
{
    int64_t day = ms / DAY_MS, rest = ms % DAY_MS, era, doe, yoe, doy, mp;
    calendar c;

    if (rest < 0) {
        rest += DAY_MS;
        day--;
    }
    c.weekday = (int)(((day + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
    day += 719468;                              /* days from 0000-03-01 to 1970-01-01 */
    era = (day >= 0 ? day : day - 146096) / 146097;
    doe = day - era * 146097;
    yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    mp = (5 * doy + 2) / 153;
    c.day = (int)(doy - (153 * mp + 2) / 5 + 1);
    c.month = (int)(mp < 10 ? mp + 3 : mp - 9);
    c.year = yoe + era * 400 + (c.month <= 2);
    c.hour = (int)(rest / 3600000);
    c.minute = (int)(rest / 60000 % 60);
    c.second = (int)(rest / 1000 % 60);
    c.ms = (int)(rest % 1000);
    return c;
}

void calendar_put_padded(buf *b, int64_t v, int width)
{
    char digits[20];
    int n = 0;

    for (; v > 0 || n < width; v /= 10)
        digits[n++] = (char)('0' + v % 10);
    while (n > 0)
        buf_byte(b, digits[--n]);
}

void calendar_put_iso(buf *b, int64_t ms)
{
    calendar c = calendar_of(ms);
    int64_t fields[] = {c.year, c.month, c.day, c.hour, c.minute, c.second, c.ms};
    static const char after[] = "--T::.Z";

    for (size_t i = 0; i < COUNT(fields); i++) {
        calendar_put_padded(b, fields[i], i == 0 ? 4 : i == 6 ? 3 : 2);
        buf_byte(b, after[i]);
    }
}
