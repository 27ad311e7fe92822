#ifndef CZSTD_SHIM_H
#define CZSTD_SHIM_H

// zstd, in which users keep texts; only its unpacking is used.
#include <zstd.h>
#include <zstd_errors.h>

#endif
