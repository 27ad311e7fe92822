// The loops of the engine. Nothing here allocates, starts threads, checks arguments or fails.
//
// Conventions: reals are float, matrices row-major, `n` counts elements, `ld` suffixes are row
// strides in floats. Every function is deterministic: the order of its sums is fixed by its shape.
// Element-wise functions may be given the same pointer for input and output.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Tells the core that this thread is spinning.
static inline void ck_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// The cores this process may run on.
int ck_available_cores(void);
// Name of the widest vector instructions that the kernels use on this processor.
const char *ck_instruction_set(void);

// A row that is read as fp32 or, where `floats` is NULL, as bf16.
typedef struct {
  const float *floats;
  const uint16_t *halves;
} ck_source;
// A row that is written as fp32, as bf16, as both or not at all.
typedef struct {
  float *floats;
  uint16_t *halves;
} ck_target;

// MARK: - bf16.c (numbers rounded to the nearest, ties to even)
void ck_to_bf16(size_t n, const float *x, uint16_t *y);
void ck_rows_to_bf16(size_t rows, size_t columns, const float *x, size_t x_ld, uint16_t *y,
                     size_t y_ld);
void ck_from_bf16(size_t n, const uint16_t *x, float *y);
void ck_add_column_sums_bf16(size_t rows, size_t columns, const uint16_t *x, size_t x_ld,
                             float *sums);

// MARK: - elementwise.c
void ck_add(size_t n, float scale, const float *x, float *y);                   // y += scale * x
void ck_scale(size_t n, float scale, float *x);                                 // x *= scale
void ck_multiply(size_t n, const float *x, const float *factor, float *y);      // y = x * factor
double ck_sum_of_squares(size_t n, const float *x);
double ck_inner_product(size_t n, const float *x, const float *y);
size_t ck_count_nonfinite(size_t n, const float *x);
// sums[c] += sum over rows of x[r, c]; x: [rows, columns]
void ck_add_column_sums(size_t rows, size_t columns, const float *x, size_t x_ld, float *sums);
// y[r, o] = bias[o] + x[r, :] . w[o, :]; x: [rows, depth], w: [outputs, depth], bias may be NULL
void ck_row_products(size_t rows, size_t outputs, size_t depth, const float *x, size_t x_ld,
                     const float *w, size_t w_ld, const float *bias, float *y, size_t y_ld);

// MARK: - products.c (a right operand b: [depth, columns] in panels of 16 columns)
// Floats of its panels.
size_t ck_panels_size(size_t depth, size_t columns);
// Panels, 64-byte aligned, of b, or of the transpose of b: [columns, depth]. Up to 15 floats past the end
// of a row of b are read, and not used.
void ck_pack_panels(size_t depth, size_t columns, const float *b, size_t b_ld, float *panels);
void ck_pack_transposed_panels(size_t depth, size_t columns, const float *b, size_t b_ld,
                               float *panels);
typedef struct {
  size_t rows, columns, depth;
  const float *a;             // [rows, depth], row stride a_ld
  size_t a_ld;
  const float *panels;        // 64-byte aligned
  const float *bias;          // [columns], or NULL
  bool accumulates;           // c += a b instead of c = a b + bias
  float *c;                   // [rows, columns], row stride c_ld
  size_t c_ld;
} ck_panel_product;
void ck_multiply_panels(const ck_panel_product *product);

