#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H

// zlib, which HDF5 compresses with; what an artifact holds is inflated without HDF5.
#include <zlib.h>

#endif
