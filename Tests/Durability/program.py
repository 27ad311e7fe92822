"""The program under test: started, watched, killed, judged."""

import os
import re
import signal
import subprocess
import tempfile
import time

BINARY = os.environ.get("DISTILL_BINARY", "")
# What only a crash prints.
CRASH = re.compile(r"Fatal error:|Program crashed|AddressSanitizer|runtime error:|^\*\*\* ", re.M)
LONGEST = 120


running = set()


def kill_running():
    """Kills what is still there when the tests themselves are stopped."""
    for start in list(running):
        start.kill_all()


class Start:
    """A running `distill`, in a session of its own, its output in files without names."""

    def __init__(self, arguments, folder, environment=None, preload=None, command=None, reverse=False,
                 **options):
        self.environment = dict(os.environ, SWIFT_BACKTRACE="enable=no", **(environment or {}))
        if preload:
            self.environment.update(preload)
        if reverse:
            self.environment = dict(reversed(self.environment.items()))
        self.files = [tempfile.TemporaryFile() for _ in range(2)]
        options.setdefault("stdout", self.files[0])
        options.setdefault("stderr", self.files[1])
        options.setdefault("stdin", subprocess.DEVNULL)
        self.arguments = arguments
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            (command or []) + [BINARY, *arguments], cwd=folder, env=self.environment,
            start_new_session=True, **options)
        self.killed = False
        running.add(self)

    @property
    def pid(self):
        return self.process.pid

    def errors(self):
        """What it has written to standard error so far."""
        size = os.fstat(self.files[1].fileno()).st_size
        return os.pread(self.files[1].fileno(), size, 0).decode(errors="replace")

    def is_running(self):
        return self.process.poll() is None

    def signal(self, number):
        """Sends a signal to the process alone."""
        if self.is_running():
            os.kill(self.pid, number)

    def members(self):
        """Processes of its session, children that moved to other groups included."""
        return session_members(self.pid)

    def kill_all(self):
        """Kills it with all its children, as a machine that loses power does."""
        # Not reaped yet, the leader keeps its number, so no stranger can have taken it.
        for process in [self.pid, *self.members()]:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.killed = True
        outcome = self.wait()
        self.wait_for_members()
        return outcome

    def kill(self):
        """Kills the process alone; its children are on their own."""
        self.signal(signal.SIGKILL)
        self.killed = True
        return self.wait()

    def wait_for_members(self, seconds=10):
        """Waits for the rest of the session to be gone; whether it is."""
        end = time.monotonic() + seconds
        while self.members():
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        return True

    def wait_for_stage(self, name):
        """Waits until a stage begins; False when the process ended before."""
        return self.wait_for(rf"^{name}(?![\w:])")

    def wait_for(self, pattern, seconds=LONGEST):
        """Waits until standard error has the pattern; False when the process ended before."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            is_running = self.is_running()
            if re.search(pattern, self.errors(), re.M):
                return True
            if not is_running:
                return False
            time.sleep(0.004)
        return False

    def wait(self, seconds=LONGEST):
        """The outcome; a process that takes too long is killed, which is a fault of its own."""
        hangs = False
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            hangs = True
            for process in [self.pid, *self.members()]:
                os.kill(process, signal.SIGKILL)
            self.process.wait()
        running.discard(self)
        seconds = time.monotonic() - self.began
        texts = []
        for file in self.files:
            size = os.fstat(file.fileno()).st_size
            texts.append(os.pread(file.fileno(), size, 0).decode(errors="replace"))
        return Outcome(self.arguments, self.process.returncode, *texts, seconds, hangs, self.killed)


class Outcome:
    """How a command ended."""

    def __init__(self, arguments, status, output, errors, seconds, hangs, killed):
        self.arguments = arguments
        self.status = status
        self.output = output
        self.errors = errors
        self.seconds = seconds
        self.hangs = hangs
        self.killed = killed

    def faults(self, *allowed):
        """What is wrong with the way it ended: `allowed` are the right statuses."""
        faults = []
        if self.hangs:
            faults.append(f"still running after {LONGEST} s")
        if CRASH.search(self.output + self.errors):
            faults.append("crashed: " + self.tail())
        if self.status not in allowed:
            faults.append(f"ended with {self.status} instead of {allowed}: {self.tail()}")
        return faults

    def error_lines(self):
        """The lines that tell an error."""
        return [line for line in self.errors.splitlines() if line.startswith("distill: ")]

    def tail(self):
        """The end of what it said."""
        return " | ".join((self.errors + self.output).strip().splitlines()[-4:])[-700:]

    def remarks(self):
        """What it said of stages, as pairs of stage and text: `stage: text` where several run at a
        time, else indented lines under the stage's own."""
        stage = None
        for line in self.errors.splitlines():
            if line.startswith("  "):
                yield stage, line[2:]
            elif named := re.match(r"(\w+)(?: \(\w+\))?(: |  |$)", line):
                stage = named[1]
                if named[2] == ": ":
                    yield stage, line[named.end() :]

    def shards(self, stage):
        """The shards that a stage says it found; None when it did not come to say so."""
        texts = [text for name, text in self.remarks() if name == stage]
        for text in texts:
            if found := re.match(r"resumed: (\d+)(?: of \d+)? shards", text):
                return int(found[1])
        return 0 if any(text.startswith("done in") for text in texts) else None

    def resumed(self):
        """Stage -> step that its training went on from, 0 where it began anew."""
        found = {}
        for stage, text in self.remarks():
            if re.match(r"\d+ steps, ", text):
                found.setdefault(stage, 0)
            if step := re.match(r"resumed (?:at|after) step (\d+)", text):
                found[stage] = int(step[1])
        return found


def distill(*arguments, folder, **options):
    """Runs any command of distill to its end."""
    return Start(list(arguments), folder, **options).wait()


def session_members(leader):
    """Living processes of a session other than its leader."""
    members = []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == leader:
            continue
        try:
            with open(f"/proc/{name}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            members.append(int(name))
    return members
