"""What a suite reports, and how it is read off JUnit XML (GoogleTest and pytest both write it)."""

import dataclasses
import xml.etree.ElementTree


@dataclasses.dataclass
class Outcome:
    passed: int = 0
    skips: list = dataclasses.field(default_factory=list)  # name and reason: no test stays away in silence
    failures: list = dataclasses.field(default_factory=list)

    @property
    def failed(self):
        return len(self.failures)

    @property
    def skipped(self):
        return len(self.skips)

    def check(self, name, ok):
        if ok:
            self.passed += 1
        else:
            self.failures.append(name)

    def add(self, other):
        self.passed += other.passed
        self.skips += other.skips
        self.failures += other.failures

    def __str__(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def read_junit(path, program, exit_code):
    """The outcome of one test program.

    A program that died, ran out of time, found no test, or failed outside of any test counts as one failure more.
    """
    outcome = Outcome()
    try:
        cases = xml.etree.ElementTree.parse(path).getroot().iter("testcase")
    except (OSError, xml.etree.ElementTree.ParseError):
        cases = []
    for case in cases:
        name = f"{case.get('classname', program)}.{case.get('name')}"
        if case.find("failure") is not None or case.find("error") is not None:
            outcome.failures.append(name)
        elif case.find("skipped") is not None or case.get("result") in ("skipped", "suppressed"):
            reason = case.find("skipped")
            outcome.skips.append(f"{name} ({'' if reason is None else reason.get('message', '')})")
        else:
            outcome.passed += 1
    if exit_code is None:
        outcome.failures.append(f"{program}: out of time")
    elif outcome.passed + outcome.failed + outcome.skipped == 0:
        outcome.failures.append(f"{program}: no test was run (exit code {exit_code})")
    elif exit_code != 0 and not outcome.failures:
        outcome.failures.append(f"{program}: exit code {exit_code}")
    return outcome
