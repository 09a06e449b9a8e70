"""Settings from environment variables `VERDER_…` and `.env`; the production profile refuses what would be unsafe."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from backend.accounts.providers import Provider
from bot.web_widget.framing import EVERYWHERE, frame_ancestors

_OF_OTHERS = frozenset({"VERDER_DOMAIN", "VERDER_UPSTREAMS", "VERDER_TEST_RELEASE", "VERDER_SWEEP_CASES"})
"""What the proxy and the tests go by."""


class UnsafeSettings(Exception):
    """The production profile does not start like this; the message says what to change."""


class Settings(BaseSettings):
    """All settings; the names are the contract's (§1)."""

    model_config = SettingsConfigDict(env_prefix="VERDER_", env_file=".env", env_ignore_empty=True, extra="ignore")

    profile: Literal["development", "production"] = "development"
    database_url: str = "sqlite:///verder.db"
    public_url: str = "http://127.0.0.1:8000"
    key_file: Path = Path("verder.key")
    demo: bool = False
    looks: Path | None = None
    frame_ancestors: str = EVERYWHERE
    document_templates: Path | None = None
    audit_heads: Path | None = None
    backup_recipient: str = ""
    log: Literal["text", "json"] = "text"
    security_contact: str = Field(default="", pattern=r"^(|(mailto:|https://)[!-~]+)$")
    information_hours: int = Field(default=24, ge=1, le=720)
    rate_limits: Literal["on", "off"] = "on"
    understanding: Literal["auto", "plain"] = "auto"
    telegram_token: str = ""
    telegram_api_url: str = "https://api.telegram.org"
    telegram_name: str = ""
    telegram_webhook_secret: str = Field(default="", pattern=r"^[A-Za-z0-9_-]{0,256}$")
    oidc_providers: tuple[Provider, ...] = ()

    @field_validator("frame_ancestors")
    @classmethod
    def _only_sites(cls, value: str) -> str:
        """As a browser reads it, from addresses of sites with spaces between them."""
        return frame_ancestors(value.split() or [EVERYWHERE])

    @field_validator("database_url")
    @classmethod
    def _known_kind(cls, value: str) -> str:
        try:
            url = make_url(value)
            kind = url.drivername.partition("+")[0]
        except (ArgumentError, ValueError):  # what is wrong with a port is told with a part of the password
            kind = ""
        if kind not in ("sqlite", "postgresql") or (kind == "sqlite" and not url.database):
            raise ValueError("must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
        return value

    @field_validator("public_url")
    @classmethod
    def _whole_address(cls, value: str) -> str:
        if urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname:
            raise ValueError("must be a whole address such as https://verder.example")
        return value

    @field_validator("looks", "document_templates")
    @classmethod
    def _there(cls, value: Path | None) -> Path | None:
        if value and not value.is_dir():
            raise ValueError("must be a folder that is there")
        return value

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.database_url.startswith("sqlite")

    @property
    def secure_cookies(self) -> bool:
        """Whether the desk is reached over TLS."""
        return self.public_url.startswith("https://")

    def check(self) -> None:
        """Raises `UnsafeSettings` when the production profile would be unsafe."""
        if self.profile != "production":
            return
        problems = [problem for problem, there in self._problems() if there]
        if problems:
            raise UnsafeSettings("verder does not start in production: " + "; ".join(problems))

    def _problems(self) -> list[tuple[str, bool]]:
        weak = bool(self.telegram_token) and len(self.telegram_webhook_secret) < 32
        return [
            ("VERDER_KEY_FILE does not exist; make one with `verder admin make-keys`", not self.key_file.exists()),
            ("VERDER_AUDIT_HEADS must be a folder that can be written", not _can_write(self.audit_heads)),
            ("VERDER_DEMO must be off", self.demo),
            ("VERDER_RATE_LIMITS must be on", self.rate_limits == "off"),
            ("VERDER_PUBLIC_URL must begin with https://", not self.secure_cookies),
            ("VERDER_TELEGRAM_WEBHOOK_SECRET must have 32 characters or more", weak),
            ("VERDER_OIDC_PROVIDERS must begin with https:// in every issuer", self._unsafe_issuer),
        ]

    @property
    def _unsafe_issuer(self) -> bool:
        return any(not provider.issuer.startswith("https://") for provider in self.oidc_providers)


def unknown_settings(environment: Iterable[str]) -> list[str]:
    """Names that look like settings of ours and are none: probably misspelt."""
    known = {f"VERDER_{name.upper()}" for name in Settings.model_fields} | _OF_OTHERS
    return sorted(name for name in environment if name.startswith("VERDER_") and name not in known)


def _can_write(folder: Path | None) -> bool:
    try:
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return folder is None or os.access(folder, os.W_OK | os.X_OK)
