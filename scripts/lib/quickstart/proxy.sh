# The quickstart's proxy: its certificate, configuration, start and stop. To be sourced.

SQL_PROXY=${SQL_PROXY_BINARY:-$SP_ROOT/build/release/sql-proxy}

create_certificate() {
  [ -f "$STATE/server.crt" ] && openssl x509 -in "$STATE/server.crt" -noout -checkend 86400 >/dev/null && return 0
  say "making a self-signed certificate for 127.0.0.1"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj "/CN=sql-proxy quickstart" \
    -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -keyout "$STATE/server.key" -out "$STATE/server.crt" 2>/dev/null ||
    die "openssl could not make the certificate"
}

verifier_of() { printf '%s\n' "$1" | "$SQL_PROXY" password; }

write_configuration() {
  local analyst shop_app
  analyst=$(verifier_of "$ANALYST_PASSWORD") || die "sql-proxy password failed"
  shop_app=$(verifier_of "$SHOP_APP_PASSWORD") || die "sql-proxy password failed"
  printf '%s\n' "$SERVICE_PASSWORD" >"$STATE/service.password"
  sed -e "s|@PROXY_PORT@|$PROXY_PORT|" -e "s|@POSTGRES_PORT@|$POSTGRES_PORT|" -e "s|@ANALYST_VERIFIER@|$analyst|" \
    -e "s|@SHOP_APP_VERIFIER@|$shop_app|" "$SP_ROOT/scripts/lib/quickstart/sql-proxy.toml.in" >"$STATE/sql-proxy.toml"
  "$SQL_PROXY" check -c "$STATE/sql-proxy.toml" >&2 || die "the configuration is not sound: a fault of the quickstart"
  printf '127.0.0.1:%s:*:analyst:%s\n127.0.0.1:%s:*:shop_app:%s\n' \
    "$PROXY_PORT" "$ANALYST_PASSWORD" "$PROXY_PORT" "$SHOP_APP_PASSWORD" >"$STATE/pgpass"
}

# The pid of our proxy if it runs; a pid file alone may be stale, and its number somebody else's by now.
proxy_pid() {
  local pid
  pid=$(cat "$STATE/proxy.pid" 2>/dev/null) || return 1
  tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "$STATE/sql-proxy.toml" && printf '%s\n' "$pid"
}

start_proxy() {
  setsid "$SQL_PROXY" serve -c "$STATE/sql-proxy.toml" </dev/null >"$STATE/proxy.log" 2>&1 &
  local pid=$!
  printf '%s\n' "$pid" >"$STATE/proxy.pid"
  for _ in $(seq 100); do
    kill -0 "$pid" 2>/dev/null || { cat "$STATE/proxy.log" >&2; die "the proxy ended at its start"; }
    (exec 3<>"/dev/tcp/127.0.0.1/$PROXY_PORT") 2>/dev/null && { say "sql-proxy runs on 127.0.0.1:$PROXY_PORT"; return 0; }
    sleep 0.1
  done
  die "the proxy does not listen on port $PROXY_PORT, see $STATE/proxy.log"
}

# Asks for a graceful stop and waits for it. Sets PROXY_EXIT to the exit code if this shell started it, else to 0.
stop_proxy() {
  local pid
  PROXY_EXIT=0
  pid=$(proxy_pid) || return 0
  kill -TERM "$pid"
  for _ in $(seq 150); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  if kill -0 "$pid" 2>/dev/null; then
    kill -KILL "$pid"
    die "the proxy (pid $pid) did not stop within 15 seconds and was killed"
  fi
  wait "$pid" 2>/dev/null || PROXY_EXIT=$?
  [ "$PROXY_EXIT" -ne 127 ] || PROXY_EXIT=0 # not a child of this shell
  rm -f "$STATE/proxy.pid"
}
