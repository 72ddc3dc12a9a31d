"""Measures sql-proxy beside a direct connection, PgBouncer and HAProxy: bench/run.sh."""
