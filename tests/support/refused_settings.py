"""Settings that the api refuses."""

import pytest

from taskchat.settings import load_settings


def assert_refused_in_one_line(name: str, complaint: str) -> None:
    """Loading the settings fails with one line for this setting, without its value."""
    with pytest.raises(SystemExit) as refused:
        load_settings()
    [line] = str(refused.value).splitlines()
    assert line.startswith(f"{name}: ")
    assert complaint in line
    assert "secret" not in line
