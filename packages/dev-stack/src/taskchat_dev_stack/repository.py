"""Where things stand in the repository that this package is part of."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
ROLES_SQL = ROOT / "packages" / "shared-schema" / "roles.sql"
PAGES = ROOT / "web" / ".build" / "pages"
"""The built pages that a stack serves."""
