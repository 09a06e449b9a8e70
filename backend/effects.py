"""Carrying out what a turn asks for: one function per effect, in the turn's own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

import sqlalchemy as sa

from backend.consents.service import record_consent
from backend.db import Transaction, now
from backend.duties import service as duties
from backend.follow_ups import service as follow_ups
from backend.handovers.carrying_out import handed_over
from backend.invitations.service import carry_out_invitation
from backend.my_data.carrying_out import carry_out_mine
from backend.resume_codes.service import NOWHERE, Places, carry_out_moving
from backend.statistics import service as statistics
from backend.support_requests.appointments import took
from backend.support_requests.opening import new_words, open_request
from backend.support_requests.reading_times import opening
from backend.support_requests.standing_in import chosen, same_as_before
from backend.transition_documents.forms import STANDARD, Forms
from backend.transition_documents.making import carry_out_document
from backend.understanding.service import count, keep_sentence
from backend.vault import Vault
from dialogs.effects import (
    AcceptInvitation,
    AnswerHandover,
    AnswerOffer,
    BecomeKnown,
    ChooseAppointment,
    ChooseHelper,
    ConfirmContact,
    CountHelped,
    CountUse,
    Effect,
    ForgetPerson,
    GiveSentence,
    LookUpMyData,
    MakeMovingCode,
    Misunderstood,
    MoveHere,
    OpenSupportRequest,
    PlanFollowUp,
    RecordConsent,
    RelayToCounsellor,
    RestrictMyData,
    SendHere,
    StopFollowUps,
    TellWhere,
    UseInvitation,
    WithdrawConsent,
)
from dialogs.news import News, NotMoved
from dialogs.transition_news import (
    DropDocument,
    KeepOwnPart,
    ObjectToLine,
    OfferToSchool,
    SendDocument,
    ShowDocument,
    TakeBackDocument,
)


def carry_out(  # noqa: C901  one case for each effect, and mypy that none is forgotten
    db: Transaction,
    vault: Vault,
    row: sa.Row[Any],
    effects: Sequence[Effect],
    *,
    said: int | None,
    forms: Forms = STANDARD,
    places: Places = NOWHERE,
) -> list[News]:
    """Does what the effects say for the conversation in `row`, and gives what the conversation is to hear of it; `said`
    is the number of the person's message, `forms` the regions' forms of the overgangsdocument, `places` where a
    conversation can be opened."""
    news: list[News] = []
    agreed: tuple[RecordConsent, str] | None = None
    for effect in effects:
        match effect:
            case RecordConsent():
                recorded = record_consent(db, row.person_id, row.id, effect)
                agreed = (effect, recorded) if effect.given else None
            case OpenSupportRequest():
                if agreed is None:
                    raise ValueError("a request needs the consent of the same turn")
                request_id = open_request(db, vault, row, effect, agreed=agreed[0], consent_id=agreed[1])
                before = same_as_before(db, vault, request_id, at=now())
                news += [opening(db, effect.recipient, at=now()), *([before] if before else [])]
            case RelayToCounsellor():
                new_words(db, vault, row.id, said, urgent=effect.urgent, danger=effect.danger)
            case AnswerHandover() | ConfirmContact() | TellWhere():
                news += handed_over(db, vault, row, effect, at=now())
            case ChooseHelper():
                news.append(chosen(db, vault, row, effect, at=now()))
            case ChooseAppointment():
                news.append(took(db, vault, row, effect, at=now()))
            case PlanFollowUp():
                follow_ups.plan(db, row, effect)
            case CountHelped():
                statistics.count_helped(db, effect, at=now())
            case CountUse():
                statistics.count_use(db, effect, at=now())
            case BecomeKnown():
                duties.become_known(db, vault, row, effect, at=now())
            case AnswerOffer():
                duties.answered(db, row.person_id, effect, at=now())
            case StopFollowUps():
                follow_ups.stop_all(db, row.person_id)
            case LookUpMyData() | WithdrawConsent() | RestrictMyData():
                news.append(carry_out_mine(db, vault, row, effect))
            case (
                KeepOwnPart()
                | OfferToSchool()
                | ShowDocument()
                | ObjectToLine()
                | SendDocument()
                | DropDocument()
                | TakeBackDocument()
            ):
                news += carry_out_document(db, vault, row, effect, agreed=agreed, forms=forms)
            case Misunderstood():
                count(db, effect, at=now())
            case GiveSentence():
                keep_sentence(db, vault, effect, at=now())
            case UseInvitation() | AcceptInvitation():
                news += carry_out_invitation(db, row.id, effect)
            case MakeMovingCode() | SendHere():
                news += carry_out_moving(db, vault, row, effect, places)
            case MoveHere():
                news.append(NotMoved())
            case ForgetPerson():
                raise ValueError("erasing ends a turn before its other effects")
            case _:
                assert_never(effect)
    return news
