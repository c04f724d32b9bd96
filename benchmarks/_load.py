"""Asks for one page as fast as it is answered, over a few kept connections.

`python -m benchmarks._load HOST PORT PATH SECONDS` prints answers per second and bytes of each.
"""

import asyncio
import sys
import time

CONNECTIONS = 8


async def ask(host: str, port: int, path: str, until_s: float) -> tuple[int, int]:
    """How many answers came, and how many bytes each has."""
    reader, writer = await asyncio.open_connection(host, port, limit=1 << 20)
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    answers = length = 0
    while time.monotonic() < until_s:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200"):
            raise RuntimeError(head.decode())
        if b"content-length: " in head:
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
        else:
            length = await chunks(reader)
        answers += 1
    writer.close()
    return answers, length


async def chunks(reader: asyncio.StreamReader) -> int:
    """Read a chunked body; its length."""
    length = 0
    while size := int(await reader.readline(), 16):
        await reader.readexactly(size + 2)
        length += size
    await reader.readexactly(2)
    return length


async def main(host: str, port: int, path: str, lasts_s: float) -> None:
    began_s = time.monotonic()
    found = await asyncio.gather(*(ask(host, port, path, began_s + lasts_s) for _ in range(CONNECTIONS)))
    print(sum(answers for answers, _ in found) / (time.monotonic() - began_s), found[0][1])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4])))
