// Relations among the tokens of a sequence by one relation head (Wang and others 2021, "MiniLMv2"): the
// softmax of the scaled products of all pairs of rows of queries, of keys or of values.
#include "ckernels.h"
#include "small_products.h"

size_t ck_relation_scratch(size_t length, size_t student_width, size_t teacher_width) {
  const size_t padded = ck_round_up(length);
  const size_t wider = student_width > teacher_width ? student_width : teacher_width;
  return padded * ck_round_up(wider) + length * (3 * padded + ck_round_up(student_width));
}

// scores = x x^T / sqrt(width); x: [n, width], scores: [n, padded].
CK_INLINE void ck_relation_scores(size_t n, size_t width, const float *x, size_t x_ld, float *panels,
                                  float *scores) {
  const size_t padded = ck_round_up(n);
  const float scale = 1.0f / sqrtf((float)width);
  ck_pack_transposed(n, width, x, x_ld, panels);
  ck_small_product(n, padded, width, x, x_ld, 1, panels, scores, padded);
  for (size_t i = 0; i < n * padded; i += CK_LANES) *(ck_floats *)(scores + i) *= scale;
}

CK_KERNEL double ck_relation_divergence(const ck_relation *relation, float scale, float *dstudent,
                                        size_t dstudent_ld, float *scratch) {
  const size_t n = relation->length, padded = ck_round_up(n);
  const size_t own = relation->student_width, other = relation->teacher_width;
  float *panels = scratch, *student = scratch + padded * ck_round_up(own > other ? own : other);
  float *teacher = student + n * padded, *gradients = teacher + n * padded;
  float *product = gradients + n * padded;

  ck_relation_scores(n, own, relation->student, relation->student_ld, panels, student);
  ck_relation_scores(n, other, relation->teacher, relation->teacher_ld, panels, teacher);
  memset(gradients, 0, n * padded * sizeof *gradients);
  double sum = 0;
  for (size_t r = 0; r < n; r++)
    sum += ck_divergence(n, student + r * padded, teacher + r * padded, scale, gradients + r * padded);

  // A row is in its own scores and in those of the others: dx = (dS + dS^T) x / sqrt(width).
  for (size_t r = 0; r < n; r++) {
    for (size_t c = 0; c <= r; c++) {
      const float both = gradients[r * padded + c] + gradients[c * padded + r];
      gradients[r * padded + c] = gradients[c * padded + r] = both;
    }
  }
  const size_t stride = ck_round_up(own);
  ck_pack(n, own, relation->student, relation->student_ld, panels);
  ck_small_product(n, own, n, gradients, padded, 1, panels, product, stride);
  const float back = 1.0f / sqrtf((float)own);
  for (size_t r = 0; r < n; r++) ck_add(own, back, product + r * stride, dstudent + r * dstudent_ld);
  return sum;
}
