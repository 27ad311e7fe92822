// Philox4x32-10, thirty-two blocks at a time, and the dropout factors made of its words.
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

// The 128 words of the 32 blocks that begin with first_block, in order. Two chains of sixteen
// blocks side by side hide each other's latency.
#define CK_BATCH 128
CK_INLINE void ck_philox(const ck_random_address *address, uint32_t first_block,
                         ck_words out[CK_BATCH / CK_LANES]) {
  const ck_words lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const ck_words zero = {0};
  ck_words x[2], y[2], z[2], w[2];
  for (uint32_t chain = 0; chain < 2; chain++) {
    x[chain] = lane + (first_block + 16 * chain);
    y[chain] = zero + address->site;
    z[chain] = zero + (uint32_t)address->place;
    w[chain] = zero + (uint32_t)(address->place >> 32);
  }
  uint32_t key0 = address->key[0], key1 = address->key[1];
#pragma clang loop unroll(full)
  for (int round = 0; round < 10; round++) {
#pragma clang loop unroll(full)
    for (int chain = 0; chain < 2; chain++) {
      ck_words high0, low0, high1, low1;
      ck_full_products(&x[chain], 0xD2511F53, &high0, &low0);
      ck_full_products(&z[chain], 0xCD9E8D57, &high1, &low1);
      x[chain] = high1 ^ y[chain] ^ key0;
      y[chain] = low1;
      z[chain] = high0 ^ w[chain] ^ key1;
      w[chain] = low0;
    }
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  for (int chain = 0; chain < 2; chain++, out += 4) {
    const ck_words xz_low = CK_ZIP_LOW(x[chain], z[chain]);
    const ck_words xz_high = CK_ZIP_HIGH(x[chain], z[chain]);
    const ck_words yw_low = CK_ZIP_LOW(y[chain], w[chain]);
    const ck_words yw_high = CK_ZIP_HIGH(y[chain], w[chain]);
    out[0] = CK_ZIP_LOW(xz_low, yw_low);
    out[1] = CK_ZIP_HIGH(xz_low, yw_low);
    out[2] = CK_ZIP_LOW(xz_high, yw_high);
    out[3] = CK_ZIP_HIGH(xz_high, yw_high);
  }
}

CK_KERNEL void ck_random_words(size_t n, ck_random_address address, uint32_t *words) {
  size_t skip = address.first_word % 4;
  uint32_t block = (uint32_t)(address.first_word / 4);
  for (size_t i = 0; i < n; block += CK_BATCH / 4, skip = 0) {
    ck_words batch[CK_BATCH / CK_LANES];
    ck_philox(&address, block, batch);
    const size_t count = n - i < CK_BATCH - skip ? n - i : CK_BATCH - skip;
    memcpy(words + i, (const uint32_t *)batch + skip, count * sizeof *words);
    i += count;
  }
}

CK_KERNEL void ck_dropout_factors(size_t n, ck_random_address address, uint32_t threshold,
                                  float kept, float *factors) {
  size_t skip = address.first_word % 4;
  uint32_t block = (uint32_t)(address.first_word / 4);
  for (size_t i = 0; i < n; block += CK_BATCH / 4, skip = 0) {
    ck_words batch[CK_BATCH / CK_LANES];
    ck_floats values[CK_BATCH / CK_LANES];
    ck_philox(&address, block, batch);
    for (size_t j = 0; j < CK_BATCH / CK_LANES; j++)
      values[j] = CK_SELECT((ck_ints)(batch[j] < threshold), CK_SPLAT(0.0f), CK_SPLAT(kept));
    const size_t count = n - i < CK_BATCH - skip ? n - i : CK_BATCH - skip;
    memcpy(factors + i, (const float *)values + skip, count * sizeof *factors);
    i += count;
  }
}
