/*
 * hash.c - CRC-32, MD5, SHA-256 and FNV-1a.
 *
 * CRC-32 takes eight bytes a step from eight tables (slicing by 8). CRC is linear: an entry is
 * the xor of the entries of its index's bits, so the compiler builds each table from eight
 * constants. MD5 follows RFC 1321, SHA-256 follows FIPS 180-4.
 */
#include "base/hash.h"

/* ---- CRC-32 (IEEE 802.3, reflected) ---- */

#define T1(i, a, b, c, d, e, f, g, h)                                                        \
    (((i)&1 ? (a) : 0) ^ ((i)&2 ? (b) : 0) ^ ((i)&4 ? (c) : 0) ^ ((i)&8 ? (d) : 0) ^         \
     ((i)&16 ? (e) : 0) ^ ((i)&32 ? (f) : 0) ^ ((i)&64 ? (g) : 0) ^ ((i)&128 ? (h) : 0))
#define T4(i, ...) \
    T1((i), __VA_ARGS__), T1((i) + 1, __VA_ARGS__), T1((i) + 2, __VA_ARGS__), \
    T1((i) + 3, __VA_ARGS__)
#define T16(i, ...) \
    T4((i), __VA_ARGS__), T4((i) + 4, __VA_ARGS__), T4((i) + 8, __VA_ARGS__), \
    T4((i) + 12, __VA_ARGS__)
#define T64(i, ...) \
    T16((i), __VA_ARGS__), T16((i) + 16, __VA_ARGS__), T16((i) + 32, __VA_ARGS__), \
    T16((i) + 48, __VA_ARGS__)
#define T256(...) \
    {T64(0, __VA_ARGS__), T64(64, __VA_ARGS__), T64(128, __VA_ARGS__), T64(192, __VA_ARGS__)}

/* crc_table[k][i]: the CRC of byte i followed by k zero bytes. */
static const uint32_t crc_table[8][256] = {
    T256(0x77073096u, 0xee0e612cu, 0x076dc419u, 0x0edb8832u,
         0x1db71064u, 0x3b6e20c8u, 0x76dc4190u, 0xedb88320u),
    T256(0x191b3141u, 0x32366282u, 0x646cc504u, 0xc8d98a08u,
         0x4ac21251u, 0x958424a2u, 0xf0794f05u, 0x3b83984bu),
    T256(0x01c26a37u, 0x0384d46eu, 0x0709a8dcu, 0x0e1351b8u,
         0x1c26a370u, 0x384d46e0u, 0x709a8dc0u, 0xe1351b80u),
    T256(0xb8bc6765u, 0xaa09c88bu, 0x8f629757u, 0xc5b428efu,
         0x5019579fu, 0xa032af3eu, 0x9b14583du, 0xed59b63bu),
    T256(0x3d6029b0u, 0x7ac05360u, 0xf580a6c0u, 0x30704bc1u,
         0x60e09782u, 0xc1c12f04u, 0x58f35849u, 0xb1e6b092u),
    T256(0xcb5cd3a5u, 0x4dc8a10bu, 0x9b914216u, 0xec53826du,
         0x03d6029bu, 0x07ac0536u, 0x0f580a6cu, 0x1eb014d8u),
    T256(0xa6770bb4u, 0x979f1129u, 0xf44f2413u, 0x33ef4e67u,
         0x67de9cceu, 0xcfbd399cu, 0x440b7579u, 0x8816eaf2u),
    T256(0xccaa009eu, 0x4225077du, 0x844a0efau, 0xd3e51bb5u,
         0x7cbb312bu, 0xf9766256u, 0x299dc2edu, 0x533b85dau),
};

