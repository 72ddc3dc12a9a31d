"""FunctionCall and large objects, which are made of it."""

import struct

from harness.messages import function_call, query, sync, extended, parse, bind, execute
from transcripts import Script, queries, ready


def int4(value):
    return struct.pack("!i", value)


# Functions by their fixed OIDs in pg_proc.
INT4PL, UPPER, INT4DIV, LO_CREATE, LO_OPEN, LO_CLOSE, LOREAD, LOWRITE, LO_LSEEK, LO_UNLINK = 177, 871, 154, 715, 952, 953, 954, 955, 956, 964
READ_WRITE = int4(0x60000)
OBJECT = struct.pack("!I", 424242)

SCRIPTS = [
    Script("function-call", [ready(function_call(INT4PL, [int4(20), int4(22)])), ready(function_call(UPPER, ["text"], formats=[0], result_format=0)), ready(function_call(INT4PL, [None, int4(1)]))]),
    Script("function-call-errors", [
        ready(function_call(INT4DIV, [int4(1), int4(0)])), ready(function_call(INT4PL, [int4(1)])), ready(function_call(INT4PL, [b"\0", int4(1)])), *queries("SELECT 'after'")]),
    Script("function-call-in-a-block", [*queries("BEGIN"), ready(function_call(INT4DIV, [int4(1), int4(0)])), ready(function_call(INT4PL, [int4(1), int4(2)])), *queries("COMMIT")]),
    Script("function-call-pipelined", [ready(*[function_call(INT4PL, [int4(n), int4(n)]) for n in range(5)], query("SELECT 1"), function_call(INT4PL, [int4(1), int4(1)]), count=7)]),
    Script("function-call-skipped-after-error", [ready(parse("SELECT nothing"), function_call(INT4PL, [int4(1), int4(1)]), sync()), ready(function_call(INT4PL, [int4(1), int4(1)]))]),
    Script("function-call-inside-a-pipeline", [
        ready(parse("INSERT INTO t.log (word) VALUES ('x')"), bind(), execute(), function_call(INT4PL, [int4(1), int4(1)]), sync(), count=2), ready(extended("SELECT count(*) FROM t.log"))]),
    Script("large-object-by-function-call", [
        *queries("BEGIN"), ready(function_call(LO_CREATE, [OBJECT])), ready(function_call(LO_OPEN, [OBJECT, READ_WRITE])), ready(function_call(LOWRITE, [int4(0), b"some bytes\0\xff" * 10000])),
        ready(function_call(LO_LSEEK, [int4(0), int4(5), int4(0)])), ready(function_call(LOREAD, [int4(0), int4(20)])), ready(function_call(LOREAD, [int4(0), int4(200000)])),
        ready(function_call(LO_CLOSE, [int4(0)])), *queries("COMMIT"), ready(function_call(LO_OPEN, [OBJECT, READ_WRITE])), ready(function_call(LO_UNLINK, [OBJECT])), ready(function_call(LO_UNLINK, [OBJECT]))]),
    Script("large-object-by-sql", queries("SELECT lo_from_bytea(77, '\\x0102')", "SELECT lo_get(77)", "SELECT lo_put(77, 1, '\\xff')", "SELECT lo_get(77)", "SELECT lo_unlink(77)", "SELECT lo_get(77)")),
]
