/*
 * attrval_fuzz.c - any request text as Item: accepted items survive being stored and read back.
 */
#include "fuzz.h"
#include "value/attrval.h"
#include "value/item.h"
#include "value/size.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    str text = {(const char *)p, n};
    attr_map in;
    fuzz_env e;
    json *j;

    fuzz_env_init(&e);
    if (json_parse(&e.cx, text, &j) == 0) {
        int rc = attr_map_read(&e.cx, j, &in);
        FUZZ_CHECK(rc == 0 || rc == DDB_SERIALIZATION);
        FUZZ_CHECK((rc == 0) == (e.cx.err.code == 0));
        if (rc == 0 && in.fault.code == 0) {
            buf b;
            map back;
            buf_init_arena(&b, &e.a, REPLY_BYTES_MAX);
            item_put(&b, &in.m);
            FUZZ_CHECK(b.err == 0);
            FUZZ_CHECK(in.text.p == NULL || str_eq(in.text, buf_view(&b)));
            FUZZ_CHECK(item_parse(&e.cx, buf_view(&b), &back) == 0);
            FUZZ_CHECK(map_eq(&in.m, &back));
            FUZZ_CHECK(size_map(&in.m) == size_map(&back));
            for (uint32_t i = 0; i < back.count; i++)
                FUZZ_CHECK(size_nesting_ok(&back.attrs[i].v));
        } else if (rc == 0) {
            FUZZ_CHECK(attr_raise(&e.cx, &in.fault) == DDB_VALIDATION);
        }
    }
    fuzz_env_release(&e);
    return 0;
}
