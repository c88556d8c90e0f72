"""The body of a request, read whole before anybody works on it: within its size and its time, the large ones few at once."""

import asyncio
from tempfile import SpooledTemporaryFile
from typing import Any, Final

from trt.lane import PATIENCE_S, Receive

SLOWEST: Final = 50_000  # bytes a second: one that comes as fast has as long as it takes, beyond PATIENCE_S
IN_MEMORY: Final = 65_536  # bytes: what the server holds of each connection anyway; what is larger is kept on disk
LARGE_AT_ONCE: Final = 16


class NotTaken(Exception):
    """The HTTP status and error code to say, and a header."""

    def __init__(self, status: int, error_code: str, header: tuple[bytes, bytes] = (b"connection", b"close")) -> None:
        self.status, self.error_code, self.header = status, error_code, header
        super().__init__(error_code)


class Bodies:
    """Those of one process. All in one thread."""

    def __init__(self) -> None:
        self.large = 0

    async def read(self, receive: Receive, most: int) -> "Body | None":
        """A whole body of at most so many bytes; None if the client left. Raises NotTaken: too large (413), too slow (408), or one
        large body too many (503). To be closed by who got it."""
        body = Body(self)
        try:
            came = await body.fill(receive, most)
        except BaseException:
            body.close()
            raise
        if not came:
            body.close()
        return body if came else None


class Body:
    """What came."""

    def __init__(self, bodies: Bodies) -> None:
        self._bodies, self._file = bodies, SpooledTemporaryFile[bytes](max_size=IN_MEMORY)
        self._size, self._is_large = 0, False

    async def fill(self, receive: Receive, most: int) -> bool:
        """Until its end; False if the client left before. Raises NotTaken."""
        begun = asyncio.get_running_loop().time()
        more = True
        while more:
            try:
                async with asyncio.timeout_at(begun + PATIENCE_S + self._size / SLOWEST):
                    message = await receive()
            except TimeoutError:
                raise NotTaken(408, "TOO_SLOW") from None
            if message["type"] == "http.disconnect":
                return False
            self._take(message.get("body", b""), most)
            more = bool(message.get("more_body"))
        self._file.seek(0)
        return True

    def _take(self, chunk: bytes, most: int) -> None:
        self._size += len(chunk)
        if self._size > most:
            raise NotTaken(413, "TOO_LARGE")
        if self._size > IN_MEMORY and not self._is_large:
            if self._bodies.large >= LARGE_AT_ONCE:
                raise NotTaken(503, "BUSY", (b"retry-after", b"1"))
            self._bodies.large += 1
            self._is_large = True
        self._file.write(chunk)

    def then(self, receive: Receive) -> Receive:
        """The body again, as the server gave it, and after it what the server has to say."""
        left = self._size + 1  # an empty one is given, too

        async def again() -> dict[str, Any]:
            nonlocal left
            if left <= 0:
                return await receive()
            chunk = self._file.read(IN_MEMORY)
            left = left - len(chunk) if len(chunk) == IN_MEMORY else 0
            return {"type": "http.request", "body": chunk, "more_body": left > 0}

        return again

    def close(self) -> None:
        """Let go of what is kept of it. A repeat does nothing."""
        self._bodies.large -= self._is_large
        self._is_large = False
        self._file.close()
