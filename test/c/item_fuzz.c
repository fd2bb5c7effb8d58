/*
 * item_fuzz.c - any bytes as a stored row: readers stay inside and agree on what they read.
 */
#include "fuzz.h"
#include "value/item.h"
#include "value/size.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    str text = {(const char *)p, n};
    item_cursor c;
    fuzz_env e;
    value v;
    map m;
    int rc;

    fuzz_env_init(&e);
    item_cursor_init(&c, text);
    while ((rc = item_cursor_next(&c)) == 1) {
        FUZZ_CHECK(c.value.p >= text.p && c.value.p + c.value.n <= text.p + text.n);
        (void)item_parse_value(&e.cx, c.value, &v); /* may be refused; must not overrun */
    }
    FUZZ_CHECK(rc == 0 || rc == DDB_STORAGE_CORRUPT);

    if (item_parse(&e.cx, text, &m) == 0) {
        buf b;
        map back;
        for (uint32_t i = 0; i < m.count; i++) {
            item_view view = item_view_text(text);
            const value *found = NULL;
            FUZZ_CHECK(item_view_get(&e.cx, &view, m.attrs[i].name, &found) == 0 && found != NULL);
        }
        (void)size_map(&m);
        buf_init_arena(&b, &e.a, REPLY_BYTES_MAX);
        item_put(&b, &m);
        FUZZ_CHECK(b.err == 0 && item_parse(&e.cx, buf_view(&b), &back) == 0);
        FUZZ_CHECK(back.count == m.count);
    } else {
        FUZZ_CHECK(e.cx.err.code == 0);
    }
    fuzz_env_release(&e);
    return 0;
}
