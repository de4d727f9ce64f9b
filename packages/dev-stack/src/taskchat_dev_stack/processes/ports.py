"""Free ports on 127.0.0.1."""

import errno
import socket

from taskchat_dev_stack.errors import DevStackError

HOST = "127.0.0.1"


def reserve_port() -> int:
    """Return a free port that the system assigns to no other process for a minute.

    The listening side closes a connection on it, which leaves the port in TIME_WAIT. The system then does
    not assign it, but servers that bind it by number with SO_REUSEADDR, as ours do, get it.
    """
    with socket.create_server((HOST, 0)) as listener:
        address: tuple[str, int] = listener.getsockname()
        with socket.create_connection(address) as client:
            served, _ = listener.accept()
            served.close()
            client.recv(1)
    return address[1]


def require_free_port(port: int) -> None:
    """Check that we can listen on the port and that no other server answers on `localhost`.

    Raises:
        DevStackError: the port is in use or needs root.
    """
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        if error.errno == errno.EACCES:
            raise DevStackError(f"port {port} needs root. Choose one above 1023, for example PORT=3000") from error
        raise _in_use(port) from error
    # We could still bind 127.0.0.1, but browsers might then reach the other server, for example on ::1.
    if _accepts_connections(socket.AF_INET, HOST, port) or _accepts_connections(socket.AF_INET6, "::1", port):
        raise _in_use(port)


def _accepts_connections(family: socket.AddressFamily, host: str, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            return probe.connect_ex((host, port)) == 0
    except OSError:  # a machine without IPv6
        return False


def _in_use(port: int) -> DevStackError:
    return DevStackError(f"port {port} is in use. Stop its program, or choose another port: PORT={port + 1}")
