"""Shell scripts parse and pass shellcheck; those that are run are executable."""

import os
import subprocess

import pytest

from sources import ROOT, text, tracked

SCRIPTS = [path for path in tracked() if path.suffix == ".sh" or str(path) == ".ci/run"]


@pytest.mark.parametrize("path", SCRIPTS, ids=str)
def test_shellcheck(path):
    done = subprocess.run(
        ["shellcheck", "--shell=bash", "--severity=warning", "--external-sources", "--exclude=SC1091,SC2034,SC2154", ROOT / path],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", SCRIPTS, ids=str)
def test_runnable_scripts_are_executable_and_stop_at_errors(path):
    runnable = text(path).startswith("#!")
    assert os.access(ROOT / path, os.X_OK) == runnable
    if runnable and path.suffix == ".sh":
        assert "set -euo pipefail" in text(path)
