"""The machine: what it is, and whether something else is using it."""

import os
import pathlib
import time


def facts():
    """Name and number of processors, memory, system."""
    cpu = {}
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        cpu.setdefault(name.strip(), value.strip())
    flags = cpu.get("flags", "").split()
    return {
        "cpu": cpu.get("model name", "unknown"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "instructions": [f for f in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if f in flags],
        "system": " ".join((os.uname().sysname, os.uname().release)),
    }


def multiplies_bf16():
    """Whether products in bf16 are more than an imitation in fp32 here, for distill and for PyTorch."""
    return any(name in facts()["instructions"] for name in ("avx512_bf16", "amx_bf16"))


def _busy_ticks():
    """Ticks of all cores since boot in which something ran, another machine's share included."""
    user, nice, system, _, _, irq, softirq, steal = map(
        int, pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9])
    return user + nice + system + irq + softirq + steal


def _ticks_of_processes():
    ticks = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:  # it has ended
            continue
        name, fields = text[text.index("(") + 1 : text.rindex(")")], text.rsplit(")", 1)[1].split()
        ticks[stat.parent.name, name] = int(fields[11]) + int(fields[12])
    return ticks


def load(seconds=3.0):
    """Cores in use over the next seconds, and the processes that used them, the busiest first."""
    second = os.sysconf("SC_CLK_TCK")
    before, processes, start = _busy_ticks(), _ticks_of_processes(), time.monotonic()
    time.sleep(seconds)
    elapsed = time.monotonic() - start
    cores = (_busy_ticks() - before) / second / elapsed
    used = [
        ((ticks - processes.get(key, ticks)) / second / elapsed, f"{key[1]} ({key[0]})")
        for key, ticks in _ticks_of_processes().items()]
    return cores, [f"{name} {share:.0%}" for share, name in sorted(used, reverse=True)[:3] if share > 0.02]
