"""`/.well-known/security.txt` (RFC 9116): whom to tell about a weakness in this service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Response

from backend.errors import not_found

_GOOD_FOR = timedelta(days=180)


def security_router(contact: str, address: str) -> APIRouter:
    """The file, when the operator gave a contact (`mailto:…` or `https://…`); `address` is the service's own."""
    router = APIRouter(include_in_schema=False)

    @router.get("/.well-known/security.txt")
    async def security() -> Response:
        if not contact:
            raise not_found()
        until = (datetime.now(UTC) + _GOOD_FOR).strftime("%Y-%m-%dT00:00:00Z")
        lines = (
            f"Contact: {contact}",
            f"Expires: {until}",
            "Preferred-Languages: nl, en",
            f"Canonical: {address}/.well-known/security.txt",
        )
        return Response("\n".join(lines) + "\n", media_type="text/plain; charset=utf-8")

    return router
