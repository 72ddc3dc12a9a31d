"""Runs the suites: python -m conformance --work FOLDER [--mode ...] [--suite ...]; see docs/conformance.md."""

import argparse
import shutil
import sys
import time
from pathlib import Path

from . import servers
from .comparison import Known, difference, extent
from .suites import SUITES

ROOT = Path(__file__).resolve().parents[3]
MODES = ("session", "transaction")


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/conformance.sh")
    parser.add_argument("--mode", choices=[*MODES, "both"], default="both")
    parser.add_argument("--suite", choices=[*(suite.name for suite in SUITES), "all"], default="all")
    parser.add_argument("--work", type=Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def run(suite, mode, work):
    """The suite's results against a fresh server; everything that it leaves is in results/SUITE/direct or .../MODE."""
    folder = fresh(work / "results" / suite.name / (mode or "direct"))
    began = time.monotonic()
    with servers.target(mode, suite.database, folder, suite.prepare) as target:
        results = suite.run(target, work, folder)
    passed = sum(result.passed for result in results.values())
    print(f"   {mode or 'direct'}: {len(results)} tests, {passed} passed, {time.monotonic() - began:.0f} s", flush=True)
    return results


def judge(lines, entry):
    """What is to be said of a test, and whether that is a surprise; (None, False) when there is nothing to say."""
    if not lines:
        gone = entry is not None and not entry.may_be_absent()
        return ("no longer differs: take it out of docs/known-differences.txt", True) if gone else (None, False)
    size = extent(lines)
    if entry is None:
        return f"differs, {size}, not known", True
    if not entry.covers(size):
        return f"differs, {size} and not {entry.extent} ({entry.reason})", True
    return f"differs, {size}, as is known ({entry.reason})", False


def compare(suite, mode, direct, proxied, known, folder):
    """Prints each test that differs; gives the number of those that are not known, or known and no longer so."""
    surprises = 0
    for test, result in proxied.items():
        lines = difference(direct[test], result)
        if lines:
            (folder / f"{test}.diff").write_text("\n".join(lines) + "\n", encoding="utf-8")
        verdict, surprise = judge(lines, known.entry(suite.name, mode, test))
        if verdict:
            print(f"   {mode}: {test} {verdict}")
        surprises += surprise
    for test in set(known.tests(suite.name, mode)) - set(proxied):
        print(f"   {mode}: there is no test {test}: take it out of docs/known-differences.txt")
        surprises += 1
    print(f"   {mode}: the diffs are in {folder}")
    return surprises


def modes_to_run(asked):
    wanted = MODES if asked == "both" else (asked,)
    accepted = [mode for mode in wanted if servers.accepts(mode)]
    for mode in set(wanted) - set(accepted):
        if asked == mode:
            sys.exit(f"error: this sql-proxy refuses pool_mode = \"{mode}\"")
        print(f"note: this sql-proxy refuses pool_mode = \"{mode}\": that mode is left out")
    return accepted


def main():
    options = arguments()
    work = options.work.resolve()
    known = Known(ROOT / "docs/known-differences.txt")
    modes = modes_to_run(options.mode)
    surprises = 0
    for suite in SUITES:
        if options.suite not in (suite.name, "all"):
            continue
        print(f"== {suite.name}", flush=True)
        direct = run(suite, None, work)
        if not any(result.passed for result in direct.values()):
            sys.exit(f"error: nothing passes directly, see {work}/results/{suite.name}/direct/")
        for mode in modes:
            proxied = run(suite, mode, work)
            surprises += compare(suite, mode, direct, proxied, known, work / "results" / suite.name / mode)
    print(f"conformance: {surprises} differences that docs/known-differences.txt does not have right")
    return 1 if surprises else 0


sys.exit(main())
