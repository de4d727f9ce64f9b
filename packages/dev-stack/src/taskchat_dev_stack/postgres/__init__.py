"""A PostgreSQL 18 server of our own."""

from taskchat_dev_stack.postgres.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres"]
