// Scaled dot-product attention of one head of one sequence, forward and backward.
//
// The products are too small for a BLAS call (25 tokens x 32 channels), so they have a kernel of
// their own: the right operand is packed into panels of 16 columns, the left one is read in place
// through two strides, six rows of 16 sums stay in registers.
#include "ckernels.h"
#include "vector.h"

// c[0..rows, 0..16] = a . panel; a[i, p] = a[i * a_row + p * a_depth], panel: [depth, 16].
CK_INLINE void ck_panel_rows(size_t rows, size_t depth, const float *a, size_t a_row,
                             size_t a_depth, const float *panel, float *c, size_t c_ld,
                             size_t columns) {
  ck_floats sums[6] = {{0}};
  for (size_t p = 0; p < depth; p++) {
    const ck_floats b = *(const ck_floats *)(panel + p * CK_LANES);
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++) sums[i] += a[i * a_row + p * a_depth] * b;
  }
#pragma clang loop unroll(full)
  for (size_t i = 0; i < rows; i++) ck_store(c + i * c_ld, &sums[i], columns);
}

// c = a . b; c: [rows, columns]; b packed: ceil(columns / 16) panels of [depth, 16].
CK_INLINE void ck_small_product(size_t rows, size_t columns, size_t depth, const float *a,
                                size_t a_row, size_t a_depth, const float *b, float *c,
                                size_t c_ld) {
  for (size_t j = 0; j < columns; j += CK_LANES, b += depth * CK_LANES) {
    const size_t left = columns - j;
    size_t i = 0;
    for (; i + 6 <= rows; i += 6)
      ck_panel_rows(6, depth, a + i * a_row, a_row, a_depth, b, c + i * c_ld + j, c_ld, left);
    const float *rest = a + i * a_row;
    float *target = c + i * c_ld + j;
    switch (rows - i) {
      case 5: ck_panel_rows(5, depth, rest, a_row, a_depth, b, target, c_ld, left); break;
      case 4: ck_panel_rows(4, depth, rest, a_row, a_depth, b, target, c_ld, left); break;
      case 3: ck_panel_rows(3, depth, rest, a_row, a_depth, b, target, c_ld, left); break;
      case 2: ck_panel_rows(2, depth, rest, a_row, a_depth, b, target, c_ld, left); break;
      case 1: ck_panel_rows(1, depth, rest, a_row, a_depth, b, target, c_ld, left); break;
      default: break;
    }
  }
}

// Panels of x: [rows, columns].
CK_INLINE void ck_pack(size_t rows, size_t columns, const float *x, size_t x_ld, float *panels) {
  for (size_t j = 0; j < columns; j += CK_LANES)
    for (size_t r = 0; r < rows; r++, panels += CK_LANES) {
      ck_floats v;
      ck_load(&v, x + r * x_ld + j, columns - j, 0);
      *(ck_floats *)panels = v;
    }
}

// Panels of the transpose of x: [rows, columns]; the columns past `rows` are zero.
CK_INLINE void ck_pack_transposed(size_t rows, size_t columns, const float *x, size_t x_ld,
                                  float *panels) {
  for (size_t j = 0; j < rows; j += CK_LANES, panels += columns * CK_LANES) {
    const size_t left = rows - j < CK_LANES ? rows - j : CK_LANES;
    if (left < CK_LANES) memset(panels, 0, columns * CK_LANES * sizeof *panels);
    for (size_t r = 0; r < left; r++)
      for (size_t p = 0; p < columns; p++) panels[p * CK_LANES + r] = x[(j + r) * x_ld + p];
  }
}

size_t ck_attention_scratch(size_t length, size_t width) {
  return ck_round_up(length) * ck_round_up(width) + 2 * length * ck_round_up(length);
}

