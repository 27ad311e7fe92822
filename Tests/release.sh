#!/usr/bin/env bash
# Proves that a release archive runs on a bare system without Swift: makes a minimal Debian of the
# release it is made for in a folder, installs there what the archive's `debian-packages` names and
# nothing else, and has it train, score, predict and export as that system. Needs root, for chroot.
#
#   Tests/release.sh ARCHIVE      an archive that pipelines/release.sh made
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
archive=$(realpath "${1:?give the archive that pipelines/release.sh made}")
[ "$(id -u)" = 0 ] || { echo "release.sh: run it as root: it makes a root folder of its own" >&2; exit 64; }

# shellcheck source=../pipelines/install.sh
. pipelines/install.sh
command -v debootstrap >/dev/null || install_packages debootstrap

codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
root=$(mktemp -d)
# As every system has it: a Swift program reads its own arguments there.
trap 'umount "$root/proc" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT
packages=$(tar -xOzf "$archive" --wildcards '*/debian-packages' | paste -sd,)
echo "== a bare Debian ($codename) with $packages"
debootstrap --variant=minbase --include="$packages" "$codename" "$root" >"$root.log" 2>&1 ||
  { tail -n 20 "$root.log"; exit 69; }
rm -f "$root.log"
mount -t proc proc "$root/proc"
mkdir "$root/opt/distill" "$root/trial"
tar -xzf "$archive" -C "$root/opt/distill" --strip-components=1
if find "$root" -xdev -name 'libswift*' -o -xdev -name 'libFoundation*' | grep .; then
  echo "the bare system has Swift's libraries: it proves nothing"
  exit 70
fi

# Its pages lead nowhere outside it.
for page in README.md pipelines/README.md pipelines/databricks/README.md Sources/README.md; do
  (cd "$root/opt/distill/$(dirname "$page")" && { grep -oE '\]\([^)#]+|src="[^"]+' "$(basename "$page")" || true; } |
    sed -E 's/^(\]\(|src=")//' | { grep -v '^https\?:' || true; } | while IFS= read -r target; do
      [ -e "$target" ] || { echo "$page of the archive names $target, which is not in it"; exit 70; }
    done)
done

# A model and rows of its own: an ELECTRA of a few thousand weights, and the words it knows.
model=Tests/Fixtures/families/electra-classification
cp "$model/config.json" "$model/model.safetensors" "$root/trial/"
mkdir "$root/trial/teacher"
mv "$root/trial/config.json" "$root/trial/model.safetensors" "$root/trial/teacher/"
words=$(sed -nE 's/.*"vocab_size": *([0-9]+).*/\1/p' "$root/trial/teacher/config.json")
{
  printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' good bad film the is
  seq 11 "$words" | sed 's/^/word/'
} >"$root/trial/teacher/vocab.txt"
echo '{"do_lower_case": true}' >"$root/trial/teacher/tokenizer_config.json"
{
  printf 'sentence\tlabel\n'
  for row in $(seq 24); do
    [ $((row % 2)) = 0 ] && printf 'the film is good\tyes\n' || printf 'the film is bad\tno\n'
  done
} >"$root/trial/rows.tsv"
printf 'the film is good\nthe film is bad\n' >"$root/trial/new.txt"

in_root() { echo "+ $*"; chroot "$root" /usr/bin/env -i PATH=/opt/distill/bin:/usr/bin:/bin "$@"; }
work() { in_root sh -c "cd /trial && $1"; }
work 'distill --version'
work 'distill doctor'
work 'distill dataset --train rows.tsv --dev rows.tsv --tokenizer teacher --max-seq-length 8 --output rows.h5'
work 'distill finetune --model teacher --dataset rows.h5 --num-train-epochs 3 --output student.h5'
work 'distill evaluate --models student.h5 --dataset rows.h5 --output predictions.h5'
work 'distill export --model student.h5 --output student'
work 'distill predict --model student --input new.txt --json >answers'
# This machine has the same libraries, so that the same bits must come out.
if ! (cd "$root/trial" && "$root/opt/distill/bin/distill" predict --model student --input new.txt --json) |
  diff - "$root/trial/answers" || [ "$(grep -c '"logits"' "$root/trial/answers")" != 2 ]; then
  echo "its answers there are not those it gives here"
  exit 70
fi
echo "== the archive runs there"
