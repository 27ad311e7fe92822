#!/usr/bin/env bash
# Init script of a cluster: puts distill where the notebook finds it. It was run on no Databricks cluster, only
# against the stand-in of Tests/Tracking/databricks_place.py.
#
# DISTILL_ARCHIVE (a variable of the cluster) is the archive that pipelines/release.sh made on the same release of
# Ubuntu as the cluster's runtime, on a volume: /Volumes/CATALOG/SCHEMA/VOLUME/distill-...tar.gz
set -euo pipefail
archive="${DISTILL_ARCHIVE:?init.sh: DISTILL_ARCHIVE is not set; name the archive in the variables of the cluster}"
target="${DISTILL_HOME:-/opt/distill}"
[ -f "$archive" ] || { echo "init.sh: $archive: there is no such file; copy the archive there" >&2; exit 66; }

rm -rf "$target.new"
mkdir -p "$target.new"
tar -xzf "$archive" -C "$target.new" --strip-components=1 --no-same-owner
# The libraries that are the system's own, but for those that are there; libcurl is for tracking.
missing=()
while IFS= read -r package; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done < <(cat "$target.new/debian-packages"; echo libcurl4)
if [ ${#missing[@]} != 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi
"$target.new/bin/distill" --version
rm -rf "$target"
mv "$target.new" "$target"
