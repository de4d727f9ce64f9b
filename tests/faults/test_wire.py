"""The proxy with which tests break connections."""

import asyncio
import gc

from support.processes import eventually
from support.tcp_proxy import Break, TcpProxy

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def test_garbage_collection_does_not_close_a_silent_connection_whose_client_has_left() -> None:
    accepted: asyncio.Queue[Ends] = asyncio.Queue()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await accepted.put((reader, writer))

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as database:
        port = database.sockets[0].getsockname()[1]
        with TcpProxy(f"postgresql://chat_api@127.0.0.1:{port}/taskchat") as proxy:
            proxy.break_at(Break("before", 1, is_silent=True))
            _, client = await asyncio.open_connection("127.0.0.1", proxy.port)
            reader, writer = await accepted.get()
            client.write(b"select")
            await asyncio.to_thread(eventually, lambda: proxy.is_broken)
            client.close()
            # Once the proxy has handled a later connection, it has noticed that the first client left.
            _, later_client = await asyncio.open_connection("127.0.0.1", proxy.port)
            _, later_writer = await accepted.get()
            gc.collect()
            later_client.write(b"select")
            later_client.close()
            await asyncio.to_thread(eventually, lambda: proxy.round_trips == 2)
            assert not reader.at_eof()
            for end in (writer, later_writer):
                end.close()
