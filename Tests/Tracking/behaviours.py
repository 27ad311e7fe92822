"""Servers that behave badly, each in one way: what a client of a tracking server may meet."""

import json
import os
import socket
import struct
import threading
import time

HTML = b"<html><body>Please sign in</body></html>"


def answer(status, body=b"", headers=(), length=True):
    lines = [f"HTTP/1.1 {status} Whatever"] + list(headers)
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def as_json(value, status=200, headers=()):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return answer(status, body, ["Content-Type: application/json", *headers])


def read_request(connection):
    """The path of a request and its body; None where nothing came."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    length = 0
    for line in head.split(b"\r\n")[1:]:
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        piece = connection.recv(65536)
        if not piece:
            break
        body += piece
    return head.split(b" ")[1].decode(), body


def drip(connection, data, pause):
    for byte in data:
        connection.sendall(bytes([byte]))
        time.sleep(pause)


def for_ever(connection, piece, start=b"", pause=0.0):
    connection.sendall(start)
    while True:
        connection.sendall(piece)
        time.sleep(pause)


def good(server, path, change=lambda value: value):
    """What a server would answer that takes everything."""
    run = {"info": {"run_id": "0" * 32, "experiment_id": "1", "artifact_uri": "mlflow-artifacts:/1/x"}}
    if "get-by-name" in path:
        value = {"experiment": {"experiment_id": "1", "lifecycle_stage": "active"}}
    elif "runs/search" in path:
        value = {}
    elif "runs/create" in path:
        value = {"run": run}
    else:
        value = {}
    return as_json(change(value))


class BadServer:
    """A server on loopback that meets every connection with `behave`, and its neighbour, to which nothing may
    ever come."""

    def __init__(self, behave):
        self.behave = behave
        self.requests = 0
        self.elsewhere = []
        self.socket = self._listen(self._serve)
        self.neighbour = self._listen(self._note)
        self.port = self.socket.getsockname()[1]
        self.other = self.neighbour.getsockname()[1]

    def _listen(self, serve):
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)

        def loop():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=loop, daemon=True).start()
        return listener

    def _serve(self, connection):
        with connection:
            try:
                connection.settimeout(60)
                while self.behave(self, connection):
                    pass
            except OSError:
                pass

    def _note(self, connection):
        with connection:
            self.elsewhere.append(connection.recv(65536))

    def close(self):
        for listener in (self.socket, self.neighbour):
            try:
                listener.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            listener.close()


def always(reply):
    def behave(server, connection):
        request = read_request(connection)
        if request is None:
            return False
        server.requests += 1
        connection.sendall(reply(server, *request) if callable(reply) else reply)
        return True
    return behave


def once(body):
    """Reads a request and does something with the connection, which ends it."""
    def behave(server, connection):
        if read_request(connection) is None:
            return False
        server.requests += 1
        body(server, connection)
        return False
    return behave


def hang(server, connection):
    time.sleep(600)


def reset(server, connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def to(place):
    return lambda server, path, body: answer(
        307, HTML, [f"Location: {place.format(other=server.other)}"])


def works_then(reply, count=5):
    def behave(server, path, body):
        return good(server, path) if server.requests <= count else reply
    return always(behave)


def hostile(change):
    return always(lambda server, path, body: good(server, path, change))


def replaced(old, new):
    def change(value):
        return json.dumps(value).replace(old, new).encode()
    return change


BEHAVIOURS = {
    "hangs when asked": once(hang),
    "hangs at once": lambda server, connection: hang(server, connection),
    "500": always(answer(500, b"broken")),
    "500 in JSON": always(as_json({"error_code": "INTERNAL_ERROR", "message": "x" * 100_000}, 500)),
    "502 in HTML": always(answer(502, HTML, ["Content-Type: text/html"])),
    "503, again in an hour": always(answer(503, HTML, ["Retry-After: 3600"])),
    "429, again in a second": always(answer(429, b"", ["Retry-After: 1"])),
    "401": always(answer(401, HTML, ["WWW-Authenticate: Basic"])),
    "403": always(as_json({"error_code": "PERMISSION_DENIED", "message": "no\x1b[31m"}, 403)),
    "404 in HTML": always(answer(404, HTML)),
    "sends to a neighbour": always(to("http://127.0.0.1:{other}/api")),
    "sends to a file": always(to("file:///etc/passwd")),
    "sends nowhere": always(to("http://[::bad")),
    "a page in the place of JSON": always(answer(200, HTML, ["Content-Type: text/html"])),
    "no HTTP": once(lambda server, connection: connection.sendall(os.urandom(4096))),
    "closes at once": lambda server, connection: False,
    "closes when asked": once(lambda server, connection: None),
    "breaks off": once(reset),
    "an answer without end": once(
        lambda server, connection: for_ever(
            connection, b"x" * 65536, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")),
    "headers without end": once(
        lambda server, connection: for_ever(connection, b"X-A: " + b"y" * 8000 + b"\r\n",
                                            b"HTTP/1.1 200 OK\r\n")),
    "a byte a second": once(
        lambda server, connection: drip(connection, as_json({"experiment": {}}), 1.0)),
    "continues for ever": once(
        lambda server, connection: for_ever(connection, b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.01)),
    "nested deep": always(as_json(b"[" * 100_000)),
    "not UTF-8": always(as_json(b'{"experiment": "\xff\xfe\x00"}')),
    "other types": hostile(lambda value: {"experiment": [1], "run": 5, "runs": {"a": 1}}),
    "identities that lead out": hostile(replaced("0" * 32, "../../../../etc/passwd")),
    "identities with control characters": hostile(replaced("0" * 32, "a\\r\\nX-Evil: 1\\u001b[31m")),
    "artifacts elsewhere": hostile(replaced("mlflow-artifacts:/1/x", "http://127.0.0.1:1/x")),
    "works and then hangs": None,
    "works and then fails": works_then(answer(500, b"")),
    "works and then lets nobody in": works_then(answer(403, b"")),
    "packed": always(answer(200, b"\x1f\x8b" + os.urandom(1000), ["Content-Encoding: gzip"])),
    "speaks without TLS": always(answer(200, b"{}")),
}


def works_then_hangs(server, connection):
    request = read_request(connection)
    if request is None:
        return False
    server.requests += 1
    if server.requests > 5:
        hang(server, connection)
    connection.sendall(good(server, request[0]))
    return True


BEHAVIOURS["works and then hangs"] = works_then_hangs
# What is no fault in what is asked.
HARMLESS = {"artifacts elsewhere"}
# The address is https there.
ENCRYPTED = {"speaks without TLS"}
