// The one question about the machine that Swift's C library module cannot ask.
#define _GNU_SOURCE
#include "ckernels.h"
#include "vector.h"

#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#endif

int ck_available_cores(void) {
#ifdef __linux__
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) == 0) return CPU_COUNT(&cores);
#endif
  return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

const char *ck_instruction_set(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (CK_HAS_AVX512 && __builtin_cpu_supports("avx512f")) return "AVX-512";
  if (__builtin_cpu_supports("avx2")) return "AVX2";
  return "x86-64";
#elif defined(__aarch64__)
  return "NEON";
#else
  return "portable";
#endif
}
