# What every script here starts with: the checkout's root, messages, the number of jobs. To be sourced.

SP_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SP_JOBS=${SP_JOBS:-$(nproc)}
SP_PG_BIN=${SP_PG_BIN:-/usr/lib/postgresql/15/bin}

say() { printf '%s\n' "== $*" >&2; }

die() {
  printf '%s\n' "error: $*" >&2
  exit 3
}

# Runs a command as somebody who is not root: PostgreSQL's programs refuse root. Other users run it as they are.
as_postgres() {
  if [ "$(id -u)" -ne 0 ]; then
    "$@"
  elif command -v runuser >/dev/null; then
    runuser -u postgres -- "$@"
  else
    setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
  fi
}

# What one clone has compiled serves another: to ccache, paths inside of the checkout do not count.
export CCACHE_BASEDIR=$SP_ROOT CCACHE_NOHASHDIR=1
