"""Promises about what Telegram gets to see: only sentences written beforehand, until the person knowingly wants more."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from backend.conversations.models import conversation, outbox
from backend.invitations import service as invitations
from backend.organisations.models import organisation
from backend.support_requests.models import support_request
from bot.channel import Message
from bot.telegram.payloads import to_payloads
from locales import language, languages, source_texts
from phone import Phone
from world import CONVERSATIONS, Json

SECRET_WORDS = "Je uitkering is afgewezen, bel mij over thuis."
CODE = re.compile(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b")
TOPICS = re.compile(
    r"\b(113|0800|zelfmoord|suicide|geweld|slaa|slaan|mishandel|misbruik|veilig thuis|kindertelefoon|dood)",
    re.IGNORECASE,
)


def answered(phone: Phone, words: str = SECRET_WORDS) -> str:
    """A request that a counsellor answered; its id."""
    phone.asks_for_help()
    phone.taps("consent:yes")
    (request,) = phone.rows(support_request)
    with phone.world.counsellor() as coach:
        assert coach.does("claim", request.id).status_code == 200
        assert coach.does("reply", request.id, text=words).status_code == 200
    phone.until(lambda: any(text.startswith("Er is een bericht voor je.") for text in phone.texts()))
    phone.until(phone.settled)
    return str(request.id)


def code_in(phone: Phone) -> str:
    """The code the bot gave last."""
    found = [match[0] for text in phone.texts() if (match := CODE.search(text))]
    return found[-1]


def open_web(phone: Phone, code: str) -> Json:
    """The code typed on the web."""
    answer = phone.world.http.post(f"{CONVERSATIONS}/resume", json={"code": code})
    assert answer.status_code == 200, answer.text
    begun: Json = answer.json()
    return begun


def sent_to_telegram(phone: Phone) -> str:
    """Every word that left for Telegram about this chat."""
    return "\n".join(str(call.params) for call in phone.telegram.calls if str(phone.chat) in str(call.params))


def test_words_of_a_counsellor_are_announced_and_read_on_the_web(phone: Phone) -> None:
    """Telegram learns that there is a message; with a code from the chat it is read on the web, and both stay open."""
    request = answered(phone)
    assert SECRET_WORDS not in sent_to_telegram(phone)
    phone.taps("move:read")
    begun = open_web(phone, code_in(phone))
    assert SECRET_WORDS in [message["text"] for message in begun["messages"]]
    headers = {"Authorization": f"Bearer {begun['token']}", "Idempotency-Key": "k1"}
    turn = phone.world.http.post(
        f"{CONVERSATIONS}/{begun['id']}/turns", json={"text": "Dat wist ik niet."}, headers=headers
    )
    assert turn.status_code == 200
    announced = [text for text in phone.texts() if text.startswith("Er is een bericht voor je.")]
    with phone.world.counsellor() as coach:
        assert coach.opens(request)["messages"][-1]["text"] == "Dat wist ik niet."
        assert coach.does("reply", request, text="Nog iets over thuis.").status_code == 200
    phone.until(lambda: len([text for text in phone.texts() if text.startswith("Er is een bericht")]) > len(announced))
    assert "over thuis" not in sent_to_telegram(phone)
    assert "Dat wist ik niet." not in sent_to_telegram(phone)


def test_who_knowingly_wants_it_here_gets_it_here_and_can_stop(phone: Phone) -> None:
    """After the explanation and a yes what was held back comes, covered from notifications; after a no nothing more does."""
    request = answered(phone)
    phone.taps("here")
    assert SECRET_WORDS not in sent_to_telegram(phone)
    phone.taps("here:yes")
    phone.until(lambda: any(SECRET_WORDS in text for text in phone.texts()))
    shown = next(text for text in phone.texts() if SECRET_WORDS in text)
    assert SECRET_WORDS[:10] not in shown[:60]
    phone.taps("here:no")
    with phone.world.counsellor() as coach:
        assert coach.does("reply", request, text="Niet voor Telegram.").status_code == 200
    phone.until(phone.settled)
    assert "Niet voor Telegram." not in sent_to_telegram(phone)


def test_from_telegram_to_the_web_and_back(phone: Phone) -> None:
    """Facts, the request and later answers go along; the chat that was left is told so, its bot messages are taken back."""
    request = answered(phone)
    phone.says("bewaar mijn gesprek")
    phone.taps("move:code")
    begun = open_web(phone, code_in(phone))
    phone.until(lambda: phone.texts() == ["Je gesprek is verhuisd. Hier is het nu dicht."])
    assert phone.id() is None
    path, headers = f"{CONVERSATIONS}/{begun['id']}", {"Authorization": f"Bearer {begun['token']}"}
    with phone.world.counsellor() as coach:
        assert coach.does("reply", request, text="Op het web.").status_code == 200
    found = phone.world.http.get(f"{path}/messages", headers=headers).json()["messages"]
    assert found[-1]["text"] == "Op het web."
    turns: list[Any] = []
    for number, choice in enumerate(("move", "move:code")):
        key = {"Idempotency-Key": f"m{number}", **headers}
        turns = phone.world.http.post(f"{path}/turns", json={"choice": choice}, headers=key).json()["messages"]
    code = CODE.search(turns[-1]["text"])
    assert code
    phone.says(f"/start {code[0].replace('-', '')}")
    phone.taps("lang:nl")
    assert phone.id() == begun["id"]
    assert phone.world.http.get(f"{path}/messages", headers=headers).status_code == 404
    assert any("Telegram kan dit gesprek zien" in text for text in phone.texts())
    kept = sa.select(conversation.c.channel).where(conversation.c.id == begun["id"])
    assert phone.world.rows(kept)[0].channel == "telegram"
    with phone.world.counsellor() as coach:
        assert coach.does("reply", request, text="Weer op Telegram?").status_code == 200
    phone.until(lambda: phone.texts()[-1].startswith("Er is een bericht voor je."))


def test_an_open_request_is_not_thrown_away_by_a_code(phone: Phone) -> None:
    """Where a counsellor is already asked a code moves nothing, and stays good; a wrong code is said kindly."""
    phone.begins()
    phone.says("BCD23-FGH46")
    assert phone.texts()[-1].startswith("Deze code werkt niet meer.")
    answered(phone)
    phone.says("BCD23-FGH46")
    assert phone.texts()[-1].startswith("Hier loopt al een vraag bij een mens.")


def test_an_invitation_by_deep_link(phone: Phone) -> None:
    """/start with a code of a school: first who else sees it, then the language, then what the school knows."""
    of = phone.world.rows(sa.select(organisation.c.id).where(organisation.c.kind == "pro"))[0].id
    values: dict[str, Any] = {"facts": {"left_school_date": "2026-07-17"}, "people": 1, "shared": False, "days": 9}
    made = phone.world.do(lambda db: invitations.make(db, of, actor="operator", at=invitations.now(), **values))
    code = phone.world.do(lambda db: invitations.one_invitation(db, of, made)).codes[0]
    phone.says(f"/start {code}")
    assert "Telegram" in phone.texts()[0]
    phone.taps("lang:nl")
    assert phone.texts()[-1].startswith("Je komt via")
    phone.taps("invited:yes")
    assert phone.texts()[-1] == "Waarmee kan ik je helpen?"


def test_what_was_sent_can_be_taken_back(phone: Phone) -> None:
    """The outbox knows Telegram's own number of each message it brought."""
    phone.begins()
    mine = sa.select(outbox.c.outside_ids).where(outbox.c.conversation_id == phone.id()).order_by(outbox.c.id)
    ids = [id for row in phone.world.rows(mine) for id in row.outside_ids.split()]
    assert ids == [str(seen.id) for seen in phone.sees()]


@pytest.mark.parametrize("code", sorted(languages()))
def test_a_notification_shows_nothing_of_what_it_is_about(code: str) -> None:
    """The first 60 signs of everything about danger are the same neutral words, in every language."""
    spoken = language(code)
    for id, text in spoken.texts.items():
        if id.startswith("danger.red.") or id in ("danger.card", "danger.amber.question"):
            shown = Message(
                number=1,
                sender="bot",
                text=text,
                language=code,
                direction=spoken.direction,
                at="",
                discretion="covered",
            )
            first = str(to_payloads(shown)[0]["text"])[:60]
            assert text[:12] not in first
            assert not TOPICS.search(first)


def test_no_other_sentence_begins_with_danger() -> None:
    """What is not covered says nothing of danger in its first 60 signs."""
    allowed = ("danger.", "widget.", "pages.", "desk", "articles.", "more.", "explanation.")
    loud = [id for id, text in source_texts().items() if not id.startswith(allowed) and TOPICS.search(text[:60])]
    assert not [id for id in loud if id.startswith(("dialogs.", "keeping.", "invitations.", "telegram.", "follow_up."))]
