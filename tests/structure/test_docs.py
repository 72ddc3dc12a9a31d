"""docs/configuration.md knows every key that the loader knows, and says which are not built yet."""

import re

import pytest

from sources import text, under

PAGE = "docs/configuration.md"
READERS = (
    "boolean choice count duration integer located_text located_texts path positive_number secret size table tables text texts "
    "load_server_setting load_count load_limit load_scope load_names"
).split()
READ = re.compile(rf"\b(?:{'|'.join(READERS)})(?:<\w+>)?\((?:\*?(?:table|root|parent), )?\"(\w+)\"")
UNBUILT = re.compile(r'^\s*\{"([\w.*]+)", (?:"([^"]*)"|kAbsent)', re.MULTILINE)


def keys():
    return sorted({key for path in under("src", ".cpp") if "loading" in path.parts for key in READ.findall(text(path))})


def test_the_keys_are_found():
    assert {"listen", "pool_size", "rotate_daily", "statements", "verifier", "statement_timeout"} <= set(keys())


@pytest.mark.parametrize("key", keys())
def test_key_is_documented(key):
    assert re.search(rf"`(\[*[\w.]*\.)?{key}\b", text(PAGE))


def not_built_section():
    return re.search(r"^## Not built yet$(.*?)^## ", text(PAGE), re.MULTILINE | re.DOTALL)[1]


def unbuilt_rows():
    return sorted(set(UNBUILT.findall(text("src/config/unbuilt.cpp"))))


@pytest.mark.parametrize(("key", "value"), unbuilt_rows())
def test_what_is_refused_is_documented(key, value):
    assert f"`{key}`" in not_built_section()
    assert value in ("", "true") or f'`"{value}"`' in not_built_section()


def documented_as_refused():
    first_columns = re.findall(r"^\|([^|]*)\|", not_built_section(), re.MULTILINE)
    return [key for column in first_columns for key in re.findall(r"`([^`]+)`", column)]


@pytest.mark.parametrize("key", documented_as_refused())
def test_what_is_documented_as_refused_is(key):
    assert key in {row for row, _ in unbuilt_rows()}
