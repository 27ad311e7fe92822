// Products too small for a BLAS call (25 tokens x 32 channels): the right operand is packed into panels of
// 16 columns, the left one is read in place through two strides, six rows of 16 sums stay in registers.
#ifndef CK_SMALL_PRODUCTS_H
#define CK_SMALL_PRODUCTS_H

#include "panels.h"

// c[0..rows, 0..16] = a . panel; a[i, p] = a[i * a_row + p * a_depth], panel: [depth, 16].
CK_INLINE void ck_panel_rows(size_t rows, size_t depth, const float *a, size_t a_row,
                             size_t a_depth, const float *panel, float *c, size_t c_ld,
                             size_t columns) {
  ck_floats sums[6] = {{0}};
  const float *from[6];
  for (size_t i = 0; i < rows; i++) from[i] = a + i * a_row;
  for (size_t p = 0; p < depth; p++) {
    const ck_floats b = *(const ck_floats *)(panel + p * CK_LANES);
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++) sums[i] += from[i][p * a_depth] * b;
  }
#pragma clang loop unroll(full)
  for (size_t i = 0; i < rows; i++) ck_store(c + i * c_ld, &sums[i], columns);
}

// c = a . b; c: [rows, columns]; b packed: ceil(columns / 16) panels of [depth, 16].
CK_INLINE void ck_small_product(size_t rows, size_t columns, size_t depth, const float *a,
                                size_t a_row, size_t a_depth, const float *b, float *c,
                                size_t c_ld) {
  const size_t groups = (rows + 5) / 6; // of nearly equal height: single rows wait for their sums
  for (size_t j = 0; j < columns; j += CK_LANES, b += depth * CK_LANES) {
    const size_t left = columns - j;
    for (size_t group = 0, i = 0; group < groups; group++) {
      const size_t height = (rows - i + groups - group - 1) / (groups - group);
      const float *from = a + i * a_row;
      float *to = c + i * c_ld + j;
      switch (height) {
        case 6: ck_panel_rows(6, depth, from, a_row, a_depth, b, to, c_ld, left); break;
        case 5: ck_panel_rows(5, depth, from, a_row, a_depth, b, to, c_ld, left); break;
        case 4: ck_panel_rows(4, depth, from, a_row, a_depth, b, to, c_ld, left); break;
        case 3: ck_panel_rows(3, depth, from, a_row, a_depth, b, to, c_ld, left); break;
        case 2: ck_panel_rows(2, depth, from, a_row, a_depth, b, to, c_ld, left); break;
        default: ck_panel_rows(1, depth, from, a_row, a_depth, b, to, c_ld, left); break;
      }
      i += height;
    }
  }
}

#endif
