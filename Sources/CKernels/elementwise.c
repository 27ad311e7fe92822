// Sums, scalings, column sums and the product for a handful of outputs.
#include "ckernels.h"
#include "vector.h"

CK_KERNEL void ck_add(size_t n, float scale, const float *x, float *y) {
  for (size_t i = 0; i < n; i += CK_LANES) {
    ck_floats a, b;
    ck_load(&a, x + i, n - i, 0);
    ck_load(&b, y + i, n - i, 0);
    b += scale * a;
    ck_store(y + i, &b, n - i);
  }
}

CK_KERNEL void ck_scale(size_t n, float scale, float *x) {
  for (size_t i = 0; i < n; i++) x[i] *= scale;
}

CK_KERNEL void ck_multiply(size_t n, const float *x, const float *factor, float *y) {
  for (size_t i = 0; i < n; i++) y[i] = x[i] * factor[i];
}

CK_KERNEL double ck_sum_of_squares(size_t n, const float *x) {
  ck_doubles sum = {0};
  for (size_t i = 0; i < n; i += CK_LANES) {
    ck_floats a;
    ck_load(&a, x + i, n - i, 0);
    ck_doubles wide = __builtin_convertvector(a, ck_doubles);
    sum += wide * wide;
  }
  return ck_sum_doubles(&sum);
}

CK_KERNEL double ck_inner_product(size_t n, const float *x, const float *y) {
  ck_doubles sum = {0};
  for (size_t i = 0; i < n; i += CK_LANES) {
    ck_floats a, b;
    ck_load(&a, x + i, n - i, 0);
    ck_load(&b, y + i, n - i, 0);
    sum += __builtin_convertvector(a, ck_doubles) * __builtin_convertvector(b, ck_doubles);
  }
  return ck_sum_doubles(&sum);
}

CK_KERNEL size_t ck_count_nonfinite(size_t n, const float *x) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    count += (bits & 0x7f800000) == 0x7f800000;
  }
  return count;
}

CK_KERNEL void ck_add_column_sums(size_t rows, size_t columns, const float *x, size_t x_ld,
                                  float *restrict sums) {
  for (size_t c = 0; c < columns; c += 4 * CK_LANES) {
    const size_t left = columns - c;
    if (left >= 4 * CK_LANES) {
      ck_floats s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
      const float *row = x + c;
      for (size_t r = 0; r < rows; r++, row += x_ld) {
        s0 += CK_LOAD(row);
        s1 += CK_LOAD(row + 16);
        s2 += CK_LOAD(row + 32);
        s3 += CK_LOAD(row + 48);
      }
      CK_STORE(sums + c, CK_LOAD(sums + c) + s0);
      CK_STORE(sums + c + 16, CK_LOAD(sums + c + 16) + s1);
      CK_STORE(sums + c + 32, CK_LOAD(sums + c + 32) + s2);
      CK_STORE(sums + c + 48, CK_LOAD(sums + c + 48) + s3);
    } else {
      for (size_t part = c; part < columns; part += CK_LANES) {
        ck_floats s = {0}, a;
        for (size_t r = 0; r < rows; r++) {
          ck_load(&a, x + r * x_ld + part, columns - part, 0);
          s += a;
        }
        ck_load(&a, sums + part, columns - part, 0);
        a += s;
        ck_store(sums + part, &a, columns - part);
      }
    }
  }
}

CK_KERNEL void ck_row_products(size_t rows, size_t outputs, size_t depth, const float *x,
                               size_t x_ld, const float *w, size_t w_ld, const float *bias,
                               float *y, size_t y_ld) {
  for (size_t r = 0; r < rows; r++) {
    for (size_t o = 0; o < outputs; o++) {
      ck_floats sum = {0}, a, b;
      for (size_t i = 0; i < depth; i += CK_LANES) {
        ck_load(&a, x + r * x_ld + i, depth - i, 0);
        ck_load(&b, w + o * w_ld + i, depth - i, 0);
        sum += a * b;
      }
      y[r * y_ld + o] = ck_sum(&sum) + (bias ? bias[o] : 0);
    }
  }
}
