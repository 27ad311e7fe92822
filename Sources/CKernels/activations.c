// GELU with the exact normal distribution and by tanh, SiLU, ReLU and tanh, and their derivatives.
#include "ckernels.h"
#include "gelu.h"

CK_INLINE void ck_put(ck_target target, size_t place, const ck_floats *v, size_t n) {
  if (target.floats) ck_store(target.floats + place, v, n);
  if (target.halves) ck_store_bf16(target.halves + place, v, n);
}

// For a = |x|: Phi(-a) and exp(-a^2 / 2). see gelu.h.
CK_INLINE void ck_normal_tail(const ck_floats *x, ck_floats *tail, ck_floats *bell) {
  const ck_floats a = CK_ABS(*x);
  ck_floats e = *x * *x * -0.5f;
  ck_exp_lanes(&e);
  const ck_floats t = 1.0f / (0.36f * a + 1.0f);
  ck_floats q;
  ck_normal_quotient(&q, &t);
  *bell = e;
  *tail = q * e;
}

// x Phi(x), absolute error below 5e-7.
CK_INLINE void ck_gelu_lanes(ck_floats *x) {
  ck_floats tail, bell;
  ck_normal_tail(x, &tail, &bell);
  *x *= CK_SELECT(*x < 0.0f, tail, 1.0f - tail);
}

// dx = dy (Phi(x) + x phi(x))
CK_INLINE void ck_gelu_backward_lanes(ck_floats *dy, const ck_floats *x) {
  ck_floats tail, bell;
  ck_normal_tail(x, &tail, &bell);
  const ck_floats cumulative = CK_SELECT(*x < 0.0f, tail, 1.0f - tail);
  *dy *= cumulative + *x * 0.398942280f * bell;
}

// Odd polynomial near 0, 1 - 2 / (exp(2 |x|) + 1) elsewhere; relative error below 3e-7.
CK_INLINE void ck_tanh_lanes(ck_floats *x) {
  const ck_floats a = CK_ABS(*x), u = *x * *x;
  ck_floats e = 2.0f * a;
  e = CK_SELECT(e > 40.0f, CK_SPLAT(40.0f), e);
  ck_exp_lanes(&e);
  const ck_floats far = 1.0f - 2.0f / (e + 1.0f);
  ck_floats p = u * -0.00560435f + 0.02055219f;
  p = p * u - 0.05371428f;
  p = p * u + 0.13331155f;
  p = p * u - 0.33333272f;
  const ck_floats near = a + a * u * p;
  const ck_floats magnitude = CK_SELECT(a < 0.625f, near, far);
  const ck_ints sign = (ck_ints)*x & (int32_t)0x80000000;
  *x = (ck_floats)((ck_ints)magnitude | sign);
}

CK_INLINE void ck_tanh_backward_lanes(ck_floats *dy, const ck_floats *y) {
  *dy *= 1.0f - *y * *y;
}

CK_INLINE void ck_relu_lanes(ck_floats *x) { *x = CK_SELECT(*x < 0.0f, CK_SPLAT(0.0f), *x); }

CK_INLINE void ck_relu_backward_lanes(ck_floats *dy, const ck_floats *x) {
  *dy = CK_SELECT(*x > 0.0f, *dy, CK_SPLAT(0.0f));
}

// 1 / (1 + exp(-x)), and its derivative; the smaller of the two shares is not found by subtraction.
CK_INLINE void ck_logistic(const ck_floats *x, ck_floats *share, ck_floats *slope) {
  ck_floats e = -CK_ABS(*x);
  ck_exp_lanes(&e);
  const ck_floats larger = 1.0f / (1.0f + e), smaller = e * larger;
  *share = CK_SELECT(*x < 0.0f, smaller, larger);
  *slope = larger * smaller;
}

// x / (1 + exp(-x))
CK_INLINE void ck_silu_lanes(ck_floats *x) {
  ck_floats share, slope;
  ck_logistic(x, &share, &slope);
  *x *= share;
}

