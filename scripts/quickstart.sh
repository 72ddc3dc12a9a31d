#!/usr/bin/env bash
# From nothing to a running proxy: scripts/quickstart.sh [--check | --stop] [--state DIR]
#
# Installs what is missing, builds, makes a private PostgreSQL with sample data, writes users and a policy, starts the
# proxy, and shows what it does; then leaves both servers running and prints how to connect.
#   --check      verifies each step, stops everything, and says so by its exit code
#   --stop       stops what an earlier run left running
#   --state DIR  where it keeps everything (default: run/quickstart in the checkout)
# Running it again restarts the proxy and puts the sample data back.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$SP_ROOT/scripts/lib/packages.sh"

STATE=$SP_ROOT/run/quickstart
mode=tour
while [ $# -gt 0 ]; do
  case $1 in
    --check) mode=check ;;
    --stop) mode=stop ;;
    --state) STATE=${2:?--state needs a folder}; shift ;;
    -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "unknown argument: $1 (see --help)" >&2; exit 2 ;;
  esac
  shift
done

source "$SP_ROOT/scripts/lib/quickstart/postgres.sh"
source "$SP_ROOT/scripts/lib/quickstart/proxy.sh"
source "$SP_ROOT/scripts/lib/quickstart/walkthrough.sh"

# Passwords are made once per state folder, readable by its owner alone.
load_passwords() {
  if [ ! -s "$STATE/passwords" ]; then
    for name in SUPERUSER SERVICE ANALYST SHOP_APP; do
      printf '%s_PASSWORD=%s\n' "$name" "$(openssl rand -hex 12)"
    done >"$STATE/passwords.new"
    mv "$STATE/passwords.new" "$STATE/passwords"
  fi
  source "$STATE/passwords"
}

stop_everything() {
  stop_proxy
  stop_postgres
}

umask 077
mkdir -p "$STATE"
STATE=$(cd "$STATE" && pwd)
chmod 711 "$STATE" # the user postgres passes through to its own folder; every file in here is closed to it

if [ "$mode" = stop ]; then
  PGDATA_DIR=$(postgres_data_dir)
  stop_everything
  say "stopped"
  exit 0
fi

umask 022
install_packages "${SP_BUILD_PACKAGES[@]}" "${SP_QUICKSTART_PACKAGES[@]}"
[ -n "${SQL_PROXY_BINARY:-}" ] || "$SP_ROOT/scripts/build.sh" release
umask 077

PGDATA_DIR=$(postgres_data_dir)
load_passwords
stop_proxy
[ "$mode" = tour ] || trap stop_everything EXIT
start_postgres
create_shop
create_certificate
PROXY_PORT=$(free_port 6432)
write_configuration
start_proxy
tour

if [ "$mode" = check ]; then
  trap - EXIT
  stop_proxy
  check "the proxy ended with exit code 0 on SIGTERM" test "$PROXY_EXIT" -eq 0
  OUTPUT=$("$SQL_PROXY" audit verify "$STATE/audit.jsonl") || true
  expect "end: a graceful stop"
  stop_postgres
else
  cat <<END

Both servers are running. To look around yourself, as analyst or shop_app:

  PGPASSFILE=$STATE/pgpass psql "$(connection analyst)"

Configuration: $STATE/sql-proxy.toml   audit: $STATE/audit.jsonl   log: $STATE/proxy.log
Stop them with: scripts/quickstart.sh --stop
END
fi
printf '\nquickstart: %d checks passed, %d failed\n' "$CHECKS_PASSED" "$CHECKS_FAILED"
[ "$CHECKS_FAILED" -eq 0 ]
