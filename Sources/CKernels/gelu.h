// What both GELUs have in common: Phi(-a) = exp(-a^2 / 2) Q(t) for a >= 0, t = 1 / (1 + 0.36 a); no
// cancellation in either tail.
#ifndef CK_GELU_H
#define CK_GELU_H

#include "vector.h"

// Q, fitted by minimax in the weight that makes x Phi(x) accurate.
CK_INLINE void ck_normal_quotient(ck_floats *q, const ck_floats *t) {
  ck_floats p = *t * 0.05309028f - 0.30722588f;
  p = p * *t + 0.5889133f;
  p = p * *t - 0.24497643f;
  p = p * *t + 0.29817152f;
  p = p * *t + 0.10869294f;
  *q = p * *t + 0.00333428f;
}

#endif
