"""Postgres: the engine, URLs, connection errors, readiness and the bootstrap of roles and schemas."""
