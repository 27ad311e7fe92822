// GELU between an fp32 product and bf16 operands: activations.c with the processor's own rounding and a
// shorter exponential, whose error bf16 does not show. No approximate reciprocal: makers of processors
// round that differently.
#include "ckernels.h"
#include "gelu.h"
#include "vector_bf16.h"

// For a = |x|: Phi(-a) and exp(-a^2 / 2), relative errors below 1e-4; see gelu.h.
CK_BF16_INLINE void ck_normal_tail_bf16(const ck_floats *x, ck_floats *tail, ck_floats *bell) {
  const ck_floats t = 1.0f / (0.36f * CK_ABS(*x) + 1.0f);
  ck_floats e = *x * *x * -0.721347520f; // exp(-a^2 / 2) = 2^(-a^2 / (2 log 2))
  ck_exp2_lanes(&e);
  ck_floats q;
  ck_normal_quotient(&q, &t);
  *bell = e;
  *tail = q * e;
}

CK_BF16 void ck_gelu_bf16(size_t n, const float *x, const float *bias, uint16_t *sum,
                          uint16_t *y) {
  for (size_t i = 0; i < n; i += CK_LANES) {
    ck_floats v, b, tail, bell;
    ck_load_floats(&v, x + i, n - i);
    ck_load_floats(&b, bias + i, n - i);
    v += b;
    if (sum) ck_store_halves(sum + i, &v, n - i);
    ck_normal_tail_bf16(&v, &tail, &bell);
    v *= CK_SELECT(v < 0.0f, tail, 1.0f - tail);
    ck_store_halves(y + i, &v, n - i);
  }
}

CK_BF16 void ck_gelu_backward_bf16(size_t n, const float *dy, const uint16_t *x, uint16_t *dx) {
  for (size_t i = 0; i < n; i += CK_LANES) {
    ck_floats d, v, tail, bell;
    ck_load_floats(&d, dy + i, n - i);
    ck_load_halves(&v, x + i, n - i);
    ck_normal_tail_bf16(&v, &tail, &bell);
    d *= CK_SELECT(v < 0.0f, tail, 1.0f - tail) + v * 0.398942280f * bell;
    ck_store_halves(dx + i, &d, n - i);
  }
}
