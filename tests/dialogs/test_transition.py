"""Making an overgangsdocument in the chat: easy questions, each to be left out; nothing is shared without a yes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dialogs.effects import RecordConsent, RestrictMyData
from dialogs.goals.transition_hearing import heard
from dialogs.messages import Incoming
from dialogs.transition_document import Line, digest, mark_of, own_words, paragraphs, read_lines, sheet_of, write_lines
from dialogs.transition_news import (
    DocumentShown,
    DocumentTold,
    DropDocument,
    KeepOwnPart,
    ObjectToLine,
    OfferToSchool,
    SendDocument,
    ShowDocument,
    TakeBackDocument,
)
from dialogs.turn import hear
from knowledge.transition_form import OPTIONS, standard_form
from locales import language
from person import Person

SCHOOL_LINE = Line(by="school", field="skills", words="Werkt netjes.", told="internship")
SHOWN = DocumentShown(
    lines=(Line(by="person", field="name", words="Sam"), SCHOOL_LINE),
    form=standard_form(),
    digest="a" * 64,
    recipient="demo-gemeente",
    name="Demo Gemeente",
    municipality="0344",
    ready=True,
)
HELPING = ("person", "menu", "contact")


def _begun(school: str = "pro", **known: Any) -> Person:
    person = Person().opens().taps("goal:transition").taps(f"a:school_type:{school}")
    if school == "mbo":
        person.taps("a:diploma:true")
    person.conversation = replace(person.conversation, facts={**person.conversation.facts, **known})
    return person


def _ready(school: str = "pro", **known: Any) -> Person:
    person = _begun(school, **known).says("Sam")
    for field in list(OPTIONS)[1:]:
        person.taps(f"transition:skip:{field}")
    return person


def _shared(school: str = "pro", **known: Any) -> Person:
    known = {"municipality": "Utrecht", "age": 19, **known}
    return _ready(school, **known).taps("transition:school").taps("transition:with").taps("transition:share")


def _tell(person: Person, news: DocumentShown | DocumentTold) -> Person:
    person.takes(hear(person.conversation, news))
    return person


def _kept(person: Person) -> dict[str, Line]:
    (kept,) = [effect for effect in person.effects if isinstance(effect, KeepOwnPart)]
    return {line.field: line for line in kept.lines}


def test_every_question_can_be_left_out() -> None:
    """Who leaves out everything still comes to the end, and each line is marked as not known."""
    person = _begun()
    for field in OPTIONS:
        assert person.asking == f"transition_{field}"
        person.taps(f"transition:skip:{field}")
    assert {line.mark for line in _kept(person).values()} == {"unknown"}
    assert person.sees("transition.ready.what_now")


def test_taps_and_own_words_go_together() -> None:
    """Several buttons and own words make one line; "I don't know yet" stands alone, and not knowing is an answer."""
    person = _begun().says("Sam").taps("transition:pick:reach:chat").taps("transition:pick:reach:phone")
    assert "transition:pick:reach:chat" not in person.ids
    person.taps("transition:next:reach").taps("transition:skip:career").taps("transition:pick:experience:none")
    person.taps("transition:pick:skills:hands").says("fietsen  maken\nen koken")
    person.taps("transition:pick:wish:work").says("Verder").taps("transition:skip:work").says("weet ik niet")
    lines = _kept(person)
    assert lines["reach"].options == ("chat", "phone")
    assert lines["experience"].options == ("none",)
    assert (lines["skills"].options, lines["skills"].words) == (("hands",), "fietsen maken en koken")
    assert lines["support"].mark == "unknown"


def test_what_is_too_long_is_said_kindly() -> None:
    """A very long answer is not cut in silence."""
    assert _begun().says("a" * 301).sees("transition.ask.too_long")


def test_old_and_foreign_buttons_do_nothing() -> None:
    """A button of another place or with an unknown answer is told to be old, and nothing is lost."""
    person = _begun()
    for button in (
        "pick:name:x",
        "nothing:name",
        "share:0",
        "yes:0",
        "with:nobody",
        "line:school.skills",
        "x",
        "redo:x",
    ):
        assert person.taps(f"transition:{button}").sees("dialogs.understanding.old_button")
    assert person.asking == "transition_name"
    for button in ("change", "paper", "wrong"):
        assert Person().opens().taps(f"transition:{button}").sees("dialogs.understanding.old_button")


def test_a_step_back_takes_the_last_line_back() -> None:
    """ "Back" asks the last question again, and at the beginning there is nothing to go back to."""
    assert _begun().says("Sam").taps("back").asking == "transition_name"
    assert _begun().taps("back").sees("dialogs.understanding.nothing_back")


def test_a_line_can_be_changed_or_taken_out() -> None:
    """What was said is asked again, and can be taken off the sheet altogether."""
    person = _ready().taps("transition:change").taps("transition:redo:name").says("Noor")
    assert _kept(person)["name"].words == "Noor"
    person.taps("transition:change").taps("transition:redo:name").taps("transition:out:name")
    assert "name" not in _kept(person)
    person.taps("transition:change").taps("transition:redo:skills").taps("transition:pick:skills:hands")
    assert "transition:out:skills" in person.ids


def test_the_sheet_can_be_thrown_away_at_any_time() -> None:
    """After asking once everything of it is forgotten, and help stays."""
    person = _shared().taps("goal:transition").taps("transition:drop")
    assert person.sees("transition.drop.question")
    person.taps("transition:drop:yes")
    assert person.effects == (DropDocument(),)
    assert person.conversation.document == {}
    assert person.conversation.request is None
    assert set(HELPING) <= set(person.ids)
    assert _ready().taps("transition:drop").taps("transition:drop:yes").conversation.document == {}


@pytest.mark.parametrize("school", ["vmbo", "havo"])
def test_where_the_law_has_no_document_help_stays(school: str) -> None:
    """After vmbo or havo there is no such document; it is said at once, with the ways to help."""
    person = Person().opens().taps("goal:transition").taps("more:school_type").taps(f"a:school_type:{school}")
    assert person.sees("rights.overgangsdocument_gemeente.other_school", "transition.closed.help")
    assert set(HELPING) <= set(person.ids)
    mbo = Person().opens().taps("goal:transition").taps("a:school_type:mbo").taps("a:diploma:false")
    assert mbo.sees("rights.overgangsdocument_gemeente.no_diploma")


def test_a_no_of_another_time_does_not_close_it() -> None:
    """Who once said no to help of the gemeente can still make the document."""
    assert _begun(consent="refused", municipality_continues=False).says("Sam").asking == "transition_reach"


def test_the_school_reads_only_after_a_yes() -> None:
    """What the school would read is shown first; a yes records exactly that consent, typed words are no yes."""
    person = _ready(municipality="Utrecht", age=19).taps("transition:school").taps("transition:with")
    assert person.sees("transition.school.reads", "transition.school.consent")
    assert person.says("Ja, dat mag").sees("dialogs.request.consent_tap", "transition.school.consent")
    assert not person.effects
    assert person._does(Incoming(choice="transition:share:0")).sees("dialogs.understanding.old_button")
    assert person.says("Wat kost het?").sees("transition.school.consent")
    assert not person.effects
    person.taps("transition:share")
    consent, offer = person.effects
    assert isinstance(consent, RecordConsent)
    assert (consent.purpose, consent.recipient, consent.given) == ("transition_school", "demo-pro", True)
    assert offer == OfferToSchool(recipient="demo-pro", language="nl")
    assert person.conversation.request == "waiting"


def test_a_no_to_the_school_keeps_all_help() -> None:
    """Refusing is recorded, nothing is offered, and help is one tap away."""
    person = _ready(municipality="Utrecht", age=19).taps("transition:school").taps("transition:with")
    person.taps("transition:unshare")
    assert [type(effect) for effect in person.effects] == [RecordConsent]
    assert person.sees("transition.school.refused")
    assert set(HELPING) <= set(person.ids)


def test_what_is_missing_is_asked_before_the_school() -> None:
    """Age and place are asked when they are not known, and where the school is when none is at home."""
    person = _ready().taps("transition:school")
    assert person.asking == "age"
    person.taps("a:age:17")
    assert person.asking == "municipality"
    person.says("Groningen")
    assert person.asking == "school_place"
    person.says("Assen")
    assert person.sees("transition.school.none")
    assert "transition:paper" in person.ids
    person.taps("transition:school").says("Utrecht")
    assert person.taps("transition:elsewhere").asking == "school_place"


def test_the_school_that_invited_stands_first() -> None:
    """Who came with a school's code is offered that school."""
    person = _ready(municipality="Groningen", age=19)
    person.conversation = replace(person.conversation, school="demo-pro")
    assert "transition:with:demo-pro" in person.taps("transition:school").ids


