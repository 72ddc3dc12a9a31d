"""The suites, in the order in which they run: the quick and the telling ones first."""

import dataclasses
import typing

from .outcome import Outcome, read_junit
from .tidy import Tidy

_SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
    "LSAN_OPTIONS": "report_objects=1",
    "ASAN_SYMBOLIZER_PATH": "/usr/bin/llvm-symbolizer-19",
}
_FUZZ_SECONDS = 8
# The build with address and undefined that serves everything here: the fuzz preset, in which the fuzzers are libFuzzer
# programs. It saves the time of a separate asan build.
_ASAN = "fuzz"


@dataclasses.dataclass(frozen=True)
class Suite:
    name: str
    about: str
    minutes: float  # it is ended, and fails, after these; what it needs built has a limit of its own
    quick: bool
    run: typing.Callable
    needs: typing.Optional[tuple] = None  # (preset, target)


def build(context, preset, target, log, deadline):
    """Configures, if that was not done yet, and builds. True when that worked."""
    folder = context.root / "build" / preset
    steps = [["cmake", "--build", folder, "--parallel", str(context.jobs), "--target", target]]
    if not (folder / "build.ninja").exists():
        steps.insert(0, ["cmake", "--preset", preset])
    return all(context.run(step, log, deadline) == 0 for step in steps)


def _nothing_more(_context, _log, _deadline):
    """For the suite whose test is that what it needs can be built."""
    return Outcome(passed=1)


def _pytest(folder, preset=None, only=None, options=()):
=======
    Suite("e2e", "real clients, direct and through the proxy", 15, True, _pytest("tests/e2e", "release"), _PROXY),
    Suite("differential", "random conversations, direct and through the proxy", 5, True,
          _pytest("tests/differential", "release"), _PROXY),
    Suite("chaos", "servers killed, connections cut, cancels in flight", 5, True, _pytest("tests/chaos", "release"), _PROXY),
    Suite("unit-asan", "unit tests under address and undefined", 10, False, _unit(_ASAN), (_ASAN, "unit_tests")),
    Suite("replay-asan", "the fuzzers' corpora under address and undefined", 5, False, _replay, (_ASAN, "fuzzers")),
    Suite("integration-asan", "integration under address and undefined", 20, False,
          _pytest("tests/integration", _ASAN, _EACH_ONCE, "transaction"), (_ASAN, "sql-proxy")),
    Suite("session-asan", "session pooling under address and undefined", 10, False,
          _pytest("tests/integration", _ASAN, "test_session_pooling or test_cancel or test_server_side"), (_ASAN, "sql-proxy")),
    Suite("fuzz", f"each fuzzer for {_FUZZ_SECONDS} s", 10, False, _fuzz, (_ASAN, "fuzzers")),
    Suite("unit-tsan", "unit tests under thread", 10, False, _unit("tsan"), ("tsan", "unit_tests")),
    Suite("integration-tsan", "integration under thread", 20, False,
          _pytest("tests/integration", "tsan", _EACH_ONCE, "transaction"), ("tsan", "sql-proxy")),
    Suite("lint", "clang-tidy over src", 25, False, _lint, _PROXY),
]
