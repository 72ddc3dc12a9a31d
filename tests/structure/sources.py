"""What the structure checks share: the tree's files, and C++ text with comments or literals blanked out."""

import functools
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]

_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<raw>R"(?P<delimiter>[^()\s\\]{0,16})\(.*?\)(?P=delimiter)")
      | (?P<string>"(?:\\.|[^"\\\n])*")
      | (?P<char>(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+')""",
    re.DOTALL | re.VERBOSE,
)


@functools.cache
def tracked():
    """Every file that git knows or would add, as paths relative to the root."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True,
    ).stdout.splitlines()
    return sorted(pathlib.PurePosixPath(name) for name in set(listed) if (ROOT / name).is_file())


def under(folder, *suffixes):
    return [path for path in tracked() if path.parts[0] == folder and (not suffixes or path.suffix in suffixes)]


@functools.cache
def text(path):
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


def _blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def without_comments(source):
    """The text with comments as spaces; offsets and line numbers stay."""
    return _TOKEN.sub(lambda match: _blank(match) if match["comment"] else match.group(), source)


def code_only(source):
    """The text with comments and the insides of literals as spaces; offsets and line numbers stay."""

    def replaced(match):
        if match["comment"]:
            return _blank(match)
        return '"' + _blank(match)[1:-1] + '"'

    return _TOKEN.sub(replaced, source)


def comments(source):
    """(line number, text) of every comment line."""
    for match in _TOKEN.finditer(source):
        if match["comment"]:
            first = line_of(source, match.start())
            for number, line in enumerate(match.group().splitlines()):
                yield first + number, line


def line_of(source, offset):
    return source.count("\n", 0, offset) + 1


def closing(code, start):
    """The offset of the bracket that closes the one at `start`, or the end of the text."""
    opening = code[start]
    other = {"(": ")", "[": "]", "{": "}"}[opening]
    depth = 0
    for offset in range(start, len(code)):
        if code[offset] == opening:
            depth += 1
        elif code[offset] == other:
            depth -= 1
            if depth == 0:
                return offset
    return len(code)
