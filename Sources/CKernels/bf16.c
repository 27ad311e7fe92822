// bf16: the upper half of a float. It is only stored and multiplied; sums are fp32.
#include "ckernels.h"
#include "vector.h"

CK_INLINE void ck_row_to_bf16(size_t n, const float *x, uint16_t *y) {
  for (size_t i = 0; i < n; i += CK_LANES) {
    ck_floats v;
    ck_load(&v, x + i, n - i, 0);
    ck_store_bf16(y + i, &v, n - i);
  }
}

CK_KERNEL void ck_to_bf16(size_t n, const float *x, uint16_t *y) { ck_row_to_bf16(n, x, y); }

CK_KERNEL void ck_rows_to_bf16(size_t rows, size_t columns, const float *x, size_t x_ld,
                               uint16_t *y, size_t y_ld) {
  for (size_t r = 0; r < rows; r++) ck_row_to_bf16(columns, x + r * x_ld, y + r * y_ld);
}

CK_KERNEL void ck_from_bf16(size_t n, const uint16_t *x, float *y) {
  for (size_t i = 0; i < n; i += CK_LANES) {
    ck_floats v;
    ck_load_bf16(&v, x + i, n - i);
    ck_store(y + i, &v, n - i);
  }
}

CK_KERNEL void ck_add_column_sums_bf16(size_t rows, size_t columns, const uint16_t *x,
                                       size_t x_ld, float *sums) {
  size_t c = 0;
  for (; c + 4 * CK_LANES <= columns; c += 4 * CK_LANES) {
    ck_floats s[4] = {{0}}, a;
    for (size_t r = 0; r < rows; r++) {
      const uint16_t *row = x + r * x_ld + c;
#pragma clang loop unroll(full)
      for (size_t i = 0; i < 4; i++) {
        ck_load_bf16(&a, row + i * CK_LANES, CK_LANES);
        s[i] += a;
      }
    }
#pragma clang loop unroll(full)
    for (size_t i = 0; i < 4; i++)
      CK_STORE(sums + c + i * CK_LANES, CK_LOAD(sums + c + i * CK_LANES) + s[i]);
  }
  for (; c < columns; c += CK_LANES) {
    ck_floats s = {0}, a;
    for (size_t r = 0; r < rows; r++) {
      ck_load_bf16(&a, x + r * x_ld + c, columns - c);
      s += a;
    }
    ck_load(&a, sums + c, columns - c, 0);
    a += s;
    ck_store(sums + c, &a, columns - c);
  }
}
