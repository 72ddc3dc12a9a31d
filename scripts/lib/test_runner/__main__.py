import argparse
import os
import pathlib
import signal
import sys
import time

from . import processes
from .outcome import Outcome
from .suites import SUITES, build

_TAIL_LINES = 150
_BUILD_MINUTES = 40  # on two cores a whole build takes a sixth of that


class Context:
    """What the suites are given: where things are, and how to run a command."""

    root = pathlib.Path(__file__).resolve().parents[3]
    python = os.environ.get("SP_PYTHON", sys.executable)
    jobs = int(os.environ.get("SP_JOBS", os.cpu_count()))
    run = staticmethod(processes.run)


def say(text):
    print(text, flush=True)


def chosen(arguments):
    known = {suite.name for suite in SUITES}
    names = [name for given in arguments.only for name in given.split(",")]
    for name in names:
        if name not in known:
            sys.exit(f"no suite is called {name}; known: {', '.join(suite.name for suite in SUITES)}")
    if names:
        return [suite for suite in SUITES if suite.name in names]
    return [suite for suite in SUITES if suite.quick or not arguments.quick]


def run_suite(suite, context, logs):
    log = logs / f"{suite.name}.log"
    log.write_bytes(b"")
    started = time.monotonic()
    if suite.needs and not build(context, *suite.needs, log, started + _BUILD_MINUTES * 60):
        outcome = Outcome(failures=[f"{suite.name}: the {suite.needs[0]} build of {suite.needs[1]}"])
    else:
        outcome = suite.run(context, log, time.monotonic() + suite.minutes * 60)
    for command in processes.end_orphans():
        say(f"   {suite.name} left a process running, ended: {command}")
    say(f"== {suite.name}: {outcome} ({time.monotonic() - started:.0f} s)")
    for name in outcome.skips:
        say(f"   skipped: {name}")
    if outcome.failures:
        for line in log.read_text(errors="replace").splitlines()[-_TAIL_LINES:]:
            say(f"   | {line}")
        for name in outcome.failures:
            say(f"   failed: {name}")
    return outcome


def main():
    parser = argparse.ArgumentParser(prog="scripts/test.sh")
    parser.add_argument("--quick", action="store_true", help="without sanitizers, lint and fuzzers")
    parser.add_argument("--only", action="append", default=[], metavar="SUITE", help="these suites only")
    parser.add_argument("--list", action="store_true", help="name the suites and end")
    arguments = parser.parse_args()
    suites = chosen(arguments)
    if arguments.list:
        for suite in suites:
            say(f"{suite.name:18} {suite.about}")
        return 0

    context = Context()
    logs = context.root / "build" / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    processes.adopt_orphans()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    started = time.monotonic()
    total = Outcome()
    try:
        for suite in suites:
            total.add(run_suite(suite, context, logs))
    finally:
        processes.end_orphans()
    say(f"== all: {time.monotonic() - started:.0f} s, logs in build/logs/")
    for name in total.failures:
        say(f"   failed: {name}")
    say(str(total))
    return 1 if total.failed else 0


sys.exit(main())
