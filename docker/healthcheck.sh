#!/usr/bin/env bash
# Healthy: whoever listens on PORT (default 6432) answers PostgreSQL's SSLRequest with S or N. Usage: healthcheck.sh [PORT]
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/${1:-6432}"
printf '\0\0\0\10\4\322\26\57' >&3
answer=$(head -c 1 <&3)
[ "$answer" = S ] || [ "$answer" = N ]
