"""A person's own data in the chat: seeing, taking along, correcting, locking, taking a yes back; and "no" always helps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dialogs.conversation import Conversation
from dialogs.effects import (
    ForgetPerson,
    LookUpMyData,
    OpenSupportRequest,
    RecordConsent,
    RelayToCounsellor,
    RestrictMyData,
    WithdrawConsent,
)
from dialogs.goals.agreeing import also_needed
from dialogs.messages import OwnData
from dialogs.news import (
    ConsentWithdrawn,
    Erased,
    HeldConsent,
    Looked,
    MyConsents,
    MyData,
    MyDataLocked,
    MyViews,
    News,
    OtherAgreed,
)
from dialogs.turn import hear
from knowledge.who_must_agree import Agreement
from person import Person

DAY = date(2026, 11, 20)
HELP = ("person", "contact", "menu", "goal:", "who:", "topics")


def test_everything_that_is_known_is_said_and_looked_up() -> None:
    """ "Wat weten jullie van mij" says the answers that were given and asks the host for the rest."""
    person = _known().says("Wat weten jullie van mij?")
    assert person.sees("my_data.menu.facts")
    assert "Utrecht" in person.replies[0].text
    assert person.effects == (LookUpMyData("everything"),)
    _hears(person, MyData(messages=3, requests=1, documents=0, consents=1, locked=False))
    assert person.sees("my_data.menu.counts", "my_data.menu.what")
    for id in ("mine:views", "mine:consents", "mine:take", "answers", "mine:lock", "forget"):
        assert id in person.ids


def test_who_said_nothing_is_told_that_nothing_is_known() -> None:
    """Without answers there is nothing to show, and that is said."""
    assert Person().opens().taps("mine").sees("my_data.menu.no_facts")


def test_the_button_stands_in_the_corner_of_privacy() -> None:
    """The page on who reads this leads to the own data."""
    assert "mine" in Person().opens().taps("info:privacy_who").ids


@pytest.mark.parametrize(
    ("typed", "effect"),
    [
        ("wie keek ernaar?", LookUpMyData("views")),
        ("Trek mijn toestemming in!", LookUpMyData("consents")),
        ("zet op slot", RestrictMyData(on=True)),
        ("haal het slot eraf", RestrictMyData(on=False)),
        ("My data", LookUpMyData("everything")),
    ],
)
def test_words_do_what_the_buttons_do(typed: str, effect: object) -> None:
    """Every right can be typed, also while typed words go to a counsellor."""
    talking = Person(replace(_known().conversation, request="claimed", talking=True))
    for person in (_known(), talking):
        assert person.says(typed).effects == (effect,)


def test_words_in_another_language_work_too() -> None:
    """Who speaks English may type it in English, and no phrase is mistaken for it in a language without phrases."""
    english = Person(Conversation(channel="web", language="en"))
    assert english.says("withdraw my consent").effects == (LookUpMyData("consents"),)
    assert Person(Conversation(channel="web")).says("mijn toestemmingen").effects == ()


def test_who_looked_is_told_with_organisation_day_and_time() -> None:
    """Role, organisation and time of each look, newest first; ten at once, the rest is in the file."""
    person = _known().taps("mine:views")
    looks = tuple(Looked(DAY, f"10:{minute:02}", "Demo Gemeente") for minute in range(11))
    _hears(person, MyViews((*looks[:9], Looked(DAY, "09:00", None), *looks[9:]), 14))
    assert person.sees(
        "my_data.views.these", "my_data.views.counsellor", "my_data.views.operator", "my_data.views.more"
    )
    assert "10:00: een begeleider van Demo Gemeente" in person.replies[0].text
    assert "Nog 4 keer" in person.replies[0].text
    _hears(person, MyViews((), 0))
    assert person.sees("my_data.views.none")


def test_a_colleague_who_looked_is_told_with_the_reason() -> None:
    """Whoever looked at a request that a colleague had is told with why."""
    person = _known().taps("mine:views")
    _hears(person, MyViews((Looked(DAY, "10:00", "Demo Gemeente", "absent"),), 1))
    assert person.sees("looked.views.reason", "looked.reason.absent")
    assert "De reden: jouw begeleider was er niet." in person.replies[0].text


def test_reading_in_an_emergency_is_told_as_such() -> None:
    """Who runs Verder read something after two people agreed: that is told, not as somebody of the organisation."""
    person = _known().taps("mine:views")
    _hears(person, MyViews((Looked(DAY, "10:00", "Demo Gemeente", "emergency"),), 1))
    assert person.sees("looked.views.emergency")
    assert "Demo Gemeente" not in person.replies[0].text


def test_each_consent_is_shown_with_one_tap_to_take_it_back() -> None:
    """Name, purpose and since when; the button takes it back at once, without a second question."""
    person = _known().taps("mine:consents")
    _hears(person, MyConsents((_consent("a" * 32), _consent("b" * 32, name="Demo School", purpose="handover"))))
    assert person.sees("my_data.consents.these", "my_data.consents.one")
    assert [one.label for one in person.buttons][:2] == ["Trek in: Demo Gemeente", "Trek in: Demo School"]
    assert person.taps(f"withdraw:{'a' * 32}").effects == (WithdrawConsent("a" * 32),)
    assert person.taps(f"withdraw:{'a' * 32}").effects == ()


def test_two_consents_to_one_place_are_told_apart() -> None:
    """With the same name twice the button also says since when; who else agreed is said; an unknown purpose has words."""
    person = _known()
    parents = _consent("b" * 32, purpose="something_new", given_by="parents")
    _hears(person, MyConsents((_consent("a" * 32), parents)))
    assert person.buttons[0].label == "Trek in: Demo Gemeente (20 november 2026)"
    assert person.sees("my_data.consents.by_parents", "my_data.purpose.other")
    _hears(person, MyConsents(()))
    assert person.sees("my_data.consents.none")


def test_taking_back_says_what_it_means_and_keeps_all_help() -> None:
    """The request there is closed, what was read cannot be unread, and help is one tap away; nobody asks why."""
    talking = replace(_known().conversation, request="claimed", helper="Coach A", talking=True)
    person = Person(talking)
    _hears(person, ConsentWithdrawn("Demo Gemeente", closed=True))
    assert person.sees(*(f"my_data.consents.{one}" for one in ("withdrawn", "already_read", "closed", "keep_help")))
    assert not (person.conversation.request or person.conversation.talking or person.conversation.helper)
    assert "person" in person.ids
    other = Person(talking)
    _hears(other, ConsentWithdrawn("Demo Mbo"))
    assert other.conversation.request == "claimed"
    assert not other.sees("my_data.consents.closed")
    _hears(other, ConsentWithdrawn(None))
    assert other.sees("my_data.consents.gone")


def test_a_withdrawal_of_nothing_is_an_old_button() -> None:
    """A button without its consent means nothing any more, and is said so."""
    assert _known().taps("withdraw").sees("dialogs.understanding.old_button")
    assert _known().taps("mine:else").sees("dialogs.understanding.old_button")


def test_the_files_come_on_the_web_and_never_over_telegram() -> None:
    """On the web there is one file to read and one for a computer; Telegram leads to the website."""
    person = _known().taps("mine:take")
    papers = [paper for reply in person.replies for paper in reply.papers]
    assert [paper.form for paper in papers if isinstance(paper, OwnData)] == ["read", "machine"]
    telegram = Person(Conversation(channel="telegram", language="nl")).taps("mine:take")
    assert telegram.sees("my_data.take.elsewhere")
    assert not any(reply.papers for reply in telegram.replies)
    assert "move:read" in telegram.ids


def test_the_lock_is_said_and_stops_new_requests_until_it_is_off() -> None:
    """Who locked their data hears what it means; a new request waits for the lock, because nobody could read it."""
    person = _known().taps("mine:lock")
    assert person.effects == (RestrictMyData(on=True),)
    _hears(person, MyDataLocked(True))
    assert person.sees("my_data.lock.done")
    assert not person.sees("my_data.lock.waits")
    assert person.taps("person").sees("my_data.lock.first")
    _hears(person, MyData(messages=1, requests=0, documents=0, consents=0, locked=True))
    assert person.sees("my_data.menu.locked")
    assert "mine:unlock" in person.ids
    _hears(person, MyDataLocked(False))
    assert person.sees("my_data.lock.lifted")
    assert person.taps("person").sees("dialogs.request.need")


def test_who_waits_for_an_answer_hears_that_the_lock_stops_it() -> None:
    """With an open request the lock also means: no answer."""
    person = Person(replace(_known().conversation, request="waiting"))
    _hears(person, MyDataLocked(True))
    assert person.sees("my_data.lock.done", "my_data.lock.waits")


def test_who_asks_a_human_under_lock_decides_about_the_lock_and_goes_straight_on() -> None:
    """The lock comes off only after a question of its own; a yes leads on to the request, a no keeps the lock and help."""
    person = _known()
    _hears(person, MyDataLocked(True))
    assert person.taps("person").sees("my_data.lock.first", "my_data.lock.ask")
    assert person.ids == ("lift", "menu", "help")
    refused = Person(person.conversation).taps("menu")
    assert refused.conversation.locked
    assert not refused.effects
    assert person.taps("lift").sees("my_data.lock.lifted", "dialogs.request.need")
    assert person.effects == (RestrictMyData(on=False, said=True),)
    _hears(person, MyDataLocked(False, said=True))
    assert not person.replies
    assert not person.conversation.locked


def test_who_has_a_request_and_asks_where_it_is_hears_of_the_lock_first() -> None:
    """With an open request and the lock on, asking for a human says why nobody answers; lifting it goes on with that one."""
    person = Person(replace(_known().conversation, request="claimed", helper="Coach A", locked=True)).taps("person")
    assert person.sees("my_data.lock.first")
    assert person.taps("lift").sees("my_data.lock.lifted", "dialogs.request.busy")


def test_words_for_a_counsellor_under_lock_are_kept_and_it_is_said() -> None:
    """Nobody believes that somebody reads: each message under lock says that it is kept, and offers to take the lock off."""
    talking = replace(_known().conversation, request="claimed", helper="Coach A", talking=True, locked=True)
    person = Person(talking).says("Ben je er nog?")
    assert person.sees("my_data.lock.kept", "my_data.lock.ask")
    assert person.effects == (RelayToCounsellor(),)
    assert person.ids == ("lift", "help", "menu")


@pytest.mark.parametrize("request_state", [None, "waiting", "claimed"])
def test_danger_under_lock_first_says_who_to_call_and_then_asks_about_the_lock(request_state: str | None) -> None:
    """The numbers come first as always; that nobody reads is said, and one tap brings a human."""
    here = replace(_known().conversation, request=request_state, talking=bool(request_state), locked=True)
    person = Person(here).says("ik wil dood")
    assert "113" in person.replies[0].text.splitlines()[0]
    assert person.sees("danger.person.locked", "danger.person.not_fast")
    assert person.ids == ("lift:person", "goon")
    assert person.conversation.locked
    person.taps("lift:person")
    assert person.effects[0] == RestrictMyData(on=False, said=True)
    assert person.sees("dialogs.request.busy" if request_state else "dialogs.request.kind")


def test_who_withdraws_a_document_here_is_not_told_elsewhere_that_it_is_there() -> None:
    """A yes to the document or to the school that is taken back among "my data" is gone from the document's own talk too."""
    begun = replace(_known().conversation, document={"sent": True, "school": "demo-pro", "digest": "x"})
    receiving, making, other = Person(begun), Person(begun), Person(begun)
    _hears(receiving, ConsentWithdrawn("Demo Gemeente", purpose="transition_document"))
    assert receiving.conversation.document == {"school": "demo-pro", "digest": "x"}
    _hears(making, ConsentWithdrawn("Demo Praktijkschool", purpose="transition_school"))
    assert making.conversation.document == {"sent": True, "digest": "x"}
    _hears(other, ConsentWithdrawn("Demo Gemeente", purpose="support_request"))
    assert other.conversation.document == begun.document


