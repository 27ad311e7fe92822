#!/usr/bin/env bash
# Called by Tests/run.sh --browser: looks at a page of `distill report` in headless Chromium, which it
# installs where it is missing; see Tests/Browser/report.py for what is checked.
#
#   Tests/browser.sh [WORKSPACE ...] [--pictures FOLDER]     a small pipeline is run where none is named
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=../pipelines/install.sh
. pipelines/install.sh
command -v chromium >/dev/null || install_packages chromium

if [ -z "${DISTILL_BINARY:-}" ]; then
  echo "== building"
  swift build -c release --product distill --quiet
  DISTILL_BINARY="$PWD/.build/release/distill"
fi
echo "== looking at a report"
python3 Tests/Browser/report.py "$DISTILL_BINARY" "$@" --big
