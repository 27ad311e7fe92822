// Sixteen floats at a time, in the compiler's portable vector type: one zmm, two ymm or four xmm
// or NEON registers. Kernels are cloned per instruction set and chosen at run time.
#ifndef CK_VECTOR_H
#define CK_VECTOR_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// CK_WITHOUT_AVX512 (DISTILL_AVX512=0 for Package.swift) gives what a processor without it runs.
#if defined(__x86_64__) && !defined(CK_WITHOUT_AVX512)
#define CK_HAS_AVX512 1
#else
#define CK_HAS_AVX512 0
#endif

// What chooses a clone runs before the thread sanitizer is set up, and would call it.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CK_WITHOUT_CLONES 1
#endif
#endif

#if defined(CK_KERNEL)
// Defined on the command line (as nothing) to test what the compiler's flags alone give.
#elif defined(__x86_64__) && defined(__linux__) && !defined(CK_WITHOUT_CLONES)
// x86-64-v3 is AVX2 with fused multiplication and addition, which "avx2" alone does not use; the C
// library that tells of it is that of GCC 12 or later.
#if CK_HAS_AVX512
#define CK_KERNEL __attribute__((target_clones("avx512f", "arch=x86-64-v3", "avx2", "default")))
#else
#define CK_KERNEL __attribute__((target_clones("arch=x86-64-v3", "avx2", "default")))
#endif
#else
#define CK_KERNEL
#endif
// Vectors go to inlined functions by pointer: by value the clones' calling conventions differ.
#define CK_INLINE static inline __attribute__((always_inline))

#define CK_LANES 16
typedef float ck_floats __attribute__((vector_size(64)));
typedef int32_t ck_ints __attribute__((vector_size(64)));
typedef uint32_t ck_words __attribute__((vector_size(64)));
typedef double ck_doubles __attribute__((vector_size(128)));
typedef float ck_unaligned __attribute__((vector_size(64), aligned(4), may_alias));

#define CK_LOAD(pointer) (*(const ck_unaligned *)(pointer))
#define CK_STORE(pointer, value) (*(ck_unaligned *)(pointer) = (value))
// Lane-wise mask ? a : b, where mask lanes are all ones or zero.
#define CK_SELECT(mask, a, b) \
  ((ck_floats)(((mask) & (ck_ints)(a)) | (~(mask) & (ck_ints)(b))))
#define CK_ABS(a) ((ck_floats)((ck_ints)(a) & 0x7fffffff))
#define CK_SPLAT(a) ((ck_floats){0} + (a))

// Lane i is all ones where i < n.
#define CK_LANES_BELOW(n) \
  ((ck_ints){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} < (int32_t)(n))

CK_INLINE size_t ck_round_up(size_t n) { return (n + CK_LANES - 1) / CK_LANES * CK_LANES; }

// The first n < 16 floats at p, the other lanes `fill`.
CK_INLINE void ck_load_part(ck_floats *v, const float *p, size_t n, float fill) {
  float lanes[CK_LANES] __attribute__((aligned(64)));
  *(ck_floats *)lanes = CK_SPLAT(fill);
  float *to = lanes;
  if (n & 8) { memcpy(to, p, 32); to += 8; p += 8; }
  if (n & 4) { memcpy(to, p, 16); to += 4; p += 4; }
  if (n & 2) { memcpy(to, p, 8); to += 2; p += 2; }
  if (n & 1) { *to = *p; }
  *v = *(ck_floats *)lanes;
}

// Stores the first n < 16 lanes.
CK_INLINE void ck_store_part(float *p, const ck_floats *v, size_t n) {
  float lanes[CK_LANES] __attribute__((aligned(64)));
  *(ck_floats *)lanes = *v;
  const float *from = lanes;
  if (n & 8) { memcpy(p, from, 32); from += 8; p += 8; }
  if (n & 4) { memcpy(p, from, 16); from += 4; p += 4; }
  if (n & 2) { memcpy(p, from, 8); from += 2; p += 2; }
  if (n & 1) { *p = *from; }
}

// Loads 16 or the n that are left, the other lanes `fill`.
CK_INLINE void ck_load(ck_floats *v, const float *p, size_t n, float fill) {
  if (n >= CK_LANES) {
    *v = CK_LOAD(p);
  } else {
    ck_load_part(v, p, n, fill);
  }
}

// Sixteen bf16 numbers: the upper halves of floats.
typedef uint16_t ck_halves __attribute__((vector_size(32)));
typedef uint16_t ck_unaligned_halves __attribute__((vector_size(32), aligned(2), may_alias));

// The nearest bf16 numbers, ties to even; a NaN stays one.
CK_INLINE void ck_round_to_bf16(ck_halves *h, const ck_floats *v) {
  const ck_words bits = (ck_words)*v;
  const ck_words rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  const ck_words quiet = (bits >> 16) | 0x40;
  const ck_words is_number = (ck_words)(*v == *v);
  *h = __builtin_convertvector((is_number & rounded) | (~is_number & quiet), ck_halves);
}

