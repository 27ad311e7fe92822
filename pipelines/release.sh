#!/usr/bin/env bash
# Makes a release archive: distill with Swift's libraries linked into it, so that it runs where no
# Swift is installed. OpenBLAS, HDF5, oneDNN, zlib and zstd stay the system's own, which keep getting its security
# fixes; the archive names the packages in `debian-packages`. It runs on the release of Debian or
# Ubuntu that it was made on: others have other versions of those libraries.
#
#   pipelines/release.sh [FOLDER]     writes FOLDER/distill-<version>-<system>-<processor>.tar.gz
#
# FOLDER is .build/release-archive by default. `Tests/release.sh` proves an archive on a bare system.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder="${1:-.build/release-archive}"

# shellcheck source=install.sh
. pipelines/install.sh
install_system_packages
for tool in readelf strip; do
  command -v "$tool" >/dev/null || { echo "release.sh: $tool is missing: apt install binutils" >&2; exit 69; }
done

echo "== building with Swift's libraries inside" >&2
# A place of its own: objects for the static library do not mix with the others.
scratch=.build/static
swift build -c release --product distill --static-swift-stdlib --scratch-path "$scratch" --quiet
binary="$scratch/release/distill"

# Direct needs alone: what those libraries need in turn is their packages' affair.
needed=$(readelf -d "$binary" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
if grep -E '^lib(swift|_?Foundation|dispatch|BlocksRuntime)' <<<"$needed"; then
  echo "release.sh: $binary still needs these of Swift's libraries" >&2
  exit 70
fi
packages=$(
  while IFS= read -r library; do
    found=$(ldconfig -p | awk -v name="$library" '$1 == name { print $NF; exit }')
    [ -n "$found" ] || { echo "release.sh: $library is not in the linker's cache" >&2; exit 70; }
    # dpkg knows a file under one of two names where /lib is a link into /usr.
    file=$(readlink -f "$found")
    { dpkg-query -S "$file" "${file#/usr}" 2>/dev/null || true; } | sed 's/:.*//;q' | grep . ||
      { echo "release.sh: $file belongs to no package" >&2; exit 70; }
  done <<<"$needed" | sort -u
)

version=$("$binary" --version | sed -nE '1s/^[^0-9]*([0-9]+\.[0-9]+\.[0-9]+).*/\1/p')
system=$(. /etc/os-release && echo "${ID:-linux}${VERSION_ID:-}")
name="distill-$version-$system-$(uname -m)"
stage="$scratch/archive"
rm -rf "$stage"
mkdir -p "$stage/$name/bin" "$stage/$name/pipelines" "$stage/$name/Sources" "$stage/$name/licenses" "$folder"
strip -o "$stage/$name/bin/distill" "$binary"
cp LICENSE README.md "$stage/$name/"
# What the pages link to and show, and what fetches the pipelines' texts.
cp Sources/README.md "$stage/$name/Sources/"
cp -R pipelines/README.md pipelines/*.yaml pipelines/*.png pipelines/databricks pipelines/debian_text.sh \
  pipelines/fetch_reviews.sh pipelines/prepare_reviews.py "$stage/$name/pipelines/"
echo "$packages" >"$stage/$name/debian-packages"
# What is linked in asks that its terms come along.
for checkout in "$scratch"/checkouts/*/; do
  for terms in "$checkout"LICENSE* "$checkout"NOTICE*; do
    [ -e "$terms" ] && cp "$terms" "$stage/$name/licenses/$(basename "$checkout")-$(basename "$terms")"
  done
done
swift_terms="$(dirname "$(readlink -f "$(command -v swift)")")/../share/swift/LICENSE.txt"
[ ! -e "$swift_terms" ] || cp "$swift_terms" "$stage/$name/licenses/swift-LICENSE.txt"

archive="$folder/$name.tar.gz"
# Without owners and times equal content gives equal bytes.
tar -C "$stage" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - "$name" |
  gzip -n -9 >"$archive.part"
mv "$archive.part" "$archive"

echo "$archive"
echo "size     $(stat -c %s "$archive") bytes"
echo "sha256   $(sha256sum "$archive" | cut -d' ' -f1)"
echo "packages $(tr '\n' ' ' <<<"$packages")"
