// Matrix products of oneDNN, whose C interface changed between versions 2 and 3, in a few functions.
//
// A `dn_product` is a compiled product of fixed shape: c = a b, or c += a b. It belongs to one
// thread. The right operand is plain rows or in the order that oneDNN prefers ("packed"), which
// depends on its own shape alone. Functions return 0, or oneDNN's status.
#ifndef DISTILL_ONEDNN_SHIM_H
#define DISTILL_ONEDNN_SHIM_H

#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct {
  dnnl_engine_t engine;
  int64_t rows, depth, columns;               // c: [rows, columns], a: [rows, depth]
  int64_t a_row, a_column, b_row, b_column;   // strides in elements; b's are ignored if packed
  int64_t c_row;
  bool is_bf16;                               // type of a and b; c is fp32
  bool is_packed, is_accumulating;
  bool has_bias;                              // c = a b + bias, a row of fp32
} dn_shape;

typedef struct {
  dnnl_primitive_t primitive;
  dnnl_memory_t a, b, c, bias, scratchpad;    // bias is NULL where there is none
  size_t packed_bytes, scratch_bytes;
} dn_product;

// An engine where the library runs on the caller's thread alone (sequential, or OpenMP that can be
// told so), else NULL. The caller keeps it: a variable here would exist once per file that includes
// this, and objects of two engines do not go together.
static inline dnnl_engine_t dn_start(void) {
  const unsigned runtime = dnnl_version()->cpu_runtime;
  const bool is_tame = runtime == DNNL_RUNTIME_SEQ
    || (runtime == DNNL_RUNTIME_OMP && dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  dnnl_engine_t engine = NULL;
  return is_tame && !dnnl_engine_create(&engine, dnnl_cpu, 0) ? engine : NULL;
}

// To be called by every thread before its products: OpenMP's limit is a thread's own.
static inline void dn_use_one_thread(void) {
  static void (*set)(int);
  void (*known)(int) = __atomic_load_n(&set, __ATOMIC_RELAXED);
  if (!known) {
    known = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    __atomic_store_n(&set, known, __ATOMIC_RELAXED);
  }
  if (known) known(1);
}

static inline bool dn_has_bf16(void) {
  return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core_bf16)
    == dnnl_cpu_isa_avx512_core_bf16;
}

static inline bool dn_has_amx(void) {
  return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core_amx)
    == dnnl_cpu_isa_avx512_core_amx;
}

static inline bool dn_has_avx512(void) {
  return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core;
}

static inline const char *dn_version(int *major, int *minor, int *patch) {
  const dnnl_version_t *version = dnnl_version();
  *major = version->major;
  *minor = version->minor;
  *patch = version->patch;
  return version->hash;
}

static inline dnnl_stream_t dn_stream(dnnl_engine_t engine) {
  dnnl_stream_t stream = NULL;
  return dnnl_stream_create(&stream, engine, dnnl_stream_default_flags) ? NULL : stream;
}

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t dn_desc;
typedef const_dnnl_memory_desc_t dn_const_desc;
#define DN_DESC(desc) (desc)
static inline void dn_free(dn_desc desc) {
  if (desc) dnnl_memory_desc_destroy(desc);
}
#else
typedef dnnl_memory_desc_t dn_desc;
typedef const dnnl_memory_desc_t *dn_const_desc;
#define DN_DESC(desc) (&(desc))
static inline void dn_free(dn_desc desc) { (void)desc; }
#endif

static inline int dn_matrix(dn_desc *desc, int64_t rows, int64_t columns, bool is_bf16,
                            int64_t row, int64_t column) {
  const dnnl_data_type_t type = is_bf16 ? dnnl_bf16 : dnnl_f32;
  dnnl_dims_t sizes = {rows, columns}, strides = {row, column};
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_memory_desc_create_with_strides(desc, 2, sizes, type, strides);
#else
  return dnnl_memory_desc_init_by_strides(desc, 2, sizes, type, strides);
#endif
}

// A matrix in whatever order the product prefers.
static inline int dn_any_matrix(dn_desc *desc, int64_t rows, int64_t columns, bool is_bf16) {
  const dnnl_data_type_t type = is_bf16 ? dnnl_bf16 : dnnl_f32;
  dnnl_dims_t sizes = {rows, columns};
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_memory_desc_create_with_tag(desc, 2, sizes, type, dnnl_format_tag_any);
#else
  return dnnl_memory_desc_init_by_tag(desc, 2, sizes, type, dnnl_format_tag_any);
#endif
}

