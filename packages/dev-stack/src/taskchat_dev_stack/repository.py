"""Paths in the repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
ROLES_SQL = ROOT / "packages" / "shared-schema" / "roles.sql"
PAGES = ROOT / "web" / ".build" / "pages"
"""The built pages, as the gateway serves them."""
