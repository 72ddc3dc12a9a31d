"""Turns what a connection received into lines that are equal for equal conversations.

Process ids, cancel keys, the OIDs of objects made by a script and the like differ from run to run; they are replaced by
what stays the same about them. Everything else (order of messages, field order of errors, row bytes) is kept.
"""

import re

from harness import messages

FIRST_USER_OID = 16384


class Normalizer:
    """State for one connection: which OIDs were seen, which pid is its own."""

    def __init__(self, own_pid):
        self._own_pid = own_pid
        self._oids = {}

    def _oid(self, oid):
        if oid < FIRST_USER_OID:
            return oid
        return f"oid{self._oids.setdefault(oid, len(self._oids) + 1)}"

    def line(self, message):
        decoded = messages.decode(message)
        if message.type == "T":
            return ("RowDescription", *[(name, self._oid(table), *rest) for name, table, *rest in decoded[1:]])
        if message.type == "t":
            return ("ParameterDescription", *[self._oid(oid) for oid in decoded[1:]])
        if message.type == "A":
            return ("NotificationResponse", "own" if decoded[1] == self._own_pid else "other", *decoded[2:])
        return decoded


def normalize(received, own_pid):
    normalizer = Normalizer(own_pid)
    return [normalizer.line(message) for message in received]


def alike(direct, proxied):
    """The direct lines as they may look through the proxy.

    An error that the proxy itself found (a syntax error, an unknown statement) has PostgreSQL's severity, SQLSTATE, text
    and position, but no place in PostgreSQL's source, and its HINT names the audit event.
    """
    lines = list(direct)
    for number, (expected, seen) in enumerate(zip(direct, proxied)):
        if expected[0] == seen[0] == "ErrorResponse" and "R" not in dict(seen[1]):
            fields = {k: v for k, v in expected[1] if k not in "FLR"}
            hint = dict(seen[1]).get("H", "")
            if re.search(r"The audit event is [0-9a-f-]{36}$", hint):
                fields["H"] = hint
            order = [k for k, _ in seen[1]]
            lines[number] = ("ErrorResponse", tuple(sorted(fields.items(), key=lambda item: order.index(item[0]) if item[0] in order else -1)))
    return lines
