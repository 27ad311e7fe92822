#!/usr/bin/env bash
# Builds distill and runs every test, interoperability with the real other programs included.
# Installs what it misses: Debian packages with apt (through sudo when not root), Python packages
# into a private folder. Arguments are passed on to `swift test` (for example --filter Tokenizer).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=../pipelines/install.sh
. pipelines/install.sh
install_system_packages

cache="${DISTILL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/distill}"
requirements=Tests/Oracles/requirements.txt
python="$cache/oracles-$(sha256sum "$requirements" | cut -c1-12)"
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

echo "== fetching the quickstart's model and text"
pipelines/fetch_reviews.sh "$cache/downloads" "$cache/reviews"
export DISTILL_QUICKSTART_DATA="$cache/reviews"
export DISTILL_TEST_MODEL="$cache/reviews/encoder"

echo "== building"
flags=(-c release -Xswiftc -enable-testing --explicit-target-dependency-import-check error)
swift build "${flags[@]}" --build-tests --quiet
export DISTILL_BINARY="$PWD/.build/release/distill"

echo "== testing"
swift test "${flags[@]}" --skip-build "$@"