static inline int dn_copy_desc(dn_desc *copy, dn_const_desc desc) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_memory_desc_clone(copy, desc);
#else
  *copy = *desc;
  return 0;
#endif
}

// A product whose right operand is described by `b`.
static inline int dn_describe_with(const dn_shape *s, dn_desc b, dnnl_primitive_desc_t *product) {
  dn_desc a = {0}, c = {0}, bias = {0};
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_post_ops_t after = NULL;
  int status = dn_matrix(&a, s->rows, s->depth, s->is_bf16, s->a_row, s->a_column);
  if (!status) status = dn_matrix(&c, s->rows, s->columns, false, s->c_row, 1);
  if (!status && s->has_bias) status = dn_matrix(&bias, 1, s->columns, false, s->columns, 1);
  if (!status) status = dnnl_primitive_attr_create(&attributes);
  if (!status) status = dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
  if (!status && s->is_accumulating) {
    status = dnnl_post_ops_create(&after);
#if DNNL_VERSION_MAJOR >= 3
    if (!status) status = dnnl_post_ops_append_sum(after, 1.0f, 0, dnnl_f32);
#else
    if (!status) status = dnnl_post_ops_append_sum(after, 1.0f);
#endif
    if (!status) status = dnnl_primitive_attr_set_post_ops(attributes, after);
  }
#if DNNL_VERSION_MAJOR >= 3
  if (!status)
    status = dnnl_matmul_primitive_desc_create(
      product, s->engine, a, b, s->has_bias ? bias : NULL, c, attributes);
#else
  dnnl_matmul_desc_t operation;
  if (!status) status = dnnl_matmul_desc_init(&operation, &a, &b, s->has_bias ? &bias : NULL, &c);
  if (!status)
    status = dnnl_primitive_desc_create(product, &operation, attributes, s->engine, NULL);
#endif
  if (after) dnnl_post_ops_destroy(after);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  dn_free(a);
  dn_free(c);
  dn_free(bias);
  return status;
}

// The order of a packed right operand. Left to itself, the library chooses it by the strides of the
// others too; here it is what suits 64 contiguous rows, so that one copy serves every product.
static inline int dn_packed_matrix(dn_desc *desc, const dn_shape *s) {
  const dn_shape usual = {s->engine, 64, s->depth, s->columns, s->depth, 1, 0, 0, s->columns, s->is_bf16,
                          true, false, false};
  dn_desc any = {0};
  dnnl_primitive_desc_t product = NULL;
  int status = dn_any_matrix(&any, s->depth, s->columns, s->is_bf16);
  if (!status) status = dn_describe_with(&usual, any, &product);
  if (!status)
    status = dn_copy_desc(desc, dnnl_primitive_desc_query_md(product, dnnl_query_weights_md, 0));
  if (product) dnnl_primitive_desc_destroy(product);
  dn_free(any);
  return status;
}

static inline int dn_describe(const dn_shape *s, dnnl_primitive_desc_t *product) {
  dn_desc b = {0};
  int status = s->is_packed
    ? dn_packed_matrix(&b, s)
    : dn_matrix(&b, s->depth, s->columns, s->is_bf16, s->b_row, s->b_column);
  if (!status) status = dn_describe_with(s, b, product);
  dn_free(b);
  return status;
}

static inline void dn_destroy(dn_product *product) {
  if (!product) return;
  if (product->primitive) dnnl_primitive_destroy(product->primitive);
  if (product->a) dnnl_memory_destroy(product->a);
  if (product->b) dnnl_memory_destroy(product->b);
  if (product->c) dnnl_memory_destroy(product->c);
  if (product->bias) dnnl_memory_destroy(product->bias);
  if (product->scratchpad) dnnl_memory_destroy(product->scratchpad);
  free(product);
}

static inline int dn_memory(dnnl_memory_t *memory, dnnl_engine_t engine,
                            dnnl_primitive_desc_t product, dnnl_query_t what, size_t *bytes) {
  const dn_const_desc desc = dnnl_primitive_desc_query_md(product, what, 0);
  if (bytes) *bytes = dnnl_memory_desc_get_size(desc);
  return dnnl_memory_create(memory, desc, engine, DNNL_MEMORY_NONE);
}

