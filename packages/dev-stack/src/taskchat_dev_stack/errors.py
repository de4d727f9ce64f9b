"""What went wrong, said to the person at the terminal."""


class DevStackError(Exception):
    """One line that says what failed and what to do about it."""
