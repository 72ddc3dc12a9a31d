#!/usr/bin/env bash
# Measures sql-proxy beside a direct connection, PgBouncer and HAProxy: bench/run.sh [--quick] [--parts PART,...] [OPTION...]
#
# Installs what is missing, builds, starts a PostgreSQL and the peers on loopback, runs them in turn, prints tables and leaves them
# in build/bench/report.md and report.json. --help names the options. SQL_PROXY_BINARY=FILE measures that program.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib/common.sh"
source "$SP_ROOT/scripts/lib/packages.sh"

case ${1:-} in -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0" ;; esac

# A package that starts a service of its own would be one more load on the machine.
export RUNLEVEL=1
install_packages "${SP_BENCH_PACKAGES[@]}"
[ -n "${SQL_PROXY_BINARY:-}" ] || "$SP_ROOT/scripts/build.sh" release
cd "$SP_ROOT"
export SP_PG_BIN PYTHONDONTWRITEBYTECODE=1
PYTHONPATH=$SP_ROOT/bench:$SP_ROOT/tests exec /usr/bin/python3 -m compare "$@"
