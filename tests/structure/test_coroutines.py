"""The rules of coroutines that no compiler warns of.

1. One file calls co_spawn: the task group. Nothing is detached.
2. No lambda with captures is a coroutine: its captures die with the lambda object, while the coroutine may go on.
3. No awaited Result is dropped: clang gives no [[nodiscard]] warning for `co_await f();`.
"""

import re

import pytest

from sources import code_only, closing, line_of, text, under

SOURCES = under("src", ".hpp", ".cpp")
SPAWNER = re.compile(r"src/net/task_group\.(hpp|cpp)")
AWAITS = re.compile(r"\bco_(await|return|yield)\b")

# `awaitable<core::Result<T>> name(` and `awaitable<core::Status> name(`, also qualified and as members.
RESULT_FUNCTION = re.compile(r"awaitable<\s*(?:core::)?(?:Result<.*>|Status|std::error_code|asio::error_code)\s*>\s+(?:\w+::)*(\w+)\s*\(")
DROPPED = re.compile(r"(?:^|[;{})]|\belse\b)\s*co_await\s+([\w:.\->()*]*?)(\w+)\s*\(")


def result_functions(sources):
    return {name for source in sources for name in RESULT_FUNCTION.findall(code_only(source))}


def dropped_results(source, functions):
    code = code_only(source)
    for match in DROPPED.finditer(code):
        end = closing(code, match.end() - 1)
        if match[2] in functions and re.match(r"\)\s*;", code[end:]):
            yield f"line {line_of(code, match.start(2))}: the result of co_await {match[2]}() is dropped"


def lambdas(code):
    """(offset, capture, body) of everything that reads like a lambda."""
    for match in re.finditer(r"(?<![\w\])])\[([^\[\]]*)\]\s*(?=[({])", code):
        offset = match.end()
        if code[offset] == "(":
            offset = closing(code, offset) + 1
        brace = re.compile(r"[^;{}()]*(?:\([^()]*\)[^;{}()]*)*\{").match(code, offset)
        if brace:
            yield match.start(), match[1].strip(), code[brace.end() - 1 : closing(code, brace.end() - 1) + 1]


def capturing_coroutines(source):
    code = code_only(source)
    for offset, capture, body in lambdas(code):
        own = body
        for _, _, inner in lambdas(body):
            own = own.replace(inner, "")
        if capture and AWAITS.search(own):
            yield f"line {line_of(code, offset)}: a lambda that captures [{capture}] is a coroutine"


ALL_RESULT_FUNCTIONS = result_functions([text(path) for path in SOURCES])


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_no_awaited_result_is_dropped(path):
    assert list(dropped_results(text(path), ALL_RESULT_FUNCTIONS)) == []


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_no_capturing_lambda_is_a_coroutine(path):
    assert list(capturing_coroutines(text(path))) == []


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_coroutines_are_spawned_by_the_task_group_only(path):
    code = code_only(text(path))
    assert SPAWNER.fullmatch(str(path)) or not re.search(r"\bco_spawn\s*\(", code)
    assert not re.search(r"\basio::detached\b", code)


def test_a_dropped_result_is_seen():
    functions = result_functions(["asio::awaitable<core::Result<int>> Stream::read(int n);", "awaitable<core::Status> flush();"])
    assert functions == {"read", "flush"}
    assert list(dropped_results("void f() {\n  co_await stream_->read(1);\n}", functions))
    assert list(dropped_results("if (x) co_await flush();", functions))
    assert not list(dropped_results("auto n = co_await stream.read(1);", functions))
    assert not list(dropped_results("if (!co_await flush()) {}", functions))
    assert not list(dropped_results("co_await sleep(1);", functions))
    assert not list(dropped_results("// co_await flush();", functions))


def test_a_capturing_lambda_coroutine_is_seen():
    assert list(capturing_coroutines("auto f = [this]() -> asio::awaitable<void> { co_await run(); };"))
    assert list(capturing_coroutines("go([&, x] { co_return; });"))
    assert not list(capturing_coroutines("go([](Session& s) -> asio::awaitable<void> { co_await s.run(); });"))
    assert not list(capturing_coroutines("go([&] { count(); }); co_await run();"))
    assert not list(capturing_coroutines("int a[] = {1}; co_await run(a[i]);"))
