#!/usr/bin/env bash
# Makes docker/secrets/: random passwords and a self-signed certificate for compose.yaml. Keeps those that exist.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# The folder is closed; the files are not, for the containers' own users read them through their mounts.
umask 077
mkdir -p secrets
umask 022
for name in superuser service analyst grafana; do
  [ -s "secrets/$name.password" ] || openssl rand -hex 16 >"secrets/$name.password"
done
[ -s secrets/server.crt ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 \
  -subj "/CN=sql-proxy" -addext "subjectAltName=DNS:localhost,DNS:sql-proxy,IP:127.0.0.1" \
  -keyout secrets/server.key -out secrets/server.crt 2>/dev/null
chmod 644 secrets/*
echo "docker/secrets/ is ready; the analyst's password is in docker/secrets/analyst.password"
