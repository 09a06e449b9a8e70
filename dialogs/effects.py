"""What a turn asks of the host: a closed list. The conversation itself never stores or sends anything."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordConsent:
    """The person agreed (or refused) that their words go to one organisation, after seeing exactly which.

    `text_version` identifies the sentence as it was shown; `data_groups` name what it covers.
    """

    purpose: str
    recipient: str
    data_groups: tuple[str, ...]
    text_id: str
    text_version: str
    language: str
    given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSupportRequest:
    """Bring this need to the right queue of the recipient. Needs the consent recorded in the same turn."""

    recipient: str
    kind_of_help: str
    need: str
    language: str
    urgent: bool


@dataclass(frozen=True, slots=True)
class RelayToCounsellor:
    """The person wrote to the counsellors of their open request; `urgent` when the words sound like danger."""

    urgent: bool = False


@dataclass(frozen=True, slots=True)
class ForgetPerson:
    """Erase everything about this person: key, rows, queued messages."""


Effect = RecordConsent | OpenSupportRequest | RelayToCounsellor | ForgetPerson
