# Sourced by Tests/run.sh and the benchmarks: the private Python that both compare with.

# Makes an environment with PyTorch and the oracles' packages in CACHE, unless it is there, and
# exports its interpreter as DISTILL_PYTHON: install_python CACHE
install_python() {
  local requirements=Tests/Oracles/requirements.txt python
  python="$1/oracles-$(sha256sum "$requirements" | cut -c1-12)"
  if [ ! -e "$python/ready" ]; then
    echo "== installing the oracles (PyTorch, transformers, h5py) into $python"
    rm -rf "$python"
    python3 -m venv "$python"
    "$python/bin/pip" install --quiet --disable-pip-version-check "torch==2.13.0+cpu" ||
      "$python/bin/pip" install --quiet --disable-pip-version-check "torch==2.13.0"
    "$python/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
    touch "$python/ready"
  fi
  export DISTILL_PYTHON="$python/bin/python"
}
