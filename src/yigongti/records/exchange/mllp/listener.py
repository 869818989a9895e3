"""The listener: ``VT message FS CR`` in, the same around the answer out (MLLP release 1).

One message at a time on a connection, several connections at once; the work is done in threads with a database
connection each. Whatever comes is answered, or the connection is closed.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

from django.db import close_old_connections

from yigongti.config import Configuration

from .taking import answer, header, take

logger = logging.getLogger(__name__)
START, END = b"\x0b", b"\x1c\r"
BLOCK = 64 << 10
Take = Callable[[bytes, str], list[str]]


class TooLong(Exception):
    """A message that is longer than allowed."""


@dataclass
class Listener:
    """An MLLP server as ``configured``; ``take`` is what becomes of a message."""

    configured: Configuration
    take: Take = take
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4, thread_name_prefix="hl7"))
    open: int = 0
    server: asyncio.Server | None = None

    async def start(self) -> int:
        """Begin to listen; answers the port."""
        configured = self.configured
        self.server = await asyncio.start_server(
            self.serve, configured.mllp_host, configured.mllp_port, ssl=tls(configured), limit=BLOCK, backlog=128
        )
        return int(self.server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Let nobody in any more and end what is under way."""
        if self.server:
            self.server.close()
        await asyncio.to_thread(self.threads.shutdown, wait=True)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until it is silent for too long or breaks the rules."""
        peer = str((writer.get_extra_info("peername") or [""])[0])
        if self.open >= self.configured.mllp_connections:
            logger.warning("HL7 connection of %s refused: %d are open", peer, self.open)
            writer.close()
            return
        self.open += 1
        try:
            await self._messages(reader, writer, peer)
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        except Exception:
            logger.exception("HL7 connection of %s", peer)
        finally:
            self.open -= 1
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _messages(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> None:
        frames = Frames(reader, self.configured.mllp_bytes)
        while True:
            try:
                raw = await asyncio.wait_for(frames.next(), self.configured.mllp_idle_seconds)
            except TooLong as long:
                most = self.configured.mllp_bytes
                await _send(writer, answer(header(long.args[0]), "AR", f"消息超过 {most} 字节"))
                return
            if raw is None:
                return
            for text in await asyncio.get_running_loop().run_in_executor(self.threads, self._taken, raw, peer):
                await _send(writer, text)

    def _taken(self, raw: bytes, peer: str) -> list[str]:
        """In a thread: the answers; when nothing can be stored, that the sender shall try again."""
        close_old_connections()
        try:
            return self.take(raw, peer)
        except Exception:
            logger.exception("HL7 message of %s could not be stored", peer)
            return [answer(header(raw), "AR", "平台暂时不能保存消息，请稍后重发")]
        finally:
            close_old_connections()


async def _send(writer: asyncio.StreamWriter, text: str) -> None:
    writer.write(START + text.encode("utf-8", "replace") + END)
    await asyncio.wait_for(writer.drain(), 30)


class Frames:
    """The messages of a stream: what stands between VT and FS CR; anything else around them is passed over."""

    def __init__(self, reader: asyncio.StreamReader, most: int) -> None:
        self.reader, self.most, self.held = reader, most, bytearray()

    async def next(self) -> bytes | None:
        """The next message, None at the end. Raises TooLong with its beginning, also for endless noise."""
        while True:
            begins = self.held.find(START)
            ends = self.held.find(END, begins + 1) if begins >= 0 else -1
            if ends >= 0:
                raw = bytes(self.held[begins + 1 : ends])
                del self.held[: ends + len(END)]
                if len(raw) > self.most:
                    raise TooLong(raw[:4096])
                return raw
            if begins < 0:
                del self.held[: -len(START)]
            if len(self.held) > self.most + 64:
                raise TooLong(bytes(self.held[begins + 1 : 4096]))
            block = await self.reader.read(BLOCK)
            if not block:
                return None
            self.held += block


def tls(configured: Configuration) -> ssl.SSLContext | None:
    """TLS when a certificate is named; with ``mllp_clients`` only for senders that show a certificate."""
    if configured.mllp_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(configured.mllp_certificate, configured.mllp_certificate_key)
    if configured.mllp_clients:
        context.load_verify_locations(configured.mllp_clients)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


async def listen(configured: Configuration, stop: asyncio.Event) -> None:
    """Listen until ``stop`` is set."""
    listener = Listener(configured)
    port = await listener.start()
    logger.warning("HL7 v2 over MLLP%s on %s:%d", " (TLS)" if tls(configured) else "", configured.mllp_host, port)
    await stop.wait()
    await listener.stop()
