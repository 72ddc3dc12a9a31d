#!/usr/bin/env bash
# Builds the Debian package: scripts/package.sh [--check]       (Debian 12, as root)
#
# The result is build/package/sql-proxy_VERSION_ARCHITECTURE.deb. With --check it is looked at by lintian, installed in a
# Debian of its own (debootstrap, in build/package/chroot), runs there, is removed, and nothing but configuration and audit
# must be left. SP_MIRROR names the mirror, by default that of the machine.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$SP_ROOT/scripts/lib/packages.sh"

case ${1:-} in
  -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
  '' | --check) ;;
  *) die "unknown option $1" ;;
esac

install_packages "${SP_BUILD_PACKAGES[@]}" dpkg-dev
preset=${SP_PACKAGE_PRESET:-release}
"$SP_ROOT/scripts/build.sh" "$preset" sql-proxy
out=$SP_ROOT/build/package
mkdir -p "$out"
rm -f "$out"/*.deb
(cd "$out" && cpack --config "$SP_ROOT/build/$preset/CPackConfig.cmake" -G DEB -B "$out" >&2)
package=$(find "$out" -maxdepth 1 -name '*.deb')
[ -f "$package" ] || die "no package was made"
say "built $package"
[ "${1:-}" = --check ] || exit 0

install_packages "${SP_PACKAGE_CHECK_PACKAGES[@]}"
say "lintian"
lintian --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs,bogus-mail-host,bogus-mail-host-in-debian-changelog "$package"
systemd-analyze verify --man=no "$SP_ROOT/packaging/systemd/sql-proxy.socket" 2>&1 | grep -v "sql-proxy.service" || true
source "$SP_ROOT/scripts/lib/package_check.sh"
check_in_chroot "$package" "$out/chroot"
say "the package is sound"