static uint32_t load_le(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t load_be(const uint8_t *p)
{
    return (uint32_t)p[3] | (uint32_t)p[2] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[0] << 24;
}

uint32_t hash_crc32(const void *data, size_t n)
{
    const uint8_t *p = data;
    uint32_t crc = 0xffffffffu;

    for (; n >= 8; p += 8, n -= 8) {
        uint32_t a = load_le(p) ^ crc, b = load_le(p + 4);
        crc = crc_table[7][a & 255] ^ crc_table[6][a >> 8 & 255] ^ crc_table[5][a >> 16 & 255] ^
              crc_table[4][a >> 24] ^ crc_table[3][b & 255] ^ crc_table[2][b >> 8 & 255] ^
              crc_table[1][b >> 16 & 255] ^ crc_table[0][b >> 24];
    }
    for (; n > 0; p++, n--)
        crc = crc >> 8 ^ crc_table[0][(crc ^ *p) & 255];
    return ~crc;
}

/* ---- blocks of 64 bytes, as MD5 and SHA-256 take them ---- */

typedef void block_fn(uint32_t *state, const uint8_t block[64]);

/* `n` counts the bytes so far; those of a block that is not full wait in it. */
static inline void blocks_add(uint32_t *state, uint64_t *n, uint8_t block[64], block_fn *take_block,
                              const void *data, size_t count)
{
    const uint8_t *p = data;
    size_t used = (size_t)(*n % 64);

    *n += count;
    while (count >= 64 - used) {
        size_t take = 64 - used;
        memcpy(block + used, p, take);
        take_block(state, block);
        p += take;
        count -= take;
        used = 0;
    }
    if (count > 0)
        memcpy(block + used, p, count);
}

/* A one bit, zeros, and the length in bits, coded by the caller. */
static inline void blocks_end(uint32_t *state, uint64_t *n, uint8_t block[64],
                              block_fn *take_block, const uint8_t length[8])
{
    static const uint8_t padding[64] = {0x80};
    size_t used = (size_t)(*n % 64);

    blocks_add(state, n, block, take_block, padding, used < 56 ? 56 - used : 120 - used);
    blocks_add(state, n, block, take_block, length, 8);
}

/* ---- MD5 ---- */

static uint32_t rotate_left(uint32_t x, unsigned by)
{
    return x << by | x >> (32 - by);
}

/* One step: the sum goes round and b is added. The four rounds differ in how they mix b, c, d. */
#define MIX_F(b, c, d) ((d) ^ ((b) & ((c) ^ (d))))
#define MIX_G(b, c, d) ((c) ^ ((d) & ((b) ^ (c))))
#define MIX_H(b, c, d) ((b) ^ (c) ^ (d))
#define MIX_I(b, c, d) ((c) ^ ((b) | ~(d)))
#define STEP(MIX, a, b, c, d, word, by, sine) \
    (a) = (b) + rotate_left((a) + MIX(b, c, d) + load_le(block + 4 * (word)) + (sine), by)
/* Four steps, after which each of the four numbers has its name again. */
#define STEPS(MIX, r0, r1, r2, r3, w0, w1, w2, w3, s0, s1, s2, s3) \
    STEP(MIX, a, b, c, d, w0, r0, s0);                             \
    STEP(MIX, d, a, b, c, w1, r1, s1);                             \
    STEP(MIX, c, d, a, b, w2, r2, s2);                             \
    STEP(MIX, b, c, d, a, w3, r3, s3)
#define ROUND_F(...) STEPS(MIX_F, 7, 12, 17, 22, __VA_ARGS__)
#define ROUND_G(...) STEPS(MIX_G, 5, 9, 14, 20, __VA_ARGS__)
#define ROUND_H(...) STEPS(MIX_H, 4, 11, 16, 23, __VA_ARGS__)
#define ROUND_I(...) STEPS(MIX_I, 6, 10, 15, 21, __VA_ARGS__)

/* Written out, without a loop: a put hashes its key, and this was a tenth of its instructions. */
static void md5_block(uint32_t state[4], const uint8_t block[64])
{
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];

    ROUND_F(0, 1, 2, 3, 0xd76aa478u, 0xe8c7b756u, 0x242070dbu, 0xc1bdceeeu);
    ROUND_F(4, 5, 6, 7, 0xf57c0fafu, 0x4787c62au, 0xa8304613u, 0xfd469501u);
    ROUND_F(8, 9, 10, 11, 0x698098d8u, 0x8b44f7afu, 0xffff5bb1u, 0x895cd7beu);
    ROUND_F(12, 13, 14, 15, 0x6b901122u, 0xfd987193u, 0xa679438eu, 0x49b40821u);
    ROUND_G(1, 6, 11, 0, 0xf61e2562u, 0xc040b340u, 0x265e5a51u, 0xe9b6c7aau);
    ROUND_G(5, 10, 15, 4, 0xd62f105du, 0x02441453u, 0xd8a1e681u, 0xe7d3fbc8u);
    ROUND_G(9, 14, 3, 8, 0x21e1cde6u, 0xc33707d6u, 0xf4d50d87u, 0x455a14edu);
    ROUND_G(13, 2, 7, 12, 0xa9e3e905u, 0xfcefa3f8u, 0x676f02d9u, 0x8d2a4c8au);
    ROUND_H(5, 8, 11, 14, 0xfffa3942u, 0x8771f681u, 0x6d9d6122u, 0xfde5380cu);
    ROUND_H(1, 4, 7, 10, 0xa4beea44u, 0x4bdecfa9u, 0xf6bb4b60u, 0xbebfbc70u);
    ROUND_H(13, 0, 3, 6, 0x289b7ec6u, 0xeaa127fau, 0xd4ef3085u, 0x04881d05u);
    ROUND_H(9, 12, 15, 2, 0xd9d4d039u, 0xe6db99e5u, 0x1fa27cf8u, 0xc4ac5665u);
    ROUND_I(0, 7, 14, 5, 0xf4292244u, 0x432aff97u, 0xab9423a7u, 0xfc93a039u);
    ROUND_I(12, 3, 10, 1, 0x655b59c3u, 0x8f0ccc92u, 0xffeff47du, 0x85845dd1u);
    ROUND_I(8, 15, 6, 13, 0x6fa87e4fu, 0xfe2ce6e0u, 0xa3014314u, 0x4e0811a1u);
    ROUND_I(4, 11, 2, 9, 0xf7537e82u, 0xbd3af235u, 0x2ad7d2bbu, 0xeb86d391u);

    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

void md5_init(md5 *m)
{
    m->state[0] = 0x67452301u;
    m->state[1] = 0xefcdab89u;
    m->state[2] = 0x98badcfeu;
    m->state[3] = 0x10325476u;
    m->n = 0;
}

void md5_add(md5 *m, const void *data, size_t n)
{
    blocks_add(m->state, &m->n, m->block, md5_block, data, n);
}

void md5_end(md5 *m, uint8_t out[16])
{
    uint64_t bits = m->n * 8;
    uint8_t length[8];

    for (unsigned i = 0; i < 8; i++)
        length[i] = (uint8_t)(bits >> (8 * i));
    blocks_end(m->state, &m->n, m->block, md5_block, length);
    for (unsigned i = 0; i < 16; i++)
        out[i] = (uint8_t)(m->state[i / 4] >> (8 * (i % 4)));
}

uint32_t hash_partition(str key)
{
    static const char salt[] = "Outliers";
    uint8_t digest[16];
    md5 m;

    md5_init(&m);
    md5_add(&m, salt, sizeof salt - 1);
    md5_add(&m, key.p, key.n);
    md5_end(&m, digest);
    return load_be(digest);
}

uint64_t hash_fnv1a(str s)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (uint8_t)s.p[i]) * 0x100000001b3u;
    return h;
}

