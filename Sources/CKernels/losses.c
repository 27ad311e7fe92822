// Losses. Sums are kept in double; the sum over rows or blocks is the caller's, in a fixed order.
#include "ckernels.h"
#include "vector.h"

CK_KERNEL double ck_squared_difference(size_t n, const float *a, const float *b, float scale,
                                       float *da, ck_target gradient) {
  ck_doubles sum = {0};
  for (size_t i = 0; i < n; i += CK_LANES) {
    ck_floats x, y;
    ck_load(&x, a + i, n - i, 0);
    ck_load(&y, b + i, n - i, 0);
    x -= y;
    const ck_doubles wide = __builtin_convertvector(x, ck_doubles);
    sum += wide * wide;
    if (da) {
      ck_load(&y, da + i, n - i, 0);
      y += scale * x;
      ck_store(da + i, &y, n - i);
    }
    x *= scale;
    if (gradient.floats) ck_store(gradient.floats + i, &x, n - i);
    if (gradient.halves) ck_store_bf16(gradient.halves + i, &x, n - i);
  }
  return ck_sum_doubles(&sum);
}

CK_KERNEL double ck_cut_squared_difference(size_t n, const float *a, const float *b, float cutoff,
                                           float scale, float *da) {
  const ck_floats zero = CK_SPLAT(0.0f);
  ck_doubles sum = {0};
  for (size_t i = 0; i < n; i += CK_LANES) {
    ck_floats x, y, gradient;
    ck_load(&x, a + i, n - i, 0);
    ck_load(&y, b + i, n - i, 0);
    const ck_ints is_cut = x <= cutoff; // what is no number is not, and shows in the sum
    x = CK_SELECT(is_cut, zero, x);
    y = CK_SELECT(y <= cutoff, zero, y);
    x -= y;
    const ck_doubles wide = __builtin_convertvector(x, ck_doubles);
    sum += wide * wide;
    ck_load(&gradient, da + i, n - i, 0);
    gradient += CK_SELECT(is_cut, zero, scale * x);
    ck_store(da + i, &gradient, n - i);
  }
  return ck_sum_doubles(&sum);
}

// The maximum of a row and the sum of exp(scale * (z - maximum)).
CK_INLINE void ck_normaliser(size_t n, const float *z, float scale, float *maximum, double *sum) {
  ck_floats most = CK_SPLAT(-INFINITY), v;
  for (size_t i = 0; i < n; i += CK_LANES) {
    ck_load(&v, z + i, n - i, -INFINITY);
    most = CK_SELECT(most < v, v, most);
  }
  *maximum = ck_max(&most);
  ck_doubles total = {0};
  for (size_t i = 0; i < n; i += CK_LANES) {
    ck_load(&v, z + i, n - i, -INFINITY);
    v = (v - *maximum) * scale;
    ck_exp_lanes(&v);
    total += __builtin_convertvector(v, ck_doubles);
  }
  *sum = ck_sum_doubles(&total);
}

CK_KERNEL double ck_soft_cross_entropy(size_t n, const float *z, const float *t,
                                       float inverse_temperature, float scale, float *dz) {
  float z_maximum, t_maximum;
  double z_sum, t_sum;
  ck_normaliser(n, z, inverse_temperature, &z_maximum, &z_sum);
  ck_normaliser(n, t, inverse_temperature, &t_maximum, &t_sum);
  const float z_inverse = (float)(1 / z_sum), t_inverse = (float)(1 / t_sum);
  ck_doubles weighted = {0}; // sum of p_t (z - maximum) / T
  for (size_t i = 0; i < n; i += CK_LANES) {
    ck_floats student, teacher, gradient;
    ck_load(&student, z + i, n - i, z_maximum);
    ck_load(&teacher, t + i, n - i, -INFINITY);
    student = (student - z_maximum) * inverse_temperature;
    teacher = (teacher - t_maximum) * inverse_temperature;
    ck_exp_lanes(&teacher);
    teacher *= t_inverse;
    weighted += __builtin_convertvector(teacher, ck_doubles)
                * __builtin_convertvector(student, ck_doubles);
    ck_exp_lanes(&student);
    student *= z_inverse;
    ck_load(&gradient, dz + i, n - i, 0);
    gradient += scale * (student - teacher);
    ck_store(dz + i, &gradient, n - i);
  }
  return log(z_sum) - ck_sum_doubles(&weighted);
}