// MARK: - activations.c
// y = f(x + bias), x + bias kept in `sum`; bias may be NULL.
void ck_gelu(size_t n, const float *x, const float *bias, ck_target sum, ck_target y);
void ck_gelu_tanh(size_t n, const float *x, const float *bias, ck_target sum, ck_target y);
void ck_silu(size_t n, const float *x, const float *bias, ck_target sum, ck_target y);
void ck_relu(size_t n, const float *x, const float *bias, ck_target sum, ck_target y);
void ck_tanh(size_t n, const float *x, const float *bias, ck_target sum, ck_target y);
// dx = dy f'(x); for tanh `x` is the result of the forward pass.
void ck_gelu_backward(size_t n, const float *dy, ck_source x, ck_target dx);
void ck_gelu_tanh_backward(size_t n, const float *dy, ck_source x, ck_target dx);
void ck_silu_backward(size_t n, const float *dy, ck_source x, ck_target dx);
void ck_relu_backward(size_t n, const float *dy, ck_source x, ck_target dx);
void ck_tanh_backward(size_t n, const float *dy, ck_source y, ck_target dx);
void ck_exp(size_t n, const float *x, float *y);
// activations_bf16.c: GELU into bf16, for processors that have it; sum may be NULL.
void ck_gelu_bf16(size_t n, const float *x, const float *bias, uint16_t *sum, uint16_t *y);
void ck_gelu_backward_bf16(size_t n, const float *dy, const uint16_t *x, uint16_t *dx);

// MARK: - dropout.c
// Where a run of random words starts: word w is word w % 4 of Philox block w / 4.
typedef struct {
  uint32_t key[2];
  uint32_t site;
  uint64_t place;
  uint64_t first_word;
} ck_random_address;
void ck_random_words(size_t n, ck_random_address address, uint32_t *words);
// factors[i] = 0 where word < threshold, else `kept`
void ck_dropout_factors(size_t n, ck_random_address address, uint32_t threshold, float kept,
                        float *factors);

// MARK: - layernorm.c (one row each; vectors of length n)
// sum = x * factors + residual, y = (sum - mean) * inverse_deviation * weight + bias.
// factors and residual may be NULL; x, residual, sum and y may be the same.
void ck_residual_layer_norm(size_t n, const float *x, const float *factors, const float *residual,
                            const float *weight, const float *bias, float epsilon, float *sum,
                            float *mean, float *inverse_deviation, ck_target y);
// dsum is overwritten and may be dy; dweight and dbias accumulate; dx = dsum * factors.
// factors may be NULL.
void ck_layer_norm_backward(size_t n, const float *dy, const float *sum, float mean,
                            float inverse_deviation, const float *weight, float *dsum,
                            float *dweight, float *dbias, const float *factors, ck_target dx);

// MARK: - attention.c, attention_bf16.c (one head of one sequence)
typedef struct {
  size_t queries;             // rows that attend
  size_t length;              // tokens of the sequence, which they attend to
  size_t width;               // channels of the head
  const float *q;             // [queries, width], row stride q_ld
  size_t q_ld;
  const float *k, *v;         // [length, width], row stride kv_ld
  size_t kv_ld;
  float scale;                // of the scores
  const float *factors;       // [queries, length] dropout factors, or NULL
} ck_head;
// Where the gradients of a head go, as floats or as halves; each row stride as in ck_head.
typedef struct {
  ck_target dq;               // [queries, width]
  size_t dq_ld;
  ck_target dk, dv;           // [length, width]
  size_t dkv_ld;
} ck_head_gradient;
// Floats of scratch that the functions below need, 64-byte aligned.
size_t ck_attention_scratch(size_t queries, size_t length, size_t width);
size_t ck_attention_scratch_bf16(size_t queries, size_t length, size_t width);
// scores, probabilities (or NULL): [queries, length]; context: [queries, width].
// Up to 15 floats past the end of a row of q, k, v and dcontext are read, and not used.
void ck_attention_forward(const ck_head *head, float *scores, float *probabilities,
                          float *context, size_t context_ld, float *scratch);
// dcontext: [queries, width]; score_gradients: [queries, length] or NULL.
void ck_attention_backward(const ck_head *head, const float *dcontext, size_t dcontext_ld,
                           const float *probabilities, const float *score_gradients,
                           const ck_head_gradient *gradient, float *scratch);
// The same with products in bf16, for processors that have them.
void ck_attention_forward_bf16(const ck_head *head, float *scores, uint16_t *probabilities,
                               uint16_t *context, size_t context_ld, float *scratch);
void ck_attention_backward_bf16(const ck_head *head, const float *dcontext, size_t dcontext_ld,
                                const uint16_t *probabilities, const float *score_gradients,
                                const ck_head_gradient *gradient, float *scratch);

