#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test: scripts/test.sh [--quick] [--only SUITE[,SUITE...]] [--list]
#
# The last line is "N passed, N failed" (", N skipped"); the exit code is 1 when anything failed. Logs: build/logs/.
# --quick leaves out the sanitizers, the lint and the fuzzers; --list names the suites.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$SP_ROOT/scripts/lib/packages.sh"

case ${1:-} in -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;; esac

install_packages "${SP_BUILD_PACKAGES[@]}" "${SP_QUICKSTART_PACKAGES[@]}" "${SP_TEST_PACKAGES[@]}"
install_java
install_node_client
install_promtool

# Debian's Python: the database drivers are its packages.
export SP_PYTHON=/usr/bin/python3 SP_JOBS SP_PG_BIN PYTHONDONTWRITEBYTECODE=1
cd "$SP_ROOT"
PYTHONPATH=$SP_ROOT/scripts/lib exec "$SP_PYTHON" -m test_runner "$@"
