"""What the integration and end-to-end tests stand on: a private PostgreSQL, the proxy, a raw protocol client."""
