"""How each suite is run against a target; each gives its results by the test's name."""

import dataclasses
import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path

from harness.postgres import BINARIES, SUPERUSER

from .servers import PASSWORD

# A test that waits for ever must not keep the others from running.
TEST_SECONDS = 120
SUITE_SECONDS = 2700


@dataclasses.dataclass(frozen=True)
class Result:
    passed: bool  # in the suite's own opinion
    text: str  # what is compared


def _as_postgres(command, **options):
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    return subprocess.run([*prefix, *map(str, command)], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False, **options)


def _environment(target):
    return os.environ | {"PGPASSWORD": PASSWORD, "PGSSLMODE": "disable", "PGCONNECT_TIMEOUT": "30",
                         # isolationtester gives up a step after twice this.
                         "PG_TEST_TIMEOUT_DEFAULT": str(TEST_SECONDS // 4)}


def _writable(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    return folder


def _scheduled(schedule):
    return [name for line in schedule.read_text(encoding="utf-8").splitlines() if line.startswith("test:") for name in line[5:].split()]


class Regress:
    """A suite of pg_regress or of pg_isolation_regress, which is the same program with another way to run a test."""

    def __init__(self, name, program, schedule, database, preload=None, prepare=None):
        self.name, self.database, self.prepare = name, database, prepare
        # What is loaded into a test's program when its server process is not always the same.
        self._program, self._schedule, self._preload = program, schedule, preload

    def run(self, target, work, folder):
        inputs = work / "postgresql/src/test" / self.name
        pgxs = Path(subprocess.run([BINARIES / "pg_config", "--pgxs"], check=True, capture_output=True, text=True).stdout.strip())
        # The same folder for every target: its path is in some results.
        output = _writable(work / "output" / self.name)
        command = [
            pgxs.parents[1] / f"test/{self.name}" / self._program, "--use-existing", f"--dbname={self.database}", f"--host={target.host}",
            f"--port={target.port}", f"--user={SUPERUSER}", f"--bindir={BINARIES}", f"--dlpath={work / 'lib'}", f"--inputdir={inputs}",
            f"--outputdir={output}", "--max-connections=20", f"--schedule={inputs / self._schedule}",
            f"--launcher={self._launcher(target, work)}",
        ]
        try:
            done = _as_postgres(command, cwd=output, env=_environment(target), timeout=SUITE_SECONDS)
            printed = done.stdout + done.stderr
        except subprocess.TimeoutExpired as late:
            printed = (late.stdout or b"").decode(errors="replace") + "\nended: out of time\n"
        (folder / "summary").write_text(printed, encoding="utf-8")
        shutil.copytree(output / "results", folder / "results", dirs_exist_ok=True) if (output / "results").exists() else None
        passed = {name: verdict == "ok" for name, verdict in re.findall(r"^(?:test| )\s+(\S+)\s+\.\.\. (ok|\S+)", printed, re.MULTILINE)}
        return {name: self._result(folder, name, passed.get(name)) for name in _scheduled(inputs / self._schedule)}

    def _launcher(self, target, work):
        preload = f"env LD_PRELOAD={work / 'lib' / self._preload} " if self._preload and target.shifting else ""
        return f"{preload}timeout {TEST_SECONDS}"

    @staticmethod
    def _result(folder, name, passed):
        path = folder / "results" / f"{name}.out"
        if passed is None or not path.exists():
            return Result(False, "the test did not run to its end\n")
        return Result(passed, path.read_text(encoding="utf-8", errors="replace"))


class LibpqPipeline:
    """Each test is a program's run; what is compared is its exit code and, where they repeat, its words and libpq's trace of the messages."""

    name = "libpq_pipeline"
    database = "libpq_pipeline"
    prepare = None
    _ROWS = 700
    # They do the same each time, as PostgreSQL's own 001_libpq_pipeline.pl knows. The others send until the socket is full.
    _TRACED = ("simple_pipeline", "nosync", "multi_pipelines", "prepared", "singlerow", "pipeline_abort", "pipeline_idle", "transaction", "disallowed_in_pipeline")

    def run(self, target, work, folder):
        program = work / "lib/libpq_pipeline"
        tests = subprocess.run([program, "tests"], check=True, capture_output=True, text=True).stdout.split()
        return {name: self._one(target, program, name, _writable(work / "output" / self.name), folder) for name in tests}

    def _one(self, target, program, name, scratch, folder):
        trace = scratch / "trace"
        options = ["-r", self._ROWS] + (["-t", trace] if name in self._TRACED else [])
        conninfo = f"host={target.host} port={target.port} user={SUPERUSER} dbname={self.database}"
        try:
            done = _as_postgres([program, *options, name, conninfo], env=_environment(target), timeout=TEST_SECONDS)
            code, printed = done.returncode, done.stdout + done.stderr
        except subprocess.TimeoutExpired as late:
            code, printed = "none: out of time", (late.stdout or b"").decode(errors="replace") + (late.stderr or b"").decode(errors="replace")
        sent = trace.read_text(encoding="utf-8", errors="replace") if trace.exists() else ""
        (folder / f"{name}.out").write_text(f"{printed}exit code {code}\n{sent}", encoding="utf-8")
        return Result(code == 0, f"{printed if name in self._TRACED else ''}exit code {code}\n{sent}")


SUITES = [
    Regress("regress", "pg_regress", "parallel_schedule", "regression"),
    Regress("isolation", "pg_isolation_regress", "isolation_schedule", "isolation_regression", preload="session_pid.so",
            prepare=(Path(__file__).parent / "session_is_blocked.sql").read_text(encoding="utf-8")),
    LibpqPipeline(),
]
