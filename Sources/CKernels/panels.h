// The right operand of our own products: panels of sixteen columns, each with its rows one after the
// other, so that a kernel reads it from end to end.
#ifndef CK_PANELS_H
#define CK_PANELS_H

#include "vector.h"

// Panels of x: [rows, columns]. Lanes past the last column hold whatever follows it in memory.
CK_INLINE void ck_pack(size_t rows, size_t columns, const float *x, size_t x_ld, float *panels) {
  for (size_t j = 0; j < columns; j += CK_LANES)
    for (size_t r = 0; r < rows; r++, panels += CK_LANES)
      *(ck_floats *)panels = CK_LOAD(x + r * x_ld + j);
}

// Panels of the transpose of x: [rows, columns]; the lanes past the last row are zero.
CK_INLINE void ck_pack_transposed(size_t rows, size_t columns, const float *x, size_t x_ld,
                                  float *panels) {
  for (size_t j = 0; j < rows; j += CK_LANES) {
    for (size_t p = 0; p < columns; p += CK_LANES) {
      ck_floats block[CK_LANES];
#pragma clang loop unroll(full)
      for (size_t r = 0; r < CK_LANES; r++) {
        block[r] = CK_SPLAT(0.0f);
        if (j + r < rows) block[r] = CK_LOAD(x + (j + r) * x_ld + p);
      }
      ck_transpose(block);
      const size_t count = columns - p < CK_LANES ? columns - p : CK_LANES;
      for (size_t r = 0; r < count; r++, panels += CK_LANES) *(ck_floats *)panels = block[r];
    }
  }
}

#endif
