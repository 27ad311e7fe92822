// Layer normalisation of one row, with the residual sum (and its dropout) that always precedes it.
#include "ckernels.h"
#include "vector.h"

CK_KERNEL void ck_residual_layer_norm(size_t n, const float *x, const float *factors,
                                      const float *residual, const float *weight,
                                      const float *bias, float epsilon, float *sum, float *mean,
                                      float *inverse_deviation, ck_target y) {
  ck_floats total = {0};
  for (size_t i = 0; i < n; i += CK_LANES) {
    ck_floats s, a;
    ck_load(&s, x + i, n - i, 0);
    if (factors) {
      ck_load(&a, factors + i, n - i, 0);
      s *= a;
    }
    if (residual) {
      ck_load(&a, residual + i, n - i, 0);
      s += a;
    }
    total += s;
    ck_store(sum + i, &s, n - i);
  }
  const float average = ck_sum(&total) / (float)n;
  ck_floats squares = {0};
  for (size_t i = 0; i < n; i += CK_LANES) {
    ck_floats s;
    ck_load(&s, sum + i, n - i, average);
    s -= average;
    squares += s * s;
  }
  const float inverse = 1.0f / sqrtf(ck_sum(&squares) / (float)n + epsilon);
  for (size_t i = 0; i < n; i += CK_LANES) {
    ck_floats s, w, b;
    ck_load(&s, sum + i, n - i, 0);
    ck_load(&w, weight + i, n - i, 0);
    ck_load(&b, bias + i, n - i, 0);
    s = (s - average) * inverse * w + b;
    if (y.floats) ck_store(y.floats + i, &s, n - i);
    if (y.halves) ck_store_bf16(y.halves + i, &s, n - i);
  }
  *mean = average;
  *inverse_deviation = inverse;
}

// With h = (sum - mean) inverse and g = dy weight: dsum = inverse (g - mean(g) - h mean(g h)).
CK_KERNEL void ck_layer_norm_backward(size_t n, const float *dy, const float *sum, float mean,
                                      float inverse_deviation, const float *weight, float *dsum,
                                      float *dweight, float *dbias, const float *factors,
                                      ck_target dx) {
  ck_floats gradients = {0}, products = {0};
  for (size_t i = 0; i < n; i += CK_LANES) {
    ck_floats d, s, w, a;
    ck_load(&d, dy + i, n - i, 0);
    ck_load(&s, sum + i, n - i, mean);
    ck_load(&w, weight + i, n - i, 0);
    const ck_floats h = (s - mean) * inverse_deviation;
    ck_load(&a, dweight + i, n - i, 0);
    a += d * h;
    ck_store(dweight + i, &a, n - i);
    ck_load(&a, dbias + i, n - i, 0);
    a += d;
    ck_store(dbias + i, &a, n - i);
    gradients += d * w;
    products += d * w * h;
  }
  const float gradient = ck_sum(&gradients) / (float)n, product = ck_sum(&products) / (float)n;
  for (size_t i = 0; i < n; i += CK_LANES) {
    ck_floats d, s, w;
    ck_load(&d, dy + i, n - i, 0);
    ck_load(&s, sum + i, n - i, 0);
    ck_load(&w, weight + i, n - i, 0);
    const ck_floats h = (s - mean) * inverse_deviation;
    d = inverse_deviation * (d * w - gradient - h * product);
    ck_store(dsum + i, &d, n - i);
    if (factors) {
      ck_load(&w, factors + i, n - i, 0);
      d *= w;
    }
    if (dx.floats) ck_store(dx.floats + i, &d, n - i);
    if (dx.halves) ck_store_bf16(dx.halves + i, &d, n - i);
  }
}
