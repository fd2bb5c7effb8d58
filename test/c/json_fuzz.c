/*
 * json_fuzz.c - any bytes: the parser answers, and strings it gives survive writing and reading.
 */
#include "base/utf8.h"
#include "fuzz.h"
#include "value/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    fuzz_env e;
    json *j, *back;
    str text = {(const char *)p, n}, raw;

    fuzz_env_init(&e);
    if (json_parse(&e.cx, text, &j) == 0) {
        /* The tree is walked by its links: first child, else next sibling of what is left. */
        json *todo = j;
        while (todo != NULL) {
            uint32_t children = 0;
            json *c;
            FUZZ_CHECK(todo->s.p == NULL || todo->type == J_NUMBER || utf8_valid(todo->s));
            if (todo->type == J_STRING) {
                buf b;
                buf_init_arena(&b, &e.a, REPLY_BYTES_MAX);
                json_put_string(&b, todo->s);
                FUZZ_CHECK(json_parse(&e.cx, buf_view(&b), &back) == 0);
                FUZZ_CHECK(back->type == J_STRING && str_eq(back->s, todo->s));
            }
            for (c = todo->child; c != NULL && c->next != NULL; c = c->next)
                children++;
            FUZZ_CHECK(todo->count == children + (c != NULL));
            if (c != NULL) { /* children before siblings */
                c->next = todo->next;
                todo = todo->child;
            } else {
                todo = todo->next;
            }
        }
    }
    if (base64_decode(&e.cx, text, &raw) == 0) {
        buf b;
        buf_init_arena(&b, &e.a, REPLY_BYTES_MAX);
        base64_put(&b, raw);
        FUZZ_CHECK(str_eq(buf_view(&b), text));
    }
    fuzz_env_release(&e);
    return 0;
}
