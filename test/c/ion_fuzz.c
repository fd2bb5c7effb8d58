/*
 * ion_fuzz.c - any bytes: the Ion reader answers, and what it took it reads again from what the
 * writer makes of it.
 */
#include "engine/ion.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    fuzz_env e;
    map m, back;

    fuzz_env_init(&e);
    if (ion_read_item(&e.cx, (str){(const char *)p, n}, &m) == 0) {
        buf b;
        buf_init_arena(&b, &e.a, REPLY_BYTES_MAX);
        buf_lit(&b, "$ion_1_0 {Item:");
        ion_put_map(&b, &m);
        buf_byte(&b, '}');
        FUZZ_CHECK(ion_read_item(&e.cx, buf_view(&b), &back) == 0);
        FUZZ_CHECK(map_eq(&m, &back));
    }
    fuzz_env_release(&e);
    return 0;
}