def test_a_yes_under_lock_sends_nothing() -> None:
    """A consent question that was still open when the lock came on is not answered by its old button."""
    person = _asked_to_agree()
    yes = next(id for id in person.ids if id.startswith("consent:yes"))
    _hears(person, MyDataLocked(True))
    assert person.taps(yes).effects == ()
    assert person.sees("my_data.lock.first")


def test_no_is_as_large_as_yes_nothing_is_ticked_and_no_reaches_help() -> None:
    """The question for consent stands alone with yes and no; no sends nothing, and every way to help stays."""
    person = _asked_to_agree()
    assert [id.split(":")[1] for id in person.ids if id.startswith("consent:")] == ["yes", "no", "edit"]
    assert not any(isinstance(effect, RecordConsent) for effect in person.effects)
    person.taps("consent:no")
    (refused,) = person.effects
    assert isinstance(refused, RecordConsent)
    assert not refused.given
    assert not any(isinstance(effect, OpenSupportRequest) for effect in person.effects)
    assert {"contact", "menu"} <= set(person.ids)
    assert person.taps("contact").sees("dialogs.contact.gemeente")
    assert person.taps("person").sees("dialogs.request.who")


@pytest.mark.parametrize("way", ["forget:no", "mine", "mine:consents", "mine:views", "mine:lock", "mine:take"])
def test_every_way_out_of_the_own_data_leads_to_help(way: str) -> None:
    """Wherever somebody stops or says no here, a button to help or to the beginning is there."""
    person = _known().taps("forget").taps(way) if way == "forget:no" else _known().taps(way)
    news: dict[str, News] = {
        "mine": MyData(messages=0, requests=0, documents=0, consents=0, locked=False),
        "mine:consents": MyConsents(()),
        "mine:views": MyViews((), 0),
        "mine:lock": MyDataLocked(True),
    }
    if way in news:
        _hears(person, news[way])
    assert any(id.startswith(HELP) for id in person.ids)
    assert ForgetPerson() not in person.effects


