// Preloaded into distill by the durability tests: counts every call that changes a file below a
// folder, writes it down, and fails or kills at a chosen one. The program itself is not touched.
//
// FAULTS_ROOT    the folder, absolute and without links; calls elsewhere pass unseen
// FAULTS_STATE   16 zero bytes shared by the process and its children: calls so far, faults so far
// FAULTS_LOG     where the calls are written down, one a line, fields parted by tabs:
//                number, process, call, inode, size before, offset, result, errno, path, second
//                path (offset: of a write, -1 for other calls)
// FAULTS_CALLS   which calls count, all by default: open,write,fsync,ftruncate,rename,unlink,mkdir,
//                rmdir ("open" is one that creates or empties a file)
// FAULTS_MATCH   only calls with this text in a path count
// FAULTS_AT      the fault comes before the call of this number
// FAULTS_ERROR   errno it returns; without one the process is killed (SIGKILL), and every other
//                process of the run at its next such call, as if all had been killed at this instant
// FAULTS_ALONE   1: the process is killed, the others live on
// FAULTS_PERSIST 1: that call and all after it fail
// FAULTS_BREAK   what the program is made to believe falsely, for tests that must then fail:
//                fsync (it does nothing), rename (it copies)
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { OPEN, WRITE, SYNC, TRUNCATE, RENAME, UNLINK, MKDIR, RMDIR, KINDS };
static const char *const names[KINDS] = {"open",   "write",  "fsync", "ftruncate",
                                         "rename", "unlink", "mkdir", "rmdir"};

struct counts {
  _Atomic unsigned long calls;
  _Atomic unsigned long faults;
};

static struct counts *counts;
static const char *root, *match;
static size_t root_length;
static unsigned counted = (1u << KINDS) - 1;
static unsigned long at;
static int error_code, is_persistent, is_alone, breaks_sync, breaks_rename;
static int log_file = -1;

static int is_set(const char *name) {
  const char *value = getenv(name);
  return value && strcmp(value, "1") == 0;
}

__attribute__((constructor)) static void begin(void) {
  const char *state = getenv("FAULTS_STATE"), *log = getenv("FAULTS_LOG");
  const char *calls = getenv("FAULTS_CALLS"), *broken = getenv("FAULTS_BREAK");
  root = getenv("FAULTS_ROOT");
  if (!root || !state) return;
  root_length = strlen(root);
  match = getenv("FAULTS_MATCH");
  at = getenv("FAULTS_AT") ? strtoul(getenv("FAULTS_AT"), NULL, 10) : 0;
  error_code = getenv("FAULTS_ERROR") ? atoi(getenv("FAULTS_ERROR")) : 0;
  is_persistent = is_set("FAULTS_PERSIST");
  is_alone = is_set("FAULTS_ALONE");
  breaks_sync = broken && strcmp(broken, "fsync") == 0;
  breaks_rename = broken && strcmp(broken, "rename") == 0;
  if (calls) {
    counted = 0;
    for (int kind = 0; kind < KINDS; kind++) {
      const char *found = strstr(calls, names[kind]);
      if (found) counted |= 1u << kind;
    }
  }
  int file = (int)syscall(SYS_openat, AT_FDCWD, state, O_RDWR | O_CLOEXEC);
  if (file < 0) _exit(126);
  void *memory = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory == MAP_FAILED) _exit(126);
  if (log) {
    int number = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    // Far from the numbers that a program might close or take for its own.
    log_file = fcntl(number, F_DUPFD_CLOEXEC, 700);
    close(number);
  }
  counts = memory;
}

// The absolute path that a call means; links are not followed.
static void absolute(int folder, const char *path, char *result) {
  char link[64];
  ssize_t length;
  if (path[0] == '/') {
    snprintf(result, PATH_MAX, "%s", path);
    return;
  }
  if (folder == AT_FDCWD) {
    snprintf(link, sizeof link, "/proc/self/cwd");
  } else {
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
  }
  length = readlink(link, result, PATH_MAX - 1);
  if (length < 0) length = 0;
  snprintf(result + length, PATH_MAX - (size_t)length, "/%s", path);
}

static int of_descriptor(int file, char *result) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, result, PATH_MAX - 1);
  if (length < 0) return 0;
  result[length] = 0;
  return 1;
}

static int is_below_root(const char *path) {
  return strncmp(path, root, root_length) == 0 &&
         (path[root_length] == '/' || path[root_length] == 0 || root[root_length - 1] == '/');
}

