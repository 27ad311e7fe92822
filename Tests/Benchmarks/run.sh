#!/usr/bin/env bash
# Measures distill against PyTorch on this machine, side by side, prints the table and writes JSON.
#
#   Tests/Benchmarks/run.sh [--quick] [--rows NAME,...] [--rounds N] [--threads N] [--json FILE] [--force]
#
# Rows: bert-base, minilm, general-text, intermediate, reference-recipe, intermediate-cached,
# prediction, tags-finetune, tags-prediction, answers-finetune, answers-prediction, augmentation,
# tokenizer, growth, tracking. Installs what it misses, as Tests/run.sh does. The
# whole takes about an hour on two cores, which nothing else may use meanwhile; --quick shows in
# minutes that everything runs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source=../../pipelines/install.sh
. pipelines/install.sh
# shellcheck source=../python.sh
. Tests/python.sh
install_system_packages
# torch.compile calls a C++ compiler.
command -v g++ >/dev/null 2>&1 || install_packages g++
if ! python3 -c 'import os, sysconfig
os.stat(os.path.join(sysconfig.get_path("include"), "Python.h"))' 2>/dev/null; then
  install_packages python3-dev
fi

cache="${DISTILL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/distill}"
install_python "$cache"
pipelines/fetch_reviews.sh "$cache/downloads" "$cache/reviews"

echo "== building" >&2
swift build -c release --product distill --quiet >&2

echo "== checking the peers" >&2
(cd Tests/Benchmarks && "$DISTILL_PYTHON" -m unittest --quiet check_peers)

mkdir -p .build/benchmarks
export TORCHINDUCTOR_CACHE_DIR="$PWD/.build/benchmarks/inductor"
exec "$DISTILL_PYTHON" Tests/Benchmarks/benchmark.py --binary "$PWD/.build/release/distill" \
  --reviews "$cache/reviews" --build "$PWD/.build/benchmarks" "$@"