@pytest.mark.parametrize(
    ("school", "age", "said"), [("pro", 17, "parents"), ("vso", 17, "parents"), ("pro", None, "perhaps")]
)
def test_who_decides_along_is_said_simply(school: str, age: int | None, said: str) -> None:
    """Under 18 at pro and vso the parents decide along; that is said before anything is shared."""
    known = {"municipality": "Utrecht", **({"age": age} if age else {})}
    person = _ready(school, **known).taps("transition:school")
    if age is None:
        person.taps("skip:age")
        while person.asking != "transition_with_school":
            person.taps(f"skip:{person.asking}")
    assert person.taps("transition:with").sees(f"transition.school.{said}")


def test_on_mbo_the_person_decides_at_every_age() -> None:
    """At 17 nobody else is asked on mbo (WEB 9.2.13)."""
    person = _ready("mbo", municipality="Utrecht", age=17).taps("transition:school").taps("transition:with")
    assert not person.sees("transition.school.parents")
    assert "transition:share" in {id.rpartition(":")[0] for id in person.ids}


def test_somebody_who_talks_already_keeps_that_talk() -> None:
    """An open request stays what it is when the school takes part too."""
    person = _ready(municipality="Utrecht", age=19).taps("transition:school").taps("transition:with")
    person.conversation = replace(person.conversation, request="claimed", helper="Coach A")
    person.taps("transition:share")
    assert (person.conversation.request, person.conversation.document.get("talk")) == ("claimed", None)


