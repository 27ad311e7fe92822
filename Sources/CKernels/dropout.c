// Philox4x32-10 sixteen blocks at a time, and the dropout factors made of its words.
// The same numbers as `Philox` in RandomStreams.
#include "ckernels.h"
#include "vector.h"

typedef uint64_t ck_wide __attribute__((vector_size(64)));

// High and low halves of the 32 x 32 bit products, even and odd lanes apart.
CK_INLINE void ck_full_products(const ck_words *x, uint64_t factor, ck_words *high, ck_words *low) {
  const ck_wide even = ((ck_wide)*x & 0xffffffff) * factor;
  const ck_wide odd = ((ck_wide)*x >> 32) * factor;
  *low = (ck_words)((even & 0xffffffff) | (odd << 32));
  *high = (ck_words)((even >> 32) | (odd & ~(uint64_t)0xffffffff));
}

// Words of the sixteen blocks first_block, first_block + 1, ... in order: 64 words.
CK_INLINE void ck_philox(const ck_random_address *address, uint32_t first_block,
                         ck_words out[4]) {
  const ck_words lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const ck_words zero = {0};
  ck_words x = lane + first_block, y = zero + address->site;
  ck_words z = zero + (uint32_t)address->place, w = zero + (uint32_t)(address->place >> 32);
  uint32_t key0 = address->key[0], key1 = address->key[1];
  for (int round = 0; round < 10; round++) {
    ck_words high0, low0, high1, low1;
    ck_full_products(&x, 0xD2511F53, &high0, &low0);
    ck_full_products(&z, 0xCD9E8D57, &high1, &low1);
    x = high1 ^ y ^ key0;
    y = low1;
    z = high0 ^ w ^ key1;
    w = low0;
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  // Interleave x y z w of lane 0, of lane 1, ...
  const ck_words xz_low = __builtin_shufflevector(x, z, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21,
                                                  6, 22, 7, 23);
  const ck_words xz_high = __builtin_shufflevector(x, z, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13,
                                                   29, 14, 30, 15, 31);
  const ck_words yw_low = __builtin_shufflevector(y, w, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21,
                                                  6, 22, 7, 23);
  const ck_words yw_high = __builtin_shufflevector(y, w, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13,
                                                   29, 14, 30, 15, 31);
#define CK_LOW(a, b) \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define CK_HIGH(a, b) \
  __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
  out[0] = CK_LOW(xz_low, yw_low);
  out[1] = CK_HIGH(xz_low, yw_low);
  out[2] = CK_LOW(xz_high, yw_high);
  out[3] = CK_HIGH(xz_high, yw_high);
}

CK_KERNEL void ck_random_words(size_t n, ck_random_address address, uint32_t *words) {
  size_t skip = address.first_word % 4;
  uint32_t block = (uint32_t)(address.first_word / 4);
  for (size_t i = 0; i < n; block += 16, skip = 0) {
    uint32_t lanes[64] __attribute__((aligned(64)));
    ck_philox(&address, block, (ck_words *)lanes);
    const size_t count = n - i < 64 - skip ? n - i : 64 - skip;
    memcpy(words + i, lanes + skip, count * sizeof *words);
    i += count;
  }
}

CK_KERNEL void ck_dropout_factors(size_t n, ck_random_address address, uint32_t threshold,
                                  float kept, float *factors) {
  size_t skip = address.first_word % 4;
  uint32_t block = (uint32_t)(address.first_word / 4);
  for (size_t i = 0; i < n; block += 16, skip = 0) {
    ck_words words[4];
    ck_floats values[4];
    ck_philox(&address, block, words);
    for (int j = 0; j < 4; j++)
      values[j] = CK_SELECT((ck_ints)(words[j] < threshold), CK_SPLAT(0.0f), CK_SPLAT(kept));
    const size_t count = n - i < 64 - skip ? n - i : 64 - skip;
    if (count == 64) {
      memcpy(factors + i, values, sizeof values);
    } else {
      memcpy(factors + i, (const float *)values + skip, count * sizeof *factors);
    }
    i += count;
  }
}
