"""All tables together: importing this module is what makes `metadata` whole."""

from __future__ import annotations

from backend.access.models import request_opening
from backend.accounts.models import (
    account_invitation,
    counsellor_identity,
    passkey,
    recovery_code,
    sign_in_step,
    totp,
)
from backend.arrivals.models import arrival
from backend.audit import audit_cut, audit_event, audit_head
from backend.connections.models import api_token, webhook, webhook_delivery
from backend.consents.models import consent, restriction, sharing
from backend.conversations.models import channel_pace, conversation, inbox, message, outbox, parked
from backend.db import metadata
from backend.duties.models import former_pupil, hours_spent, school_offer
from backend.follow_ups.models import follow_up
from backend.handovers.models import handover
from backend.invitations.models import invitation, invitation_code
from backend.my_data.models import erasure_receipt
from backend.organisations.models import counsellor, desk_session, login_failure, organisation, organisation_area
from backend.queues.models import absence, desk_setting, queue, queue_member, team, team_member
from backend.resume_codes.models import code_try, resume_code
from backend.retention.models import legal_hold, retention_setting
from backend.statistics.models import helped, organisation_tally, tally, tally_step
from backend.support_requests.models import (
    appointment,
    assignment,
    canned_answer,
    desk_action,
    desk_draft,
    note,
    support_request,
)
from backend.together.models import emergency_access, pending_change
from backend.transition_documents.models import transition_document, transition_sending
from backend.understanding.models import given_sentence, misunderstanding
from backend.vault import person_key

__all__ = [
    "absence",
    "account_invitation",
    "api_token",
    "appointment",
    "arrival",
    "assignment",
    "audit_cut",
    "audit_event",
    "audit_head",
    "canned_answer",
    "channel_pace",
    "code_try",
    "consent",
    "conversation",
    "counsellor",
    "counsellor_identity",
    "desk_action",
    "desk_draft",
    "desk_session",
    "desk_setting",
    "emergency_access",
    "erasure_receipt",
    "follow_up",
    "former_pupil",
    "given_sentence",
    "handover",
    "helped",
    "hours_spent",
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
    "organisation_tally",
    "outbox",
    "parked",
    "passkey",
    "pending_change",
    "person_key",
    "queue",
    "queue_member",
    "recovery_code",
    "request_opening",
    "restriction",
    "resume_code",
    "retention_setting",
    "school_offer",
    "sharing",
    "sign_in_step",
    "support_request",
    "tally",
    "tally_step",
    "team",
    "team_member",
    "totp",
    "transition_document",
    "transition_sending",
    "webhook",
    "webhook_delivery",
]
