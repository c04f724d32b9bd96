"""A browser reduced to sockets, so that what is measured is the site and not its client."""

import http.client
import socket
import time
from typing import Any

import orjson

TOKEN = "0123456789abcdef0123456789abcdef"


class Client:
    """Posts JSON over one kept connection and reads event streams over fresh ones."""

    def __init__(self, url: str) -> None:
        self.host, _, port = url.removeprefix("http://").partition(":")
        self.port = int(port)
        self._posts = http.client.HTTPConnection(self.host, self.port)
        self._posts.connect()
        self._posts.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.cookies = {"csrftoken": TOKEN}

    def post(self, path: str, body: Any) -> dict[str, Any]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookies, "X-CSRFToken": TOKEN, "Content-Type": "application/json"}
        self._posts.request("POST", path, orjson.dumps(body), headers)
        response = self._posts.getresponse()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        answer = response.read()
        if response.status not in (200, 201):
            raise RuntimeError(f"{response.status}: {answer[:500]!r}")
        return orjson.loads(answer)  # type: ignore[no-any-return]

    def until(self, path: str, sign: bytes, last: str = "", timeout_s: float = 30.0) -> float:
        """When `sign` came on the stream (monotonic seconds)."""
        with socket.create_connection((self.host, self.port), timeout=timeout_s) as stream:
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            resume = f"Last-Event-ID: {last}\r\n" if last else ""
            stream.sendall(f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n{resume}\r\n".encode())
            seen = b""
            while sign not in seen:
                more = stream.recv(65536)
                if not more:
                    raise RuntimeError(f"the stream ended: {seen[-500:]!r}")
                seen = (seen + more)[-200_000:]
            return time.monotonic()

    def close(self) -> None:
        self._posts.close()