def test_while_the_data_are_locked_nothing_is_shared() -> None:
    """With the lock on neither the school nor the gemeente is offered anything."""
    locked = _ready(municipality="Utrecht", age=19).taps("transition:school").taps("transition:with")
    locked.conversation = replace(locked.conversation, locked=True)
    assert locked.taps("transition:share").sees("my_data.lock.first")
    assert locked.taps("transition:school").sees("my_data.lock.first")
    assert locked.taps("lift").effects[0] == RestrictMyData(on=False, said=True)
    assert not locked.sees("my_data.lock.first")
    locked.conversation = replace(locked.conversation, locked=True)
    asked = _tell(_shared(), SHOWN)
    asked.conversation = replace(asked.conversation, locked=True)
    assert asked.taps("transition:yes").sees("my_data.lock.first")
    assert not asked.effects


def test_the_whole_document_is_asked_for_at_the_gemeente_of_the_home() -> None:
    """The recipient is the connected gemeente where the person lives; without one the place is asked, or nobody."""
    asked = _shared().taps("transition:show").effects
    assert asked == (ShowDocument(recipient="demo-gemeente", name="Demo Gemeente", municipality="0344"),)
    person = _ready().taps("transition:show")
    assert person.asking == "municipality"
    assert ShowDocument(recipient="", name="", municipality="0014") in person.says("Groningen").effects


def test_the_document_is_read_whole_before_the_question() -> None:
    """Both parts are shown, as a file too, and only then it is asked; the buttons for yes and no stand side by side."""
    person = _tell(_shared(), SHOWN)
    assert "Werkt netjes." in person.replies[0].text
    assert person.replies[0].papers
    assert all(reply.discretion == "private" for reply in person.replies[:-1])
    assert [id.rpartition(":")[0] for id in person.ids[:2]] == ["transition:yes", "transition:no"]
    english = _shared()
    english.conversation = replace(english.conversation, language="en")
    _tell(english, SHOWN)
    assert [reply.language for reply in english.replies] == ["nl", "en", "en"]