CK_KERNEL void ck_attention_forward(const ck_head *head, float *scores, float *probabilities,
                                    float *context, size_t context_ld, float *scratch) {
  const size_t n = head->length, width = head->width, padded = ck_round_up(n);
  float *panels = scratch, *weights = scratch + padded * ck_round_up(width);

  ck_pack_transposed(n, width, head->k, head->qkv_ld, panels);
  ck_small_product(n, padded, width, head->q, head->qkv_ld, 1, panels, weights, padded);

  for (size_t r = 0; r < n; r++) {
    float *row = weights + r * padded;
    ck_floats v, most = CK_SPLAT(-INFINITY), sum = {0};
    for (size_t i = 0; i < n; i += CK_LANES) {
      ck_load(&v, row + i, n - i, -INFINITY);
      v *= head->scale;
      most = CK_SELECT(most < v, v, most);
      *(ck_floats *)(row + i) = v;
      if (scores) ck_store(scores + r * n + i, &v, n - i);
    }
    const float maximum = ck_max(&most);
    for (size_t i = 0; i < n; i += CK_LANES) {
      v = *(const ck_floats *)(row + i) - maximum;
      ck_exp_lanes(&v);
      sum += v;
      *(ck_floats *)(row + i) = v;
    }
    const float inverse = 1.0f / ck_sum(&sum);
    for (size_t i = 0; i < n; i += CK_LANES) {
      v = *(const ck_floats *)(row + i) * inverse;
      ck_store(probabilities + r * n + i, &v, n - i);
      if (head->factors) {
        ck_floats factor;
        ck_load(&factor, head->factors + r * n + i, n - i, 0);
        v *= factor;
      }
      *(ck_floats *)(row + i) = v;
    }
  }

  ck_pack(n, width, head->v, head->qkv_ld, panels);
  ck_small_product(n, width, n, weights, padded, 1, panels, context, context_ld);
}

// dP = (dcontext v^T) * factors, dS = P * (dP - rowsum(dP * P)) + score_gradients,
// dq = scale dS k, dk = scale dS^T q, dv = (P * factors)^T dcontext.
CK_KERNEL void ck_attention_backward(const ck_head *head, const float *dcontext,
                                     size_t dcontext_ld, const float *probabilities,
                                     const float *score_gradients, float *dq, float *dk,
                                     float *dv, size_t dqkv_ld, float *scratch) {
  const size_t n = head->length, width = head->width, padded = ck_round_up(n);
  float *panels = scratch, *gradients = scratch + padded * ck_round_up(width);
  float *weights = gradients + n * padded;

  ck_pack_transposed(n, width, head->v, head->qkv_ld, panels);
  ck_small_product(n, padded, width, dcontext, dcontext_ld, 1, panels, gradients, padded);

  for (size_t r = 0; r < n; r++) {
    float *gradient = gradients + r * padded, *weight = weights + r * padded;
    ck_floats d, p, a, products = {0};
    for (size_t i = 0; i < n; i += CK_LANES) {
      d = *(const ck_floats *)(gradient + i);
      ck_load(&p, probabilities + r * n + i, n - i, 0);
      a = p;
      if (head->factors) {
        ck_floats factor;
        ck_load(&factor, head->factors + r * n + i, n - i, 0);
        d *= factor;
        a *= factor;
        *(ck_floats *)(gradient + i) = d;
      }
      *(ck_floats *)(weight + i) = a;
      products += d * p;
    }
    const float product = ck_sum(&products);
    for (size_t i = 0; i < n; i += CK_LANES) {
      d = *(const ck_floats *)(gradient + i);
      ck_load(&p, probabilities + r * n + i, n - i, 0);
      d = p * (d - product);
      if (score_gradients) {
        ck_load(&a, score_gradients + r * n + i, n - i, 0);
        d += a;
      }
      *(ck_floats *)(gradient + i) = d * head->scale;
    }
  }

  ck_pack(n, width, head->k, head->qkv_ld, panels);
  ck_small_product(n, width, n, gradients, padded, 1, panels, dq, dqkv_ld);
  ck_pack(n, width, head->q, head->qkv_ld, panels);
  ck_small_product(n, width, n, gradients, 1, padded, panels, dk, dqkv_ld);
  ck_pack(n, width, dcontext, dcontext_ld, panels);
  ck_small_product(n, width, n, weights, 1, padded, panels, dv, dqkv_ld);
}
