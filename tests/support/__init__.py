"""Shared by all tests: a real database, api processes and simulated servers."""
