"""Paths in the repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
PAGES = ROOT / "web" / ".build" / "pages"
"""The built pages, as the gateway serves them."""
