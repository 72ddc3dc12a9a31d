"""Which tests came out otherwise than directly, and which of them are known to."""

import dataclasses
import difflib
import re

# In every hint of the proxy's own, and never twice the same.
_EVENT = re.compile(r"(The audit event is )[0-9a-f-]{36}")


def difference(direct, proxied):
    """The lines that differ, as pg_regress compares them (blanks do not count); none when they are the same."""
    theirs = _EVENT.sub(r"\1...", proxied.text)
    if [line.split() for line in direct.text.splitlines()] == [line.split() for line in theirs.splitlines()]:
        return []
    return list(difflib.unified_diff(direct.text.splitlines(), theirs.splitlines(), "direct", "through the proxy", lineterm=""))


def extent(lines):
    """How many lines a difference lacks and has, as `-3+1`."""
    body = lines[2:]  # less the two that name the sides
    return f"-{sum(line.startswith('-') for line in body)}+{sum(line.startswith('+') for line in body)}"


@dataclasses.dataclass(frozen=True)
class Entry:
    extent: str  # "any" takes every one; with "?" behind it, the difference may be absent
    reason: str

    def covers(self, found):
        return self.extent == "any" or self.extent.rstrip("?") == found

    def may_be_absent(self):
        return self.extent.endswith("?")


class Known:
    """docs/known-differences.txt: `suite, mode, test, extent, reason`, one a line; # starts a comment."""

    def __init__(self, path):
        self._entries = {}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            fields = [field.strip() for field in line.split(",", 4)]
            if len(fields) != 5 or not all(fields) or not re.fullmatch(r"any|-\d+\+\d+\??", fields[3]):
                raise SystemExit(f"error: {path}:{number}: not `suite, mode, test, extent, reason`")
            self._entries[tuple(fields[:3])] = Entry(*fields[3:])

    def entry(self, suite, mode, test):
        return self._entries.get((suite, mode, test))

    def tests(self, suite, mode):
        return [test for (a, b, test) in self._entries if (a, b) == (suite, mode)]
