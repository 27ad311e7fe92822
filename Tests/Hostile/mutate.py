"""Ways to spoil bytes, lines and JSON, and to give what was spoilt a seal that fits."""

import hashlib
import json
import struct

MAGIC = b"distill artifact trailer sha256\n"
NUMBERS = ["0", "-1", "1", "9223372036854775807", "-9223372036854775808", "18446744073709551616",
           "4294967296", "1e300", "-1e300", "0.5", "1e-320", "40000", "2147483648"]
TEXTS = ["", "\u0000", "\u202e", "../../x", "/", "a" * 5000, "\n\n", "nan", "[UNK]", "\x1b[31m"]


class Raw(float):
    """A number that keeps its spelling."""

    def __new__(cls, text):
        self = super().__new__(cls, text)
        self.text = text
        return self


def data(content, drawn):
    """Bytes with one to three changes."""
    content = bytearray(content)
    for _ in range(drawn.randint(1, 3)):
        place = drawn.randrange(len(content) + 1)
        kind = drawn.randrange(7)
        if kind == 0 and content:
            content[place % len(content)] ^= 1 << drawn.randrange(8)
        elif kind == 1 and content:
            content[place % len(content)] = drawn.choice([0, 1, 0x7F, 0x80, 0xFF, 10, 34, 9])
        elif kind == 2:
            del content[place:place + drawn.choice([1, 2, 8, 100, 5000])]
        elif kind == 3:
            end = place + drawn.choice([1, 4, 8, 64, 1000])
            content[place:place] = content[place:end]
        elif kind == 4:
            width = drawn.choice([1, 2, 4, 8])
            number = drawn.choice([0, 1, 2**(8 * width) - 1, 2**(8 * width - 1), 2**(8 * width - 1) - 1])
            content[place:place + width] = number.to_bytes(width, "little")
        elif kind == 5:
            del content[place:]
        else:
            content[place:place] = drawn.choice(TEXTS).encode()
    return bytes(content)


def lines(content, drawn):
    """Text with lines or fields moved, or bytes changed."""
    if drawn.randrange(2):
        return data(content, drawn)
    rows = content.split(b"\n")
    place = drawn.randrange(len(rows))
    kind = drawn.randrange(6)
    if kind == 0:
        rows.insert(place, rows[drawn.randrange(len(rows))])
    elif kind == 1:
        del rows[place]
    elif kind == 2:
        rows[place] = drawn.choice(TEXTS).encode() + rows[place]
    elif kind == 3:
        rows[place] = rows[place] * 300
    elif kind == 4:
        rows[place] = rows[place].replace(b" ", drawn.choice([b"\t", b",", b'"', b"\r", b""]))
    else:
        rows[place] = b'"' + rows[place]
    return b"\n".join(rows)


def document(value, drawn):
    """A JSON value with one to three members changed."""
    value = json.loads(json.dumps(value)) if not isinstance(value, (dict, list)) else value
    for _ in range(drawn.randint(1, 3)):
        places = list(walk(value))
        if not places:
            break
        holder, key = drawn.choice(places)
        kind = drawn.randrange(6)
        old = holder[key]
        if kind == 0:
            del holder[key]
        elif kind == 1:
            holder[key] = drawn.choice([None, True, [], {}, [old], {"x": old}])
        elif kind == 2:
            holder[key] = drawn.choice(TEXTS)
        elif kind == 3 and isinstance(holder, list):
            holder.insert(key, old)
        elif kind == 4 and isinstance(holder, dict):
            holder[drawn.choice(list(holder) + TEXTS)] = old
        else:
            holder[key] = Raw(drawn.choice(NUMBERS))
    return value


def walk(value):
    """Every place in a value: what holds it, and its key."""
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    for key in list(keys):
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from walk(value[key])


def parse(text):
    return json.loads(text, parse_float=Raw, parse_int=Raw)


def compact(value):
    """JSON without spaces, numbers as they were spelt."""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join(compact(k) + ":" + compact(v) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(compact, value)) + "]"
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("\\b", "\\u0008").replace("\\f", "\\u000c").replace("\x7f", "\x7f")


def indented(value, space=""):
    """JSON as manifests have it."""
    inner = space + "  "
    if isinstance(value, dict) and value:
        body = ",\n".join(f"{inner}{compact(k)}: {indented(v, inner)}" for k, v in value.items())
        return "{\n" + body + "\n" + space + "}"
    if isinstance(value, list) and any(isinstance(v, (dict, list)) for v in value):
        return "[\n" + ",\n".join(inner + indented(v, inner) for v in value) + "\n" + space + "]"
    return compact(value)


def any_json(content, drawn):
    """A JSON file with members changed, or its bytes."""
    if drawn.randrange(3) == 0:
        return data(content, drawn)
    return compact(document(parse(content), drawn)).encode()


def artifact(content, drawn):
    """An artifact with changes, most near its structures, and a trailer that fits."""
    body = bytearray(content[:-64])
    if drawn.randrange(4) == 0:
        body = data(bytes(body), drawn)
    else:
        marks = [place for mark in (b"OHDR", b"OCHK", b"FRHP", b"FHDB", b"BTHD", b"BTLF", b"TREE", b"{")
                 for place in every(body, mark)]
        for _ in range(drawn.randint(1, 3)):
            place = min(drawn.choice(marks) + drawn.randrange(200), len(body) - 1)
            body[place] = drawn.choice([0, 1, 0x7F, 0x80, 0xFF, body[place] ^ 1, ord("9"), ord("-")])
    body = bytes(body)
    return body + MAGIC + hashlib.sha256(body).digest()


def every(content, mark):
    place = content.find(mark)
    while place >= 0:
        yield place
        place = content.find(mark, place + 1)


def sealed(content, drawn):
    """A sealed safetensors file with another header or payload, and a seal that fits."""
    size = struct.unpack("<Q", content[:8])[0]
    header, payload = content[8:8 + size], content[8 + size:-32]
    if drawn.randrange(2):
        try:
            members = parse(header)
            metadata = members["__metadata__"]
            if "state" in metadata and drawn.randrange(4):
                metadata["state"] = compact(document(parse(metadata["state"]), drawn))
            else:
                members = document(members, drawn)
            header = compact(members).encode()
            header += b" " * (-len(header) % 8)
        except (ValueError, KeyError, TypeError):
            header = data(header, drawn)
    else:
        payload = data(payload, drawn) if payload else payload
    body = struct.pack("<Q", len(header)) + header + payload
    return body + hashlib.sha256(body).digest()


def manifest(content, drawn):
    """A manifest with other content, and a checksum that fits."""
    inner = document(parse(content)["content"], drawn)
    checksum = hashlib.sha256(compact(inner).encode()).hexdigest()
    return (indented({"checksum": checksum, "content": inner}) + "\n").encode()
