// Looks, before any library starts, whether the address space has room for them.
//
// OpenBLAS starts a thread for every core but one as it is loaded, and each takes a buffer: where the
// system grants none (ulimit -v) it asks again for ever. Nothing can be said once that has begun.

#define _GNU_SOURCE

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MEBIBYTE (1L << 20)

// A thread's buffer and stack, and what the program wants before it reads anything.
static const long thread_bytes = 137 * MEBIBYTE;
static const long base_bytes = 96 * MEBIBYTE;

// The threads that OpenBLAS will start; its own variables count before the cores.
static long library_threads(char **environment) {
  static const char *const names[] = {
    "OPENBLAS_NUM_THREADS=", "GOTO_NUM_THREADS=", "OMP_NUM_THREADS="};
  for (int i = 0; i < 3; i++) {
    for (char **entry = environment; entry && *entry; entry++) {
      size_t length = strlen(names[i]);
      if (strncmp(*entry, names[i], length) != 0) continue;
      long threads = atol(*entry + length);
      if (threads > 0) return threads;
    }
  }
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
  return CPU_COUNT(&cores);
}

// Bytes of the address space that are in use; 0 where the kernel does not say.
static long used_bytes(void) {
  char text[64] = {0};
  int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  return count > 0 ? atol(text) * sysconf(_SC_PAGESIZE) : 0;
}

static void check_address_space(int count, char **arguments, char **environment) {
  (void)count;
  (void)arguments;
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  long threads = library_threads(environment);
  long needed = used_bytes() + base_bytes + (threads - 1) * thread_bytes;
  if (needed <= 0 || limit.rlim_cur >= (rlim_t)needed) return;
  char line[320];
  int length = snprintf(
    line, sizeof line,
    "distill: memory: the address space is limited to %ld MiB (ulimit -v), the program and its "
    "libraries need %ld to start; raise the limit%s\n",
    (long)(limit.rlim_cur / MEBIBYTE), needed / MEBIBYTE,
    threads > 1 ? ", or set OPENBLAS_NUM_THREADS=1" : "");
  if (length > 0 && write(2, line, (size_t)length) < 0) _exit(69);
  _exit(69);
}

// Runs before the constructors of shared libraries.
__attribute__((section(".preinit_array"), used)) static void (*const at_start)(
  int, char **, char **) = check_address_space;