static inline int dn_bias(dnnl_memory_t *memory, dnnl_engine_t engine, int64_t columns) {
  dn_desc desc = {0};
  int status = dn_matrix(&desc, 1, columns, false, columns, 1);
  if (!status) status = dnnl_memory_create(memory, DN_DESC(desc), engine, DNNL_MEMORY_NONE);
  dn_free(desc);
  return status;
}

// Compiles a product; it is to be given back to `dn_destroy`.
static inline int dn_create(const dn_shape *shape, dn_product **result) {
  const dnnl_engine_t engine = shape->engine;
  dnnl_primitive_desc_t desc = NULL;
  int status = dn_describe(shape, &desc);
  if (status) return status;
  dn_product *product = (dn_product *)calloc(1, sizeof *product);
  if (!product) status = dnnl_out_of_memory;
  if (!status) status = dnnl_primitive_create(&product->primitive, desc);
  if (!status) status = dn_memory(&product->a, engine, desc, dnnl_query_src_md, NULL);
  if (!status) status = dn_memory(&product->b, engine, desc, dnnl_query_weights_md, &product->packed_bytes);
  if (!status) status = dn_memory(&product->c, engine, desc, dnnl_query_dst_md, NULL);
  if (!status && shape->has_bias) status = dn_bias(&product->bias, engine, shape->columns);
  if (!status)
    status = dn_memory(&product->scratchpad, engine, desc, dnnl_query_scratchpad_md, &product->scratch_bytes);
  dnnl_primitive_desc_destroy(desc);
  if (status) {
    dn_destroy(product);
    product = NULL;
  }
  *result = product;
  return status;
}

static inline int dn_execute(const dn_product *product, dnnl_stream_t stream, const void *a,
                             const void *b, const float *bias, float *c, void *scratch) {
  int status = dnnl_memory_set_data_handle(product->a, (void *)a);
  if (!status) status = dnnl_memory_set_data_handle(product->b, (void *)b);
  if (!status) status = dnnl_memory_set_data_handle(product->c, c);
  if (!status) status = dnnl_memory_set_data_handle(product->scratchpad, scratch);
  if (!status && product->bias) status = dnnl_memory_set_data_handle(product->bias, (void *)bias);
  const dnnl_exec_arg_t arguments[5] = {
    {DNNL_ARG_SRC, product->a}, {DNNL_ARG_WEIGHTS, product->b}, {DNNL_ARG_DST, product->c},
    {DNNL_ARG_SCRATCHPAD, product->scratchpad}, {DNNL_ARG_BIAS, product->bias}};
  const int count = product->bias ? 5 : 4;
  if (!status) status = dnnl_primitive_execute(product->primitive, stream, count, arguments);
  return status ? status : dnnl_stream_wait(stream);
}

// Brings the right operand of a packed product, [depth, columns] of fp32 with the given strides,
// into the product's order and type.
static inline int dn_pack(const dn_shape *shape, dnnl_stream_t stream, const float *b,
                          int64_t b_row, int64_t b_column, void *packed) {
  const dnnl_engine_t engine = shape->engine;
  dnnl_primitive_desc_t reorder = NULL;
  dnnl_primitive_t primitive = NULL;
  dnnl_memory_t from = NULL, to = NULL;
  dn_desc plain = {0}, wanted = {0};
  int status = dn_packed_matrix(&wanted, shape);
  if (!status) status = dn_matrix(&plain, shape->depth, shape->columns, false, b_row, b_column);
  if (!status)
    status = dnnl_reorder_primitive_desc_create(
      &reorder, DN_DESC(plain), engine, DN_DESC(wanted), engine, NULL);
  if (!status) status = dnnl_primitive_create(&primitive, reorder);
  if (!status) status = dnnl_memory_create(&from, DN_DESC(plain), engine, (void *)b);
  if (!status) status = dnnl_memory_create(&to, DN_DESC(wanted), engine, packed);
  const dnnl_exec_arg_t arguments[2] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
  if (!status) status = dnnl_primitive_execute(primitive, stream, 2, arguments);
  if (!status) status = dnnl_stream_wait(stream);
  if (from) dnnl_memory_destroy(from);
  if (to) dnnl_memory_destroy(to);
  if (primitive) dnnl_primitive_destroy(primitive);
  if (reorder) dnnl_primitive_desc_destroy(reorder);
  dn_free(plain);
  dn_free(wanted);
  return status;
}

#endif