// MARK: - relations.c (one relation head of one sequence)
typedef struct {
  size_t length;              // tokens of the sequence
  const float *student;       // [length, student_width], row stride student_ld
  size_t student_ld, student_width;
  const float *teacher;       // [length, teacher_width], row stride teacher_ld
  size_t teacher_ld, teacher_width;
} ck_relation;
// Floats of scratch that the function below needs, 64-byte aligned.
size_t ck_relation_scratch(size_t length, size_t student_width, size_t teacher_width);
// The sum over rows of KL(softmax(t t^T / sqrt(teacher_width)) || softmax(s s^T / sqrt(student_width)));
// dstudent += scale * its gradient. Up to 15 floats past the end of a row are read, and not used.
double ck_relation_divergence(const ck_relation *relation, float scale, float *dstudent,
                              size_t dstudent_ld, float *scratch);

// MARK: - selection.c
// The places of the `count` largest entries of x, descending, equal ones by ascending index; NaN is
// never one. scores: [count] scratch; indices: [count]. Returns how many there are.
size_t ck_top_entries(size_t n, const float *x, size_t count, float *scores, int32_t *indices);

// MARK: - losses.c (each returns its sum and adds its gradient)
// sum (a - b)^2; da += scale * (a - b) unless da is NULL, gradient = scale * (a - b)
double ck_squared_difference(size_t n, const float *a, const float *b, float scale, float *da,
                             ck_target gradient);
// The same where what is at or below `cutoff` counts as 0, on either side by itself
double ck_cut_squared_difference(size_t n, const float *a, const float *b, float cutoff, float scale,
                                 float *da);
// One row: -sum_c softmax(t/T)_c log_softmax(z/T)_c; dz += scale * (softmax(z/T) - softmax(t/T))
double ck_soft_cross_entropy(size_t n, const float *z, const float *t, float inverse_temperature,
                             float scale, float *dz);
// One row: KL(softmax(t) || softmax(z)); dz += scale * (softmax(z) - softmax(t))
double ck_divergence(size_t n, const float *z, const float *t, float scale, float *dz);
// One row: -log softmax(z)_label; dz += scale * (softmax(z) - onehot(label)) unless dz is NULL
double ck_cross_entropy(size_t n, const float *z, size_t label, float scale, float *dz);
// One row, s(x) = 1 / (1 + exp(-x)): -sum_c y_c log s(z_c) + (1 - y_c) log(1 - s(z_c)), where y is 1
// at the `count` labels and 0 elsewhere; dz += scale * (s(z) - y)
double ck_binary_cross_entropy(size_t n, const float *z, size_t count, const int32_t *labels,
                               float scale, float *dz);
// The same of z/T, where y is s(t/T); dz += scale * (s(z/T) - s(t/T))
double ck_soft_binary_cross_entropy(size_t n, const float *z, const float *t,
                                    float inverse_temperature, float scale, float *dz);

// MARK: - optimizers.c
typedef struct {
  float gradient_scale, beta1, beta2, epsilon;
  float one_minus_beta1, one_minus_beta2; // of the double-precision betas
  float decay;                // AdamW: 1 - rate * weight_decay; BertAdam: weight_decay
  float rate;                 // AdamW: rate / (1 - beta1^t); BertAdam: rate
  float deviation_scale;      // AdamW: 1 / sqrt(1 - beta2^t)
} ck_adam;
void ck_adamw(size_t n, const ck_adam *step, float *parameters, const float *gradients,
              float *first_moment, float *second_moment);
void ck_bert_adam(size_t n, const ck_adam *step, float *parameters, const float *gradients,
                  float *first_moment, float *second_moment);
// `count` steps one after the other, all with gradients of zero: the same bits, the memory read once.
void ck_adamw_missed(size_t n, size_t count, const ck_adam *steps, float *parameters,
                     float *first_moment, float *second_moment);
void ck_bert_adam_missed(size_t n, size_t count, const ck_adam *steps, float *parameters,
                         float *first_moment, float *second_moment);

#endif
