"""All tables together: importing this module is what makes `metadata` whole."""

from __future__ import annotations

from backend.audit import audit_event
from backend.consents.models import consent
from backend.conversations.models import conversation, inbox, message, outbox, parked
from backend.db import metadata
from backend.organisations.models import counsellor, desk_session, login_failure, organisation, organisation_area
from backend.queues.models import queue, queue_member
from backend.support_requests.models import assignment, desk_action, support_request
from backend.vault import person_key

__all__ = [
    "assignment",
    "audit_event",
    "consent",
    "conversation",
    "counsellor",
    "desk_action",
    "desk_session",
    "inbox",
    "login_failure",
    "message",
    "metadata",
    "organisation",
    "organisation_area",
    "outbox",
    "parked",
    "person_key",
    "queue",
    "queue_member",
    "support_request",
]
