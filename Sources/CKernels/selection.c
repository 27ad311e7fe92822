// The largest entries of a row.
#include "ckernels.h"
#include "vector.h"

// One entry into the `*found` best, which are in order; the worst leaves when there are `count`.
CK_INLINE void ck_take(float score, size_t index, size_t count, size_t *found, float *scores,
                       int32_t *indices) {
  size_t place = *found < count ? (*found)++ : count - 1;
  for (; place > 0 && scores[place - 1] < score; place--) {
    scores[place] = scores[place - 1];
    indices[place] = indices[place - 1];
  }
  scores[place] = score;
  indices[place] = (int32_t)index;
}

CK_KERNEL size_t ck_top_entries(size_t n, const float *x, size_t count, float *scores,
                                int32_t *indices) {
  size_t found = 0, i = 0;
  for (; i < n && found < count; i++)
    if (x[i] == x[i]) ck_take(x[i], i, count, &found, scores, indices);
  // Few entries beat the worst one kept: 64 at a time are compared with it and mostly passed over.
  while (i < n) {
    const float least = scores[count - 1];
    for (; i + 4 * CK_LANES <= n; i += 4 * CK_LANES) {
      const ck_ints above = (CK_LOAD(x + i) > least) | (CK_LOAD(x + i + CK_LANES) > least) |
                            (CK_LOAD(x + i + 2 * CK_LANES) > least) |
                            (CK_LOAD(x + i + 3 * CK_LANES) > least);
      if (__builtin_reduce_or(above)) break;
    }
    const size_t end = n - i < 4 * CK_LANES ? n : i + 4 * CK_LANES;
    for (; i < end; i++)
      if (x[i] > scores[count - 1]) ck_take(x[i], i, count, &found, scores, indices);
  }
  return found;
}