// Loads 16 or the n that are left, the other lanes 0.
CK_INLINE void ck_load_bf16(ck_floats *v, const uint16_t *p, size_t n) {
  ck_halves h = {0};
  if (n >= CK_LANES) {
    h = *(const ck_unaligned_halves *)p;
  } else {
    memcpy(&h, p, 2 * n);
  }
  *v = (ck_floats)(__builtin_convertvector(h, ck_words) << 16);
}

CK_INLINE void ck_store_bf16(uint16_t *p, const ck_floats *v, size_t n) {
  ck_halves h;
  ck_round_to_bf16(&h, v);
  if (n >= CK_LANES) {
    *(ck_unaligned_halves *)p = h;
  } else {
    uint16_t lanes[CK_LANES] __attribute__((aligned(32)));
    *(ck_halves *)lanes = h;
    const uint16_t *from = lanes;
    if (n & 8) { memcpy(p, from, 16); from += 8; p += 8; }
    if (n & 4) { memcpy(p, from, 8); from += 4; p += 4; }
    if (n & 2) { memcpy(p, from, 4); from += 2; p += 2; }
    if (n & 1) { *p = *from; }
  }
}

CK_INLINE void ck_store(float *p, const ck_floats *v, size_t n) {
  if (n >= CK_LANES) {
    CK_STORE(p, *v);
  } else {
    ck_store_part(p, v, n);
  }
}

// The lanes i and i + 8, i + 4, i + 2, i + 1 exchanged.
#define CK_SWAP8(v) __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)
#define CK_SWAP4(v) __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11)
#define CK_SWAP2(v) __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)
#define CK_SWAP1(v) __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)
// Lanes of a and b alternating: of their first halves, and of their second halves.
#define CK_ZIP_LOW(a, b) \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define CK_ZIP_HIGH(a, b) \
  __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)

// Transposes 16 x 16 floats: four perfect shuffles of the sixteen rows.
CK_INLINE void ck_transpose(ck_floats block[CK_LANES]) {
  ck_floats turned[CK_LANES];
#pragma clang loop unroll(full)
  for (int shuffle = 0; shuffle < 4; shuffle++) {
#pragma clang loop unroll(full)
    for (size_t r = 0; r < CK_LANES / 2; r++) {
      turned[2 * r] = CK_ZIP_LOW(block[r], block[r + CK_LANES / 2]);
      turned[2 * r + 1] = CK_ZIP_HIGH(block[r], block[r + CK_LANES / 2]);
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < CK_LANES; r++) block[r] = turned[r];
  }
}

// Sum and maximum of the lanes, halves folded onto each other.
CK_INLINE float ck_sum(const ck_floats *v) {
  ck_floats s = *v;
  s += CK_SWAP8(s);
  s += CK_SWAP4(s);
  s += CK_SWAP2(s);
  s += CK_SWAP1(s);
  return s[0];
}

CK_INLINE float ck_max(const ck_floats *v) {
  ck_floats m = *v, other = CK_SWAP8(m);
  m = CK_SELECT(m < other, other, m);
  other = CK_SWAP4(m);
  m = CK_SELECT(m < other, other, m);
  other = CK_SWAP2(m);
  m = CK_SELECT(m < other, other, m);
  other = CK_SWAP1(m);
  m = CK_SELECT(m < other, other, m);
  return m[0];
}

CK_INLINE double ck_sum_doubles(const ck_doubles *v) {
  double lanes[CK_LANES];
  memcpy(lanes, v, sizeof lanes);
  for (size_t half = CK_LANES / 2; half > 0; half /= 2)
    for (size_t i = 0; i < half; i++) lanes[i] += lanes[i + half];
  return lanes[0];
}

// v = exp(v), relative error below 1.5e-7. Below -87.3 it is 0 (no denormals), above 88.3 infinity.
// exp(v) = 2^n exp(r) with |r| <= log(2) / 2, and exp(r) = 1 + r + r^2 P(r), P fitted by minimax.
CK_INLINE void ck_exp_lanes(ck_floats *v) {
  const ck_floats x = *v;
  const ck_floats magic = CK_SPLAT(12582912.0f); // 1.5 * 2^23: adding it rounds to an integer
  const ck_ints is_low = x < -87.3f, is_high = x > 88.3f;
  ck_floats shifted = x * 1.44269504f + magic;
  ck_floats n = shifted - magic;
  ck_floats r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  ck_floats p = r * 1.99179523e-04f + 1.39461633e-03f;
  p = p * r + 8.33326521e-03f;
  p = p * r + 4.16662687e-02f;
  p = p * r + 1.66666669e-01f;
  p = p * r + 5.00000008e-01f;
  p = p * (r * r) + (r + 1.0f);
  ck_ints exponent = ((ck_ints)shifted - 0x4b400000 + 127) << 23;
  p = p * (ck_floats)exponent;
  p = CK_SELECT(is_low, CK_SPLAT(0.0f), p);
  *v = CK_SELECT(is_high, CK_SPLAT(INFINITY), p);
}

#endif
