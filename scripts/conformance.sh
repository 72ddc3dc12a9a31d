#!/usr/bin/env bash
# PostgreSQL's own suites through the proxy: scripts/conformance.sh [--mode session|transaction|both] [--suite SUITE|all]
#
# SUITE is regress, isolation or libpq_pipeline. Each is run directly first, then through the proxy; what comes out otherwise
# is listed. Exit code 0 when docs/known-differences.txt has just these differences. See docs/conformance.md.
# SQL_PROXY_BINARY=FILE runs that program instead of build/release/sql-proxy. Sources, results: build/conformance/.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$SP_ROOT/scripts/lib/packages.sh"
source "$SP_ROOT/scripts/lib/conformance/sources.sh"

case ${1:-} in -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;; esac

install_packages "${SP_CONFORMANCE_PACKAGES[@]}"
[ -n "${SQL_PROXY_BINARY:-}" ] || "$SP_ROOT/scripts/build.sh" release
WORK=$(conformance_folder)
mkdir -p "$WORK"
fetch_sources
build_modules

export SP_PG_BIN PYTHONDONTWRITEBYTECODE=1
cd "$SP_ROOT"
PYTHONPATH=$SP_ROOT/scripts/lib:$SP_ROOT/tests exec /usr/bin/python3 -m conformance --work "$WORK" "$@"
