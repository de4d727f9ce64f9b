"""The HTTP server that tests run applications in."""

import gc
import socket
import threading
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from support.http_server import HttpServer


def test_an_unread_response_leaves_no_open_socket() -> None:
    answered = threading.Event()

    async def answer(_request: Request) -> Response:
        answered.set()
        return Response(b"x" * 5_000_000)

    with socket.socket() as client:
        with HttpServer(Starlette(routes=[Route("/", answer)])) as server:
            client.connect(("127.0.0.1", urlsplit(server.url).port))
            client.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert answered.wait(30)
        del server
        gc.collect()  # warns about open sockets, and warnings fail the test
