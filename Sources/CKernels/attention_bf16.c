// Scaled dot-product attention of one head of one sequence, its products in bf16.
//
// As attention.c, with operands rounded to bf16 where they are packed, and sums in fp32. Two bf16
// numbers that follow one another along the reduction make a word; a product multiplies words and
// adds both products to a float. Rows are worked through in blocks of eight, so that what belongs to
// a block (scores, probabilities) stays in the nearest cache.
#include "ckernels.h"
#include "vector_bf16.h"

enum { CK_BLOCK = 8 }; // rows; even, so that pairs of rows never fall apart

// The words of a row, rounded up to whole vectors.
CK_INLINE size_t ck_row_words(size_t width) { return ck_round_up((width + 1) / 2); }

// Rows of words: y[r, w] = (x[r, 2w], x[r, 2w + 1]); zero past the last column.
CK_BF16_INLINE void ck_join_rows(size_t rows, size_t columns, const float *x, size_t x_ld,
                                 uint32_t *y) {
  for (size_t r = 0; r < rows; r++, x += x_ld) {
    for (size_t c = 0; c < columns; c += 2 * CK_LANES, y += CK_LANES) {
      ck_floats first, second = {0};
      ck_load_floats(&first, x + c, columns - c);
      if (c + CK_LANES < columns) ck_load_floats(&second, x + c + CK_LANES, columns - c - CK_LANES);
      ck_join((ck_words *)y, &first, &second);
    }
  }
}

// Panels of 16 columns of x: [rows, columns], a word of two rows each; zero past both ends.
CK_BF16_INLINE void ck_pack_pairs(size_t rows, size_t columns, const float *x, size_t x_ld,
                                  uint32_t *panels) {
  for (size_t c = 0; c < columns; c += CK_LANES) {
    for (size_t r = 0; r < rows; r += 2, panels += CK_LANES) {
      ck_floats even, odd = {0};
      ck_load_floats(&even, x + r * x_ld + c, columns - c);
      if (r + 1 < rows) ck_load_floats(&odd, x + (r + 1) * x_ld + c, columns - c);
      ck_pair((ck_words *)panels, &even, &odd);
    }
  }
}

// Panels of the transpose of x: [rows, columns], a word of two columns each; zero past both ends.
CK_BF16_INLINE void ck_pack_transposed_pairs(size_t rows, size_t columns, const float *x,
                                             size_t x_ld, uint32_t *panels) {
  const size_t depth = (columns + 1) / 2;
  for (size_t first = 0; first < rows; first += CK_LANES) {
    for (size_t w = 0; w < depth; w += CK_LANES) {
      ck_floats block[CK_LANES];
      const size_t c = 2 * w;
#pragma clang loop unroll(full)
      for (size_t r = 0; r < CK_LANES; r++) {
        block[r] = CK_SPLAT(0.0f);
        if (first + r < rows) {
          const float *row = x + (first + r) * x_ld + c;
          ck_floats left, right = {0};
          ck_load_floats(&left, row, columns - c);
          if (c + CK_LANES < columns) ck_load_floats(&right, row + CK_LANES, columns - c - CK_LANES);
          ck_words words;
          ck_join(&words, &left, &right);
          block[r] = (ck_floats)words;
        }
      }
      ck_transpose(block);
      const size_t count = depth - w < CK_LANES ? depth - w : CK_LANES;
      for (size_t r = 0; r < count; r++, panels += CK_LANES) *(ck_words *)panels = (ck_words)block[r];
    }
  }
}

// c[0..rows, 0..16 panels] = a . b; a[i, p] = a[i * a_row + p * a_depth], b: panels of [depth, 16];
// all in words.
CK_BF16_INLINE void ck_panel_words(size_t rows, size_t panels, size_t depth, const uint32_t *a,
                                   size_t a_row, size_t a_depth, const uint32_t *b,
                                   const float *row_factors, ck_target c, size_t c_ld,
                                   size_t columns) {
  ck_floats sums[2][CK_BLOCK] = {{{0}}};
  for (size_t p = 0; p < depth; p++) {
    const ck_words left = *(const ck_words *)(b + p * CK_LANES);
    const ck_words right = *(const ck_words *)(b + ((panels - 1) * depth + p) * CK_LANES);
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++) {
      const uint32_t word = a[i * a_row + p * a_depth];
      ck_dot(&sums[0][i], word, &left);
      if (panels == 2) ck_dot(&sums[1][i], word, &right);
    }
  }
