#!/usr/bin/env bash
# From a fresh machine with a Swift toolchain to a working student: installs what is missing,
# builds, fetches a real encoder and real rated reviews, runs pipelines/quickstart.yaml and prints
# teacher, student and baseline side by side. A second run does no work.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=install.sh
. pipelines/install.sh
install_system_packages

echo "== building" >&2
swift build -c release --product distill --quiet
distill=.build/release/distill

cache="${DISTILL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/distill}"
pipelines/fetch_reviews.sh "$cache/downloads" pipelines/.data/reviews

echo "== running pipelines/quickstart.yaml" >&2
"$distill" run pipelines/quickstart.yaml
echo
"$distill" metrics pipelines/quickstart.yaml --stage evaluate
"$distill" report pipelines/quickstart.yaml --output pipelines/.distill/quickstart.html
echo
echo "The student is a Hugging Face folder now: pipelines/.distill/quickstart/artifacts/student_folder"
echo "Try it:  echo 'a warm, funny, beautifully acted film .' > /tmp/reviews.txt"
echo "         $distill predict --model pipelines/.distill/quickstart/artifacts/student.h5 --input /tmp/reviews.txt"
