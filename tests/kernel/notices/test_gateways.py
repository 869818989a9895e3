"""The ways out: the SMS contract as recorded, SMTP spoken to a real server on this machine, and the console."""

import hashlib
import hmac
import json
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from yigongti.kernel.notices.gateways import Console, Message, NotSent, Sms, Smtp

CONTRACT = json.loads((Path(__file__).parent / "sms_contract.json").read_text(encoding="utf-8"))
SENT = CONTRACT["request"]["body"]
MESSAGE = Message(
    SENT["request_id"], SENT["params"]["title"], SENT["params"]["text"], email="li@example.cn", phone=SENT["phone"]
)


class Provider(HTTPServer):
    """A provider on this machine that answers what it is told and keeps what it was asked."""

    answer: dict[str, Any]
    asked: dict[str, Any]


class Answering(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked = {"method": "POST", "path": self.path, "headers": dict(self.headers), "body": body}
        answer = self.server.answer["body"]
        self.send_response(self.server.answer["status"])
        self.end_headers()
        self.wfile.write((answer if isinstance(answer, str) else json.dumps(answer)).encode())

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    server = Provider(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("exchange", CONTRACT["exchanges"], ids=lambda exchange: exchange["case"])
def test_sms_keeps_the_recorded_contract(provider: Provider, exchange: dict[str, Any]) -> None:
    provider.answer = exchange
    gateway = Sms(f"http://app:s%2F3cr3t@127.0.0.1:{provider.server_port}/v1/messages?template=YGT01")
    assert gateway.reaches(MESSAGE)
    if exchange["outcome"] == "again":
        with pytest.raises(NotSent):
            gateway.send(MESSAGE)
    else:
        gateway.send(MESSAGE)
    asked, wanted = provider.asked, CONTRACT["request"]
    assert (asked["method"], asked["path"]) == (wanted["method"], wanted["path"])
    assert json.loads(asked["body"]) == wanted["body"]
    assert set(wanted["headers"]) <= set(asked["headers"])
    signed = asked["headers"]["X-Timestamp"].encode() + b"\n" + asked["body"]
    assert asked["headers"]["X-Signature"] == hmac.new(b"s/3cr3t", signed, hashlib.sha256).hexdigest()
    assert "3cr3t" not in repr(vars(gateway))


def test_a_provider_that_is_away_is_tried_again() -> None:
    with pytest.raises(NotSent, match="Refused"):
        Sms("http://a:b@127.0.0.1:9/").send(MESSAGE)
    with pytest.raises(NotSent, match="Refused"):
        Smtp("smtp://127.0.0.1:9").send(MESSAGE)


class Mailbox(socketserver.StreamRequestHandler):
    """Enough of RFC 5321 to take one message."""

    def handle(self) -> None:
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            if line.upper().startswith("DATA"):
                self.say("354 go on")
                while (text := self.rfile.readline()) != b".\r\n":
                    self.server.received.append(text.decode())  # type: ignore[attr-defined]
            self.say("221 bye" if line.upper() == "QUIT" else "250 ok")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


def test_smtp_speaks_to_a_server() -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), Mailbox) as server:
        server.received = []  # type: ignore[attr-defined]
        threading.Thread(target=server.handle_request, daemon=True).start()
        Smtp(f"smtp://127.0.0.1:{server.server_address[1]}?from=ygt@example.cn").send(MESSAGE)
        text = "".join(server.received)  # type: ignore[attr-defined]
    assert "From: ygt@example.cn" in text
    assert "To: li@example.cn" in text


def test_the_console_reaches_everybody_and_shows_no_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    Console().send(MESSAGE)
    assert Console().reaches(Message("1", "", ""))
    assert MESSAGE.phone not in caplog.text


def test_who_has_no_address_is_not_reached() -> None:
    nobody = Message("1", "标题", "内容")
    assert not Sms("http://a:b@c/").reaches(nobody)
    assert not Smtp("smtp://c").reaches(nobody)
