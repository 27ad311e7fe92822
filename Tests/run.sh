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
# shellcheck source=python.sh
. Tests/python.sh
install_python "$cache"

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
