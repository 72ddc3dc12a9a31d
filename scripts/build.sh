#!/usr/bin/env bash
# Installs what is missing (Debian 12, as root) and builds: scripts/build.sh [PRESET [TARGET...]]
#
# PRESET is one of CMakePresets.json (release, dev, asan, tsan, fuzz; default release), TARGET defaults to sql-proxy.
# The result of the default is build/release/sql-proxy.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$SP_ROOT/scripts/lib/packages.sh"

case ${1:-} in -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
preset=${1:-release}
shift || true
[ $# -gt 0 ] || set -- sql-proxy

install_packages "${SP_BUILD_PACKAGES[@]}"
cd "$SP_ROOT"
[ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" >&2
cmake --build "build/$preset" --parallel "$SP_JOBS" --target "$@" >&2
say "built $* in build/$preset"
