"""What a process has cost so far, as the kernel counts it."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time of all threads, also of those that have ended."""
    if pid is None:
        return 0.0
    # The second field, the program's name, may contain spaces.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _status(pid, key):
    return int(re.search(rf"^{key}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)[1]) * 1024


def resident_bytes(pid):
    return _status(pid, "VmRSS")


def peak_bytes(pid):
    return _status(pid, "VmHWM")


def forget_peak(pid):
    """Lets VmHWM begin anew (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


class SystemCalls:
    """Counts the system calls of a process while it is open. They cost several times more meanwhile: not to be timed."""

    def __init__(self, pid):
        self._pid = pid
        self.counts = {}

    def __enter__(self):
        self._strace = subprocess.Popen(["strace", "-c", "-f", "-qq", "-U", "calls,name", "-p", str(self._pid)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        time.sleep(0.5)
        return self

    def __exit__(self, *_):
        self._strace.send_signal(signal.SIGINT)
        output = self._strace.communicate(timeout=20)[1]
        self.counts = {name: int(calls) for calls, name in re.findall(r"^\s*(\d+)\s+([a-z_0-9]+)\s*$", output, re.M) if name != "total"}

    @property
    def total(self):
        return sum(self.counts.values())
