// One step of Adam on n parameters: Kingma and Ba 2015, with the weight decay of each variant.
#include "ckernels.h"
#include "vector.h"

// AdamW (Loshchilov and Hutter 2019): p <- decay p - rate m / (sqrt(v) deviation_scale + epsilon).
CK_KERNEL void ck_adamw(size_t n, const ck_adam *step, float *restrict parameters,
                        const float *restrict gradients, float *restrict first_moment,
                        float *restrict second_moment) {
  const ck_adam s = *step;
  for (size_t i = 0; i < n; i++) {
    const float g = gradients[i] * s.gradient_scale;
    const float m = s.beta1 * first_moment[i] + s.one_minus_beta1 * g;
    const float v = s.beta2 * second_moment[i] + s.one_minus_beta2 * g * g;
    first_moment[i] = m;
    second_moment[i] = v;
    parameters[i] = parameters[i] * s.decay
                    - s.rate * (m / (sqrtf(v) * s.deviation_scale + s.epsilon));
  }
}

// BERT's Adam: no bias correction, p <- p - rate (m / (sqrt(v) + epsilon) + decay p).
CK_KERNEL void ck_bert_adam(size_t n, const ck_adam *step, float *restrict parameters,
                            const float *restrict gradients, float *restrict first_moment,
                            float *restrict second_moment) {
  const ck_adam s = *step;
  for (size_t i = 0; i < n; i++) {
    const float g = gradients[i] * s.gradient_scale;
    const float m = s.beta1 * first_moment[i] + s.one_minus_beta1 * g;
    const float v = s.beta2 * second_moment[i] + s.one_minus_beta2 * g * g;
    first_moment[i] = m;
    second_moment[i] = v;
    parameters[i] -= s.rate * (m / (sqrtf(v) + s.epsilon) + s.decay * parameters[i]);
  }
}
