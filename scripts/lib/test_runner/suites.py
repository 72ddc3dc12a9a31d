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
_FUZZ_SECONDS = 6
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
    """A pytest suite; `preset` is the build whose sql-proxy it is run against, `only` an expression for pytest's -k."""

    def run(context, log, deadline):
        env = dict(_SANITIZERS)
        if preset:
            env["SQL_PROXY_BINARY"] = str(context.root / "build" / preset / "sql-proxy")
        report = log.with_suffix(".xml")
        report.unlink(missing_ok=True)
        code = context.run(
            [context.python, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", f"--junitxml={report}", folder, *options]
            + (["-k", only] if only else []),
            log, deadline, env)
        return read_junit(report, folder, code)

    return run


def _e2e(context, log, deadline):
    """In every pool mode that the program knows."""
    outcome = Outcome()
    environment = {"SQL_PROXY_BINARY": str(context.root / "build/release/sql-proxy"), "PYTHONPATH": str(context.root / "tests")}
    for mode in ("session", "transaction"):
        known = context.run([context.python, "-m", "harness.modes", mode], log, deadline, environment) == 0
        if known or mode == "session":
            outcome.add(_pytest("tests/e2e", "release", options=(f"--pool-mode={mode}",))(context, log, deadline))
    return outcome


def _unit(preset):
    def run(context, log, deadline):
        outcome = Outcome()
        for program in sorted((context.root / "build" / preset / "tests").glob("unit_*")):
            if not program.is_file():
                continue
            report = log.with_name(f"{log.stem}-{program.name}.xml")
            report.unlink(missing_ok=True)
            code = context.run([program, f"--gtest_output=xml:{report}", "--gtest_brief=1"], log, deadline, _SANITIZERS)
            outcome.add(read_junit(report, program.name, code))
        return outcome

    return run


def _fuzzers(context):
    """(program name, corpus) of each fuzzer."""
    for source in sorted((context.root / "tests" / "fuzz").glob("*/*_fuzz.cpp")):
        name = source.stem
        yield name, source.parent / "corpus" / name.removesuffix("_fuzz")


def _replay(context, log, deadline):
    """Every seed and every input that once did harm, once; a corpus that is missing or empty fails."""
    outcome = Outcome()
    for name, corpus in _fuzzers(context):
        inputs = sorted(path for path in corpus.glob("*") if path.is_file())
        code = context.run([context.root / "build" / _ASAN / "tests" / name, *inputs], log, deadline, _SANITIZERS)
        outcome.check(name, bool(inputs) and code == 0)
    return outcome


def _fuzz(context, log, deadline):
    outcome = Outcome()
    for name, corpus in _fuzzers(context):
        found = log.parent / "fuzz" / name  # new inputs land here, and never in the tree
        found.mkdir(parents=True, exist_ok=True)
        code = context.run(
            [context.root / "build" / _ASAN / "tests" / name, f"-max_total_time={_FUZZ_SECONDS}", "-timeout=10",
             "-rss_limit_mb=2048", "-print_final_stats=1", f"-artifact_prefix={found}/", found, corpus],
            log, deadline, _SANITIZERS)
        outcome.check(name, code == 0)
    return outcome


def _format(context, log, deadline):
    outcome = Outcome()
    sources = [path for folder in ("src", "tests", "bench", "cmake") for path in (context.root / folder).rglob("*.[hc]pp")]
    for path in sorted(sources):
        code = context.run(["clang-format-19", "--dry-run", "--Werror", path], log, deadline)
        outcome.check(str(path.relative_to(context.root)), code == 0)
    return outcome


def _lint(context, log, deadline):
    return Tidy(context, context.root / "build" / "release").run(log, deadline)


def _quickstart(context, log, deadline):
    script = context.root / "scripts" / "quickstart.sh"
    outcome = Outcome()
    # Twice over the same state: a second run must be as good as the first.
    for turn in ("first run", "second run"):
        code = context.run([script, "--check", "--state", context.root / "build" / "quickstart"], log, deadline)
        outcome.check(f"quickstart --check, {turn}", code == 0)
    return outcome


_PROXY = ("release", "sql-proxy")
# Each transcript in one piece: how bytes are cut into reads is the matter of the release build's suites.
# Restarts are of processes, and none of pool modes or threads.
_EACH_ONCE = "not random and not dripping and not bytes and not test_restart"
_TRANSACTION = ("--pool-mode", "transaction")
# What has nothing to do with pool modes is played in transaction pooling alone.
_OF_SESSIONS = " and ".join(
    f"not test_{name}" for name in ("restart", "audit_database", "audit_formats", "breaker", "console", "http", "jwt", "limits", "permission_oracle"))

SUITES = [
    Suite("structure", "layers, headers alone, coroutine rules, text, scripts", 12, True, _pytest("tests/structure")),
    Suite("format", "clang-format", 2, True, _format),
    Suite("build", "the release build", 1, True, _nothing_more, ("release", "all")),
    Suite("unit", "unit tests", 5, True, _unit("release"), ("release", "unit_tests")),
    Suite("docker", "what can be known of docker/ without an engine", 2, True, _pytest("tests/docker", "release"), _PROXY),
    Suite("packaging", "units, alert rules, manifests, man page", 2, True, _pytest("tests/packaging", "release"), _PROXY),
    Suite("quickstart", "scripts/quickstart.sh --check, twice", 5, True, _quickstart, _PROXY),
    Suite("integration", "against a real PostgreSQL, session pooling", 15, True,
          _pytest("tests/integration", "release", _OF_SESSIONS), _PROXY),
    Suite("integration-transaction", "the same in transaction pooling", 15, True,
          _pytest("tests/integration", "release", options=_TRANSACTION), _PROXY),
    Suite("e2e", "real clients, direct and through the proxy, in each pool mode", 25, True, _e2e, _PROXY),
    Suite("differential", "random conversations, direct and through the proxy", 8, True,
          _pytest("tests/differential", "release", options=_TRANSACTION), _PROXY),
    Suite("chaos", "servers killed, connections cut, cancels in flight", 5, True, _pytest("tests/chaos", "release"), _PROXY),
    Suite("unit-asan", "unit tests under address and undefined", 10, False, _unit(_ASAN), (_ASAN, "unit_tests")),
    Suite("replay-asan", "the fuzzers' corpora under address and undefined", 5, False, _replay, (_ASAN, "fuzzers")),
    Suite("integration-asan", "integration under address and undefined", 20, False,
          _pytest("tests/integration", _ASAN, _EACH_ONCE, _TRANSACTION), (_ASAN, "sql-proxy")),
    Suite("session-asan", "session pooling under address and undefined", 10, False,
          _pytest("tests/integration", _ASAN, "test_session_pooling or test_cancel or test_server_side"), (_ASAN, "sql-proxy")),
    Suite("fuzz", f"each fuzzer for {_FUZZ_SECONDS} s", 10, False, _fuzz, (_ASAN, "fuzzers")),
    Suite("unit-tsan", "unit tests under thread", 10, False, _unit("tsan"), ("tsan", "unit_tests")),
    Suite("integration-tsan", "integration under thread", 20, False,
          _pytest("tests/integration", "tsan", _EACH_ONCE, _TRANSACTION), ("tsan", "sql-proxy")),
    Suite("lint", "clang-tidy over src", 25, False, _lint, _PROXY),
]
