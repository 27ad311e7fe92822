// The one question about the machine that Swift's C library module cannot ask.
#define _GNU_SOURCE
#include "ckernels.h"

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
