"""What a reader should never meet: marks of unfinished work, dead code, doubled words, overlong files, dead links."""

import re

import pytest

from sources import ROOT, code_only, comments, text, tracked, under

CODE = [path for folder in ("src", "tests", "bench", "cmake") for path in under(folder, ".hpp", ".cpp")]
PROSE = [path for path in tracked() if path.suffix == ".md"]
WRITTEN = [
    path for path in tracked()
    if path.suffix in (".hpp", ".cpp", ".cmake", ".py", ".sh", ".md", ".toml", ".yaml", ".json", ".txt", ".java", ".js", ".go", ".rs", ".rb", ".php", ".pl", ".c")
    and path.parts[:2] != ("tests", "structure") and "corpus" not in path.parts
]

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|not yet implemented|placeholder|stub(bed)?)\b", re.IGNORECASE)
SWITCHED_OFF = re.compile(r"\b(GTEST_SKIP|DISABLED_\w+|pytest\.mark\.(skip|xfail)|@unittest\.skip)\b")
# A path of the machine that it was written on, and things that nobody commits on purpose.
PRIVATE = re.compile(r"/work/(main|shared)|/root/|BEGIN (EC |RSA |OPENSSH )?PRIVATE KEY|AKIA[0-9A-Z]{16}")
DOUBLED = re.compile(r"\b([a-z]{2,})\s+\1\b")
DOUBLED_FINE = {"that", "had"}
# One space at most: an indented line is an example of use.
DEAD_CODE = re.compile(
    r"""^\s*//\ ?(?!\ )
    (?: (?:if|for|while|switch)\s*\(.*[{;] | \}?\s*else\b.*\{ | (?:co_)?return\s\S*; | [\w:.>-]+\(.*\); | [\w:.<>*&]+\ [\w.]+\ =\ .*;
      | [\w.:>-]+\ [-+|&]?=\ .*; )\s*$""",
    re.VERBOSE,
)

# (header, source): past these a file wants splitting by what it does.
HEADER_LINES, SOURCE_LINES = 250, 600
# Looked at, and fine as they are.
REVIEWED_LENGTHS = {"src/wire/saslprep_tables.cpp": 2000}  # tables that a script writes


@pytest.mark.parametrize("path", WRITTEN, ids=str)
def test_nothing_is_marked_unfinished(path):
    # Not inside literals: some of PostgreSQL's own messages speak so.
    own_words = text(path)
    if path in CODE:
        own_words = code_only(own_words) + "\n".join(line for _, line in comments(own_words))
    found = [match.group() for match in UNFINISHED.finditer(own_words)] if path.suffix != ".md" else []
    found += [match.group() for match in SWITCHED_OFF.finditer(text(path))]
    assert found == []


@pytest.mark.parametrize("path", WRITTEN, ids=str)
def test_nothing_of_this_machine(path):
    assert [match.group() for match in PRIVATE.finditer(text(path))] == []


def doubled_words(lines):
    return [match.group() for line in lines for match in DOUBLED.finditer(line) if match[1] not in DOUBLED_FINE]


@pytest.mark.parametrize("path", CODE + PROSE, ids=str)
def test_no_word_is_doubled(path):
    prose = re.sub(r"`[^`]*`", "``", text(path))
    lines = prose.splitlines() if path.suffix == ".md" else [line for _, line in comments(text(path))]
    assert doubled_words(lines) == []


@pytest.mark.parametrize("path", CODE, ids=str)
def test_no_code_is_commented_out(path):
    assert [f"{number}: {line}" for number, line in comments(text(path)) if DEAD_CODE.match(line)] == []


@pytest.mark.parametrize("path", CODE, ids=str)
def test_file_is_not_overlong(path):
    limit = REVIEWED_LENGTHS.get(str(path), HEADER_LINES if path.suffix == ".hpp" else SOURCE_LINES)
    assert len(text(path).splitlines()) <= limit


@pytest.mark.parametrize("path", PROSE, ids=str)
def test_links_and_named_files_exist(path):
    body = re.sub(r"^```.*?^```", "", text(path), flags=re.MULTILINE | re.DOTALL)
    folder = (ROOT / path).parent
    missing = [
        target for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", body) if not (folder / target).exists()
    ]
    named = re.findall(r"`((?:src|scripts|tests|docs|cmake|docker|conf|bench)/[\w./-]+)`", body)
    missing += [name for name in named if not (ROOT / name).exists()]
    assert missing == []


def test_the_checks_can_fail():
    assert UNFINISHED.search("// " + "TO" + "DO: later")
    assert doubled_words(["of the the client"]) and not doubled_words(["that that is"])
    assert DEAD_CODE.match("  // send(frame);") and DEAD_CODE.match("//send(frame);") and DEAD_CODE.match("// if (x) {")
    assert not DEAD_CODE.match("// The server answers; the client waits.")
    assert PRIVATE.search("/work/" + "main/build")
