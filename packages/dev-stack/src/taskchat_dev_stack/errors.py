"""The error that commands show to the developer."""


class DevStackError(Exception):
    """One line: what failed and how to fix it."""
