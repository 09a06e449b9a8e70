"""What a person can keep of an answer: a picture in words, a page, and the last days for a calendar."""

from dataclasses import replace
from datetime import date

from dialogs.conversation import Conversation
from dialogs.messages import Calendar, Reply, Sheet
from dialogs.papers import OwnDataPlan
from dialogs.say import Say, complete
from knowledge.clock import rights_clock
from knowledge.facts import read_facts
from locales import Text, language
from person import TODAY, Person

PRO = {"school_type": "pro", "left_school_date": "2026-07-17", "follow_on_enrolment": False}


def answered(code: str) -> Person:
    """Somebody of a praktijkschool with an answer."""
    person = Person(Conversation(channel="web", language=code)).opens()
    person.conversation = replace(person.conversation, facts=read_facts(PRO))
    return person.taps("goal:rights")


def papers(person: Person) -> tuple[Sheet, Calendar]:
    """The two papers of the last reply."""
    sheet, calendar = person.taps("keep").replies[0].papers
    assert isinstance(sheet, Sheet)
    assert isinstance(calendar, Calendar)
    return sheet, calendar


def test_the_picture_says_in_words_what_can_be_seen() -> None:
    """The words beside a picture hold every step, and once where one is."""
    picture = answered("nl").replies[0].picture
    assert picture is not None
    assert [step.here for step in picture.steps] == [False, True, False, False]
    assert picture.alt.count(picture.here) == 1
    assert all(words in picture.alt for step in picture.steps for words in (step.title, step.when, step.text))


def test_the_page_stands_in_two_languages_row_by_row() -> None:
    """Who does not read Dutch gets each row in the own language and in Dutch; who does, in Dutch alone."""
    sheet, _ = papers(answered("en"))
    assert sheet.languages == (("en", "ltr"), ("nl", "ltr"))
    assert all(len(row.texts) == 2 for row in sheet.rows)
    assert sheet.rows[0].texts == ("My rights after school", "Mijn rechten na school")
    assert any(row.kind == "law" and "2.31a" in row.texts[0] for row in sheet.rows)
    dutch, _ = papers(answered("nl"))
    assert dutch.languages == (("nl", "ltr"),)
    assert [row.texts[0] for row in dutch.rows] == [row.texts[1] for row in sheet.rows]


def test_the_calendar_has_the_last_day_and_not_the_day_after() -> None:
    """A right until 17 July 2028 has 16 July 2028 as its last day."""
    _, calendar = papers(answered("nl"))
    (entry,) = calendar.entries
    assert entry.day == "2028-07-16"
    assert "17 juli 2028" in entry.text
    assert date.fromisoformat(entry.day) > TODAY


def test_a_picture_that_a_language_cannot_say_makes_the_whole_bubble_dutch() -> None:
    """Never half translated: words of a picture or a page count like any others."""
    said = Say(
        parts=(Text.of("rights.unknown"),), picture=rights_clock(read_facts(PRO), TODAY), papers=answered_plans()
    )
    poor = replace(language("en"), texts={"rights.unknown": "I am not sure yet."})
    assert not complete(said, poor)
    assert complete(said, language("en"))


def answered_plans() -> tuple[object, ...]:
    """The papers of an answer before they are said."""
    from dialogs.goals.explaining import keep

    (said,) = keep(answered("nl").conversation, TODAY)
    assert len(said.papers) == 2
    return said.papers


def test_a_reply_without_anything_to_keep_has_none() -> None:
    """An ordinary question has no picture and no papers."""
    reply: Reply = Person().opens().replies[0]
    assert reply.picture is None
    assert reply.papers == ()


def test_a_file_of_own_data_says_only_its_name() -> None:
    """What is held is made when it is fetched: until then the paper is a name."""
    name = Text.of("my_data.take.read")
    assert OwnDataPlan(name, "read").texts() == (name,)