CK_KERNEL double ck_divergence(size_t n, const float *z, const float *t, float scale, float *dz) {
  float z_maximum, t_maximum;
  double z_sum, t_sum;
  ck_normaliser(n, z, 1, &z_maximum, &z_sum);
  ck_normaliser(n, t, 1, &t_maximum, &t_sum);
  const float z_inverse = (float)(1 / z_sum), t_inverse = (float)(1 / t_sum);
  ck_doubles weighted = {0}; // sum of p_t ((t - maximum) - (z - maximum))
  for (size_t i = 0; i < n; i += CK_LANES) {
    ck_floats student, teacher, gradient;
    ck_load(&student, z + i, n - i, z_maximum);
    ck_load(&teacher, t + i, n - i, t_maximum);
    student -= z_maximum;
    teacher -= t_maximum;
    const ck_doubles apart = __builtin_convertvector(teacher, ck_doubles)
                             - __builtin_convertvector(student, ck_doubles);
    ck_exp_lanes(&teacher);
    teacher *= t_inverse;
    weighted += __builtin_convertvector(teacher, ck_doubles) * apart;
    ck_exp_lanes(&student);
    student *= z_inverse;
    ck_load(&gradient, dz + i, n - i, 0);
    gradient += scale * (student - teacher);
    ck_store(dz + i, &gradient, n - i);
  }
  return ck_sum_doubles(&weighted) + log(z_sum) - log(t_sum);
}

CK_KERNEL double ck_cross_entropy(size_t n, const float *z, size_t label, float scale,
                                  float *dz) {
  float maximum;
  double sum;
  ck_normaliser(n, z, 1, &maximum, &sum);
  const double loss = log(sum) - ((double)z[label] - (double)maximum);
  if (dz) {
    const float factor = (float)(scale / sum);
    for (size_t i = 0; i < n; i += CK_LANES) {
      ck_floats v, gradient;
      ck_load(&v, z + i, n - i, -INFINITY);
      v -= maximum;
      ck_exp_lanes(&v);
      ck_load(&gradient, dz + i, n - i, 0);
      gradient += factor * v;
      ck_store(dz + i, &gradient, n - i);
    }
    dz[label] -= scale;
  }
  return loss;
}

// log(1 + exp(-|x|)), which never overflows, and 1 / (1 + exp(-x)).
CK_INLINE double ck_logistic(double x, double *probability) {
  const double power = exp(-fabs(x));
  *probability = (x < 0 ? power : 1) / (1 + power);
  return log1p(power);
}

double ck_binary_cross_entropy(size_t n, const float *z, size_t count, const int32_t *labels,
                               float scale, float *dz) {
  double loss = 0;
  for (size_t i = 0; i < n; ++i) {
    double probability;
    loss += ck_logistic(z[i], &probability) + fmax(z[i], 0);
    dz[i] += scale * (float)probability;
  }
  for (size_t i = 0; i < count; ++i) {
    loss -= z[labels[i]];
    dz[labels[i]] -= scale;
  }
  return loss;
}

double ck_soft_binary_cross_entropy(size_t n, const float *z, const float *t,
                                    float inverse_temperature, float scale, float *dz) {
  double loss = 0;
  for (size_t i = 0; i < n; ++i) {
    const double x = (double)z[i] * inverse_temperature;
    double student, teacher;
    ck_logistic((double)t[i] * inverse_temperature, &teacher);
    loss += ck_logistic(x, &student) + fmax(x, 0) - teacher * x;
    dz[i] += scale * (float)(student - teacher);
  }
  return loss;
}
