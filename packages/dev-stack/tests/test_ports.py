"""Ports that may or may not be listened on."""

import errno
import socket

import pytest

from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.processes.ports import require_free_port


def test_a_port_that_needs_rights_is_not_reported_as_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> socket.socket:
        """As the system does for port 80 unless it runs in a container or as root."""
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(DevStackError, match=r"^port 80 .*above 1023"):
        require_free_port(80)


def test_a_port_in_use_is_reported_with_another_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(DevStackError, match=f"^port {port} is in use.*PORT={port + 1}"):
            require_free_port(port)
