"""Whether an ID token is what we asked for: signature, issuer, audience, times, nonce, second factor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.accounts.providers import Provider

LEEWAY_SECONDS = 60
OLDEST_SECONDS = 600
"""How long ago a token may have been made: it comes straight from the provider."""
_LONGEST_SUBJECT = 255


class BadToken(ValueError):
    """This token lets nobody in; the message is a word for the log, never a value of the token."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in: issuer and subject; with a second factor or not; since when (seconds), where the provider says."""

    issuer: str
    subject: str
    second_factor: bool
    since: int | None


def read_token(provider: Provider, token: str, keys: Any, *, nonce: str, at: int, fresh: bool = False) -> Identity:
    """The identity in a token; `keys` is a `joserfc` key set, `at` in seconds. Raises `BadToken`.

    `fresh`: the provider was asked to let them sign in anew, and must say when that was.
    """
    claims = _signed(provider, token, keys)
    _check_parties(provider, claims)
    _check_times(claims, at)
    if not isinstance(claims.get("nonce"), str) or claims["nonce"] != nonce:
        raise BadToken("nonce")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT or not subject.isascii():
        raise BadToken("sub")
    since = claims.get("auth_time")
    if (since is not None and not _is_time(since)) or (fresh and (since is None or since < at - OLDEST_SECONDS)):
        raise BadToken("auth_time")
    return Identity(provider.issuer, subject, _second_factor(provider, claims), since)


def _signed(provider: Provider, token: str, keys: Any) -> Mapping[str, Any]:
    from joserfc import jwt
    from joserfc.errors import JoseError

    try:
        found = jwt.decode(token, keys, algorithms=list(provider.algorithms))
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadToken("signature") from error
    if "crit" in found.header or not isinstance(found.claims, dict):
        raise BadToken("header")
    return found.claims


def _check_parties(provider: Provider, claims: Mapping[str, Any]) -> None:
    if claims.get("iss") != provider.issuer:
        raise BadToken("iss")
    audience = claims.get("aud")
    several = audience if isinstance(audience, list) else [audience]
    if provider.client_id not in several or not all(isinstance(one, str) for one in several):
        raise BadToken("aud")
    party = claims.get("azp")
    if (len(several) > 1 and party is None) or (party is not None and party != provider.client_id):
        raise BadToken("azp")


def _check_times(claims: Mapping[str, Any], at: int) -> None:
    expires, made, begins = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
    if expires is None or made is None or not (_is_time(expires) and _is_time(made) and _is_time(begins)):
        raise BadToken("times")
    if expires <= at - LEEWAY_SECONDS or begins > at + LEEWAY_SECONDS:
        raise BadToken("exp")
    if not at - OLDEST_SECONDS <= made <= at + LEEWAY_SECONDS:
        raise BadToken("iat")


def _second_factor(provider: Provider, claims: Mapping[str, Any]) -> bool:
    """Whether the provider vouches for one. Raises `BadToken` when it must and does not."""
    if not provider.second_factor:
        return False
    ways = claims.get("amr")
    said = {claims.get("acr"), *(ways if isinstance(ways, list) else ())} if _plain(ways) else {claims.get("acr")}
    if not said & set(provider.second_factor):
        raise BadToken("second factor")
    return True


def _plain(ways: Any) -> bool:
    return isinstance(ways, list) and all(isinstance(one, str) for one in ways)


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value
