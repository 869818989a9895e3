"""The one place where Yigongti is configured: environment variables named ``YIGONGTI_…``.

Every setting has a safe default for a laptop. What the command line finds out itself (the address of the embedded
database, the generated secret of a demonstration) stands in HOME/installation.json; the environment wins over it.
:func:`refusals` names what a production start must not have.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

DEVELOPMENT_SECRET = "development-only-secret-do-not-use-in-production"  # noqa: S105
SHORTEST_SECRET = 32
HERE = {"localhost", "127.0.0.1", "::1"}


def installation_file(home: Path) -> Path:
    """Where the command line keeps what it found out about this installation (mode 0600)."""
    return home / "installation.json"


class InstallationFile(PydanticBaseSettingsSource):
    """Settings from HOME/installation.json, asked after the environment."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not used: the file is read as a whole."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """What the file says; nothing when there is none."""
        default = self.settings_cls.model_fields["home"].default
        file = installation_file(Path(self.current_state.get("home") or default))
        if not file.is_file():
            return {}
        return dict(json.loads(file.read_text(encoding="utf-8")))


class Configuration(BaseSettings):
    """Configuration of one installation."""

    model_config = SettingsConfigDict(env_prefix="YIGONGTI_", extra="ignore", env_ignore_empty=True)

    mode: Literal["production", "demo", "test"] = Field("production", description="what this installation is for")
    debug: bool = Field(default=False, description="show tracebacks in the browser; refused in production")
    home: Path = Field(
        Path.home() / ".local/share/yigongti",
        description="folder of the embedded database, keys, logs and generated files",
    )
    data_dir: Path | None = Field(
        None, description="folder of the real data sets read by importers and the demonstration"
    )
    policies_dir: Path | None = Field(None, description="folder of the policy files; default: those shipped")
    secret_key: SecretStr = Field(SecretStr(DEVELOPMENT_SECRET), description="signs sessions and tokens")
    key_file: Path | None = Field(None, description="file of the data keys (SM4, HMAC); default: HOME/keys.json")
    database_url: str | None = Field(
        None, description="PostgreSQL 15–18 as the role that serves people; default: embedded"
    )
    owner_database_url: str | None = Field(None, description="the same database as the role that owns the tables")
    postgres_bin: Path | None = Field(
        None, description="folder of the embedded PostgreSQL's programs; default: of the wheel, else of the system"
    )
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, description="port to listen on")
    workers: int = Field(
        4, ge=1, description="web worker processes: two for each core, as each waits for the disk a third of its time"
    )
    public_url: str = Field("", description="address that people use, e.g. https://ygt.example.cn")
    trusted_proxies: int = Field(0, ge=0, description="reverse proxies in front that append X-Forwarded-For")
    session_idle_minutes: int = Field(30, ge=1, description="a login ends after so many minutes without a request")
    session_hours: int = Field(12, ge=1, description="a login ends after so many hours in any case")
    sessions_per_user: int = Field(5, ge=1, description="logins of one account at a time; the oldest ends first")
    password_days: int = Field(0, ge=0, description="a password must be renewed after so many days; 0: never")
    require_second_factor: bool | None = Field(
        None, description="TOTP is obligatory for privileged roles; default: in production"
    )
    smtp_url: str = Field("", description="smtp://user:password@host:port for notices; empty: console")
    sms_url: SecretStr = Field(SecretStr(""), description="https://key:secret@host/path?template=… for notices by SMS")

    upload_bytes: int = Field(2 << 30, ge=1 << 10, description="most bytes that one request may upload (files, REST)")
    delivery_days: int = Field(
        14, ge=1, description="an upload that could not be loaded is refused and its files removed after so many days"
    )
    inbox: Path | None = Field(
        None, description="watched folder for deliveries, INBOX/<source>/<mapping>/file; none: nothing is watched"
    )
    inbox_seconds: int = Field(15, ge=1, description="a file in the watched folder rests so long before it is taken")
    inbox_days: int = Field(
        30, ge=0, description="files that were loaded from the watched folder stay in done/ for so many days"
    )
    webhook_hosts: str = Field(
        "",
        description="hosts that webhooks may be sent to, e.g. `his.example.cn *.lab.example.cn 10.8.0.0/16`; "
        "addresses inside the house only where a network names them",
    )
    webhook_days: int = Field(3, ge=1, le=30, description="a message that never arrives is given up after so many days")
    mllp_port: int = Field(0, ge=0, le=65535, description="port of the HL7 v2 listener (MLLP); 0: none")
    mllp_host: str = Field("127.0.0.1", description="address on which the HL7 v2 listener listens")
    mllp_connections: int = Field(64, ge=1, le=1000, description="HL7 v2 connections at a time")
    mllp_bytes: int = Field(4 << 20, ge=1024, description="longest HL7 v2 message, in bytes")
    mllp_idle_seconds: int = Field(600, ge=5, description="an HL7 v2 connection ends after so many silent seconds")
    mllp_days: int = Field(
        90, ge=1, description="HL7 v2 messages lose their content after so many days; until then they can be replayed"
    )
    mllp_certificate: Path | None = Field(None, description="TLS certificate (PEM) of the HL7 v2 listener; none: plain")
    mllp_certificate_key: Path | None = Field(None, description="its private key, when it stands in another file")
    mllp_clients: Path | None = Field(None, description="CA (PEM) that signs the certificates of HL7 v2 senders")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """First the caller, then the environment, then the installation file."""
        return init_settings, env_settings, InstallationFile(settings_cls)

    @property
    def second_factor_required(self) -> bool:
        """Must privileged roles log in with TOTP?"""
        return self.mode == "production" if self.require_second_factor is None else self.require_second_factor

    @property
    def keys(self) -> Path:
        """The file of the data keys."""
        return self.key_file or self.home / "keys.json"


