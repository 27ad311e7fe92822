#!/usr/bin/env bash
# Called by Tests/run.sh --sanitize: the unit tests of everything that reads files or runs threads,
# once under AddressSanitizer and once under ThreadSanitizer, in builds of their own: optimised, since
# without that the kernels' tests alone take hours. Other arguments are passed on to `swift test` (for
# example --filter TextTests).
#
# Swift checks its own arithmetic and bounds in every build; what is looked for here is memory that C
# and unsafe Swift touch, and data that two threads touch.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
suites='^(Files|HDF5|Text|Interchange|Pipelines|Tracking|Compute|Fuzz|Artifacts|Training|Tasks)Tests\.'
what=("$@")
[ $# != 0 ] || what=(--filter "$suites")

run() {
  local kind=$1
  local flags=(
    -c release -Xswiftc -enable-testing --sanitize "$kind" --scratch-path ".build/sanitize-$kind"
  )
  echo "== building the tests under the $kind sanitizer"
  swift build "${flags[@]}" --build-tests --quiet
  echo "== testing under the $kind sanitizer"
  swift test "${flags[@]}" --skip-build "${what[@]}"
}

# Leaks of Swift's own run time are no faults of ours, and memory that a test asks for beyond all
# bounds must be refused as the system refuses it.
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
export TSAN_OPTIONS="suppressions=$PWD/Tests/thread-suppressions.txt:halt_on_error=0:exitcode=66"
# Libraries that were built without the sanitizer hand work to threads of their own, which it cannot
# follow; distill uses none of them.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
run address
run thread
