"""Runs a command on a terminal of its own and says what is on the screen at its end.

    python3 terminal.py COLUMNS ROWS RESIZED_COLUMNS INTERRUPT_AFTER COMMAND...

RESIZED_COLUMNS is the width from half a second after the start on, 0 for none; INTERRUPT_AFTER the seconds
after which Ctrl-C is typed, 0 for never. Prints a JSON object: exit code, the lines of the screen and what
scrolled off it, how often it was written to, and the widest line that was drawn in place.
"""

import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import termios
import time


class Screen:
    """As much of a terminal as is used here: it wraps, scrolls, and is moved up and cleared."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines, self.row, self.column = [""], 0, 0
        self.gone, self.unknown, self.widest = [], [], 0

    def put(self, letter):
        if self.column >= self.columns:
            self.down()
            self.column = 0
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[:self.column] + letter + line[self.column + 1:]
        self.column += 1
        self.widest = max(self.widest, self.column)

    def down(self):
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append("")
        if len(self.lines) > self.rows:
            self.gone.append(self.lines.pop(0))
            self.row -= 1

    def feed(self, text):
        for match in re.finditer(r"\x1b\[([0-9;?]*)([A-Za-z])|[\s\S]", text):
            number, order = match.groups()
            if order == "A":
                self.row = max(0, self.row - int(number or 1))
            elif order == "J":
                self.lines[self.row] = self.lines[self.row][:self.column]
                del self.lines[self.row + 1:]
            elif order == "K":
                self.lines[self.row] = self.lines[self.row][:self.column]
            elif order == "m":
                pass
            elif order:
                self.unknown.append(match.group())
            elif match.group() == "\r":
                self.column = 0
            elif match.group() == "\n":
                self.down()
            else:
                self.put(match.group())


def main():
    columns, rows, resized, interrupt = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    screen = Screen(columns, rows)

    def resize(number):
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, number, 0, 0))

    process, terminal = pty.fork()
    if process == 0:
        # The size is set before the program begins.
        time.sleep(0.2)
        os.environ["TERM"] = "xterm-256color"
        os.environ.pop("NO_COLOR", None)
        os.execvp(sys.argv[5], sys.argv[5:])
    resize(columns)
    start, writes, rest = time.time(), 0, b""
    blocks = 0
    while True:
        ready, _, _ = select.select([terminal], [], [], 0.05)
        passed = time.time() - start
        if resized and passed > 0.7:
            # A wider terminal breaks no line anew.
            screen.columns = resized
            resize(resized)
            resized = 0
        if interrupt and passed > interrupt:
            os.write(terminal, b"\x03")
            interrupt = 0
        if not ready:
            continue
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        writes += 1
        text = (rest + data).decode("utf-8", "ignore")
        # A control sequence may come in two pieces.
        cut = re.search(r"\x1b(\[[0-9;?]*)?$", text)
        rest = cut.group().encode() if cut else b""
        text = text[:cut.start()] if cut else text
        blocks += len(re.findall(r"\x1b\[\d+A", text))
        screen.feed(text)
    _, status = os.waitpid(process, 0)
    print(json.dumps({
        "status": os.waitstatus_to_exitcode(status), "lines": [line.rstrip() for line in screen.lines],
        "gone": [line.rstrip() for line in screen.gone], "writes": writes, "blocks": blocks,
        "widest": screen.widest, "unknown": screen.unknown, "seconds": time.time() - start,
        "column": screen.column}))


main()
