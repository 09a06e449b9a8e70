"""An identity provider as it is configured: VERDER_OIDC_PROVIDERS, a JSON list of these."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

_HERE = {"127.0.0.1", "localhost", "::1"}


class Provider(BaseModel):
    """One provider. `key` names it in addresses, `name` is what counsellors read on the button.

    `acr_values` is what is asked of the provider; `second_factor` lists the values of acr or amr of which one must come
    back. Without that list a second factor of our own is asked after the provider's sign-in.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    name: str = Field(min_length=1, max_length=60)
    issuer: str = Field(max_length=200)
    client_id: str = Field(min_length=1, max_length=200)
    client_secret: SecretStr = SecretStr("")
    scope: str = "openid"
    acr_values: str = ""
    second_factor: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ("RS256", "PS256", "ES256")

    @field_validator("issuer")
    @classmethod
    def _reached_safely(cls, issuer: str) -> str:
        address = urlsplit(issuer)
        if address.scheme != "https" and not (address.scheme == "http" and address.hostname in _HERE):
            raise ValueError("an issuer begins with https://")
        return issuer

    @field_validator("algorithms")
    @classmethod
    def _signed_by_them_alone(cls, algorithms: tuple[str, ...]) -> tuple[str, ...]:
        allowed = {f"{kind}{size}" for kind in ("RS", "PS", "ES") for size in (256, 384, 512)} | {"EdDSA", "Ed25519"}
        if not algorithms or not allowed.issuperset(algorithms):
            raise ValueError("only algorithms with the provider's own key")
        return algorithms
