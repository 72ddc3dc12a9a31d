"""Plays a transcript's script against a server or the proxy and records what came back."""

from harness import messages
from harness.transcript import normalize
from harness.wire import ConnectionClosed, WireClient, whole

import transcripts

SENTINEL = "SELECT 'the end of the script'"


def play(script, address, user, password, *, database="postgres", chunking=whole):
    """A list with the normalized messages of each step, the login's and the sentinel's included."""
    with WireClient(*address, record=False) as client:
        login = client.login(user, password, database=database, parameters=script.parameters)
        client.chunking = chunking
        received = [*client.login_info.messages]
        received = [m for m in received if m.type not in "RK"]
        for step in [*script.steps, transcripts.ready(messages.query(SENTINEL))]:
            client.send(step.data)
            received += _read(client, step, received)
        client.send(messages.terminate())
        client.chunking = whole
        assert client.read_to_end() == b"", "bytes after Terminate"
        lines = normalize(received, login.pid)
    return [_loosen(line) for line in lines] if script.own_errors else lines


def _read(client, step, so_far):
    received = []
    for _ in range(step.count):
        try:
            received += client.read_until(step.until)
        except (TimeoutError, ConnectionClosed) as error:
            raise AssertionError(f"{error}; before that: {so_far[-10:]}") from error
    return received


def _loosen(line):
    if line[0] == "ErrorResponse":
        return (line[0], tuple(pair for pair in line[1] if pair[0] in "SVC"))
    return line
