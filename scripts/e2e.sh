#!/usr/bin/env bash
# Every client, directly and through the proxy: scripts/e2e.sh [--pool-mode session|transaction|both] [PYTEST-ARGUMENT...]
#
# Installs the clients that are missing (docs/clients.md), builds, and runs tests/e2e once for each pool mode that the
# program knows. SQL_PROXY_BINARY=FILE runs that program instead of build/release/sql-proxy.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$SP_ROOT/scripts/lib/packages.sh"
source "$SP_ROOT/scripts/lib/clients.sh"

case ${1:-} in -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
modes=(session transaction)
if [ "${1:-}" = --pool-mode ]; then
  case ${2:-} in
    session | transaction) modes=("$2") ;;
    both) ;;
    *) echo "--pool-mode is session, transaction or both" >&2; exit 2 ;;
  esac
  shift 2
fi

install_packages "${SP_BUILD_PACKAGES[@]}" "${SP_QUICKSTART_PACKAGES[@]}" "${SP_TEST_PACKAGES[@]}"
install_java
install_node_client
install_go
install_rust
install_node_clients
if [ -z "${SQL_PROXY_BINARY:-}" ]; then
  "$SP_ROOT/scripts/build.sh" release
  export SQL_PROXY_BINARY=$SP_ROOT/build/release/sql-proxy
fi

export PYTHONDONTWRITEBYTECODE=1
cd "$SP_ROOT"
failed=0
for mode in "${modes[@]}"; do
  if ! PYTHONPATH=$SP_ROOT/tests /usr/bin/python3 -m harness.modes "$mode"; then
    [ ${#modes[@]} -gt 1 ] || die "this sql-proxy refuses pool_mode = \"$mode\""
    say "this sql-proxy refuses pool_mode = \"$mode\": left out"
    continue
  fi
  say "pool mode $mode"
  /usr/bin/python3 -m pytest tests/e2e -q -rs --every-client --pool-mode "$mode" "$@" || failed=1
done
exit "$failed"
