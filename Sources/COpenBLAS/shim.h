// OpenBLAS's C interface: cblas_sgemm, cblas_dsyrk and openblas_set_num_threads; and of the LAPACK that it
// holds, which has no header of its own there, the eigenvalues of symmetric matrices.
#include <cblas.h>

void dsyevd_(const char *job, const char *half, const int *order, double *matrix, const int *stride,
             double *values, double *work, const int *work_count, int *integers,
             const int *integer_count, int *info);
