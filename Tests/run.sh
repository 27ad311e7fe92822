#!/usr/bin/env bash
# Builds distill and runs every test, interoperability with the real other programs included, then
# the engine's tests as other kinds of machine run them (Tests/processors.sh), what tracking servers get and
# what bad ones cost (Tests/Tracking), and the short versions of the mutants (Tests/Hostile) and of the
# durability tests (Tests/Durability); `Tests/run.sh --full` takes the full figures of the last two, which
# takes half an hour more. Installs what it misses: Debian packages with apt
# (through sudo when not root), Python packages into a private folder. Other arguments are passed on to
# `swift test` (for example --filter Tokenizer), and only that is then run.
#
# Runs of another kind: `Tests/run.sh --fuzz MINUTES` gives each reader of outside files to a fuzzer
# for so long (Tests/fuzz.sh); `Tests/run.sh --sanitize` takes the unit tests under the address and the
# thread sanitizer (Tests/sanitize.sh); `Tests/run.sh --browser` looks at a page of `distill report` in
# headless Chromium (Tests/browser.sh).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

durability=()
mutants=(--count 400)
if [ "${1:-}" = --full ]; then
  durability=(--full)
  mutants=(--count 20000)
  shift
fi

# shellcheck source=../pipelines/install.sh
. pipelines/install.sh
install_system_packages

# What distill gives to shells and to man is tried in them, where they are to be had.
shells=()
for program in zsh fish groff; do command -v "$program" > /dev/null || shells+=("$program"); done
[ "${#shells[@]}" = 0 ] || install_packages "${shells[@]}" || echo "== without ${shells[*]}"

case "${1:-}" in
--fuzz) exec Tests/fuzz.sh "${@:2}" ;;
--browser) exec Tests/browser.sh "${@:2}" ;;
--sanitize) exec Tests/sanitize.sh "${@:2}" ;;
esac

cache="${DISTILL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/distill}"
# shellcheck source=python.sh
. Tests/python.sh
install_python "$cache"
install_mlflow "$cache"

echo "== fetching the quickstart's model and text"
pipelines/fetch_reviews.sh "$cache/downloads" "$cache/reviews"
export DISTILL_QUICKSTART_DATA="$cache/reviews"
export DISTILL_TEST_MODEL="$cache/reviews/encoder"

# The program as users build it: with testing enabled the compiler inlines less, and what it does
# across files then goes unseen.
echo "== building"
swift build -c release --product distill --quiet
export DISTILL_BINARY="$PWD/.build/release/distill"

echo "== building the tests"
flags=(
  -c release -Xswiftc -enable-testing --explicit-target-dependency-import-check error
  --scratch-path .build/testing
)
swift build "${flags[@]}" --build-tests --quiet

# A failure among a thousand tests is said once more at the end, where a log that is cut keeps it.
echo "== testing"
said=$(mktemp)
trap 'rm -f "$said"' EXIT
if ! swift test "${flags[@]}" --skip-build "$@" 2>&1 | tee "$said"; then
  echo "== what failed"
  grep -E ' recorded an issue|^(✘|↳)|error:' "$said" | tail -n 100 || true
  exit 1
fi

[ $# = 0 ] || exit 0
Tests/processors.sh "${flags[@]}"
echo "== tracking on a real server, and on bad ones"
python3 Tests/Tracking/real_server.py
python3 Tests/Tracking/bad_servers.py
python3 Tests/Tracking/bad_stores.py
python3 Tests/Tracking/bad_histories.py
python3 Tests/Tracking/databricks_place.py
echo "== changing bytes of all that is read"
python3 Tests/Hostile/mutants.py "${mutants[@]}"
echo "== killing, stopping and damaging"
python3 Tests/Durability/run.py "${durability[@]}"
