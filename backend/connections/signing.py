"""Signing what a webhook sends, as Standard Webhooks does: HMAC-SHA-256 over id, time and body, under each secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping

_PREFIX = "whsec_"


def make_secret() -> str:
    """A new secret of 256 bits, as an administrator copies it."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def headers(id: str, seconds: int, body: str, signing: Iterable[str]) -> Mapping[str, str]:
    """The headers of one delivery: its id, when it was sent (seconds since 1970) and a signature for each secret."""
    signatures = " ".join(f"v1,{sign(secret, id, seconds, body)}" for secret in signing)
    return {"webhook-id": id, "webhook-timestamp": str(seconds), "webhook-signature": signatures}


def sign(secret: str, id: str, seconds: int, body: str) -> str:
    """One signature in base64."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    return base64.b64encode(hmac.digest(key, f"{id}.{seconds}.{body}".encode(), hashlib.sha256)).decode()
