# PostgreSQL's own test suites, from Debian's source package; only what Debian does not ship built is compiled. To be sourced.
# Uses WORK, the folder that everything is kept in. What is there already is not fetched or built again.

# pg_regress, isolationtester, refint and autoinc are in Debian's binary packages.
SP_CONFORMANCE_PACKAGES=(postgresql-15 postgresql-client-15 postgresql-server-dev-15 libpq-dev gcc libc6-dev dpkg-dev python3)

# apt-get that knows nothing but the source packages of the repositories that postgresql-15 comes from, as they are
# configured on this machine. Its lists are its own: the machine's stay as they are.
source_apt() {
  apt-get -q -o "Dir::Etc::sourcelist=$WORK/apt/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$WORK/apt/lists" \
    -o APT::Sandbox::User=root "$@"
}

# Leaves the unpacked source at $WORK/postgresql. The server's own version when the archive still has it: else the
# newest of the same major version, which is said.
fetch_sources() {
  [ ! -f "$WORK/postgresql/version" ] || return 0
  say "fetching the source package of postgresql-15"
  local installed version fetched=
  installed=$(dpkg-query -W -f='${Version}' postgresql-15) || die "postgresql-15 is not installed"
  rm -rf "$WORK/apt" "$WORK/postgresql"
  mkdir -p "$WORK/apt/lists/partial"
  apt-cache madison postgresql-15 | awk -F' *[|] *' '{ split($3, where, " "); split(where[2], suite, "/"); print "deb-src", where[1], suite[1], suite[2] }' |
    sort -u >"$WORK/apt/sources.list"
  [ -s "$WORK/apt/sources.list" ] || die "apt knows no repository of postgresql-15"
  source_apt update >&2 || die "apt-get update failed for the source packages"
  cd "$WORK/apt" || die "$WORK/apt is not there"
  for version in "$installed" $(apt-cache madison postgresql-15 | awk -F' *[|] *' '{ print $2 }' | sort -urV); do
    if source_apt --download-only --only-source source "postgresql-15=$version" >&2; then
      fetched=$version
      break
    fi
  done
  [ -n "$fetched" ] || die "no source package of postgresql-15 could be fetched"
  dpkg-source --no-check -x postgresql-15_*.dsc "$WORK/postgresql" >&2 || die "the source package could not be unpacked"
  cd "$SP_ROOT" || die "$SP_ROOT is not there"
  printf '%s\n' "$fetched" >"$WORK/postgresql/version"
  [ "$fetched" = "$installed" ] || say "note: the server is $installed, its source is not to be had: the suites are those of $fetched"
}

# The modules that the suites load and the program that speaks in pipelines; everything in $WORK/lib.
build_modules() {
  [ "$WORK/lib/built" -ot "$SP_ROOT/scripts/lib/conformance/session_pid.c" ] || return 0
  say "building regress.so and libpq_pipeline"
  local tests=$WORK/postgresql/src/test include
  include=$("$SP_PG_BIN/pg_config" --includedir-server)
  rm -rf "${WORK:?}/lib"
  mkdir -p "$WORK/lib"
  gcc -O1 -w -fPIC -shared -I"$include" -I"$("$SP_PG_BIN/pg_config" --includedir)" -D_GNU_SOURCE \
    "-DDLSUFFIX=\".so\"" -o "$WORK/lib/regress.so" "$tests/regress/regress.c" || die "regress.so could not be built"
  gcc -O1 -w -I"$include" -I"$("$SP_PG_BIN/pg_config" --includedir)" -D_GNU_SOURCE \
    -o "$WORK/lib/libpq_pipeline" "$tests/modules/libpq_pipeline/libpq_pipeline.c" \
    -L"$("$SP_PG_BIN/pg_config" --libdir)" -L"$("$SP_PG_BIN/pg_config" --pkglibdir)" -lpq -lpgcommon -lpgport -lm || die "libpq_pipeline could not be built"
  gcc -O1 -fPIC -shared -I"$("$SP_PG_BIN/pg_config" --includedir)" -o "$WORK/lib/session_pid.so" \
    "$SP_ROOT/scripts/lib/conformance/session_pid.c" -ldl || die "session_pid.so could not be built"
  gcc -O1 -fPIC -shared -I"$include" -o "$WORK/lib/permission_log.so" \
    "$SP_ROOT/scripts/lib/conformance/permission_log.c" || die "permission_log.so could not be built"
  cp "$("$SP_PG_BIN/pg_config" --pkglibdir)"/{refint,autoinc}.so "$WORK/lib/"
  touch "$WORK/lib/built"
}

# Where the user postgres can read: not below a home folder that is closed to it.
conformance_folder() {
  local folder=$SP_ROOT/build/conformance
  mkdir -p "$folder"
  if as_postgres test -x "$folder"; then
    printf '%s\n' "$folder"
  else
    printf '/var/lib/postgresql/sql-proxy-conformance-%s\n' "$(printf '%s' "$SP_ROOT" | cksum | cut -d' ' -f1)"
  fi
}
