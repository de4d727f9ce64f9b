"""An embedded PostgreSQL 18 server."""

from taskchat_dev_stack.postgres.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres"]
