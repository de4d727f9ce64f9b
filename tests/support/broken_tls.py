"""A server whose TLS breaks after the handshake."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from support.certificates import CertificateAuthority

_UNREADABLE = b"\x17\x03\x03\x00\x20" + bytes(32)
"""A TLS record of data that no key can have encrypted."""


@asynccontextmanager
async def broken_tls(authority: CertificateAuthority, beginning: bytes = b"") -> AsyncIterator[int]:
    """Answer each request with `beginning`, and break off. Yields the port on 127.0.0.1."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority.sign("127.0.0.1"))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(beginning)
        await writer.drain()
        os.write(writer.get_extra_info("socket").fileno(), _UNREADABLE)
        await reader.read()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]
