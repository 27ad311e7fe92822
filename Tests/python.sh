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

# Makes an environment with MLflow in CACHE, unless it is there, and exports its interpreter as
# DISTILL_MLFLOW: install_mlflow CACHE. What it has not itself it takes from the oracles' (PyTorch, transformers).
install_mlflow() {
  local requirements=Tests/Tracking/requirements.txt python
  python="$1/mlflow-$(cat "$requirements" Tests/Oracles/requirements.txt | sha256sum | cut -c1-12)"
  if [ ! -e "$python/ready" ]; then
    echo "== installing MLflow into $python"
    rm -rf "$python"
    python3 -m venv "$python"
    "$python/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
    "$DISTILL_PYTHON" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
      >"$("$python/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/oracles.pth"
    touch "$python/ready"
  fi
  export DISTILL_MLFLOW="$python/bin/python"
}
