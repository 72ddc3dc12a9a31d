"""Whether two plays of a case say the same.

What may differ is listed here and nowhere else:
- process ids, cancel keys and OIDs of objects made by the case (harness.transcript.Normalizer);
- the place in PostgreSQL's source, and a HINT that names the audit event, of an error that the proxy itself found (harness.transcript.alike);
- the file, line and routine of an error whose other fields agree, as alike() has it: nothing else about errors.
"""

from harness.transcript import alike


def difference(expected, seen, first=0):
    """A text that shows the first difference of two results (lists of lanes), or None. The lane `first` is looked at first."""
    order = sorted(range(min(len(expected), len(seen))), key=lambda number: number != first)
    for number in order:
        text = _lane_difference(expected[number].lines(), seen[number].lines())
        if text:
            return f"connection {number}, {text}"
    if len(expected) != len(seen):
        return f"{len(expected)} connections directly, {len(seen)} through the proxy"
    return None


def _lane_difference(expected, seen):
    for block, (left, right) in enumerate(zip(expected, seen)):
        left = alike(left, right)
        if left != right:
            where = "login" if block == 0 else f"answer {block}"
            return f"{where}:\n" + _first_lines(left, right)
    if len(expected) != len(seen):
        return f"{len(expected) - 1} answers directly, {len(seen) - 1} through the proxy"
    return None


def _first_lines(left, right):
    at = next((i for i, pair in enumerate(zip(left, right)) if pair[0] != pair[1]), min(len(left), len(right)))
    shown = [f"      both: {line}" for line in left[max(0, at - 2):at]]
    for name, lines in ("  directly", left), ("   proxied", right):
        shown += [f"{name}: {line}" for line in lines[at:at + 3]] or [f"{name}: nothing more"]
    return "\n".join(shown)
