/*
 * fuzz_main.c - runs a fuzz target without libFuzzer: a fixed seed, a few seeds of text, and
 * random mutations of them. It has no coverage feedback; it is what a host without clang gets.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static uint64_t next(uint64_t *state)
{
    uint64_t x = *state;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

static const char *const seeds[] = {
    "{\"pk\":{\"S\":\"a\"},\"n\":{\"N\":\"-12.50e3\"},\"l\":{\"L\":[{\"S\":\"x\\u00e9\"}]}}",
    "{\"m\":{\"M\":{\"b\":{\"B\":\"AAEC\"},\"t\":{\"BOOL\":true},\"z\":{\"NULL\":true}}}}",
    "{\"ss\":{\"SS\":[\"a\",\"b\"]},\"ns\":{\"NS\":[\"1\",\"2\"]},\"bs\":{\"BS\":[\"AA==\"]}}",
    "SET #a = if_not_exists(b.c[1], :v) + :w REMOVE d ADD e :f DELETE g :h",
    "attribute_exists(a) AND (b IN (:x, :y) OR NOT size(c) >= :z) AND d BETWEEN :l AND :h",
    "1E-130", "-9.9999999999999999999999999999999999999E+125",
    "[[[[1,true,null,\"\\ud83d\\ude00\"]]]]",
};

int main(int argc, char **argv)
{
    static const char alphabet[] = "{}[]\":,\\ntfSNBLMu0129eE+-.#()=<> ABD";
    uint64_t state = 88172645463325252u;
    time_t end = time(NULL) + (argc > 1 ? atol(argv[1]) : 5);
    uint8_t *data = malloc(4096);
    unsigned long runs = 0;

    if (data == NULL)
        return 1;
    do {
        for (int round = 0; round < 1000; round++, runs++) {
            const char *seed = seeds[next(&state) % (sizeof seeds / sizeof seeds[0])];
            size_t n = strlen(seed), changes = next(&state) % 8;
            memcpy(data, seed, n);
            while (changes-- > 0 && n > 0) {
                size_t at = (size_t)(next(&state) % n);
                switch (next(&state) % 4) {
                case 0: data[at] = (uint8_t)next(&state); break;
                case 1: data[at] = (uint8_t)alphabet[next(&state) % (sizeof alphabet - 1)]; break;
                case 2: memmove(data + at, data + at + 1, n - at - 1); n--; break;
                default:
                    if (n * 2 < 4096) {
                        memmove(data + at + (n - at), data + at, n - at);
                        n += n - at;
                    }
                }
            }
            /* A copy of exactly n bytes, so that the sanitizer sees a read beyond the end. */
            uint8_t *exact = malloc(n == 0 ? 1 : n);
            if (exact == NULL)
                return 1;
            memcpy(exact, data, n);
            LLVMFuzzerTestOneInput(exact, n);
            free(exact);
        }
    } while (time(NULL) < end);
    free(data);
    printf("%lu inputs\n", runs);
    return 0;
}
