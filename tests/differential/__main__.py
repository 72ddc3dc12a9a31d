"""The differential fuzzer's command: python3 -m tests.differential --seed N --cases M. See README.md."""

import argparse
import json
import re
import signal
import sys
import time
from pathlib import Path

from . import generator
from .case import from_json
from .minimise import minimise
from .play import PATIENCE
from .quiet import Unsettled
from .world import OwnWorld, ServerCrash


def _arguments():
    parser = argparse.ArgumentParser(prog="python3 -m tests.differential", description="Random conversations with PostgreSQL and through the proxy: the same answers?")
    parser.add_argument("--seed", type=int, default=1, help="the first case's seed; each further case has the next one")
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--pool-mode", choices=["session", "transaction"], default="session")
    parser.add_argument("--keep-going", action="store_true", help="do not stop at the first failure")
    parser.add_argument("--minimise", action="store_true", help="make failing cases small")
    parser.add_argument("--out", type=Path, default=Path("build/differential"), help="where failing cases are written")
    parser.add_argument("--without", metavar="PATTERN", help="leave out steps in which this regular expression is found: to look past a known fault")
    parser.add_argument("--show", action="store_true", help="print the cases instead of playing them")
    parser.add_argument("files", nargs="*", type=Path, help="play these cases (JSON) instead of random ones")
    return parser.parse_args()


def _cases(arguments):
    if arguments.files:
        for path in arguments.files:
            yield path.stem, from_json(path.read_text())
        return
    for seed in range(arguments.seed, arguments.seed + arguments.cases):
        yield f"{arguments.pool_mode}-{seed}", _without(arguments.without, generator.make(seed))


def _without(pattern, case):
    return case if pattern is None else case.with_steps([step for step in case.steps if not re.search(pattern, json.dumps(step))])


def signature(found):
    """What is alike about failures that have the same cause, roughly: an error that only the proxy gives, or what begins to differ."""
    if found.startswith("Leak: left"):
        kinds = re.findall(r"\['([a-z ]+)', ", found)
        return f"Leak of {', '.join(sorted(set(kinds)))}"
    parts = []
    for side in "directly", "proxied":
        line = re.search(rf"{side}: (.*)", found)
        if line:
            state = re.search(r"'C', '(\w{5})'", line[1])
            parts.append(re.sub(r"\W", "", line[1].split(",")[0]) + (f" {state[1]}" if state else ""))
    if not parts:
        return found.splitlines()[0]
    return parts[-1] if parts[-1].startswith("ErrorResponse") else " / ".join(parts)


class Run:
    def __init__(self, arguments, own):
        self._arguments = arguments
        self._own = own
        self.failures = {}

    def play(self, name, case):
        """Whether the proxy did well."""
        try:
            found = self._own.world.play(case)
        except (Unsettled, ServerCrash) as reason:
            print(f"{name}: compares nothing: {reason}", flush=True)
            self._recover(reason)
            return True
        if found is None:
            return True
        kind = signature(found)
        self.failures.setdefault(kind, []).append(name)
        print(f"\n=== {name} fails ({kind})\n{found}", flush=True)
        if len(self.failures[kind]) <= 2:
            self._keep(name, case, kind)
        self._own.fresh_proxy()
        return False

    def _keep(self, name, case, kind):
        again = self._fault(case)
        if again is None:
            print("    on a fresh proxy it does not fail: something of the cases before it is needed", flush=True)
        elif self._arguments.minimise:
            # Hundreds of silences are waited for.
            self._own.world.patience = 2.0
            case = minimise(case, lambda candidate: self._fault(candidate) == kind)
            self._own.world.patience = PATIENCE
            self._own.fresh_proxy()
            print(f"    smallest:\n{case.to_json()}{self._own.world.play(case)}", flush=True)
        self._arguments.out.mkdir(parents=True, exist_ok=True)
        path = self._arguments.out / f"{name}.json"
        path.write_text(case.to_json())
        print(f"    written to {path}", flush=True)

    def _recover(self, reason):
        if isinstance(reason, ServerCrash):
            self._own.restart()

    def _fault(self, case):
        """The signature of the failure, or None, on a proxy in whose pools nothing of other cases is left."""
        self._own.fresh_proxy()
        try:
            found = self._own.world.play(case)
        except (Unsettled, ServerCrash) as reason:
            self._recover(reason)
            return None
        return None if found is None else signature(found)


def main():
    arguments = _arguments()
    if arguments.show:
        for name, case in _cases(arguments):
            print(f"--- {name}\n{case.to_json()}")
        return 0
    # Ended from outside, it still stops its server and its proxy.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    started, played = time.monotonic(), 0
    with OwnWorld(arguments.pool_mode) as own:
        run = Run(arguments, own)
        for name, case in _cases(arguments):
            played += 1
            if not run.play(name, case) and not arguments.keep_going:
                break
    print(f"\n{played} cases in {time.monotonic() - started:.1f} s, {sum(map(len, run.failures.values()))} fail")
    for kind, names in run.failures.items():
        print(f"  {len(names)} x {kind}: {', '.join(names[:8])}")
    return 1 if run.failures else 0


sys.exit(main())
