"""Which tests came out otherwise than directly, and which of them are known to."""

import dataclasses
import difflib
import re

# The proxy's answer to what it cannot parse is PostgreSQL's, with a hint that names the audit event.
_HINT = re.compile(r"^(psql:.*: )?HINT:  The audit event is [0-9a-f-]{36}\n", re.MULTILINE)


def difference(direct, proxied, hints):
    """The lines that differ, as pg_regress compares them (blanks do not count); none when they are the same."""
    theirs = _HINT.sub("", proxied.text) if hints else proxied.text
    if [line.split() for line in direct.text.splitlines()] == [line.split() for line in theirs.splitlines()]:
        return []
    return list(difflib.unified_diff(direct.text.splitlines(), theirs.splitlines(), "direct", "through the proxy", lineterm=""))


@dataclasses.dataclass
class Known:
    """docs/known-differences.txt: `suite, mode, test, reason`, one a line; # starts a comment. Mode is session or transaction."""

    reasons: dict

    @classmethod
    def load(cls, path):
        reasons = {}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            fields = [field.strip() for field in line.split(",", 3)]
            if len(fields) != 4 or not all(fields):
                raise SystemExit(f"error: {path}:{number}: not `suite, mode, test, reason`")
            reasons[tuple(fields[:3])] = fields[3]
        return cls(reasons)

    def reason(self, suite, mode, test):
        return self.reasons.get((suite, mode, test))

    def of(self, suite, mode):
        return [test for (a, b, test) in self.reasons if (a, b) == (suite, mode)]
