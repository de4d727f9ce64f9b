"""Postgres: the engine, URLs, connection errors and readiness."""
