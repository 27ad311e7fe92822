// One step of Adam on n parameters, and several with gradients of zero: Kingma and Ba 2015, with the
// weight decay of each variant.
#include "ckernels.h"
#include "vector.h"

// Which product of a sum is fused is settled here, not by the compiler for each kernel anew: a step
// that is taken later has the same bits.
#pragma clang fp contract(on)

// AdamW (Loshchilov and Hutter 2019): p <- decay p - rate m / (sqrt(v) deviation_scale + epsilon).
CK_INLINE void ck_adamw_lanes(const ck_adam *s, const ck_floats *gradients, ck_floats *p, ck_floats *m,
                              ck_floats *v) {
  const ck_floats g = *gradients * s->gradient_scale;
  *m = s->beta1 * *m + s->one_minus_beta1 * g;
  *v = s->beta2 * *v + s->one_minus_beta2 * g * g;
  const ck_floats root = __builtin_elementwise_sqrt(*v);
  *p = *p * s->decay - s->rate * (*m / (root * s->deviation_scale + s->epsilon));
}

// BERT's Adam: no bias correction, p <- p - rate (m / (sqrt(v) + epsilon) + decay p).
CK_INLINE void ck_bert_adam_lanes(const ck_adam *s, const ck_floats *gradients, ck_floats *p,
                                  ck_floats *m, ck_floats *v) {
  const ck_floats g = *gradients * s->gradient_scale;
  *m = s->beta1 * *m + s->one_minus_beta1 * g;
  *v = s->beta2 * *v + s->one_minus_beta2 * g * g;
  const ck_floats root = __builtin_elementwise_sqrt(*v);
  *p -= s->rate * (*m / (root + s->epsilon) + s->decay * *p);
}

// Whether moments were never moved: then only decay is left of a step without gradients.
CK_INLINE int ck_are_zero(const ck_floats *m, const ck_floats *v) {
  uint64_t bits[CK_LANES / 2], any = 0;
  const ck_words both = (ck_words)*m | (ck_words)*v;
  memcpy(bits, &both, sizeof bits);
  for (size_t i = 0; i < CK_LANES / 2; i++) any |= bits[i];
  return any == 0;
}

#define CK_STEP(lanes)                                     \
  for (size_t i = 0; i < n; i += CK_LANES) {               \
    const size_t left = n - i;                             \
    ck_floats g, p, m, v;                                  \
    ck_load(&g, gradients + i, left, 0.0f);                \
    ck_load(&p, parameters + i, left, 0.0f);               \
    ck_load(&m, first_moment + i, left, 0.0f);             \
    ck_load(&v, second_moment + i, left, 0.0f);            \
    lanes(&s, &g, &p, &m, &v);                             \
    ck_store(parameters + i, &p, left);                    \
    ck_store(first_moment + i, &m, left);                  \
    ck_store(second_moment + i, &v, left);                 \
  }

#define CK_MISSED_STEPS(lanes, at_rest)                    \
  const ck_floats zero = CK_SPLAT(0.0f);                   \
  for (size_t i = 0; i < n; i += CK_LANES) {               \
    const size_t left = n - i;                             \
    ck_floats p, m, v;                                     \
    ck_load(&p, parameters + i, left, 0.0f);               \
    ck_load(&m, first_moment + i, left, 0.0f);             \
    ck_load(&v, second_moment + i, left, 0.0f);            \
    if (ck_are_zero(&m, &v)) {                             \
      for (size_t k = 0; k < count; k++) at_rest;          \
    } else {                                               \
      for (size_t k = 0; k < count; k++)                   \
        lanes(steps + k, &zero, &p, &m, &v);               \
      ck_store(first_moment + i, &m, left);                \
      ck_store(second_moment + i, &v, left);               \
    }                                                      \
    ck_store(parameters + i, &p, left);                    \
  }

CK_KERNEL void ck_adamw(size_t n, const ck_adam *step, float *restrict parameters,
                        const float *restrict gradients, float *restrict first_moment,
                        float *restrict second_moment) {
  const ck_adam s = *step;
  CK_STEP(ck_adamw_lanes)
}

CK_KERNEL void ck_bert_adam(size_t n, const ck_adam *step, float *restrict parameters,
                            const float *restrict gradients, float *restrict first_moment,
                            float *restrict second_moment) {
  const ck_adam s = *step;
  CK_STEP(ck_bert_adam_lanes)
}

CK_KERNEL void ck_adamw_missed(size_t n, size_t count, const ck_adam *steps,
                               float *restrict parameters, float *restrict first_moment,
                               float *restrict second_moment) {
  CK_MISSED_STEPS(ck_adamw_lanes, p *= steps[k].decay)
}

CK_KERNEL void ck_bert_adam_missed(size_t n, size_t count, const ck_adam *steps,
                                   float *restrict parameters, float *restrict first_moment,
                                   float *restrict second_moment) {
  CK_MISSED_STEPS(ck_bert_adam_lanes, p -= steps[k].rate * (steps[k].decay * p))
}
