"""faults.c and clock.c, compiled, and the environments that put them to work."""

import errno
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
CALLS = ["open", "write", "fsync", "ftruncate", "rename", "unlink", "mkdir", "rmdir"]


def compiler():
    """A C compiler: the machine's, or the one that came with Swift."""
    found = shutil.which("cc") or shutil.which("clang")
    swift = shutil.which("swift")
    beside = os.path.join(os.path.dirname(os.path.realpath(swift)), "clang") if swift else ""
    if not found and os.path.exists(beside):
        found = beside
    if not found:
        raise SystemExit("no C compiler: neither cc nor clang, nor one beside swift")
    return found


def build(folder):
    """Compiles both libraries into a folder; their paths by name."""
    libraries = {}
    for name in ["faults", "clock"]:
        source, library = f"{HERE}/{name}.c", f"{folder}/{name}.so"
        subprocess.run(
            [compiler(), "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-Wno-nonnull-compare",
             "-Wno-unknown-warning-option", "-shared", "-fPIC", "-o", library, source],
            check=True)
        libraries[name] = library
    return libraries


class Faults:
    """One plan of faults below a folder, as `preload` of a start, and what came of it."""

    def __init__(self, kit, root, name, at=0, error=None, persistent=False, calls=None, match=None,
                 log=False, breaks=None, alone=False):
        os.makedirs(kit.path("faults"), exist_ok=True)
        self.state = kit.path(f"faults/{name}.state")
        with open(self.state, "wb") as file:
            file.write(bytes(16))
        self.environment = {
            "LD_PRELOAD": kit.libraries["faults"],
            "FAULTS_ROOT": os.path.realpath(root),
            "FAULTS_STATE": self.state,
        }
        self.log = None
        if log:
            self.log = kit.path(f"faults/{name}.log")
            if os.path.exists(self.log):
                os.remove(self.log)
            self.environment["FAULTS_LOG"] = self.log
        if at:
            self.environment["FAULTS_AT"] = str(at)
        if error:
            self.environment["FAULTS_ERROR"] = str(getattr(errno, error))
        if persistent:
            self.environment["FAULTS_PERSIST"] = "1"
        if calls:
            self.environment["FAULTS_CALLS"] = ",".join(calls)
        if match:
            self.environment["FAULTS_MATCH"] = match
        if breaks:
            self.environment["FAULTS_BREAK"] = breaks
        if alone:
            self.environment["FAULTS_ALONE"] = "1"

    def counts(self):
        """Calls and faults so far."""
        with open(self.state, "rb") as file:
            data = file.read()
        return int.from_bytes(data[:8], "little"), int.from_bytes(data[8:], "little")

    def has_struck(self):
        """Whether the fault came to pass."""
        return self.counts()[1] > 0

    def calls(self):
        """The calls written down, in their order."""
        with open(self.log) as file:
            return sorted((Call(line) for line in file), key=lambda call: call.number)


class Call:
    """A changing call as faults.c wrote it down."""

    def __init__(self, line):
        number, process, self.name, inode, size, offset, result, code, self.path, self.second = (
            line.rstrip("\n").split("\t"))
        self.number = int(number)
        self.process = int(process)
        self.inode = int(inode)
        self.size = int(size)
        self.offset = int(offset)
        self.result = int(result)
        self.error = int(code)

    def __repr__(self):
        return f"{self.number} {self.name} {self.path} {self.second}".strip()


def clock(kit, shift=0, jump=0):
    """The environment of a calendar that is wrong."""
    return {
        "LD_PRELOAD": kit.libraries["clock"],
        "CLOCK_SHIFT": str(shift),
        "CLOCK_JUMP": str(jump),
    }