def test_a_yes_is_for_this_document_and_this_gemeente_only() -> None:
    """The consent that goes out names the digest that was shown; another document makes the button old."""
    person = _tell(_shared(), SHOWN).taps("transition:yes")
    (sent,) = person.effects
    assert isinstance(sent, SendDocument)
    assert (sent.recipient, sent.digest, sent.municipality) == ("demo-gemeente", "a" * 64, "0344")
    assert _tell(_shared(), SHOWN).says("ja").sees("dialogs.request.consent_tap", "transition.agree.consent")
    first = _tell(_shared(), SHOWN)
    button = next(id for id in first.ids if id.startswith("transition:yes"))
    _tell(first, replace(SHOWN, digest="b" * 64))
    assert first.taps(button).sees("dialogs.understanding.old_button")
    assert not first.effects


def test_a_no_to_the_gemeente_keeps_all_help() -> None:
    """Refusing is recorded, nothing is sent, and the ways to help are there."""
    person = _tell(_shared(), SHOWN).taps("transition:no")
    (consent,) = person.effects
    assert isinstance(consent, RecordConsent)
    assert (consent.purpose, consent.given) == ("transition_document", False)
    assert set(HELPING) <= set(person.ids)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"ready": False}, "not_ready"),
        ({"recipient": "", "name": ""}, "not_connected"),
        ({"sent": True}, "is_there"),
    ],
)
def test_without_all_that_is_needed_nothing_is_asked(change: dict[str, Any], text: str) -> None:
    """A school that is not ready, a gemeente that is not there or a document that was sent: no question, but ways on."""
    person = _tell(_shared(), replace(SHOWN, **change))
    assert person.sees(f"transition.show.{text}")
    assert not any(id.startswith("transition:yes") for id in person.ids)
    assert {"person", "menu"} <= set(person.ids)


@pytest.mark.parametrize("who", ["parents", "legal_rep", "unknown"])
def test_who_has_to_agree_first_is_said_and_nothing_is_shown(who: str) -> None:
    """While somebody else must agree there is no document; what was not known can be told now."""
    person = _shared()
    person.conversation = replace(person.conversation, skipped=("age",))
    _tell(person, DocumentShown(form=standard_form(), waits_for=who))
    assert person.sees(f"transition.waits.{who}")
    assert set(HELPING) <= set(person.ids)
    assert ("retry:age" in person.ids) is (who == "unknown")
    assert _tell(_shared(), DocumentShown(form=standard_form())).sees("transition.show.empty")


def test_a_line_that_is_not_right_can_be_pointed_out() -> None:
    """An own line is asked again; a line of the school is marked, and the school hears of it."""
    person = _tell(_shared(), SHOWN).taps("transition:wrong").taps("transition:line:school.skills")
    assert person.effects == (ObjectToLine("school.skills"),)
    assert (
        _tell(_shared(), SHOWN).taps("transition:wrong").taps("transition:line:person.name").asking == "transition_name"
    )


def test_taking_back_is_one_tap() -> None:
    """Where it was sent, one button withdraws it."""
    person = _tell(_shared(), DocumentTold("sent", "Demo Gemeente"))
    assert "transition:back" in person.ids
    assert person.taps("transition:back").effects == (TakeBackDocument(),)
    assert "transition:back" in _tell(_shared(), DocumentTold("sent")).taps("goal:transition").ids


@pytest.mark.parametrize("what", ["ready", "sent", "changed", "stale", "taken_back", "claimed", "closed"])
def test_what_became_of_it_is_said(what: Any) -> None:
    """Each step of the document is told in words."""
    assert _tell(_shared(), DocumentTold(what, "Demo Gemeente")).sees(f"transition.told.{what}")


def test_an_answer_of_the_gemeente_can_be_answered() -> None:
    """A counsellor's answer needs no notice; from then on the person may write back, until the request is closed."""
    person = _tell(_ready(), DocumentTold("answered", "Coach A"))
    assert not person.replies
    assert (person.conversation.request, person.conversation.helper) == ("claimed", "Coach A")
    assert _tell(person, DocumentTold("closed")).conversation.request is None
    talking = _ready()
    talking.conversation = replace(talking.conversation, request="claimed")
    assert _tell(talking, DocumentTold("closed")).conversation.request == "claimed"


def test_an_invitation_may_be_declined() -> None:
    """A counsellor proposes, the person chooses; a no costs nothing."""
    person = _tell(Person().opens(), DocumentTold("invited", "Demo Praktijkschool"))
    assert person.sees("transition.invited.question")
    assert set(HELPING) <= set(person.taps("transition:later").ids)