#pragma clang loop unroll(full)
  for (size_t j = 0; j < panels; j++) {
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++) {
      const size_t place = i * c_ld + j * CK_LANES;
      if (c.floats) {
        *(ck_floats *)(c.floats + place) = sums[j][i];
      } else {
        if (row_factors) sums[j][i] *= row_factors[i];
        ck_store_halves(c.halves + place, &sums[j][i], columns - j * CK_LANES);
      }
    }
  }
}

// c = a . b for at most eight rows; c: [rows, columns], in floats to whole vectors.
CK_BF16_INLINE void ck_block_product(size_t rows, size_t columns, size_t depth, const uint32_t *a,
                                     size_t a_row, size_t a_depth, const uint32_t *b,
                                     const float *row_factors, ck_target c, size_t c_ld) {
#define CK_PANELS(height)                                                                      \
  case height:                                                                                 \
    if (left > CK_LANES) {                                                                     \
      ck_panel_words(height, 2, depth, a, a_row, a_depth, from, row_factors, to, c_ld, left);  \
    } else {                                                                                   \
      ck_panel_words(height, 1, depth, a, a_row, a_depth, from, row_factors, to, c_ld, left);  \
    }                                                                                          \
    break;
  for (size_t j = 0; j < columns; j += 2 * CK_LANES) {
    const ck_target to = {c.floats ? c.floats + j : NULL, c.halves ? c.halves + j : NULL};
    const uint32_t *from = b + j * depth;
    const size_t left = columns - j;
    switch (rows) {
      CK_PANELS(8)
      CK_PANELS(7)
      CK_PANELS(6)
      CK_PANELS(5)
      CK_PANELS(4)
      CK_PANELS(3)
      CK_PANELS(2)
      CK_PANELS(1)
    }
  }
#undef CK_PANELS
}

// The block that starts at row `done`: blocks are of nearly equal, even height but for the last.
CK_INLINE size_t ck_block_rows(size_t rows, size_t done) {
  const size_t blocks = (rows - done + CK_BLOCK - 1) / CK_BLOCK;
  const size_t height = ((rows - done + blocks - 1) / blocks + 1) / 2 * 2;
  return height < rows - done ? height : rows - done;
}

size_t ck_attention_scratch_bf16(size_t queries, size_t length, size_t width) {
  const size_t padded = ck_round_up(length), panel = ck_round_up(width);
  const size_t block = CK_BLOCK * (2 * padded + ck_row_words(width));
  return padded * ((width + 1) / 2) + (length + 1) / 2 * panel + block
    + (queries + 1) / 2 * (2 * panel + 2 * padded);
}

// exp(scale (products - max)) of some rows, in bf16 and times the dropout factors; the inverse of a
// row's sum, before the factors. Rows are worked through together, for each waits for itself.
CK_BF16_INLINE void ck_softmax_rows(size_t rows, size_t n, float *products, float scale,
                                    const float *factors, float *scores, uint16_t *probabilities,
                                    uint16_t *weights, float *inverse) {
  const size_t padded = ck_round_up(n), last = padded - CK_LANES;
  const float exponent = scale * 1.44269504f; // exp(x) = 2^(x / log(2))
  ck_floats v, factor, most[4], sum[4] = {{0}};
  float maximum[4];
#pragma clang loop unroll(full)
  for (size_t r = 0; r < rows; r++) {
    float *row = products + r * padded;
    if (scores) {
      for (size_t i = 0; i < n; i += CK_LANES) {
        v = *(const ck_floats *)(row + i) * scale;
        ck_store_floats(scores + r * n + i, &v, n - i);
      }
    }
    v = *(const ck_floats *)(row + last);
    most[r] = CK_SELECT(CK_LANES_BELOW(n - last), v, CK_SPLAT(-1e30f));
    *(ck_floats *)(row + last) = most[r];
  }
  for (size_t i = 0; i < last; i += CK_LANES) {
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
      v = *(const ck_floats *)(products + r * padded + i);
      most[r] = CK_SELECT(most[r] < v, v, most[r]);
    }
  }
