// Products with a packed right operand, for layers.
//
// Every element of the result is one sum, added up in an order that depends on the depth alone:
// whatever other rows there are, a row has the same bits. BLAS libraries do not keep that; OpenBLAS's
// AVX2 kernel adds rows of one and the same tile in different orders.
#include "ckernels.h"
#include "panels.h"

#ifdef __clang__
// Multiplication and addition are fused where they are written, not where the optimiser likes: a row's
// bits must not depend on how many rows a loop was specialised for.
#pragma clang fp contract(on)
#endif

enum {
  CK_DEEPEST = 384,      // of a reduction at a time: its panel and six rows lie in the nearest cache
  CK_BLOCK_COLUMNS = 256, // whose panels lie in the second cache while the rows pass by
  CK_BLOCK_ROWS = 48,    // that a panel meets before the next one comes
};

size_t ck_panels_size(size_t depth, size_t columns) { return depth * ck_round_up(columns); }

CK_KERNEL void ck_pack_panels(size_t depth, size_t columns, const float *b, size_t b_ld,
                              float *panels) {
  ck_pack(depth, columns, b, b_ld, panels);
}

CK_KERNEL void ck_pack_transposed_panels(size_t depth, size_t columns, const float *b, size_t b_ld,
                                         float *panels) {
  ck_pack_transposed(columns, depth, b, b_ld, panels);
}

// A part of a reduction: c = added + a . b for a few rows and the columns of one or two panels, which
// stay in registers; `columns` are left from c on. `added` may be NULL or c.
CK_INLINE void ck_block(size_t rows, size_t width, size_t depth, const float *a, size_t a_ld,
                        const float *panel, size_t panel_size, const float *added,
                        size_t added_ld, float *c, size_t c_ld, size_t columns) {
  ck_floats sums[12][2] = {{{0}}};
  const float *from[12];
  for (size_t i = 0; i < rows; i++) from[i] = a + i * a_ld;
#pragma clang loop unroll(full)
  for (size_t i = 0; i < rows; i++) { // to be here when the sums are
    __builtin_prefetch(c + i * c_ld, 1);
    if (width > 1) __builtin_prefetch(c + i * c_ld + CK_LANES, 1);
  }
  for (size_t p = 0; p < depth; p++) {
    const ck_floats first = *(const ck_floats *)(panel + p * CK_LANES);
    ck_floats second = {0};
    if (width > 1) second = *(const ck_floats *)(panel + panel_size + p * CK_LANES);
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++) {
      sums[i][0] += from[i][p] * first;
      if (width > 1) sums[i][1] += from[i][p] * second;
    }
  }
#pragma clang loop unroll(full)
  for (size_t i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (size_t w = 0; w < width; w++) {
      const size_t left = columns - w * CK_LANES;
      ck_floats v;
      if (added) {
        ck_load(&v, added + i * added_ld + w * CK_LANES, left, 0);
        sums[i][w] += v;
      }
      ck_store(c + i * c_ld + w * CK_LANES, &sums[i][w], left);
    }
  }
}

#define CK_HEIGHT(rows)                                                                         \
  case rows:                                                                                    \
    ck_block(rows, width, depth, a, a_ld, panel, panel_size, added, added_ld, c, c_ld, columns); \
    break;

// The same for any number of rows up to twelve, or up to six where `tallest` is six.
CK_INLINE void ck_rows(size_t tallest, size_t rows, size_t width, size_t depth, const float *a,
                       size_t a_ld, const float *panel, size_t panel_size, const float *added,
                       size_t added_ld, float *c, size_t c_ld, size_t columns) {
  if (tallest > 6 && rows > 6) {
    switch (rows) {
      CK_HEIGHT(12) CK_HEIGHT(11) CK_HEIGHT(10) CK_HEIGHT(9) CK_HEIGHT(8) CK_HEIGHT(7)
    }
  } else {
    switch (rows) {
      CK_HEIGHT(6) CK_HEIGHT(5) CK_HEIGHT(4) CK_HEIGHT(3) CK_HEIGHT(2) CK_HEIGHT(1)
    }
  }
}

// The next of `parts` nearly equal parts of what is left.
CK_INLINE size_t ck_part(size_t left, size_t parts) { return (left + parts - 1) / parts; }

CK_INLINE void ck_product(const ck_panel_product *p, size_t tallest, size_t width) {
  const size_t parts = p->depth ? (p->depth + CK_DEEPEST - 1) / CK_DEEPEST : 1;
  for (size_t first = 0; first < p->columns; first += CK_BLOCK_COLUMNS) {
    const size_t end = p->columns - first < CK_BLOCK_COLUMNS ? p->columns : first + CK_BLOCK_COLUMNS;
    for (size_t part = 0, k = 0; part < parts; part++) {
      const size_t depth = ck_part(p->depth - k, parts - part);
      const int is_plain = k == 0 && !p->accumulates;
      for (size_t top = 0; top < p->rows; top += CK_BLOCK_ROWS) {
        const size_t bottom = p->rows - top < CK_BLOCK_ROWS ? p->rows : top + CK_BLOCK_ROWS;
        const size_t groups = (bottom - top + tallest - 1) / tallest;
        for (size_t j = first; j < end; j += width * CK_LANES) {
          const float *panel = p->panels + j * p->depth + k * CK_LANES;
          for (size_t group = 0, i = top, rows; group < groups; group++, i += rows) {
            rows = ck_part(bottom - i, groups - group);
            float *c = p->c + i * p->c_ld + j;
            const float *added = !is_plain ? c : p->bias ? p->bias + j : NULL;
            const size_t added_ld = is_plain ? 0 : p->c_ld;
            const size_t left = p->columns - j;
            const float *a = p->a + i * p->a_ld + k;
            if (width > 1 && left > CK_LANES) {
              ck_rows(tallest, rows, width, depth, a, p->a_ld, panel, p->depth * CK_LANES, added,
                      added_ld, c, p->c_ld, left);
            } else {
              ck_rows(tallest, rows, 1, depth, a, p->a_ld, panel, 0, added, added_ld, c, p->c_ld,
                      left);
            }
          }
        }
      }
      k += depth;
    }
  }
}

// Six rows of one panel fill sixteen registers of eight floats.
static void ck_plain_product(const ck_panel_product *product) { ck_product(product, 6, 1); }

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static void ck_narrow_product(const ck_panel_product *product) {
  ck_product(product, 6, 1);
}
#endif

#if CK_HAS_AVX512
// Twelve rows of two panels fill thirty-two registers of sixteen floats.
__attribute__((target("avx512f"))) static void ck_wide_product(const ck_panel_product *product) {
  ck_product(product, 12, 2);
}
#endif

void ck_multiply_panels(const ck_panel_product *product) {
#if CK_HAS_AVX512
  if (__builtin_cpu_supports("avx512f")) return ck_wide_product(product);
#endif
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return ck_narrow_product(product);
#endif
  ck_plain_product(product);
}
