# Sourced by quickstart.sh, Tests/run.sh and the benchmarks: installs the Debian packages that distill builds with.

# Installs OpenBLAS, oneDNN, HDF5, zlib, zstd and Python's venv where their files are missing; does nothing, and asks
# for no password, where they are there.
install_system_packages() {
  local missing=()
  pkg-config --exists openblas 2>/dev/null || missing+=(libopenblas-dev)
  pkg-config --exists hdf5 2>/dev/null || missing+=(libhdf5-dev)
  pkg-config --exists zlib 2>/dev/null || missing+=(zlib1g-dev)
  pkg-config --exists libzstd 2>/dev/null || missing+=(libzstd-dev)
  command -v pkg-config >/dev/null 2>&1 || missing+=(pkg-config)
  if ! python3 -c 'import venv, ensurepip' >/dev/null 2>&1; then
    missing+=(python3 python3-venv python3-pip)
  fi
  install_packages "${missing[@]}"
  # Optional: without it everything runs in fp32.
  if [ "$(uname -m)" = x86_64 ] && ! [ -e /usr/include/oneapi/dnnl/dnnl.h ] &&
    ! [ -e /usr/local/include/oneapi/dnnl/dnnl.h ]; then
    install_packages libdnnl-dev || echo "== libdnnl-dev is not to be had: products in fp32"
  fi
}

# Installs Debian packages, through sudo when not root: install_packages NAME...
install_packages() {
  [ $# = 0 ] && return 0

  local apt=(apt-get)
  [ "$(id -u)" = 0 ] || apt=(sudo apt-get)
  echo "== installing $*"
  "${apt[@]}" update -qq
  DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y -qq --no-install-recommends "$@" >/dev/null
}
