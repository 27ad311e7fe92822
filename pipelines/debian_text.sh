#!/usr/bin/env bash
# Plain English text for general distillation (general.yaml), from packages that any Debian machine can fetch:
#   pipelines/debian_text.sh FOLDER
# writes FOLDER/PACKAGE.txt, a sentence a line and an empty line between documents, and says words and licence of each.
# Nothing is installed and root is not needed: packages are downloaded, unpacked in a temporary folder and removed.
# Needs apt-get, dpkg-deb, python3 and the network. A package that this Debian does not have is left out with a note.
# See FOLDER/PACKAGE.copyright before you hand on a text, or a model that you made from it.
set -euo pipefail
[ $# = 1 ] || { echo "usage: $0 FOLDER" >&2; exit 64; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

python_doc=$(apt-cache depends python3-doc 2>/dev/null | sed -n 's/.*Depends: \(python3\.[0-9]*-doc\)$/\1/p' | head -n 1)
packages="dict-gcide wordnet-base dict-foldoc debian-handbook libreoffice-help-en-us ${python_doc:-python3-doc} perl-doc"
for package in $packages; do
    mkdir -p "$work/$package/tree"
    if ! (cd "$work/$package" && apt-get -qq download "$package" >log 2>&1 && dpkg-deb -x ./*.deb tree); then
        echo "$package: left out; $(grep -m 1 '^E:' "$work/$package/log" || echo 'apt-get download failed')" >&2
        continue
    fi
    cp "$work/$package/tree/usr/share/doc/$package/copyright" "$folder/$package.copyright" 2>/dev/null || true
    python3 - "$package" "$work/$package/tree" "$folder/$package.txt" <<'PYTHON'
import glob, gzip, html.parser, os, re, sys

package, tree, output = sys.argv[1:]
LICENCES = {  # in short; the file .copyright beside the text has it whole
    "dict-gcide": "GPL-2+", "wordnet-base": "WordNet licence (free, with its notice)", "dict-foldoc": "GFDL-1.2+",
    "debian-handbook": "GPL-2+ or CC-BY-SA-3.0", "libreoffice-help-en-us": "MPL-2.0", "perl-doc": "GPL-1+ or Artistic"}
ABBREVIATED = re.compile(r"(?:\b(?:[A-Za-z]|[Ee]tc|[Cc]f|[Ff]ig|[Ss]t|[Mm]rs?|[Dd]r|[Vv]s|[Ee]\.g|[Ii]\.e|[Pp]l|[Ee]sp|[Ss]pecif))\.$")


def read(path):
    data = open(path, "rb").read()
    return (gzip.decompress(data) if path.endswith(".dz") else data).decode("utf-8", "replace")


def sentences(text):
    """Sentences of a paragraph; what is mostly no words (tables, code, addresses) is left out."""
    parts = re.split(
        r"(?:(?<=[.!?])|(?<=[.!?][\"')]))\s+(?=[\"(]?[A-Z0-9])", " ".join(text.split()))
    found = []
    for part in parts:
        if found and ABBREVIATED.search(found[-1]):
            found[-1] += " " + part
        else:
            found.append(part)
    for part in found:
        part = re.sub(r"^\d+\.\s+", "", part)
        words, solid = part.split(), part.replace(" ", "")
        if 4 <= len(words) <= 120 and "�" not in part and sum(map(str.isalpha, solid)) >= 0.8 * len(solid):
            yield part


def unbracketed(text):
    """Without [..], which in the dictionaries holds pronunciations, origins and sources."""
    before = None
    while before != text:
        before, text = text, re.sub(r"\[[^\[\]]*\]", " ", text)
    return re.sub(r"[{}]", "", text)


def entries(name):
    for entry in re.split(r"\n\n(?=\S)", read(f"{tree}/usr/share/dictd/{name}.dict.dz")):
        if not entry.strip().startswith("00-database"):
            yield entry


def gcide():
    for entry in entries("gcide"):
        head = entry.strip().split("\\")[0].split("\n")[0].split(";")[0].strip()
        body = []
        for paragraph in unbracketed(entry).split("\n\n"):
            paragraph = " ".join(paragraph.split())
            defines = "\\" in paragraph or re.match(r"\d+\. ", paragraph)
            paragraph = re.sub(r"^.*\\[,;:.]?\s*(?:\([^)]*\)[,;]?\s*)?(?:(?:[a-z]{1,6}\.|&|or|pl|[A-Z]\.)[,;: ]*)*", "", paragraph)
            paragraph = re.sub(r"^(?:\d+\.|\([a-z]\))\s*(?:\([A-Z][a-z. &]*\)\s*)?", "", paragraph)
            paragraph = re.sub(r"\s*--\s?[A-Z][\w. ']*(?:\([^)]*\))?\.?", "", paragraph)
            if defines and paragraph[:1].isupper() and head:
                paragraph = head + ": " + paragraph
            body += sentences(paragraph)
        yield body


def foldoc():
    for entry in entries("foldoc"):
        text = re.sub(r"\([a-z]+://[^)]*\)|<[^>]*>", "", re.sub(r"[{}]", "", entry))
        yield [found for paragraph in text.split("\n\n")[1:] for found in sentences(paragraph)]


def wordnet():
    for path in sorted(glob.glob(tree + "/usr/share/wordnet/data.*")):
        for line in read(path).splitlines():
            if line.startswith(" ") or " | " not in line:
                continue
            fields, gloss = line.split(" | ", 1)
            word = re.sub(r"\([a-z]+\)$", "", fields.split()[4]).replace("_", " ")
            examples = re.findall(r'"([^"]+)"', gloss)
            meaning = re.sub(r'[;:,]?\s*"[^"]*"', "", gloss).split('"')[0].strip(" ;,-")
            yield [found for text in [word + ": " + meaning] + examples for found in sentences(text)]


class Blocks(html.parser.HTMLParser):
    """Paragraphs, items and cells of a page; no scripts, programs, navigation."""
    SKIP = {"script", "style", "pre", "nav", "header", "footer", "aside", "title", "table"}
    BLOCK = {"p", "li", "dd", "dt", "div", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "dl", "br", "body"}

    def __init__(self):
        super().__init__()
        self.depth, self.buffer, self.found = 0, [], []

    def handle_starttag(self, tag, attributes):
        self.depth += tag in self.SKIP
        if tag in self.BLOCK:
            self.flush()

    def handle_endtag(self, tag):
        self.depth -= tag in self.SKIP and self.depth > 0
        if tag in self.BLOCK:
            self.flush()

    def handle_data(self, data):
        if not self.depth:
            self.buffer.append(data)

    def flush(self):
        self.found += sentences("".join(self.buffer).replace("¶", ""))
        self.buffer = []


def pages(pattern, without):
    for path in sorted(glob.glob(tree + pattern, recursive=True)):
        if not re.search(without, path):
            blocks = Blocks()
            blocks.feed(read(path))
            blocks.flush()
            yield blocks.found


def perl():
    for path in sorted(glob.glob(tree + "/usr/share/perl/*/pod/*.pod")):
        if re.search(r"/perl(toc|cn|jp|ko|tw|uniprops)\.pod$", path):
            continue
        text = re.sub(r"(?ms)^=begin\b.*?^=end\b[^\n]*$|^=(?:for|encoding)\b.*?(?=\n\n)", "", read(path))
        text = re.sub(r"X<[^<>]*>|Z<>", "", re.sub(r"E<([a-z]+)>", lambda m: {"lt": "«", "gt": "»"}.get(m[1], " "), text))
        text = re.sub(r"L<([^<>|]+)\|[^<>]*>", r"\1", text)
        before = None
        while before != text:  # C<..> within B<..>, and C<< .. >>
            before, text = text, re.sub(r"[BICFSL]<([^<>]*)>", r"\1", re.sub(r"[BICFSL]<<+ (.*?) >>+", r"\1", text))
        yield [found for paragraph in re.split(r"\n\s*\n", text) if not re.match(r"[=\s]", paragraph)
               for found in sentences(paragraph.replace("«", "<").replace("»", ">"))]


SOURCES = {
    "dict-gcide": gcide, "dict-foldoc": foldoc, "wordnet-base": wordnet, "perl-doc": perl,
    "debian-handbook": lambda: pages("/usr/share/doc/debian-handbook/html/en-US/*.html", r"/(?:ix\d*|index)\.html$"),
    "libreoffice-help-en-us": lambda: pages("/usr/share/libreoffice/help/en-US/text/**/*.html", r"/(?:BASIC|python)_?index")}
documents, seen = SOURCES.get(package, lambda: pages("/usr/share/doc/**/html/**/*.html", r"/(?:genindex.*|py-modindex|search|contents)\.html$")), set()
counted = lines = repeated = words = 0
with open(output + ".part", "w", encoding="utf-8") as file:
    for document in documents():
        kept = [line for line in document if line not in seen]
        repeated += len(document) - len(kept)
        seen.update(kept)
        if kept:
            file.write("\n".join(dict.fromkeys(kept)) + "\n\n")
            counted, lines, words = counted + 1, lines + len(kept), words + sum(len(line.split()) for line in kept)
os.replace(output + ".part", output)
print(f"{package}: {words:,} words, {lines:,} sentences, {counted:,} documents ({repeated:,} repeated sentences left out), "
      f"{os.path.getsize(output) / 1e6:.1f} MB; licence: {LICENCES.get(package, 'see .copyright')}")
PYTHON
done
