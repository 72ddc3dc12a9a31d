"""Well-framed messages with a bad body: an ERROR 08P01, and the session goes on."""

import struct

from harness.messages import bind, cstring, frame, parse, query, sync
from transcripts import Script, queries, ready


def script(name, *steps):
    return Script(f"malformed-{name}", [*steps, *queries("SELECT 'after'")], own_errors=True)


SCRIPTS = [
    script("query-without-terminator", ready(frame("Q", b"SELECT 1"))),
    script("query-empty-body", ready(frame("Q"))),
    script("query-bytes-after-terminator", ready(frame("Q", b"SELECT 1\0SELECT 2\0"))),
    script("query-bad-encoding", ready(query(b"SELECT 'a\xff\xfeb'")), ready(query(b"SELECT '\xc3'"))),
    script("parse-without-counts", ready(frame("P", cstring("") + cstring("SELECT 1")), sync())),
    script("parse-bytes-left-over", ready(frame("P", cstring("") + cstring("SELECT 1") + struct.pack("!H", 0) + b"more"), sync())),
    script("parse-too-few-types", ready(frame("P", cstring("") + cstring("SELECT 1") + struct.pack("!HI", 3, 23)), sync())),
    script("parse-bad-encoding", ready(parse(b"SELECT '\xc3'"), sync())),
    script("bind-bad-length", ready(parse("SELECT $1"), frame("B", b"\0\0" + struct.pack("!HHi", 0, 1, 5) + b"ab" + struct.pack("!H", 0)), sync())),
    script("bind-negative-length", ready(parse("SELECT $1"), frame("B", b"\0\0" + struct.pack("!HHi", 0, 1, -2) + struct.pack("!H", 0)), sync())),
    script("bind-bytes-left-over", ready(parse("SELECT 1"), frame("B", b"\0\0" + struct.pack("!HHH", 0, 0, 0) + b"x"), sync())),
    script("describe-bad-kind", ready(frame("D", b"Xname\0"), sync())),
    script("close-bad-kind", ready(frame("C", b"Xname\0"), sync())),
    script("execute-short", ready(parse("SELECT 1"), bind(), frame("E", b"\0\0\0"), sync())),
    script("function-call-short", ready(frame("F", b"\0\0"))),
]
