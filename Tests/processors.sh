#!/usr/bin/env bash
# Called by Tests/run.sh: runs the tests whose results depend on the processor and on the libraries
# that multiply as other machines would: without oneDNN and without AVX-512, in a second build, with
# OpenBLAS's kernels for several processors; then the first build with oneDNN held to AVX2. A kind
# that this processor cannot run is left out. Arguments: the flags of the first build.
set -euo pipefail
first=("$@")
second=(
  -c release -Xswiftc -enable-testing --explicit-target-dependency-import-check error
  --scratch-path .build/processors
)
suites='^(Compute|Transformer|Training|Distillation|Augmentation)Tests\.'
suites+='|^StagesTests\.PredictCommandTests/'

can() { grep -qw "$1" /proc/cpuinfo; }
cores=()
if [ "$(uname -m)" = x86_64 ]; then
  cores=(Prescott)
  if can avx2; then cores+=(Haswell Zen); fi
  if can avx512f; then cores+=(SkylakeX); fi
fi

echo "== building without oneDNN and AVX-512"
DISTILL_ONEDNN=0 DISTILL_AVX512=0 swift build "${second[@]}" --build-tests --quiet
for core in "${cores[@]:-}"; do
  echo "== testing the engine without oneDNN and AVX-512, OpenBLAS for ${core:-this processor}"
  DISTILL_ONEDNN=0 DISTILL_AVX512=0 DISTILL_BINARY="$PWD/.build/processors/release/distill" \
    env ${core:+OPENBLAS_CORETYPE="$core"} swift test "${second[@]}" --skip-build --filter "$suites"
done
if can avx2; then
  echo "== testing the engine with oneDNN and OpenBLAS for AVX2"
  DNNL_MAX_CPU_ISA=AVX2 OPENBLAS_CORETYPE=Haswell swift test "${first[@]}" --skip-build --filter "$suites"
fi
