"""The whole of Taskchat on one machine, without containers."""
