#!/usr/bin/env bash
# Run once by the postgres image, on an empty data volume: the proxy's service role, and the sample database.
set -euo pipefail
psql -v ON_ERROR_STOP=1 -v password="$(cat /run/secrets/service_password)" -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'END'
CREATE ROLE sqlproxy LOGIN PASSWORD :'password';
END
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -1 -f /shop.sql
