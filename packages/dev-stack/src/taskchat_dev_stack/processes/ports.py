"""Ports of 127.0.0.1: finding a free one, and finding out that one is not."""

import errno
import socket

from taskchat_dev_stack.errors import DevStackError

HOST = "127.0.0.1"


def reserve_port() -> int:
    """A free port that nobody else is given in the next minute.

    A connection is made through it and closed by the listening side. That leaves the port in TIME_WAIT: the
    system hands it to no one, and a server that asks for it by number, with SO_REUSEADDR as all ours do, gets it.
    """
    with socket.create_server((HOST, 0)) as listener:
        address: tuple[str, int] = listener.getsockname()
        with socket.create_connection(address) as client:
            served, _ = listener.accept()
            served.close()
            client.recv(1)
    return address[1]


def require_free_port(port: int) -> None:
    """Checks that a server may listen on the port, and that `localhost` leads to nobody else.

    Raises:
        DevStackError: it is in use, or only root may have it.
    """
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        if error.errno == errno.EACCES:
            raise DevStackError(f"port {port} is for root only. Choose one above 1023, such as: PORT=3000") from error
        raise _in_use(port) from error
    # A server on ::1 would not be in the way of ours, but browsers, which take `localhost` for both, would find it.
    if _answers(socket.AF_INET, HOST, port) or _answers(socket.AF_INET6, "::1", port):
        raise _in_use(port)


def _answers(family: socket.AddressFamily, host: str, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            return probe.connect_ex((host, port)) == 0
    except OSError:  # a machine without IPv6
        return False


def _in_use(port: int) -> DevStackError:
    return DevStackError(f"port {port} is in use. Stop the program that has it, or choose another: PORT={port + 1}")
