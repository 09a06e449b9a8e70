"""The JSON of the desk API (contract section 6), from what the services give."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from backend.consents.service import ActiveConsent
from backend.organisations.counsellors import Counsellor
from backend.organisations.login import Session
from backend.support_requests.repository import Page, SupportRequest, WorkQueue
from backend.support_requests.service import OpenedRequest
from bot.channel import Message
from knowledge.danger import Danger

Json = dict[str, Any]


def me(session: Session, organisation: tuple[str, str], queues: Sequence[WorkQueue]) -> Json:
    """Who I am, my organisation, role and queues, and the token that actions must carry."""
    who = session.counsellor
    name, kind = organisation
    return {
        "id": who.id,
        "name": who.name,
        "role": who.role,
        "organisation": {"id": who.organisation_id, "name": name, "kind": kind},
        "queues": [
            {"id": queue.id, "name": queue.name, "kind_of_help": queue.kind_of_help, "waiting": queue.waiting}
            for queue in queues
        ],
        "csrf_token": session.csrf_token,
    }


def page(who: Counsellor, requests: Page) -> Json:
    """A page of requests; `next` is the value for `after`, or null at the end."""
    return {"requests": [request(who, one) for one in requests.requests], "next": requests.next}


def request(who: Counsellor, one: SupportRequest) -> Json:
    """A request without its words; `access` other than "open" says why nothing of the person is in it."""
    return {
        "id": one.id,
        "status": one.shown_status,
        "queue": {"id": one.queue_id, "name": one.queue},
        "access": one.access,
        "kind_of_help": one.kind_of_help if one.is_open else None,
        "language": one.language if one.is_open else None,
        "urgent": one.urgent and one.is_open,
        "created_at": moment(one.created_at),
        "waiting_since": moment(one.waiting_since),
        "claimed_by": {"id": one.claimed_by, "name": one.owner} if one.claimed_by else None,
        "claimed_at": moment(one.claimed_at),
        "closed_at": moment(one.closed_at),
        "mine": one.claimed_by == who.id,
    }


def opened(who: Counsellor, one: OpenedRequest) -> Json:
    """A request with the person's words, the consent, and the conversation from the request on."""
    return {
        **request(who, one.request),
        "need": one.need,
        "danger": _danger(one.danger),
        "consent": _consent(one.consents[0]),
        "also_agreed": [_consent(each) for each in one.consents[1:]],
        "reachable": one.reachable,
        "messages": [{**message(each), "delivery": one.undelivered.get(each.number)} for each in one.messages],
    }


def message(one: Message) -> Json:
    """A message as in contract section 5; `name` is the counsellor's. A picture comes as its words."""
    return {
        "number": one.number,
        "from": one.sender,
        "name": one.name,
        "text": one.text,
        "language": one.language,
        "direction": one.direction,
        "choices": [{"id": id, "label": label} for id, label in one.choices],
        "image": {"svg": None, "png": None, "alt": one.picture.alt} if one.picture else None,
        "sources": [
            {
                "law": each.law,
                "article": each.article,
                "paragraph": each.paragraph,
                "url": each.url,
                "quote": each.quote,
            }
            for each in one.sources
        ],
        "at": one.at,
    }


def moment(at: int | None) -> str | None:
    """RFC 3339 in UTC, of microseconds."""
    if at is None:
        return None
    return datetime.fromtimestamp(at // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _danger(found: Danger | None) -> Json | None:
    return {"kind": found.kind, "tier": found.tier, "why": found.why} if found else None


def _consent(given: ActiveConsent) -> Json:
    return {
        "purpose": given.purpose,
        "data_groups": list(given.data_groups),
        "text_id": given.text_id,
        "text_version": given.text_version,
        "language": given.language,
        "given_by": given.given_by,
        "at": moment(given.at),
        "expires_at": moment(given.expires_at),
    }
