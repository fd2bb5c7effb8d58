/*
 * hash_test.c - published vectors of each hash, and lengths around their block borders.
 */
#include "base/hash.h"

#include "test.h"

/* Evidence: the published check value of CRC-32/ISO-HDLC; bodies and header values of replies of
 * the service, as the dynalite test-suite recorded them. */
TEST(hash, crc32_is_that_of_the_reply_header)
{
    static const struct { const char *text; uint32_t crc; } cases[] = {
        {"", 0},
        {"123456789", 0xcbf43926u},
        {"{\"__type\":\"com.amazon.coral.service#SerializationException\"}", 3948637019u},
        {"{\"__type\":\"com.amazon.coral.service#UnknownOperationException\"}", 1368724161u},
        {"healthy: dynamodb.us-east-1.amazonaws.com ", 3128867991u},
        {"<UnknownOperationException/>\n", 3552371480u},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        CHECK_INT_NOTE(hash_crc32(cases[i].text, strlen(cases[i].text)), cases[i].crc,
                       cases[i].text);
}

TEST(hash, crc32_of_each_length_equals_bit_by_bit)
{
    char data[40];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)(i * 37 + 200);
    for (size_t n = 0; n <= sizeof data; n++) {
        uint32_t crc = 0xffffffffu;
        for (size_t i = 0; i < n; i++) {
            crc ^= (uint8_t)data[i];
            for (int bit = 0; bit < 8; bit++)
                crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
        }
        CHECK_INT(hash_crc32(data, n), ~crc);
    }
}

/* Values of md5("Outliers" + key) from another implementation of MD5. */
TEST(hash, partition_is_the_beginning_of_md5_with_the_services_salt)
{
    static const struct { size_t n; uint32_t hash; } cases[] = {
        {0, 0x65a4c052u},
        {1, 0xf6558e51u},
        {46, 0x5a4efd90u},
        {47, 0x24b4102au},
        {48, 0xf598f76bu},
        {49, 0xacde30bau},
        {55, 0xe94efa23u},
        {56, 0xd0ef2609u},
        {57, 0x82225c67u},
        {63, 0xb0f87da5u},
        {64, 0x74629aeeu},
        {111, 0x79e97d47u},
        {112, 0xb28b3a58u},
        {113, 0x1d65af08u},
        {119, 0x1a547f5bu},
        {120, 0x8c81ed64u},
        {121, 0xc0b86fe7u},
        {2048, 0x5fad254au},
    };
    char key[2048];
    memset(key, 'a', sizeof key);
    for (size_t i = 0; i < COUNT(cases); i++)
        CHECK_INT(hash_partition(str_make(key, cases[i].n)), cases[i].hash);
}

static void check_md5(str text, const char *hex, size_t step)
{
    uint8_t out[16];
    char got[33];
    md5 m;

    md5_init(&m);
    for (size_t at = 0; at < text.n; at += step)
        md5_add(&m, text.p + at, text.n - at < step ? text.n - at : step);
    md5_end(&m, out);
    for (size_t i = 0; i < 16; i++)
        snprintf(got + i * 2, 3, "%02x", out[i]);
    CHECK_STR(str_make(got, 32), hex);
}

/* RFC 1321, A.5. */
TEST(hash, md5_has_the_published_values_for_any_cut)
{
    static const struct { const char *text, *hex; } cases[] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"a", "0cc175b9c0f1b6a831c399e269772661"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
        {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
         "d174ab98d277d9f5a5611c2c9f419d9f"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
         "57edf4a22be3c955ac49da2e2107b67a"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t step = 1; step < 90; step += 11)
            check_md5(str_of(cases[i].text), cases[i].hex, step);
}

static void check_sha(size_t n, const char *hex, size_t step)
{
    char data[1000], got[65];
    uint8_t out[32];
    sha256 s;

    memset(data, 'a', sizeof data);
    sha256_init(&s);
    for (size_t at = 0; at < n; at += step)
        sha256_add(&s, data + at, n - at < step ? n - at : step);
    sha256_end(&s, out);
    for (size_t i = 0; i < 32; i++)
        snprintf(got + i * 2, 3, "%02x", out[i]);
    CHECK_STR(str_make(got, 64), hex);
}

TEST(hash, sha256_gives_the_same_for_any_cut)
{
    static const struct { size_t n; const char *hex; } cases[] = {
        {0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {1, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"},
        {3, "9834876dcfb05cb167a5c24953eba58c4ac89b1adf57f28f2f9d09af107ee8f0"},
        {55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
        {56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
        {57, "f13b2d724659eb3bf47f2dd6af1accc87b81f09f59f2b75e5c0bed6589dfe8c6"},
        {63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"},
        {64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
        {65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0"},
        {119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"},
        {120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c"},
        {128, "6836cf13bac400e9105071cd6af47084dfacad4e5e302c94bfed24e013afb73e"},
        {1000, "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t step = 1; step < 200; step += 17)
            check_sha(cases[i].n, cases[i].hex, step);
}

TEST(hash, fnv1a_has_the_published_values)
{
    CHECK(hash_fnv1a(STR("")) == 0xcbf29ce484222325u);
    CHECK(hash_fnv1a(STR("a")) == 0xaf63dc4c8601ec8cu);
    CHECK(hash_fnv1a(STR("foobar")) == 0x85944171f73967e8u);
}

/* RFC 4231, cases 1, 2 and 6. */
TEST(hash, hmac_sha256_has_the_published_values)
{
    char zeros[20], long_key[131], got[65];
    uint8_t out[32];

    memset(zeros, 0x0b, sizeof zeros);
    memset(long_key, 0xaa, sizeof long_key);
    const struct { str key, text; const char *hex; } cases[] = {
        {{zeros, sizeof zeros}, STR("Hi There"),
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {STR("Jefe"), STR("what do ya want for nothing?"),
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {{long_key, sizeof long_key},
         STR("Test Using Larger Than Block-Size Key - Hash Key First"),
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        hmac_sha256(cases[i].key, cases[i].text, out);
        for (size_t k = 0; k < 32; k++)
            snprintf(got + k * 2, 3, "%02x", out[k]);
        CHECK_STR(str_make(got, 64), cases[i].hex);
    }
}
