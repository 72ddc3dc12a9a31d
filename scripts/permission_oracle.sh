#!/usr/bin/env bash
# PostgreSQL's own check of permissions as an oracle for the analyzer: scripts/permission_oracle.sh [--keep]
#
# PostgreSQL's regression suite runs through the proxy. For each statement, what the audit names (tables, columns read and
# written) must be at least what the server asked permissions for when it ran that statement. Exit code 0 when all
# that is missing is of a known kind. See docs/conformance.md. --keep: judge what the last run left again.
# SQL_PROXY_BINARY=FILE runs that program instead of build/release/sql-proxy. Sources, results: build/conformance/.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$SP_ROOT/scripts/lib/packages.sh"
source "$SP_ROOT/scripts/lib/conformance/sources.sh"

case ${1:-} in -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;; esac

install_packages "${SP_CONFORMANCE_PACKAGES[@]}"
[ -n "${SQL_PROXY_BINARY:-}" ] || "$SP_ROOT/scripts/build.sh" release
WORK=$(conformance_folder)
mkdir -p "$WORK"
fetch_sources
build_modules

export SP_PG_BIN PYTHONDONTWRITEBYTECODE=1
cd "$SP_ROOT"
PYTHONPATH=$SP_ROOT/scripts/lib:$SP_ROOT/tests exec /usr/bin/python3 -m conformance.permissions --work "$WORK" "$@"
