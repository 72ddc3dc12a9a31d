"""A case: what one or two clients send, step by step, as plain data that is kept as JSON.

A message is a list: the name of an encoder of harness.messages and its arguments. Bytes that are no text are {"hex": "..."}.
A step is [who, message...]; `who` is the number of a session, or "noise": another client of the same pool, which is played
only through the proxy in transaction mode. The message ["leave", how] ends a connection ("terminate", "close" or "abort");
the session's next step logs in again.
"""

import json
from dataclasses import asdict, dataclass, field

from harness import messages

NOISE = "noise"
LEAVE = "leave"


@dataclass
class Case:
    steps: list
    sessions: int = 1
    about: str = ""
    # The seed by which the clients' writes are cut into pieces; None: one write for a step.
    cut: int | None = None
    # For each session, its start-up parameters.
    parameters: list = field(default_factory=list)
    # The pool modes in which it is played.
    modes: list = field(default_factory=lambda: ["session", "transaction"])

    def startup(self, session):
        return self.parameters[session] if session < len(self.parameters) else {}

    def with_steps(self, steps):
        return Case(steps, self.sessions, self.about, self.cut, self.parameters, self.modes)

    def to_json(self):
        """A step to a line: a case is read by people."""
        data = asdict(self)
        steps = ",\n    ".join(json.dumps(step, ensure_ascii=False) for step in data.pop("steps"))
        head = ",\n  ".join(f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in data.items())
        return f'{{\n  {head},\n  "steps": [\n    {steps}\n  ]\n}}\n'


def from_json(text):
    return Case(**json.loads(text))


def _value(argument):
    if isinstance(argument, dict):
        return bytes.fromhex(argument["hex"])
    return [_value(item) for item in argument] if isinstance(argument, list) else argument


def encode(message):
    name, *arguments = message
    return getattr(messages, name)(*map(_value, arguments))


def leaves(step):
    """How this step ends its connection, or None."""
    return next((message[1] for message in step[1:] if message[0] == LEAVE), None)
