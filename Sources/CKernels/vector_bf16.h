// Helpers of the kernels of the bf16 precision, for processors that multiply and round bf16 numbers
// themselves (AVX512-BF16). No other processor runs these kernels: ComputeContext.obstacleToBF16
// says which precision can be had. The portable half tells what the helpers compute, and compiles
// anywhere. Two bf16 numbers make a word, the first in its lower half.
#ifndef CK_VECTOR_BF16_H
#define CK_VECTOR_BF16_H

#include "vector.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define CK_BF16 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))
#define CK_BF16_INLINE CK_INLINE CK_BF16

CK_INLINE __mmask16 ck_mask(size_t n) {
  return n >= CK_LANES ? (__mmask16)0xffff : (__mmask16)((1u << n) - 1);
}

// Loads 16 or the n that are left, the other lanes 0; reads nothing past them.
CK_BF16_INLINE void ck_load_floats(ck_floats *v, const float *p, size_t n) {
  *v = (ck_floats)_mm512_maskz_loadu_ps(ck_mask(n), p);
}

CK_BF16_INLINE void ck_load_halves(ck_floats *v, const uint16_t *p, size_t n) {
  const __m512i words = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(ck_mask(n), p));
  *v = (ck_floats)_mm512_slli_epi32(words, 16);
}

CK_BF16_INLINE void ck_store_floats(float *p, const ck_floats *v, size_t n) {
  if (n >= CK_LANES) {
    CK_STORE(p, *v);
  } else {
    _mm512_mask_storeu_ps(p, ck_mask(n), (__m512)*v);
  }
}

CK_BF16_INLINE void ck_store_halves(uint16_t *p, const ck_floats *v, size_t n) {
  const __m256i halves = (__m256i)_mm512_cvtneps_pbh((__m512)*v);
  if (n >= CK_LANES) {
    _mm256_storeu_si256((__m256i *)p, halves);
  } else {
    _mm256_mask_storeu_epi16(p, ck_mask(n), halves);
  }
}

// Sixteen words of one element of each.
CK_BF16_INLINE void ck_pair(ck_words *words, const ck_floats *first, const ck_floats *second) {
  const __m512i order = _mm512_set_epi16(
      31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8,
      23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  const __m512i joined = (__m512i)_mm512_cvtne2ps_pbh((__m512)*second, (__m512)*first);
  *words = (ck_words)_mm512_permutexvar_epi16(order, joined);
}

// Sixteen words of the elements of the first, then those of the second.
CK_BF16_INLINE void ck_join(ck_words *words, const ck_floats *first, const ck_floats *second) {
  *words = (ck_words)_mm512_cvtne2ps_pbh((__m512)*second, (__m512)*first);
}

// sums += both products of the halves.
CK_BF16_INLINE void ck_dot(ck_floats *sums, uint32_t a, const ck_words *b) {
  *sums = (ck_floats)_mm512_dpbf16_ps(
      (__m512)*sums, (__m512bh)_mm512_set1_epi32((int)a), (__m512bh)*b);
}

// x = p 2^n, for whole n from -126 on.
CK_BF16_INLINE void ck_scale_by_power(ck_floats *x, const ck_floats *p, const ck_floats *n) {
  *x = (ck_floats)_mm512_scalef_ps((__m512)*p, (__m512)*n);
}

// n = x rounded to an integer.
CK_BF16_INLINE void ck_round(ck_floats *n, const ck_floats *x) {
  *n = (ck_floats)_mm512_roundscale_ps((__m512)*x, 0);
}

#else
#define CK_BF16
#define CK_BF16_INLINE CK_INLINE

CK_INLINE void ck_load_floats(ck_floats *v, const float *p, size_t n) { ck_load(v, p, n, 0); }
CK_INLINE void ck_load_halves(ck_floats *v, const uint16_t *p, size_t n) { ck_load_bf16(v, p, n); }
CK_INLINE void ck_store_floats(float *p, const ck_floats *v, size_t n) { ck_store(p, v, n); }
CK_INLINE void ck_store_halves(uint16_t *p, const ck_floats *v, size_t n) {
  ck_store_bf16(p, v, n);
}

CK_INLINE void ck_pair(ck_words *words, const ck_floats *first, const ck_floats *second) {
  ck_halves low, high;
  ck_round_to_bf16(&low, first);
  ck_round_to_bf16(&high, second);
  *words = __builtin_convertvector(low, ck_words)
    | (__builtin_convertvector(high, ck_words) << 16);
}

CK_INLINE void ck_join(ck_words *words, const ck_floats *first, const ck_floats *second) {
  ck_halves halves[2];
  ck_round_to_bf16(&halves[0], first);
  ck_round_to_bf16(&halves[1], second);
  memcpy(words, halves, sizeof *words);
}

CK_INLINE void ck_dot(ck_floats *sums, uint32_t a, const ck_words *b) {
  const ck_words both = (ck_words){0} + a;
  *sums += (ck_floats)(both & 0xffff0000u) * (ck_floats)(*b & 0xffff0000u);
  *sums += (ck_floats)(both << 16) * (ck_floats)(*b << 16);
}

CK_INLINE void ck_scale_by_power(ck_floats *x, const ck_floats *p, const ck_floats *n) {
  *x = *p * (ck_floats)((__builtin_convertvector(*n, ck_ints) + 127) << 23);
}

CK_INLINE void ck_round(ck_floats *n, const ck_floats *x) {
  *n = *x + 12582912.0f - 12582912.0f; // 1.5 * 2^23: adding it rounds to an integer
}

#endif

// v = 2^v for v <= 0, relative error below 3e-6: a thousandth of what rounding to bf16 adds. Below
// -126 it is 2^-126, the least float that no processor is slow with.
// 2^v = 2^n 2^r with |r| <= 1/2, and 2^r fitted by minimax.
CK_BF16_INLINE void ck_exp2_lanes(ck_floats *v) {
  const ck_floats x = CK_SELECT(*v < -126.0f, CK_SPLAT(-126.0f), *v);
  ck_floats n;
  ck_round(&n, &x);
  const ck_floats r = x - n;
  ck_floats p = r * 0.00957010186f + 0.0559178603f;
  p = p * r + 0.240247448f;
  p = p * r + 0.693121815f;
  p = p * r + 0.999999261f;
  ck_scale_by_power(v, &p, &n);
}

#endif
