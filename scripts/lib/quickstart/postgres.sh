# The quickstart's own PostgreSQL: a cluster under the state folder, on 127.0.0.1 and a free port. To be sourced.
# Uses STATE, PGDATA_DIR and the passwords that scripts/quickstart.sh has set.

# The first port from $1 on where nobody listens.
free_port() {
  local port=$1
  while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  printf '%s\n' "$port"
}

# Where the cluster lives: under the state folder, unless that is closed to the user postgres (a checkout in /root).
postgres_data_dir() {
  if as_postgres test -x "$STATE"; then
    printf '%s\n' "$STATE/postgres"
  else
    printf '/var/lib/postgresql/sql-proxy-%s\n' "$(printf '%s' "$STATE" | cksum | cut -d' ' -f1)"
  fi
}

pg() { as_postgres "$SP_PG_BIN/$1" "${@:2}"; }

# Bypasses the proxy: as the superuser, straight to the server.
superuser_psql() {
  PGPASSWORD=$SUPERUSER_PASSWORD PGOPTIONS="-c client_min_messages=warning" psql -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$POSTGRES_PORT" -U postgres "$@"
}

create_cluster() {
  local unfinished=$STATE/creating-postgres
  if [ -e "$unfinished" ]; then
    rm -rf "$PGDATA_DIR" # what an interrupted run left
  elif [ -e "$PGDATA_DIR" ]; then
    [ -f "$PGDATA_DIR/PG_VERSION" ] || die "$PGDATA_DIR is there, but holds no PostgreSQL cluster: move it away"
    return 0
  fi
  say "creating a PostgreSQL cluster in $PGDATA_DIR"
  touch "$unfinished"
  mkdir -p "$PGDATA_DIR"
  chmod 700 "$PGDATA_DIR"
  [ "$(id -u)" -ne 0 ] || chown postgres: "$PGDATA_DIR"
  # The password goes in by single-user mode's standard input: no file of it, and nothing on a command line.
  pg initdb -D "$PGDATA_DIR" -U postgres --auth-local=reject --auth-host=scram-sha-256 -E UTF8 --locale=C.UTF-8 >/dev/null &&
    printf "ALTER ROLE postgres PASSWORD '%s'\n" "$SUPERUSER_PASSWORD" |
    pg postgres --single -c log_checkpoints=off -D "$PGDATA_DIR" postgres >/dev/null || die "initdb failed"
  rm "$unfinished"
}

# Sets POSTGRES_PORT.
start_postgres() {
  create_cluster
  local pid_file=$PGDATA_DIR/postmaster.pid
  if ! pg pg_ctl -D "$PGDATA_DIR" status >/dev/null 2>&1; then
    POSTGRES_PORT=$(free_port 15432) # below the ports that the kernel lends to outgoing connections
    pg pg_ctl -D "$PGDATA_DIR" -l "$PGDATA_DIR/server.log" -w -t 60 \
      -o "-c port=$POSTGRES_PORT -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c shared_buffers=32MB" \
      start >/dev/null || die "PostgreSQL did not start, see $PGDATA_DIR/server.log"
  fi
  POSTGRES_PORT=$(sed -n 4p "$pid_file")
  say "PostgreSQL runs on 127.0.0.1:$POSTGRES_PORT"
}

# Always anew, so that the tour finds what it expects whatever was tried out since the last one.
create_shop() {
  say "creating the database shop with its sample data"
  superuser_psql <<END
DROP DATABASE IF EXISTS shop WITH (FORCE);
DROP ROLE IF EXISTS sqlproxy;
CREATE ROLE sqlproxy LOGIN PASSWORD '$SERVICE_PASSWORD';
CREATE DATABASE shop;
END
  superuser_psql -d shop -1 -f "$SP_ROOT/scripts/lib/quickstart/shop.sql"
}

stop_postgres() {
  [ -f "$PGDATA_DIR/postmaster.pid" ] || return 0
  pg pg_ctl -D "$PGDATA_DIR" -m fast -w stop >/dev/null
}
