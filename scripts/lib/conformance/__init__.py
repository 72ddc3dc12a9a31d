"""PostgreSQL's own test suites, run directly and through the proxy, and compared. scripts/conformance.sh starts it."""