#pragma clang loop unroll(full)
  for (size_t r = 0; r < rows; r++) maximum[r] = ck_max(&most[r]) * exponent;
  for (size_t i = 0; i < n; i += CK_LANES) {
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
      float *row = products + r * padded;
      v = *(const ck_floats *)(row + i) * exponent - maximum[r];
      ck_exp2_lanes(&v);
      sum[r] += v;
      if (probabilities) *(ck_floats *)(row + i) = v;
      if (factors) {
        ck_load_floats(&factor, factors + r * n + i, n - i);
        v *= factor;
      }
      ck_store_halves(weights + r * padded + i, &v, CK_LANES);
    }
  }
#pragma clang loop unroll(full)
  for (size_t r = 0; r < rows; r++) {
    inverse[r] = 1.0f / ck_sum(&sum[r]);
    if (!probabilities) continue;
    for (size_t i = 0; i < n; i += CK_LANES) {
      v = *(const ck_floats *)(products + r * padded + i) * inverse[r];
      ck_store_halves(probabilities + r * n + i, &v, n - i);
    }
  }
}

CK_BF16 void ck_attention_forward_bf16(const ck_head *head, float *scores,
                                       uint16_t *probabilities, uint16_t *context,
                                       size_t context_ld, float *scratch) {
  const size_t m = head->queries, n = head->length, width = head->width;
  const size_t padded = ck_round_up(n), depth = (width + 1) / 2, row_words = ck_row_words(width);
  uint32_t *keys = (uint32_t *)scratch, *values = keys + padded * depth;
  uint32_t *queries = values + (n + 1) / 2 * ck_round_up(width);
  float *block = (float *)(queries + CK_BLOCK * row_words);
  uint16_t *weights = (uint16_t *)(block + CK_BLOCK * padded);
  float inverse[CK_BLOCK];

  ck_pack_transposed_pairs(n, width, head->k, head->kv_ld, keys);
  ck_pack_pairs(n, width, head->v, head->kv_ld, values);
  for (size_t first = 0, rows = 0; first < m; first += rows) {
    rows = ck_block_rows(m, first);
    ck_join_rows(rows, width, head->q + first * head->q_ld, head->q_ld, queries);
    ck_block_product(rows, padded, depth, queries, row_words, 1, keys, NULL,
                     (ck_target){block, NULL}, padded);
    for (size_t r = 0; r < rows;) {
      float *from = block + r * padded;
      uint16_t *to = weights + r * padded;
      const size_t place = (first + r) * n;
      const float *factors = head->factors ? head->factors + place : NULL;
      float *score = scores ? scores + place : NULL;
      uint16_t *probability = probabilities ? probabilities + place : NULL;
      if (rows - r >= 4) {
        ck_softmax_rows(4, n, from, head->scale, factors, score, probability, to, inverse + r);
        r += 4;
      } else if (rows - r >= 2) {
        ck_softmax_rows(2, n, from, head->scale, factors, score, probability, to, inverse + r);
        r += 2;
      } else {
        ck_softmax_rows(1, n, from, head->scale, factors, score, probability, to, inverse + r);
        r += 1;
      }
    }
    ck_block_product(rows, width, (n + 1) / 2, (const uint32_t *)weights, padded / 2, 1, values,
                     inverse, (ck_target){NULL, context + first * context_ld}, context_ld);
  }
}