def test_where_others_read_along_nothing_of_it_is_shown() -> None:
    """On Telegram there are no lines of the sheet, only where to read it; who chose otherwise gets a file."""
    person = _shared()
    person.conversation = replace(person.conversation, channel="telegram")
    for button in ("goal:transition", "transition:paper", "transition:show"):
        person.taps(button)
        assert "Sam" not in "\n".join(reply.text for reply in person.replies)
        assert not any(reply.papers for reply in person.replies)
    assert person.sees("transition.telegram.read_there")
    person.conversation = replace(person.conversation, here="yes")
    assert person.taps("transition:paper").replies[0].papers
    _tell(person, SHOWN)
    assert "Werkt netjes." not in "\n".join(reply.text for reply in person.replies)
    assert person.replies[0].papers
    fresh = Person().opens()
    fresh.conversation = replace(fresh.conversation, channel="telegram")
    fresh.taps("goal:transition").taps("a:school_type:pro")
    assert fresh.sees("transition.start.telegram")


def test_the_goal_can_be_begun_from_the_answer_and_from_the_article() -> None:
    """The answer about the document and its article offer to make one."""
    assert "goal:transition" in Person().opens().taps("info:transition_doc").ids
    for known in ({"school_type": "a:school_type:pro"}, {}):
        person = Person().opens().taps("goal:document")
        while person.asking:
            person.taps(known.get(person.asking, f"skip:{person.asking}"))
        assert "goal:transition" in person.ids


def test_free_text_stays_in_its_own_direction() -> None:
    """Own words are kept apart line by line, and signs that turn text around are taken out."""
    said = language(None).say(own_words("een\u202e twee\n\n  drie"))
    assert said == "\u2068een twee\u2069\n\u2068drie\u2069"


def test_lines_come_back_as_they_were() -> None:
    """JSON and back changes nothing; lines this release does not know are dropped; any change changes the digest."""
    lines = (SCHOOL_LINE, Line(by="person", field="skills", options=("hands", "gone"), mark="checked"))
    assert read_lines([*write_lines(lines), {"by": "person", "field": "bsn"}]) == lines
    assert digest(lines, "s") == digest(reversed(lines), "s")
    changed = [
        replace(SCHOOL_LINE, objected=True),
        replace(SCHOOL_LINE, mark="checked"),
        replace(SCHOOL_LINE, words=""),
    ]
    assert len({digest((line,), "s") for line in (SCHOOL_LINE, *changed)} | {digest((SCHOOL_LINE,), "t")}) == 5
    assert "gone" not in language(None).say(paragraphs(standard_form(), lines)[0])


def test_marks_say_who_said_it_and_how_sure_it_is() -> None:
    """Said by whom, checked, not known, or contradicted."""
    marks = [
        (Line(by="person", field="name"), "said_person"),
        (Line(by="school", field="skills"), "said_school"),
        (SCHOOL_LINE, "said_internship"),
        (replace(SCHOOL_LINE, mark="checked"), "checked"),
        (Line(by="person", field="name", mark="unknown"), "unknown"),
        (replace(SCHOOL_LINE, objected=True), "objected"),
    ]
    assert [mark_of(line).id for line, _ in marks] == [f"transition.mark.{name}" for _, name in marks]


def test_own_words_stand_apart_on_paper() -> None:
    """On paper the label comes first and the words below it, as they were written."""
    lines = (
        Line(by="person", field="name", words="Sam"),
        Line(by="person", field="skills", options=("hands",), words="x"),
    )
    rows = sheet_of(standard_form(), lines).said(language(None)).rows
    assert [row.kind for row in rows] == ["title", "heading", "text", "words", "heading", "text", "words", "small"]


def test_news_may_come_at_any_time() -> None:
    """What is told while another question is open leaves that question open."""
    person = Person().opens().taps("goal:rights")
    asking = person.asking
    _tell(person, DocumentTold("invited", "Demo Praktijkschool"))
    assert person.asking == asking
    assert heard(person.conversation, DocumentTold("claimed")).conversation == person.conversation
