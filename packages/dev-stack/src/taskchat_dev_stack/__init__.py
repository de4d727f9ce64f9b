"""Runs all of Taskchat on one machine, without containers."""
