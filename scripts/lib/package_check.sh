# Installs the package in a clean Debian, lets it do its work, and removes it. To be sourced after common.sh.

# Where the machine itself gets its packages from.
machine_mirror() {
  local uri
  # shellcheck disable=SC2016  # apt's own variable
  uri=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null | grep -m1 -E '^https?://' || true)
  printf '%s\n' "${SP_MIRROR:-${uri:-http://deb.debian.org/debian}}"
}

in_chroot() {
  local root=$1
  shift
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
}

# The chroot must not be able to start or stop anything.
make_chroot() {
  local root=$1
  rm -rf "$root"
  debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "$(machine_mirror)" >&2
  # The machine's own proxy, certificates and sources reach what it reaches.
  cp -a /etc/apt/sources.list "$root/etc/apt/" 2>/dev/null || true
  cp -a /etc/apt/sources.list.d/. "$root/etc/apt/sources.list.d/" 2>/dev/null || true
  cp -a /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
  cp /etc/resolv.conf "$root/etc/" 2>/dev/null || true
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
}

# The service's main job without systemd: the configuration is sound, it listens, asks for a password, and stops in order.
run_in_chroot() {
  local root=$1
  in_chroot "$root" sql-proxy version
  in_chroot "$root" sql-proxy check -c /etc/sql-proxy/sql-proxy.toml
  printf 'secret' | in_chroot "$root" sql-proxy password | grep -q '^SCRAM-SHA-256\$'
  # Replaced by one another, so that the process id is the service's.
  (exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" setpriv --reuid=sql-proxy --regid=sql-proxy --init-groups \
    --no-new-privs sql-proxy serve -c /etc/sql-proxy/sql-proxy.toml) &
  local service=$!
  local answer=
  for _ in $(seq 100); do
    answer=$(ask_for_password 2>/dev/null) && break
    sleep 0.1
  done
  kill -TERM "$service"
  wait "$service" || die "the service did not stop in order"
  [ "$answer" = R ] || die "the service answered ${answer:-nothing}"
  in_chroot "$root" sql-proxy audit verify /var/lib/sql-proxy/audit.jsonl
}

# A StartupMessage of the user "nobody"; prints the type of the answer.
ask_for_password() {
  local type
  exec 3<>/dev/tcp/127.0.0.1/6432 || return 1
  printf '\0\0\0\x23\0\x03\0\0user\0nobody\0database\0shop\0\0' >&3
  IFS= read -r -n 1 -t 5 type <&3
  exec 3>&-
  printf '%s' "$type"
}

check_in_chroot() {
  local package=$1 root=$2
  say "a clean Debian in $root"
  make_chroot "$root"
  cp "$package" "$root/tmp/sql-proxy.deb"
  in_chroot "$root" apt-get -q update >&2
  in_chroot "$root" find / -xdev -not -path '/proc/*' -not -path '/tmp/*' | sort >"$root.before"
  in_chroot "$root" apt-get -q install -y --no-install-recommends /tmp/sql-proxy.deb >&2
  in_chroot "$root" getent passwd sql-proxy >/dev/null || die "the user is missing"
  say "the service runs"
  run_in_chroot "$root" >&2
  remove_from_chroot "$root"
  rm -rf "$root" "$root.before"
}

# Configuration stays when it is removed, and the audit even when it is purged.
remove_from_chroot() {
  local root=$1 left
  say "removed, and purged"
  in_chroot "$root" apt-get -q remove -y sql-proxy >&2
  [ -f "$root/etc/sql-proxy/sql-proxy.toml" ] || die "remove has taken the configuration"
  in_chroot "$root" apt-get -q purge -y sql-proxy >&2
  left=$(in_chroot "$root" find / -xdev -not -path '/proc/*' -not -path '/tmp/*' | sort | comm -13 "$root.before" - | grep sql-proxy |
    grep -v -e '^/var/lib/sql-proxy' || true)
  [ -z "$left" ] || die "left behind: $left"
  [ -f "$root/var/lib/sql-proxy/audit.jsonl" ] || die "purge has taken the audit"
}
