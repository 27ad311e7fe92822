// Preloaded into distill by the durability tests: a calendar clock that jumps. The clock that
// measures durations is left alone.
//
// CLOCK_SHIFT  seconds that the calendar is ahead from the start on; may be negative
// CLOCK_JUMP   seconds by which it jumps back and forth at every fiftieth look
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static _Atomic unsigned looks;

static long shift(void) {
  const char *ahead = getenv("CLOCK_SHIFT"), *jump = getenv("CLOCK_JUMP");
  long seconds = ahead ? atol(ahead) : 0;
  if (jump && (looks++ / 50) % 2 == 1) seconds += atol(jump);
  return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *result) {
  long status = syscall(SYS_clock_gettime, clock, result);
  if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    result->tv_sec += shift();
  }
  return (int)status;
}

int gettimeofday(struct timeval *restrict result, void *restrict zone) {
  struct timespec now;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  result->tv_sec = now.tv_sec;
  result->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result) *result = now.tv_sec;
  return now.tv_sec;
}