def test_the_receipt_is_said_once_and_nothing_else_is_known() -> None:
    """The last words are that everything is gone, and the receipt's number and time."""
    person = Person(Conversation(channel="web", language="nl"))
    _hears(person, Erased("BCD23-FGH46-JKM78", DAY, "10:00"))
    assert person.sees("my_data.erased.receipt")
    assert "BCD23-FGH46-JKM78" in person.replies[0].text


def test_what_a_parent_said_is_told_to_the_person() -> None:
    """The person hears that a counsellor recorded a parent's yes, and that their own yes is needed too."""
    person = _known()
    _hears(person, OtherAgreed("parents", "Demo Gemeente"))
    assert person.sees("my_data.agree.said_parents")


def test_who_else_must_agree_is_said_simply() -> None:
    """A parent or representative is named, with who arranges it; who decides alone is told nothing of it."""
    parents = also_needed(Agreement(("youth", "parents")))
    assert parents is not None
    assert parents.parts[0].id == "my_data.agree.parents"
    assert also_needed(Agreement(("youth",))) is None


def _known() -> Person:
    """Somebody who told where they live."""
    return Person(Conversation(channel="web", language="nl").knowing({"municipality": "Utrecht"})).opens()


def _asked_to_agree() -> Person:
    """Somebody who is asked whether their need may go to the gemeente."""
    return _known().taps("person").says("Ik zoek werk.").taps("kind:work").taps("who:gemeente")


def _consent(
    id: str, *, name: str = "Demo Gemeente", purpose: str = "support_request", given_by: str = "youth"
) -> HeldConsent:
    return HeldConsent(id=id, name=name, purpose=purpose, since=DAY, given_by=given_by)


def _hears(person: Person, news: News) -> None:
    person.takes(hear(person.conversation, news))
