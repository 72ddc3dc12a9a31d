"""Child processes with a deadline, and nothing left running after a suite."""

import ctypes
import os
import pathlib
import signal
import subprocess
import time

_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans():
    """Makes daemons that a test left behind (a PostgreSQL server, a proxy) our children once their parent is gone."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _children():
    """Pids of this process's children, zombies excluded (they have been reaped on the way)."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = entry.read_text().rpartition(")")[2].split()[:2]
        except (OSError, ValueError):
            continue
        if int(parent) == os.getpid():
            pid = int(entry.parent.name)
            if state == "Z":
                os.waitpid(pid, os.WNOHANG)
            else:
                found.append(pid)
    return found


def _command_line(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "?"


def end_orphans():
    """Ends what a finished suite left running. Returns its command lines: a test that leaks a process should know.

    A server's own children become ours as it ends, so this goes on until none is left.
    """
    left = []
    for attempt in range(50):
        pids = _children()
        if not pids:
            break
        for pid in pids:
            if attempt == 0:
                left.append(_command_line(pid))
            try:
                os.kill(pid, signal.SIGINT if attempt < 20 else signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.1)
    return left


def run(argv, log, deadline, env=None):
    """Runs a command with its output appended to `log`. Returns its exit code, or None when the deadline ended it.

    A command that had nothing to say and succeeded leaves no line.
    """
    with open(log, "ab") as out:
        before = out.tell()
        out.write(f"$ {' '.join(map(str, argv))}\n".encode())
        out.flush()
        silent = out.tell()
        child = subprocess.Popen(
            list(map(str, argv)), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})}, start_new_session=True,
        )
        try:
            code = child.wait(timeout=max(0.1, deadline - time.monotonic()))
            if code == 0 and os.fstat(out.fileno()).st_size == silent:
                os.ftruncate(out.fileno(), before)
            return code
        except subprocess.TimeoutExpired:
            out.write(b"\n*** out of time, ended ***\n")
            _end_group(child)
            return None
        except BaseException:  # somebody ends us: take the child along
            _end_group(child)
            raise


def _end_group(child):
    """Ends a command and what it started; a moment to clean up first."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, sign)
        except ProcessLookupError:
            pass
        try:
            child.wait(timeout=10)
            return
        except subprocess.TimeoutExpired:
            continue