struct call {
  enum kind kind;
  unsigned long number;
  long inode, size, offset;
  char path[PATH_MAX], second[PATH_MAX];
};

static _Noreturn void die(void) {
  for (;;) {
    kill(getpid(), SIGKILL);
    pause();
  }
}

// Whether the call is seen at all. If so it has its number, and `*fault` says whether it must fail;
// a kill does not return.
static int enter(struct call *call, int *fault) {
  *fault = 0;
  if (!is_below_root(call->path) && !is_below_root(call->second)) return 0;
  if (!error_code && !is_alone && at && counts->faults) die();
  if (!(counted >> call->kind & 1)) return 0;
  if (match && !strstr(call->path, match) && !strstr(call->second, match)) return 0;
  call->number = ++counts->calls;
  if (at && (call->number == at || (is_persistent && call->number > at))) {
    counts->faults++;
    if (!error_code) die();
    *fault = 1;
  }
  return 1;
}

static long leave(const struct call *call, long result, int code) {
  if (log_file >= 0) {
    char line[2 * PATH_MAX + 200];
    int length = snprintf(line, sizeof line, "%lu\t%d\t%s\t%ld\t%ld\t%ld\t%ld\t%d\t%s\t%s\n",
                          call->number, getpid(), names[call->kind], call->inode, call->size,
                          call->offset, result, result < 0 ? code : 0, call->path, call->second);
    syscall(SYS_write, log_file, line, length);
  }
  errno = code;
  return result;
}

// One call from its number to its line in the record; `real` is what it does when nothing fails.
#define RUN(call, real)                                \
  do {                                                 \
    int fault;                                         \
    if (!enter(&(call), &fault)) return real;          \
    if (fault) return leave(&(call), -1, error_code);  \
    long result = real;                                \
    return leave(&(call), result, errno);              \
  } while (0)

static void look(struct call *call, int folder, const char *path) {
  struct stat status;
  call->inode = call->size = -1;
  if (fstatat(folder, path, &status, AT_SYMLINK_NOFOLLOW) == 0) {
    call->inode = (long)status.st_ino;
    call->size = (long)status.st_size;
  }
}

static int start(struct call *call, enum kind kind, int folder, const char *path) {
  if (!counts || !path) return 0;
  call->kind = kind;
  call->second[0] = 0;
  call->offset = -1;
  absolute(folder, path, call->path);
  look(call, AT_FDCWD, call->path);
  return 1;
}

static int start_descriptor(struct call *call, enum kind kind, int file) {
  struct stat status;
  if (!counts || !of_descriptor(file, call->path)) return 0;
  call->kind = kind;
  call->second[0] = 0;
  call->inode = call->size = -1;
  call->offset = kind == WRITE ? (long)lseek(file, 0, SEEK_CUR) : -1;
  if (fstat(file, &status) == 0) {
    call->inode = (long)status.st_ino;
    call->size = (long)status.st_size;
    if (kind == WRITE && fcntl(file, F_GETFL) & O_APPEND) call->offset = call->size;
  }
  return 1;
}

static int open_file(int folder, const char *path, int flags, mode_t mode) {
  struct call call;
  int changes = flags & (O_CREAT | O_TRUNC);
  if (!changes || !start(&call, OPEN, folder, path) || (call.inode >= 0 && !(flags & O_TRUNC))) {
    return (int)syscall(SYS_openat, folder, path, flags, mode);
  }
  // An emptied file keeps its inode, and the record shows it; a new one has -1.
  RUN(call, (int)syscall(SYS_openat, folder, path, flags, mode));
}

#define WITH_MODE(last)                                   \
  mode_t mode = 0;                                        \
  if (flags & (O_CREAT | O_TMPFILE)) {                    \
    va_list list;                                         \
    va_start(list, last);                                 \
    mode = va_arg(list, mode_t);                          \
    va_end(list);                                         \
  }

