// Scaled dot-product attention of one head of one sequence, forward and backward.
#include "ckernels.h"
#include "small_products.h"

// Loads and stores in a block of `size` floats: a whole vector wherever it stays in the block.
CK_INLINE void ck_block_load(ck_floats *v, const float *block, size_t place, size_t size,
                             size_t n) {
  if (place + CK_LANES <= size) {
    *v = CK_LOAD(block + place);
    *v = CK_SELECT(CK_LANES_BELOW(n), *v, CK_SPLAT(0.0f));
  } else {
    ck_load(v, block + place, n, 0);
  }
}

// What a store writes past the end of its row, the store of the next row overwrites.
CK_INLINE void ck_block_store(float *block, size_t place, size_t size, const ck_floats *v,
                              size_t n) {
  if (place + CK_LANES <= size) {
    CK_STORE(block + place, *v);
  } else {
    ck_store(block + place, v, n);
  }
}

size_t ck_attention_scratch(size_t queries, size_t length, size_t width) {
  const size_t longer = queries > length ? queries : length;
  return ck_round_up(longer) * ck_round_up(width) + 2 * queries * ck_round_up(length);
}

CK_KERNEL void ck_attention_forward(const ck_head *head, float *scores, float *probabilities,
                                    float *context, size_t context_ld, float *scratch) {
  const size_t m = head->queries, n = head->length, width = head->width, padded = ck_round_up(n);
  float *panels = scratch, *weights = scratch + padded * ck_round_up(width);

  ck_pack_transposed(n, width, head->k, head->kv_ld, panels);
  ck_small_product(m, padded, width, head->q, head->q_ld, 1, panels, weights, padded);

  for (size_t r = 0; r < m; r++) {
    float *row = weights + r * padded;
    ck_floats v, factor, most = CK_SPLAT(-INFINITY), sum = {0};
    for (size_t i = 0; i < n; i += CK_LANES) {
      v = *(const ck_floats *)(row + i) * head->scale;
      if (scores) ck_block_store(scores, r * n + i, m * n, &v, n - i);
      v = CK_SELECT(CK_LANES_BELOW(n - i), v, CK_SPLAT(-INFINITY));
      most = CK_SELECT(most < v, v, most);
      *(ck_floats *)(row + i) = v;
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
      if (probabilities) ck_block_store(probabilities, r * n + i, m * n, &v, n - i);
      if (head->factors) {
        ck_block_load(&factor, head->factors, r * n + i, m * n, n - i);
        v *= factor;
      }
      *(ck_floats *)(row + i) = v;
    }
  }

  ck_pack(n, width, head->v, head->kv_ld, panels);
  ck_small_product(m, width, n, weights, padded, 1, panels, context, context_ld);
}

// dP = (dcontext v^T) * factors, dS = P * (dP - rowsum(dP * P)) + score_gradients,
// dq = scale dS k, dk = scale dS^T q, dv = (P * factors)^T dcontext.
CK_KERNEL void ck_attention_backward(const ck_head *head, const float *dcontext,
                                     size_t dcontext_ld, const float *probabilities,
                                     const float *score_gradients,
                                     const ck_head_gradient *gradient, float *scratch) {
  const size_t m = head->queries, n = head->length, width = head->width, padded = ck_round_up(n);
  const size_t longer = m > n ? m : n;
  float *panels = scratch, *gradients = scratch + ck_round_up(longer) * ck_round_up(width);
  float *weights = gradients + m * padded;

  ck_pack_transposed(n, width, head->v, head->kv_ld, panels);
  ck_small_product(m, padded, width, dcontext, dcontext_ld, 1, panels, gradients, padded);

  for (size_t r = 0; r < m; r++) {
    float *dscores = gradients + r * padded, *weight = weights + r * padded;
    ck_floats d, p, a, products = {0};
    for (size_t i = 0; i < n; i += CK_LANES) {
      d = *(const ck_floats *)(dscores + i);
      ck_block_load(&p, probabilities, r * n + i, m * n, n - i);
      a = p;
      if (head->factors) {
        ck_floats factor;
        ck_block_load(&factor, head->factors, r * n + i, m * n, n - i);
        d *= factor;
        a *= factor;
        *(ck_floats *)(dscores + i) = d;
      }
      *(ck_floats *)(weight + i) = a;
      products += d * p;
    }
    const float product = ck_sum(&products);
    for (size_t i = 0; i < n; i += CK_LANES) {
      d = *(const ck_floats *)(dscores + i);
      ck_block_load(&p, probabilities, r * n + i, m * n, n - i);
      d = p * (d - product);
      if (score_gradients) {
        ck_block_load(&a, score_gradients, r * n + i, m * n, n - i);
        d += a;
      }
      *(ck_floats *)(dscores + i) = d * head->scale;
    }
  }

  ck_pack(n, width, head->k, head->kv_ld, panels);
  ck_small_product(m, width, n, gradients, padded, 1, panels, gradient->dq.floats, gradient->dq_ld);
  ck_pack(m, width, head->q, head->q_ld, panels);
  ck_small_product(n, width, m, gradients, 1, padded, panels, gradient->dk.floats,
                   gradient->dkv_ld);
  ck_pack(m, width, dcontext, dcontext_ld, panels);
  ck_small_product(n, width, m, weights, 1, padded, panels, gradient->dv.floats,
                   gradient->dkv_ld);
}
