"""Turns what a connection received into lines that are equal for equal conversations.

Process ids, cancel keys, the OIDs of objects made by a script and the like differ from run to run; they are replaced by
what stays the same about them. Everything else (order of messages, field order of errors, row bytes) is kept.
"""

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
