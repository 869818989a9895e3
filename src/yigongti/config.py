"""The one place where Yigongti is configured: environment variables named ``YIGONGTI_…``.

Every setting has a safe default for a laptop. :func:`refusals` names what a production start must not have.
"""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

DEVELOPMENT_SECRET = "development-only-secret-do-not-use-in-production"


class Configuration(BaseSettings):
    """Configuration of one installation."""

    model_config = SettingsConfigDict(env_prefix="YIGONGTI_", extra="ignore")

    mode: Literal["production", "demo", "test"] = Field("production", description="what this installation is for")
    debug: bool = Field(False, description="show tracebacks in the browser; refused in production")
    home: Path = Field(
        Path.home() / ".local/share/yigongti",
        description="folder of the embedded database, keys, logs and generated files",
    )
    data_dir: Path | None = Field(None, description="folder of the real data sets read by importers and the demonstration")
    policies_dir: Path | None = Field(None, description="folder of the policy files; default: those shipped")
    secret_key: SecretStr = Field(SecretStr(DEVELOPMENT_SECRET), description="signs sessions and tokens")
    key_file: Path | None = Field(None, description="file of the data keys (SM4, HMAC); default: HOME/keys.json")
    database_url: str | None = Field(None, description="PostgreSQL 15–18 as the role that serves people; default: embedded")
    owner_database_url: str | None = Field(None, description="the same database as the role that owns the tables")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, description="port to listen on")
    workers: int = Field(2, description="web worker processes")
    public_url: str = Field("", description="address that people use, e.g. https://ygt.example.cn")
    smtp_url: str = Field("", description="smtp://user:password@host:port for notices; empty: console")


@cache
def configuration() -> Configuration:
    """The configuration of this process, read once."""
    return Configuration()