CK_INLINE void ck_silu_backward_lanes(ck_floats *dy, const ck_floats *x) {
  ck_floats share, slope;
  ck_logistic(x, &share, &slope);
  *dy *= share + *x * slope;
}

// x^2 as far as it counts: beyond it each logistic function is 0 or 1, and nothing overflows.
CK_INLINE void ck_gelu_tanh_square(const ck_floats *x, ck_floats *square) {
  const ck_floats u = *x * *x;
  *square = CK_SELECT(u > 1e4f, CK_SPLAT(1e4f), u);
}

// x (1 + tanh(z)) / 2 with z = sqrt(2 / pi) (x + 0.044715 x^3), which is x / (1 + exp(-2 z)).
CK_INLINE void ck_gelu_tanh_lanes(ck_floats *x) {
  ck_floats square, share, slope;
  ck_gelu_tanh_square(x, &square);
  const ck_floats z = *x * (1.59576912f + 0.0713548163f * square);
  ck_logistic(&z, &share, &slope);
  *x *= share;
}

CK_INLINE void ck_gelu_tanh_backward_lanes(ck_floats *dy, const ck_floats *x) {
  ck_floats square, share, slope;
  ck_gelu_tanh_square(x, &square);
  const ck_floats z = *x * (1.59576912f + 0.0713548163f * square);
  ck_logistic(&z, &share, &slope);
  *dy *= share + *x * slope * (1.59576912f + 0.214064449f * square);
}

// y = f(x + bias); x + bias is kept where `sum` says. bias may be NULL.
#define CK_UNARY(name, lanes)                                                            \
  CK_KERNEL void name(size_t n, const float *x, const float *bias, ck_target sum,        \
                      ck_target y) {                                                     \
    for (size_t i = 0; i < n; i += CK_LANES) {                                           \
      ck_floats v, b;                                                                    \
      ck_load(&v, x + i, n - i, 0);                                                      \
      if (bias) {                                                                        \
        ck_load(&b, bias + i, n - i, 0);                                                 \
        v += b;                                                                          \
      }                                                                                  \
      ck_put(sum, i, &v, n - i);                                                         \
      lanes(&v);                                                                         \
      ck_put(y, i, &v, n - i);                                                           \
    }                                                                                    \
  }

// dx = dy f'(x)
#define CK_BINARY(name, lanes)                                                           \
  CK_KERNEL void name(size_t n, const float *dy, ck_source x, ck_target dx) {            \
    for (size_t i = 0; i < n; i += CK_LANES) {                                           \
      ck_floats gradient, value;                                                         \
      ck_load(&gradient, dy + i, n - i, 0);                                              \
      if (x.floats) {                                                                    \
        ck_load(&value, x.floats + i, n - i, 0);                                         \
      } else {                                                                           \
        ck_load_bf16(&value, x.halves + i, n - i);                                       \
      }                                                                                  \
      lanes(&gradient, &value);                                                          \
      ck_put(dx, i, &gradient, n - i);                                                   \
    }                                                                                    \
  }

CK_UNARY(ck_gelu, ck_gelu_lanes)
CK_UNARY(ck_gelu_tanh, ck_gelu_tanh_lanes)
CK_UNARY(ck_silu, ck_silu_lanes)
CK_UNARY(ck_relu, ck_relu_lanes)
CK_UNARY(ck_tanh, ck_tanh_lanes)
CK_BINARY(ck_gelu_backward, ck_gelu_backward_lanes)
CK_BINARY(ck_gelu_tanh_backward, ck_gelu_tanh_backward_lanes)
CK_BINARY(ck_silu_backward, ck_silu_backward_lanes)
CK_BINARY(ck_relu_backward, ck_relu_backward_lanes)
CK_BINARY(ck_tanh_backward, ck_tanh_backward_lanes)

CK_KERNEL void ck_exp(size_t n, const float *x, float *y) {
  for (size_t i = 0; i < n; i += CK_LANES) {
    ck_floats v;
    ck_load(&v, x + i, n - i, 0);
    ck_exp_lanes(&v);
    ck_store(y + i, &v, n - i);
  }
}