int open(const char *path, int flags, ...) {
  WITH_MODE(flags)
  return open_file(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  WITH_MODE(flags)
  return open_file(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...) {
  WITH_MODE(flags)
  return open_file(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...) {
  WITH_MODE(flags)
  return open_file(folder, path, flags, mode);
}

int creat(const char *path, mode_t mode) {
  return open_file(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int creat64(const char *path, mode_t mode) {
  return open_file(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

ssize_t write(int file, const void *bytes, size_t count) {
  struct call call;
  if (!start_descriptor(&call, WRITE, file)) return syscall(SYS_write, file, bytes, count);
  RUN(call, syscall(SYS_write, file, bytes, count));
}

ssize_t writev(int file, const struct iovec *parts, int count) {
  struct call call;
  if (!start_descriptor(&call, WRITE, file)) return syscall(SYS_writev, file, parts, count);
  RUN(call, syscall(SYS_writev, file, parts, count));
}

static ssize_t write_at(int file, const void *bytes, size_t count, off_t offset) {
  struct call call;
  if (!start_descriptor(&call, WRITE, file)) {
    return syscall(SYS_pwrite64, file, bytes, count, offset);
  }
  call.offset = (long)offset;
  RUN(call, syscall(SYS_pwrite64, file, bytes, count, offset));
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  return write_at(file, bytes, count, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off_t offset) {
  return write_at(file, bytes, count, offset);
}

static int synchronize(int file, long number) {
  struct call call;
  if (!start_descriptor(&call, SYNC, file)) return (int)syscall(number, file);
  if (breaks_sync && is_below_root(call.path)) return 0;
  RUN(call, (int)syscall(number, file));
}

int fsync(int file) { return synchronize(file, SYS_fsync); }
int fdatasync(int file) { return synchronize(file, SYS_fdatasync); }

static int truncate_file(int file, off_t size) {
  struct call call;
  if (!start_descriptor(&call, TRUNCATE, file)) return (int)syscall(SYS_ftruncate, file, size);
  RUN(call, (int)syscall(SYS_ftruncate, file, size));
}

int ftruncate(int file, off_t size) { return truncate_file(file, size); }
int ftruncate64(int file, off_t size) { return truncate_file(file, size); }

static int remove_entry(enum kind kind, int folder, const char *path, int flags) {
  struct call call;
  if (!start(&call, kind, folder, path) || call.inode < 0) {
    return (int)syscall(SYS_unlinkat, folder, path, flags);
  }
  RUN(call, (int)syscall(SYS_unlinkat, folder, path, flags));
}

int unlink(const char *path) { return remove_entry(UNLINK, AT_FDCWD, path, 0); }
int rmdir(const char *path) { return remove_entry(RMDIR, AT_FDCWD, path, AT_REMOVEDIR); }
int unlinkat(int folder, const char *path, int flags) {
  return remove_entry(flags & AT_REMOVEDIR ? RMDIR : UNLINK, folder, path, flags);
}

static int make_folder(int folder, const char *path, mode_t mode) {
  struct call call;
  if (!start(&call, MKDIR, folder, path) || call.inode >= 0) {
    return (int)syscall(SYS_mkdirat, folder, path, mode);
  }
  RUN(call, (int)syscall(SYS_mkdirat, folder, path, mode));
}

int mkdir(const char *path, mode_t mode) { return make_folder(AT_FDCWD, path, mode); }
int mkdirat(int folder, const char *path, mode_t mode) { return make_folder(folder, path, mode); }

// What a careless program does instead of renaming: the old file is overwritten in place.
static int copy_over(const char *from, const char *to) {
  char bytes[4096];
  ssize_t count;
  int source = open(from, O_RDONLY | O_CLOEXEC);
  int target = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (source < 0 || target < 0) return -1;
  while ((count = read(source, bytes, sizeof bytes)) > 0) {
    if (write(target, bytes, (size_t)count) != count) return -1;
  }
  close(source);
  close(target);
  return unlink(from);
}

static int rename_entry(int from, const char *old, int to, const char *new, unsigned flags) {
  struct call call;
  struct stat status;
  if (!start(&call, RENAME, from, old)) {
    return (int)syscall(SYS_renameat2, from, old, to, new, flags);
  }
  absolute(to, new, call.second);
  if (breaks_rename && is_below_root(call.second) && stat(call.path, &status) == 0 &&
      S_ISREG(status.st_mode)) {
    return copy_over(call.path, call.second);
  }
  RUN(call, (int)syscall(SYS_renameat2, from, old, to, new, flags));
}

int rename(const char *old, const char *new) {
  return rename_entry(AT_FDCWD, old, AT_FDCWD, new, 0);
}

int renameat(int from, const char *old, int to, const char *new) {
  return rename_entry(from, old, to, new, 0);
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags) {
  return rename_entry(from, old, to, new, flags);
}
