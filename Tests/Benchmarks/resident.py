"""Runs a command and prints its seconds and its peak memory as JSON.

    python resident.py COMMAND ...

A process of its own because Linux counts the memory of the one that starts a command as the
command's until it is loaded; this one is small.
"""

import json
import os
import sys
import time

start = time.perf_counter()
process = os.posix_spawn(
    sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
_, status, usage = os.wait4(process, 0)
seconds = time.perf_counter() - start
if code := os.waitstatus_to_exitcode(status):
    sys.exit(code if code > 0 else 128 - code)
# Linux counts in kilobytes.
print(json.dumps({"seconds": seconds, "peak_rss_bytes": usage.ru_maxrss * 1024}))
