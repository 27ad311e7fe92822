#!/usr/bin/env bash
# Called by Tests/run.sh --fuzz: builds the parsers of Tests/FuzzTests with libFuzzer and
# AddressSanitizer and runs each for some minutes from its seeds, as many at a time as there are
# cores; an input may take 5 s and 512 MB. Prints a table, keeps what it found, and fails if that is
# anything.
#
#   Tests/fuzz.sh MINUTES [PARSER ...]     all parsers where none is named
#
# A finding goes into Tests/FuzzTests/Seeds/<parser> when its cause is mended: there it is tried again
# with every Tests/run.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
minutes="${1:?give the minutes that each parser is to run}"
shift
seeds=Tests/FuzzTests/Seeds
work=.build/fuzz-runs
scratch=.build/fuzz

toolchain=$(dirname "$(readlink -f "$(command -v swift)")")/../lib/clang
library=$(find "$toolchain" -name "libclang_rt.fuzzer_no_main-$(uname -m).a" | head -n 1)
[ -n "$library" ] || { echo "fuzz.sh: this Swift toolchain comes without libFuzzer" >&2; exit 69; }

echo "== building the parsers with libFuzzer and AddressSanitizer"
DISTILL_FUZZ=$library swift build -c release --product fuzz --sanitize=address --scratch-path "$scratch" \
  -Xswiftc -enable-testing --quiet
fuzz="$PWD/$scratch/release/fuzz"
mapfile -t all < <(DISTILL_FUZZ_PARSER='' "$fuzz")
parsers=("$@")
[ $# != 0 ] || parsers=("${all[@]}")

# One parser: its findings and libFuzzer's words in a folder of its own.
run() {
  local parser=$1 seconds=$2 folder=$work/$1 dictionary=Tests/FuzzTests/Dictionaries/json.dict
  [ "$parser" != pipeline ] || dictionary=Tests/FuzzTests/Dictionaries/yaml.dict
  case $parser in rows-[tc]* | packed-* | text | vocabulary) dictionary= ;; esac
  mkdir -p "$folder/corpus" "$folder/findings"
  # Swift's run time has more leaks by design than a file has; memory is bounded all the same. The
  # child process of a crash would only hide it.
  ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:allocator_may_return_null=1 \
    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 SWIFT_BACKTRACE=enable=no DISTILL_FUZZ_PARSER=$parser \
    "$fuzz" "$folder/corpus" "$seeds/$parser" -max_total_time="$seconds" -timeout=5 \
    -rss_limit_mb=512 -max_len=16384 -len_control=20 -print_final_stats=1 \
    -artifact_prefix="$folder/findings/" ${dictionary:+-dict="$dictionary"} \
    >"$folder/log" 2>&1 || echo "ended with $?" >>"$folder/log"
}
export -f run
export work seeds fuzz
rm -rf "$work"
mkdir -p "$work"
echo "== ${#parsers[@]} parsers, $minutes minutes each, $(nproc) at a time"
printf '%s\n' "${parsers[@]}" |
  xargs -P "$(nproc)" -I{} bash -c "run {} $(awk "BEGIN { print int($minutes * 60) }")"

value() { sed -n "s/^stat::$1: *//p" "$work/$2/log" | tail -n 1; }
failed=0
printf '%-22s %12s %10s %10s %9s  %s\n' parser inputs inputs/s covered memory findings
for parser in "${parsers[@]}"; do
  found=$(find "$work/$parser/findings" -type f | wc -l)
  # One that ended before it had tried its seeds has shown nothing.
  inputs=$(value number_of_executed_units "$parser")
  covered=$(grep -o 'cov: [0-9]*' "$work/$parser/log" | tail -n 1 | cut -d' ' -f2)
  if [ "$found" != 0 ] || grep -q '^ended with' "$work/$parser/log" || [ -z "$inputs" ]; then
    failed=1
    what=$(grep -aE '^finding:|SUMMARY:|^Fatal error|ERROR: ' "$work/$parser/log" | head -n 1 | cut -c1-160)
    note="$found: ${what:-see $work/$parser/log}"
  else
    note=none
  fi
  printf '%-22s %12s %10s %10s %6s MB  %s\n' "$parser" "${inputs:--}" \
    "$(value average_exec_per_sec "$parser")" "${covered:--}" "$(value peak_rss_mb "$parser")" "$note"
done
if [ "$failed" != 0 ]; then
  echo "findings: $work/<parser>/findings, to be tried again with"
  echo "  DISTILL_FUZZ_PARSER=<parser> $scratch/release/fuzz <file>"
fi
exit "$failed"
