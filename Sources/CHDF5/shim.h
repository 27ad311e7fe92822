#ifndef CHDF5_SHIM_H
#define CHDF5_SHIM_H

// The HDF5 C library as Swift can see it. Constants that are comma expressions (`H5T_NATIVE_FLOAT`),
// casts (`H5P_DEFAULT`) or function macros are invisible to Swift: they get an inline function each.
// The 1.10 interface is asked for by name, so that newer libraries (1.12, 1.14) compile the same.
#define H5_USE_110_API 1
#include <hdf5.h>
#include <stdio.h>
#include <string.h>

// Element types as stored, little-endian on every machine.
static inline hid_t chdf5_float32(void) { return H5T_IEEE_F32LE; }
static inline hid_t chdf5_int32(void) { return H5T_STD_I32LE; }
static inline hid_t chdf5_int64(void) { return H5T_STD_I64LE; }
static inline hid_t chdf5_uint8(void) { return H5T_STD_U8LE; }
static inline hid_t chdf5_string(void) { return H5T_C_S1; }

// Property list classes and defaults.
static inline hid_t chdf5_default(void) { return H5P_DEFAULT; }
static inline hid_t chdf5_file_create(void) { return H5P_FILE_CREATE; }
static inline hid_t chdf5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t chdf5_group_create(void) { return H5P_GROUP_CREATE; }
static inline hid_t chdf5_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t chdf5_link_create(void) { return H5P_LINK_CREATE; }

// Flags and sizes.
static inline unsigned chdf5_truncate(void) { return H5F_ACC_TRUNC; }
static inline hid_t chdf5_all(void) { return H5S_ALL; }
static inline hsize_t chdf5_unlimited(void) { return H5S_UNLIMITED; }

// `hbool_t` is a `bool` or an integer, depending on how the library was configured.
static inline herr_t chdf5_disable_object_times(hid_t creation) {
  return H5Pset_obj_track_times(creation, 0);
}

// HDF5's own `flock` is off: it fails on file systems without locks, and a file under construction
// is locked by whoever makes it. The call came with 1.10.7.
static inline herr_t chdf5_disable_file_locking(hid_t access) {
#if H5_VERSION_GE(1, 10, 7) && !(H5_VERS_MAJOR == 1 && H5_VERS_MINOR == 11)
  return H5Pset_file_locking(access, 0, 1);
#else
  (void)access;
  return 0;
#endif
}

// Error messages: nothing is printed by the library, and a failed call's stack is turned into text
// here, on the thread that made the call (stacks are per thread in thread-safe builds).
static inline void chdf5_silence_errors(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

typedef struct {
  char *text;
  size_t size;
} chdf5_message;

// Walking upward starts at the innermost frame, which holds the cause.
static inline herr_t chdf5_keep_first(unsigned depth, const H5E_error2_t *error, void *context) {
  chdf5_message *message = (chdf5_message *)context;
  if (depth == 0 && error->desc != NULL) snprintf(message->text, message->size, "%s", error->desc);
  return 0;
}

static inline void chdf5_take_error(char *text, size_t size) {
  chdf5_message message = {text, size};
  if (size > 0) text[0] = '\0';
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, chdf5_keep_first, &message);
  H5Eclear2(H5E_DEFAULT);
}

#endif
