# The quickstart's tour with psql. Each step is shown and then checked: OUTPUT holds what psql printed. To be sourced.

CHECKS_PASSED=0
CHECKS_FAILED=0

connection() {
  printf 'host=127.0.0.1 port=%s dbname=shop user=%s sslmode=verify-full sslrootcert=%s' "$PROXY_PORT" "$1" "$STATE/server.crt"
}

# step TITLE USER SQL: one psql session through the proxy, echoing what it sends.
step() {
  printf '\n### %s (as %s)\n\n' "$1" "$2"
  OUTPUT=$(printf '%s\n' "$3" | PGPASSFILE=$STATE/pgpass PGCONNECT_TIMEOUT=10 \
    timeout 30 psql -X -a -v VERBOSITY=verbose -P pager=off "$(connection "$2")" 2>&1) || true
  printf '%s\n' "$OUTPUT"
}

check() { # WHAT COMMAND...
  if "${@:2}"; then
    CHECKS_PASSED=$((CHECKS_PASSED + 1))
  else
    CHECKS_FAILED=$((CHECKS_FAILED + 1))
    printf '!!! not as expected: %s\n' "$1"
  fi
}

says() { grep -qF -- "$1" <<<"$OUTPUT"; }
says_not() { ! says "$1"; }
expect() { check "the output holds: $1" says "$1"; }
expect_not() { check "the output does not hold: $1" says_not "$1"; }

tour() {
  local audit=$STATE/audit.jsonl audit_before=0
  [ ! -f "$audit" ] || audit_before=$(wc -l <"$audit")

  step "An allowed query" analyst \
    "SELECT product, sum(total) FROM orders WHERE total < 200 GROUP BY product ORDER BY product;"
  expect " kettle  |  79.80"
  expect "(3 rows)"
  expect_not "ERROR"

  step "A denied table" analyst "SELECT * FROM hr.salaries;"
  expect "ERROR:  42501:"
  expect "salaries-stay-in-hr"
  expect_not "Fatma"

  step "A table that no rule speaks of is denied, joined to an allowed one or not" analyst \
    "SELECT o.product, c.email FROM orders o JOIN customers c ON c.id = o.customer_id;"
  expect "ERROR:  42501:"
  expect_not "@example"

  step "A denied statement inside a transaction: PostgreSQL itself aborts it, the insert is gone" shop_app \
    "BEGIN;
INSERT INTO orders VALUES (900, 1, '2025-03-03', 'vase', 25.00);
UPDATE hr.salaries SET monthly = 9999;
SELECT count(*) FROM orders;
COMMIT;
SELECT count(*) FROM orders WHERE id = 900;"
  expect "INSERT 0 1"
  expect "ERROR:  42501:"
  expect "ERROR:  25P02:"
  expect "ROLLBACK"
  expect "     0"
  check "the database has neither the insert nor the update" database_is_untouched

  step "COPY, allowed and denied" analyst \
    "COPY orders (id, product, total) TO STDOUT (FORMAT csv, HEADER);
COPY hr.salaries TO STDOUT;"
  expect "id,product,total"
  expect "105,desk,310.00"
  expect "ERROR:  42501:"
  expect_not "Fatma"

  show_audit "$audit" "$audit_before"
}

database_is_untouched() {
  [ "$(superuser_psql -d shop -Atc "SELECT (SELECT count(*) FROM orders WHERE id = 900), (SELECT max(monthly) FROM hr.salaries)")" = "0|6350.00" ]
}

# Events since line $2 of the file $1. They are written within 100 ms of what they tell of; the last is a disconnect.
new_events() { tail -n "+$(($2 + 1))" "$1" 2>/dev/null; }

show_audit() {
  printf '\n### The audit lines of these statements (%s, some of the keys)\n\n' "${1##*/}"
  for _ in $(seq 50); do
    [ "$(new_events "$1" "$2" | grep -c '"kind":"disconnect"')" -ge 5 ] && break
    sleep 0.1
  done
  OUTPUT=$(new_events "$1" "$2" | jq -c 'select(.sql != null) |
    {user, statement_type, decision, matched_rule, status, sqlstate, in_transaction, 
    rows: (if .rows_affected == null then .rows_returned else .rows_affected end), sql}')
  printf '%s\n' "$OUTPUT"
  check "four statements were denied" test "$(grep -c '"decision":"deny"' <<<"$OUTPUT")" -eq 4
  expect '"user":"analyst","statement_type":"SELECT","decision":"allow","matched_rule":"analysts-read-sales","status":"ok"'
  expect '"user":"shop_app","statement_type":"UPDATE","decision":"deny","matched_rule":"salaries-stay-in-hr","status":"denied","sqlstate":"42501","in_transaction":true'
  expect '"statement_type":"COPY_TO","decision":"allow"'
  expect 'WHERE total < $1'
  expect_not "vase"
  check "every line is JSON with a rising sequence number" sequence_rises "$1"
  check "the hash chain holds" chain_holds "$1"
}

chain_holds() {
  printf '\n$ sql-proxy audit verify %s\n' "${1##*/}"
  "$SQL_PROXY" audit verify "$1"
}

sequence_rises() {
  jq -es '[.[].sequence_num] | . == sort and (unique | length) == length' "$1" >/dev/null
}
