"""All tables together: importing this module is what makes `metadata` whole."""

from __future__ import annotations

from backend.audit import audit_event, audit_head
from backend.consents.models import consent, restriction, sharing
from backend.conversations.models import conversation, inbox, message, outbox, parked
from backend.db import metadata
from backend.follow_ups.models import follow_up
from backend.handovers.models import handover
from backend.invitations.models import invitation, invitation_code
from backend.my_data.models import erasure_receipt
from backend.organisations.models import counsellor, desk_session, login_failure, organisation, organisation_area
from backend.queues.models import absence, desk_setting, queue, queue_member
from backend.resume_codes.models import code_try, resume_code
from backend.retention.models import legal_hold, retention_setting
from backend.statistics.models import helped
from backend.support_requests.models import assignment, canned_answer, desk_action, note, support_request
from backend.transition_documents.models import transition_document, transition_sending
from backend.understanding.models import given_sentence, misunderstanding
from backend.vault import person_key

__all__ = [
    "absence",
    "assignment",
    "audit_event",
    "audit_head",
    "canned_answer",
    "code_try",
    "consent",
    "conversation",
    "counsellor",
    "desk_action",
    "desk_session",
    "desk_setting",
    "erasure_receipt",
    "follow_up",
    "given_sentence",
    "handover",
    "helped",
    "inbox",
    "invitation",
    "invitation_code",
    "legal_hold",
    "login_failure",
    "message",
    "metadata",
    "misunderstanding",
    "note",
    "organisation",
    "organisation_area",
    "outbox",
    "parked",
    "person_key",
    "queue",
    "queue_member",
    "restriction",
    "resume_code",
    "retention_setting",
    "sharing",
    "support_request",
    "transition_document",
    "transition_sending",
]
