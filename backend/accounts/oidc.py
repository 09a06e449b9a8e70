"""Talking to an identity provider: where it is found, where the browser goes, and what its code is worth.

Authorization code flow with PKCE, state and nonce. No redirect is followed, and what comes back is judged like anything
from outside.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from backend.accounts.id_tokens import BadToken, Identity, read_token
from backend.accounts.providers import Provider

_FRESH_SECONDS = 3600.0
_PAUSE_SECONDS = 30.0
_TIMEOUT_SECONDS = 8.0
_MOST_BYTES = 256 * 1024


class ProviderTrouble(Exception):
    """The provider cannot be reached or does not answer as it should; the message is for the log."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of a provider and must come back: kept on our side, in a step."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def make(cls) -> Asked:
        """Fresh values of 256 bits each."""
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))


class Connection:
    """One provider; its document and keys are read when first needed and again after an hour."""

    def __init__(self, provider: Provider, back_to: str) -> None:
        self.provider = provider
        self._back_to = back_to
        self._found: Mapping[str, str] = {}
        self._found_until = 0.0
        self._keys: Any = None
        self._keys_since = 0.0

    async def way_there(self, asked: Asked, *, fresh: bool = False) -> str:
        """Where the browser goes; `fresh` asks for a new sign-in there. Raises `ProviderTrouble`."""
        endpoints = await self._endpoints()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(asked.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": self._back_to,
            "scope": self.provider.scope,
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **({"acr_values": self.provider.acr_values} if self.provider.acr_values else {}),
            **({"max_age": "0", "prompt": "login"} if fresh else {}),
        }
        there = endpoints["authorization_endpoint"]
        return f"{there}{'&' if '?' in there else '?'}{urlencode(query)}"

    async def who_came_back(self, code: str, asked: Asked, *, at: int, fresh: bool = False) -> Identity:
        """Whom the code stands for; `at` in seconds. Raises `ProviderTrouble` or `BadToken`."""
        endpoints = await self._endpoints()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back_to,
            "client_id": self.provider.client_id,
            "code_verifier": asked.verifier,
        }
        secret = self.provider.client_secret.get_secret_value()
        if secret:
            form["client_secret"] = secret
        answer = await self._ask("POST", endpoints["token_endpoint"], data=form)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise BadToken("no token")
        try:
            return read_token(self.provider, token, await self._key_set(), nonce=asked.nonce, at=at, fresh=fresh)
        except BadToken as bad:
            if str(bad) != "signature" or not self._may_read_keys_anew():
                raise
            self._keys = None
            return read_token(self.provider, token, await self._key_set(), nonce=asked.nonce, at=at, fresh=fresh)

    async def _endpoints(self) -> Mapping[str, str]:
        if not self._found or time.monotonic() > self._found_until:
            issuer = self.provider.issuer
            document = await self._ask("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if document.get("issuer") != issuer:
                raise ProviderTrouble("it says it is another issuer")
            names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            self._found = {name: self._address(document.get(name)) for name in names}
            self._found_until = time.monotonic() + _FRESH_SECONDS
        return self._found

    async def _key_set(self) -> Any:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        if self._keys is None or time.monotonic() > self._keys_since + _FRESH_SECONDS:
            document = await self._ask("GET", (await self._endpoints())["jwks_uri"])
            given = document.get("keys")
            usable = [one for one in given if _may_sign(one)] if isinstance(given, list) else []
            try:
                self._keys = KeySet.import_key_set({"keys": usable})
            except (JoseError, ValueError, TypeError, KeyError) as error:
                raise ProviderTrouble("its keys cannot be read") from error
            self._keys_since = time.monotonic()
        return self._keys

    def _may_read_keys_anew(self) -> bool:
        """A provider may have new keys; bad tokens must not make us ask for them all the time."""
        return time.monotonic() > self._keys_since + _PAUSE_SECONDS

    def _address(self, value: Any) -> str:
        """An endpoint, reached as safely as the issuer itself."""
        if not isinstance(value, str) or urlsplit(value).scheme not in ("https", urlsplit(self.provider.issuer).scheme):
            raise ProviderTrouble("an endpoint is missing or not safe")
        return value

    async def _ask(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        import httpx  # a tenth of the service's start, and most have no such provider

        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, follow_redirects=False) as http:
                answer = await http.request(method, address, headers={"Accept": "application/json"}, **more)
            found = answer.json() if answer.status_code == 200 and len(answer.content) <= _MOST_BYTES else None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise ProviderTrouble(type(error).__name__) from error
        if not isinstance(found, dict):
            raise ProviderTrouble(f"it answered {answer.status_code}")
        return found


def _may_sign(key: Any) -> bool:
    """Public keys of the provider alone; a shared secret among them would let anybody sign."""
    return isinstance(key, dict) and key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig"
