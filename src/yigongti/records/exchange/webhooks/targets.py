"""Where we may send: only to hosts that the installation names, over TLS, never into a network that it does not name.

A name is looked up once, its addresses are checked, and the connection goes to the checked address: a name that later
points elsewhere leads nowhere. Redirects are not followed.
"""

import http.client
import socket
import ssl
from dataclasses import dataclass
from fnmatch import fnmatch
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from yigongti.config import configuration
from yigongti.kernel.errors import Invalid

Network = IPv4Network | IPv6Network
LONGEST_ANSWER = 4096


@dataclass(frozen=True)
class Allowed:
    """What YIGONGTI_WEBHOOK_HOSTS names: host names (``*.`` for all below), addresses and networks."""

    names: tuple[str, ...]
    networks: tuple[Network, ...]

    @classmethod
    def configured(cls) -> "Allowed":
        """As the installation says."""
        names, networks = [], []
        for part in configuration().webhook_hosts.replace(",", " ").lower().split():
            try:
                networks.append(ip_network(part, strict=False))
            except ValueError:
                names.append(part)
        return cls(tuple(names), tuple(networks))

    def name(self, host: str) -> bool:
        """Whether a host name is named."""
        return any(fnmatch(host, pattern) for pattern in self.names)

    def network(self, address: str) -> bool:
        """Whether an address lies in a named network."""
        found = ip_address(address)
        return any(found in network for network in self.networks)


def checked(url: str) -> SplitResult:
    """The address, if we may ever send to it. Raises Invalid with the way out; looks up no name."""
    parts = _split(url)
    host, allowed = (parts.hostname or "").lower(), Allowed.configured()
    literal = _literal(host)
    inside = bool(literal) and allowed.network(host)
    if not (inside or (not literal and allowed.name(host))):
        raise Invalid(
            f"不允许向 {host or url[:60]} 推送",
            hint="由系统管理员在 YIGONGTI_WEBHOOK_HOSTS 中加入这个主机",
            field="url",
        )
    if parts.scheme != "https" and not inside:
        raise Invalid("接收地址应以 https:// 开头", hint="只有列明网段内的 IP 地址可以用 http", field="url")
    return parts


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Invalid("接收地址不是有效的网址", field="url") from None
    plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain or port == 0:
        raise Invalid("接收地址不是有效的网址", hint="例如 https://his.example.cn/yigongti", field="url")
    if parts.username or parts.password or parts.fragment:
        raise Invalid("接收地址里不能有账号、密码或 #", hint="我们用签名证明身份", field="url")
    return parts


def _literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def address_of(parts: SplitResult) -> str:
    """The address to connect to. Raises Invalid when the name leads into a network that is not named."""
    host, allowed = (parts.hostname or "").lower(), Allowed.configured()
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    for address in sorted(found):
        if not (allowed.network(address) or ip_address(address).is_global):
            raise Invalid(
                f"{host} 指向内部地址 {address}", hint="确实要推送时，在 YIGONGTI_WEBHOOK_HOSTS 中加入这个网段"
            )
    return min(found)


class _Pinned(http.client.HTTPSConnection):
    """TLS to a checked address, with the certificate checked against the name."""

    def __init__(self, host: str, port: int, address: str, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self.address, self.context = address, ssl.create_default_context()

    def connect(self) -> None:
        """To the address, not to whatever the name says now."""
        plain = socket.create_connection((self.address, self.port), self.timeout)
        self.sock = self.context.wrap_socket(plain, server_hostname=self.host)


def post(url: str, body: bytes, headers: dict[str, str], timeout: float) -> int:
    """Send and answer the status. Raises Invalid, OSError, HTTPException."""
    parts = checked(url)
    address = address_of(parts)
    host = parts.hostname or ""
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = _Pinned(host, parts.port or 443, address, timeout)
    else:
        connection = http.client.HTTPConnection(address, parts.port or 80, timeout=timeout)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", path, body, {"Host": parts.netloc, **headers})
        answer = connection.getresponse()
        answer.read(LONGEST_ANSWER)
        return answer.status
    finally:
        connection.close()
