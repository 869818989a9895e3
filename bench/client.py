"""A cheap HTTP client: one kept-alive socket, prepared bytes, no library. It shares the cores with what it measures."""

import json
import re
import socket
import time
import urllib.parse
import uuid
from dataclasses import dataclass, field

COOKIE = re.compile(rb"set-cookie: *([^=;\s]+)=([^;\s]*)", re.IGNORECASE)
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Answer:
    """Status, head, body and the seconds it took."""

    status: int
    head: bytes
    body: bytes
    seconds: float


@dataclass
class Person:
    """Somebody with a browser: cookies of their login."""

    name: str
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def headers(self) -> str:
        """The cookies, and the CSRF token that commands need."""
        kept = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        return f"Cookie: {kept}\r\nX-CSRFToken: {self.cookies.get('csrftoken', '')}\r\n"


class Wire:
    """One connection, opened again when it was closed."""

    def __init__(self, port: int, timeout: float = 30) -> None:
        self.port, self.timeout = port, timeout
        self.socket: socket.socket | None = None
        self.host = f"127.0.0.1:{port}"

    def close(self) -> None:
        """Close it."""
        if self.socket:
            self.socket.close()
        self.socket = None

    def ask(self, person: Person | None, method: str, path: str, body: bytes = b"", headers: str = "") -> Answer:
        """One request. Raises OSError when there is no answer: nobody knows then whether it was carried out."""
        who = person.headers if person else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\n{who}{headers}Content-Length: {len(body)}\r\n\r\n"
        started = time.perf_counter()
        kept = self.socket is not None
        try:
            return self._exchange(head.encode() + body, started, person)
        except ConnectionError:
            self.close()
            if not kept:
                raise
            # the server had closed a connection that was idle for long: a browser opens another one
            return self._exchange(head.encode() + body, started, person)
        except OSError:
            self.close()
            raise

    def _exchange(self, request: bytes, started: float, person: Person | None) -> Answer:
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=self.timeout)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(request)
        return self._answer(started, person)

    def _answer(self, started: float, person: Person | None) -> Answer:
        assert self.socket
        buffer = b""
        while (end := buffer.find(b"\r\n\r\n")) < 0:
            if not (chunk := self.socket.recv(65536)):
                raise ConnectionResetError("closed")
            buffer += chunk
        head, body = buffer[:end], buffer[end + 4 :]
        found = LENGTH.search(head)
        wanted = int(found[1]) if found else 0
        parts, size = [body], len(body)
        while size < wanted:
            if not (chunk := self.socket.recv(262144)):
                raise ConnectionResetError("closed")
            parts.append(chunk)
            size += len(chunk)
        seconds = time.perf_counter() - started
        if person and b"et-cookie" in head.lower():
            person.cookies |= {k.decode(): v.decode() for k, v in COOKIE.findall(head)}
        return Answer(int(head[9:12]), head, b"".join(parts), seconds)

    def post(
        self, person: Person, path: str, data: object, *, key: uuid.UUID | None = None, version: int = 0
    ) -> Answer:
        """A command of the API."""
        headers = "Content-Type: application/json\r\n"
        headers += f"Idempotency-Key: {key}\r\n" if key else ""
        headers += f'If-Match: "{version}"\r\n' if version else ""
        return self.ask(person, "POST", path, json.dumps(data).encode(), headers)

    def login(self, username: str, password: str) -> Person:
        """Log in through the page, as people do."""
        person = Person(username)
        page = self.ask(person, "GET", "/login/")
        token = TOKEN.search(page.body)
        form = {"login": username, "password": password, "csrfmiddlewaretoken": token[1].decode() if token else ""}
        headers = f"Content-Type: application/x-www-form-urlencoded\r\nReferer: http://{self.host}/login/\r\n"
        answer = self.ask(person, "POST", "/login/", urllib.parse.urlencode(form).encode(), headers)
        if answer.status != 302 or "sessionid" not in person.cookies:
            raise RuntimeError(f"{username} cannot log in: {answer.status}")
        return person