/* ---- SHA-256 ---- */

static uint32_t rotate_right(uint32_t x, unsigned by)
{
    return x >> by | x << (32 - by);
}

static void sha256_block(uint32_t h[8], const uint8_t block[64])
{
    static const uint32_t k[64] = {
        0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u,
        0xab1c5ed5u, 0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu,
        0x9bdc06a7u, 0xc19bf174u, 0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu, 0x2de92c6fu,
        0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau, 0x983e5152u, 0xa831c66du, 0xb00327c8u, 0xbf597fc7u,
        0xc6e00bf3u, 0xd5a79147u, 0x06ca6351u, 0x14292967u, 0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu,
        0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u, 0xa2bfe8a1u, 0xa81a664bu,
        0xc24b8b70u, 0xc76c51a3u, 0xd192e819u, 0xd6990624u, 0xf40e3585u, 0x106aa070u, 0x19a4c116u,
        0x1e376c08u, 0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu, 0x682e6ff3u,
        0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u, 0x90befffau, 0xa4506cebu, 0xbef9a3f7u,
        0xc67178f2u};
    uint32_t w[64], s[8];

    for (unsigned i = 0; i < 16; i++)
        w[i] = load_be(block + (size_t)i * 4);
    for (unsigned i = 16; i < 64; i++) {
        uint32_t x = w[i - 15], y = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (rotate_right(x, 7) ^ rotate_right(x, 18) ^ x >> 3) +
               (rotate_right(y, 17) ^ rotate_right(y, 19) ^ y >> 10);
    }
    memcpy(s, h, sizeof s);
    for (unsigned i = 0; i < 64; i++) {
        uint32_t e = s[4], a = s[0], t1, t2;
        t1 = s[7] + (rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25)) +
             ((e & s[5]) ^ (~e & s[6])) + k[i] + w[i];
        t2 = (rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22)) +
             ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof s[0]);
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (unsigned i = 0; i < 8; i++)
        h[i] += s[i];
}

void sha256_init(sha256 *s)
{
    *s = (sha256){.h = {0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au, 0x510e527fu,
                        0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u}};
}

void sha256_add(sha256 *s, const void *data, size_t n)
{
    blocks_add(s->h, &s->n, s->block, sha256_block, data, n);
}

void sha256_end(sha256 *s, uint8_t out[32])
{
    uint64_t bits = s->n * 8;
    uint8_t length[8];

    for (unsigned i = 0; i < 8; i++)
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    blocks_end(s->h, &s->n, s->block, sha256_block, length);
    for (unsigned i = 0; i < 32; i++)
        out[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

void hmac_sha256(str key, str text, uint8_t out[32])
{
    uint8_t pad[64] = {0}, inner[32];
    sha256 s;

    if (key.n > sizeof pad) {
        sha256_init(&s);
        sha256_add(&s, key.p, key.n);
        sha256_end(&s, pad);
    } else if (key.n > 0) {
        memcpy(pad, key.p, key.n);
    }
    for (size_t i = 0; i < sizeof pad; i++)
        pad[i] ^= 0x36;
    sha256_init(&s);
    sha256_add(&s, pad, sizeof pad);
    sha256_add(&s, text.p, text.n);
    sha256_end(&s, inner);
    for (size_t i = 0; i < sizeof pad; i++)
        pad[i] ^= 0x36 ^ 0x5c;
    sha256_init(&s);
    sha256_add(&s, pad, sizeof pad);
    sha256_add(&s, inner, sizeof inner);
    sha256_end(&s, out);
}