@cache
def configuration() -> Configuration:
    """The configuration of this process, read once."""
    return Configuration()


@dataclass(frozen=True)
class DatabaseRole:
    """What the database lets the serving role do; each of the three flags is one too many."""

    name: str
    superuser: bool
    bypasses_row_security: bool
    owns_tables: bool


def refusals(configuration: Configuration, role: DatabaseRole | None = None) -> list[str]:
    """Every reason, in Chinese, why this installation must not serve as production; empty when there is none."""
    secret = configuration.secret_key.get_secret_value()
    address = urlsplit(configuration.public_url)
    keys = configuration.keys
    reasons = {
        "YIGONGTI_SECRET_KEY 没有设置，仍是开发用的默认值": secret == DEVELOPMENT_SECRET,
        f"YIGONGTI_SECRET_KEY 太短，至少 {SHORTEST_SECRET} 个字符": len(secret) < SHORTEST_SECRET,
        "YIGONGTI_DEBUG 已打开，错误页会泄露内部数据": configuration.debug,
        "YIGONGTI_PUBLIC_URL 没有设置，应为用户访问的地址，如 https://ygt.example.cn": not address.hostname,
        f"YIGONGTI_PUBLIC_URL {configuration.public_url} 不是 https，登录口令会明文传输": (
            address.hostname is not None and address.scheme != "https" and address.hostname not in HERE
        ),
        f"密钥文件 {keys} 其他用户可读，应执行 chmod 600": keys.exists() and bool(keys.stat().st_mode & 0o077),
    }
    if role:
        reasons |= {
            f"数据库角色 {role.name} 是超级用户": role.superuser,
            f"数据库角色 {role.name} 可绕过行级安全（BYPASSRLS）": role.bypasses_row_security,
            f"数据库角色 {role.name} 拥有业务表，行级安全对其无效": role.owns_tables,
        }
    return [reason for reason, holds in reasons.items() if holds]
