# The Debian 12 packages that the project needs, and how they get installed. To be sourced after common.sh.

# To compile and link, with the tests and the sanitizers' runtimes (llvm-19 brings their symbolizer).
SP_BUILD_PACKAGES=(
  clang-19 lld-19 libclang-rt-19-dev llvm-19 cmake ninja-build ccache pkg-config ca-certificates
  libasio-dev libssl-dev libpq-dev libpg-query-dev postgresql-server-dev-15 libxxhash-dev libtomlplusplus-dev
  libspdlog-dev libfmt-dev libcli11-dev libre2-dev nlohmann-json3-dev libzstd-dev libsystemd-dev libmicrohttpd-dev
  libgtest-dev libgmock-dev libbenchmark-dev
)

# For the quickstart: a PostgreSQL of its own, and what the walk-through calls. postgresql-15 includes contrib.
SP_QUICKSTART_PACKAGES=(postgresql-15 postgresql-client-15 openssl jq procps)

# For scripts/test.sh: checkers, and the clients that Debian has. Java and Node.js come below, the others in clients.sh.
SP_TEST_PACKAGES=(
  clang-tidy-19 clang-format-19 shellcheck git procps systemd jq
  python3 python3-pytest python3-yaml python3-psycopg2 python3-psycopg python3-asyncpg python3-cryptography libpostgresql-jdbc-java
  python3-sqlalchemy python3-django ruby ruby-pg ruby-activerecord php-cli php-pgsql libdbd-pg-perl python3-pyodbc odbc-postgresql
)

# For bench/run.sh: the peers, and what counts their system calls.
SP_BENCH_PACKAGES=("${SP_QUICKSTART_PACKAGES[@]}" pgbouncer haproxy strace python3)

# For scripts/package.sh --check.
SP_PACKAGE_CHECK_PACKAGES=(lintian debootstrap)

# Prints those of its arguments that dpkg does not know as installed, one a line.
missing_packages() {
  local installed
  # dpkg-query fails when it has never heard of one of them, which is just what we are here for.
  installed=$({ dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true; } | awk '$2 == "installed" { print $1 }')
  printf '%s\n' "$@" | sort -u | grep -vxF -f <(printf '%s\n' "$installed") || true
}

# Installing postgresql-15 would create and start a system-wide cluster on port 5432. Nobody asked for that one.
# A file in createcluster.d, and not createcluster.conf itself, leaves the administrator's own settings alone.
forbid_system_cluster() {
  local file=/etc/postgresql-common/createcluster.d/sql-proxy.conf
  [ -e "$file" ] && return 0
  mkdir -p "${file%/*}"
  printf '%s\n' "# Written by sql-proxy's scripts/lib/packages.sh before it installed postgresql-15." \
    "create_main_cluster = false" >"$file"
}

# install_packages NAME...: installs those that are missing; touches neither network nor apt when none is.
install_packages() {
  command -v dpkg-query >/dev/null || die "this is not Debian: install by hand the equivalents of: $*"
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -eq 0 ] && return 0
  [ "$(id -u)" -eq 0 ] || die "packages are missing and only root can install them: apt-get install ${missing[*]}"
  say "installing: ${missing[*]}"
  [ -d /etc/postgresql/15 ] || forbid_system_cluster
  mkdir -p /usr/share/man/man1 # slim images lack it, and the JDK's post-install script needs it
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold)
  "${apt[@]}" update >&2 || die "apt-get update failed"
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >&2 || die "apt-get install failed"
}

# A JDK from elsewhere is as good as Debian's.
install_java() {
  command -v javac >/dev/null || install_packages openjdk-17-jdk-headless
}

# Node.js with the `pg` module. Where Node.js is not Debian's own, Debian's node-pg cannot be installed beside it and
# the module comes from npm. Sets NODE_PATH so that `require("pg")` finds either.
install_node_client() {
  export NODE_PATH=$SP_ROOT/build/node/node_modules:/usr/share/nodejs:/usr/lib/nodejs
  command -v node >/dev/null && node -e 'require("pg")' 2>/dev/null && return 0
  if command -v npm >/dev/null && ! dpkg-query -W -f='${Status}\n' npm 2>/dev/null | grep -q 'ok installed'; then
    say "installing the pg module with npm"
    mkdir -p "$SP_ROOT/build/node"
    npm install --no-audit --no-fund --no-package-lock --prefix "$SP_ROOT/build/node" pg@8 >&2 || die "npm install pg failed"
  else
    install_packages nodejs node-pg
  fi
  node -e 'require("pg")' || die "Node.js does not find its pg module"
}

# promtool alone, at build/tools/promtool: its package would start a Prometheus.
install_promtool() {
  local target=$SP_ROOT/build/tools/promtool folder
  command -v promtool >/dev/null || [ -x "$target" ] && return 0
  say "fetching promtool"
  folder=$(mktemp -d)
  chmod 755 "$folder"
  (cd "$folder" && apt-get -q download prometheus >&2) || { apt-get -q update >&2 && (cd "$folder" && apt-get -q download prometheus >&2); } ||
    die "could not download the package prometheus"
  dpkg-deb --extract "$folder"/prometheus_*.deb "$folder/content"
  mkdir -p "${target%/*}"
  cp "$folder/content/usr/bin/promtool" "$target"
  rm -rf "$folder"
}