// The gradients of ck_attention_backward.
CK_BF16 void ck_attention_backward_bf16(const ck_head *head, const float *dcontext,
                                        size_t dcontext_ld, const uint16_t *probabilities,
                                        const float *score_gradients,
                                        const ck_head_gradient *gradient, float *scratch) {
  const size_t m = head->queries, n = head->length, width = head->width;
  const size_t padded = ck_round_up(n), panel = ck_round_up(width), depth = (width + 1) / 2;
  const size_t row_words = ck_row_words(width), pairs = (m + 1) / 2;
  uint32_t *values = (uint32_t *)scratch, *keys = values + padded * depth;
  uint32_t *queries = keys + (n + 1) / 2 * panel, *outputs = queries + pairs * panel;
  uint32_t *dscores = outputs + pairs * panel, *weights = dscores + pairs * padded;
  uint32_t *doutputs = weights + pairs * padded;
  float *block = (float *)(doutputs + CK_BLOCK * row_words);
  uint16_t *rounded = (uint16_t *)(block + CK_BLOCK * padded);

  ck_pack_transposed_pairs(n, width, head->v, head->kv_ld, values);
  ck_pack_pairs(n, width, head->k, head->kv_ld, keys);
  ck_pack_pairs(m, width, head->q, head->q_ld, queries);
  ck_pack_pairs(m, width, dcontext, dcontext_ld, outputs);

  for (size_t first = 0, rows = 0; first < m; first += rows) {
    rows = ck_block_rows(m, first);
    ck_join_rows(rows, width, dcontext + first * dcontext_ld, dcontext_ld, doutputs);
    ck_block_product(rows, padded, depth, doutputs, row_words, 1, values, NULL,
                     (ck_target){block, NULL}, padded);
    for (size_t r = 0; r < rows; r += 2) {
      const size_t both = r + 1 < rows ? 2 : 1, pair = (first + r) / 2 * padded;
      float product[2];
      for (size_t s = 0; s < both; s++) {
        const size_t place = (first + r + s) * n;
        float *row = block + (r + s) * padded;
        ck_floats d, p, factor, products = {0};
        for (size_t i = 0; i < n; i += CK_LANES) {
          d = *(const ck_floats *)(row + i);
          ck_load_halves(&p, probabilities + place + i, n - i);
          if (head->factors) {
            ck_load_floats(&factor, head->factors + place + i, n - i);
            d *= factor;
            *(ck_floats *)(row + i) = d;
          }
          products += d * p;
        }
        product[s] = ck_sum(&products);
      }
      for (size_t i = 0; i < n; i += CK_LANES) {
        ck_floats d[2] = {{0}}, weight[2] = {{0}}, a;
        for (size_t s = 0; s < both; s++) {
          const size_t place = (first + r + s) * n + i;
          ck_load_halves(&weight[s], probabilities + place, n - i);
          d[s] = weight[s] * (*(const ck_floats *)(block + (r + s) * padded + i) - product[s]);
          if (head->factors) {
            ck_load_floats(&a, head->factors + place, n - i);
            weight[s] *= a;
          }
          if (score_gradients) {
            ck_load_floats(&a, score_gradients + place, n - i);
            d[s] += a;
          }
          d[s] *= head->scale;
          ck_store_halves(rounded + (r + s) * padded + i, &d[s], CK_LANES);
        }
        ck_pair((ck_words *)(dscores + pair + i), &d[0], &d[1]);
        ck_pair((ck_words *)(weights + pair + i), &weight[0], &weight[1]);
      }
    }
    ck_block_product(rows, width, (n + 1) / 2, (const uint32_t *)rounded, padded / 2, 1, keys, NULL,
                     (ck_target){NULL, gradient->dq.halves + first * gradient->dq_ld},
                     gradient->dq_ld);
  }
  for (size_t first = 0, rows = 0; first < n; first += rows) {
    rows = ck_block_rows(n, first);
    const size_t place = first * gradient->dkv_ld;
    ck_block_product(rows, width, pairs, dscores + first, 1, padded, queries, NULL,
                     (ck_target){NULL, gradient->dk.halves + place}, gradient->dkv_ld);
    ck_block_product(rows, width, pairs, weights + first, 1, padded, outputs, NULL,
                     (ck_target){NULL, gradient->dv.halves + place}, gradient->dkv_ld);
  }
}
