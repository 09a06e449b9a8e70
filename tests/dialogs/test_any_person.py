"""Whatever a person does, for thirty turns: nothing breaks, nobody is ignored, nothing is sent without consent."""

from dataclasses import replace
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialogs.conversation import Conversation
from dialogs.messages import Incoming
from dialogs.questions import QUESTIONS
from knowledge.conditions import Situation
from knowledge.facts import FACTS, PartialDate
from locales import languages
from person import ORGANISATIONS, TODAY, Person, utrecht
from watcher import Watcher, possible_values

TURNS = 30
MOST_ANSWERS = 8
HOSTILE = st.sampled_from(
    (
        *(
            "\ud800",
            "\x00\x07",
            "\u202eabc\u2066",
            "e\u0301" * 900,
            "ا" * 300,
            "²",
            "፩",
            "①",
            "١٩",
            "{place}",
            "%s%n",
            "' OR 1=1--",
        ),
        *(
            "<script>alert(1)</script>",
            "👩‍👩‍👧",
            "\u200b",
            "\n\n\n",
            "a:age:19",
            "consent:yes:x",
            "\t17\t",
            "9" * 4300,
            "12-" * 50,
        ),
    )
)
SAID = st.sampled_from(
    (
        *(
            "praktijkschool",
            "vso",
            "mbo",
            "ja",
            "nee",
            "weet ik niet",
            "geen idee",
            "19 jaar",
            "16",
            "juli 2025",
            "17-7-2026",
        ),
        *(
            "2025",
            "juli",
            "17",
            "32-13-2025",
            "juli 2031",
            "zomer vorig jaar",
            "1 mei 2010",
            "bol",
            "niveau 2",
            "Utrecht",
        ),
        *(
            "Bergen",
            "3511 AB",
            "Groningen",
            "Vlieland",
            "Ik zoek werk",
            "help",
            "menu",
            "stop",
            "huh",
            "hoi",
            "dank je",
        ),
        *("taal", "wis alles", "mens", "wie leest dit", "ik wil dood", "ik heb geen geld voor eten", "bsn 123456782"),
        *("werk", "school", "de gemeente", "Demo Mbo", "stuur", "Ja, stuur dit", "Nee, stuur niets", "Ja, wis alles"),
        *(
            "nee ik ben 20",
            "nee ik zat op het vso",
            "geboren op 1 mei 2010",
            "klopt helemaal",
            "ja hoor",
            "nee hoor",
            "ik werk",
        ),
        *(
            "ik woon op Bonaire",
            "Saba",
            "nog op de praktijkschool, ging weg in juli 2025",
            "schooljaar 2024-2025",
            "ok",
        ),
        *("helpt mijn school mij nog", "wie kan mij helpen", "hoe maak ik een cv", "a" * 4001, "werk " * 250, ""),
    )
)
IDS = st.sampled_from(
    (
        *(
            "menu",
            "language",
            "help",
            "stop",
            "forget",
            "forget:yes",
            "forget:no",
            "person",
            "goon",
            "safe",
            "not_text",
        ),
        *(
            "message",
            "copy:message",
            "contact",
            "back",
            "goal:rights",
            "goal:who_helps",
            "goal:request",
            "goal:contact",
        ),
        *(
            "goal:x",
            "info:privacy",
            "info:x",
            "lang:nl",
            "lang:en",
            "lang:x",
            "who:gemeente",
            "who:school",
            "who:again",
        ),
        *("kind:work", "school:none", "school:demo-mbo", "school:01ek00", "place:0344", "place:none", "consent:yes:x"),
        *(
            "a:school_type:pro",
            "a:school_type:mbo",
            "a:age:17",
            "a:age:x",
            "a:birth_date:2009",
            "a:left_school_date:2100",
        ),
        *("a:startkwalificatie:false", "a:vso_profile:dagbesteding", "a:diploma:true", "a:mbo_level:4", "a:now_at:mbo"),
        *("goal:learning", "goal:money", "goal:sheltered", "goal:document", "topics", "topics:school", "topics:x"),
        *(
            "because",
            "because:gemeente",
            "because:x",
            "more_about",
            "changes",
            "keep",
            "options",
            "about:uwv",
            "about:x",
        ),
        *("answers", "change:school_type", "change:municipality", "change:x", "heard:yes", "heard:no", "heard:x"),
        *("retry:mbo_level", "retry:x", "info:costs", "read:costs", "read:x", "info:oos"),
        *("skip:age", "why:diploma", "other:diploma", "more:diploma", "a::", ":", "", "é", "x" * 64),
    )
)
DAYS = st.one_of(
    st.sampled_from([TODAY, date(2025, 12, 31), date(2026, 1, 1), date(2028, 2, 28), date(2028, 2, 29)]),
    st.dates(date(2025, 6, 1), date(2031, 1, 1)),
)
BEGINNINGS = (
    (),
    ("goal:rights", "a:school_type:pro"),
    ("goal:rights", "a:school_type:vso", "a:vso_profile:dagbesteding"),
    ("goal:who_helps", "a:age:16"),
    ("person", "Ik zoek werk", "kind:work", "Utrecht"),
    ("person", "Ik zoek werk", "kind:work", "Utrecht", "who:gemeente"),
    ("person", "Ik zoek werk", "kind:work", "Utrecht", "who:gemeente", "consent:yes"),
    ("person", "Ik zoek werk", "kind:work", "Utrecht", "who:gemeente", "consent:no"),
)
RENAMED = tuple(replace(one, name=f"{one.name} Nieuw") for one in ORGANISATIONS)
thorough = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def begin(steps: tuple[str, ...], today: date) -> Watcher:
    """A watched person after some first steps: those with a colon, and the name of the goal, are taps."""
    watcher = Watcher(Person(Conversation(channel="web", language="nl"), today=today))
    watcher.does(Incoming(start=""))
    for step in steps:
        found = [id for id in watcher.person.ids if id == step or id.startswith(f"{step}:")]
        watcher.does(Incoming(choice=found[0]) if found else Incoming(text=step))
    return watcher


@settings(thorough, max_examples=110)
@given(st.data(), st.sampled_from(BEGINNINGS), DAYS)
def test_nothing_a_person_does_breaks_a_promise(data: st.DataObject, beginning: tuple[str, ...], today: date) -> None:
    """For any mix of words and buttons, old, offered or invented, every promise of the watcher holds."""
    watcher = begin(beginning, today)
    for _ in range(TURNS):
        act(watcher, data)


@settings(thorough, max_examples=60)
@given(st.data(), st.sampled_from(BEGINNINGS[-4:]))
def test_only_the_button_under_the_shown_words_sends_them(data: st.DataObject, beginning: tuple[str, ...]) -> None:
    """However often words, reader, language or connections change, a consent holds for what stood above its button."""
    watcher = begin(beginning, TODAY)
    for _ in range(TURNS // 2):
        agreements = [id for id in watcher.ever if id.startswith("consent:")]
        words = st.sampled_from(
            ["Ik zoek werk", "Iets anders", "Ja, stuur dit", "ja", "nee", "school", "gemeente", "Utrecht"]
        )
        match data.draw(st.sampled_from(["agree", "agree", "offered", "offered", "words", "change", "connect"])):
            case "agree" if agreements:
                watcher.does(Incoming(choice=data.draw(st.sampled_from(agreements))))
            case "offered" if watcher.person.ids:
                watcher.does(Incoming(choice=data.draw(st.sampled_from(watcher.person.ids))))
            case "change":
                changes = [
                    "consent:edit",
                    "who:again",
                    "who:gemeente",
                    "kind:other",
                    "person",
                    "back",
                    "language",
                    "menu",
                ]
                watcher.does(Incoming(choice=data.draw(st.sampled_from(changes))))
            case "connect":
                connected = data.draw(st.sampled_from([ORGANISATIONS, ORGANISATIONS[:3], RENAMED]))
                watcher.person.knowledge = utrecht().with_organisations(connected)
            case _:
                watcher.does(Incoming(text=data.draw(words)))


def act(watcher: Watcher, data: st.DataObject) -> None:
    """One thing that a person, or once in a while a counsellor, does."""
    offered, talk = watcher.person.ids, watcher.person.conversation
    ways = (
        ["offered"] * 5 * bool(offered)
        + ["said"] * 3
        + ["old"] * bool(watcher.ever)
        + ["hostile", "any", "id", "start", "desk"]
    )
    match data.draw(st.sampled_from(ways)):
        case "offered":
            watcher.does(Incoming(choice=data.draw(st.sampled_from(offered))))
        case "said":
            watcher.does(Incoming(text=data.draw(SAID)))
        case "old":
            watcher.does(Incoming(choice=data.draw(st.sampled_from(watcher.ever))))
        case "hostile":
            watcher.does(Incoming(text=data.draw(HOSTILE)))
        case "any":
            watcher.does(Incoming(text=data.draw(st.text(max_size=40))))
        case "id":
            watcher.does(Incoming(choice=data.draw(IDS)))
        case "start":
            watcher.does(Incoming(start=data.draw(st.sampled_from(["", "code"]))))
        case "desk" if talk.request:
            status = data.draw(st.sampled_from(["claimed", "waiting", None]))
            watcher.changes(request=status, talking=talk.talking and status is not None)


@settings(thorough, max_examples=60)
@given(st.data(), st.sampled_from(["rights", "who_helps"]), DAYS)
def test_a_goal_ends_within_eight_answers(data: st.DataObject, goal: str, today: date) -> None:
    """Somebody who answers each question gets the answer after at most eight, dates of any precision included."""
    watcher = begin((f"goal:{goal}",), today)
    person, answers = watcher.person, 0
    while person.asking and not person.conversation.clashed:
        fact = person.asking
        values = list(possible_values(fact, Situation(person.conversation.facts, today)))
        value = data.draw(st.sampled_from(values))
        if isinstance(value, PartialDate) and person.conversation.facts.get(fact) is None:
            value = data.draw(st.sampled_from([value, PartialDate(value.year, value.month), PartialDate(value.year)]))
        if isinstance(value, PartialDate) and value.first > today:
            value = PartialDate.of(today)
        watcher.does(Incoming(choice=f"a:{fact}:{said(value)}"))
        answers += 1
        assert answers <= MOST_ANSWERS


def said(value: object) -> str:
    """A value as a button says it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@settings(thorough, max_examples=25)
@given(st.permutations(sorted(QUESTIONS)), st.sampled_from(["rights", "who_helps"]))
def test_who_knows_nothing_is_not_kept(order: list[str], goal: str) -> None:
    """Somebody who answers "weet ik niet" to some questions, whichever, still comes to an end with something to do."""
    watcher = begin((f"goal:{goal}",), TODAY)
    person, answers = watcher.person, 0
    unknown = set(order[: len(order) // 2])
    while person.asking:
        fact = person.asking
        values = list(possible_values(fact, Situation(person.conversation.facts, TODAY)))
        known = fact not in unknown and not person.conversation.clashed
        watcher.does(Incoming(choice=f"a:{fact}:{said(values[0])}" if known else f"skip:{fact}"))
        answers += 1
        assert answers <= len(QUESTIONS)
    assert {"person", "menu"} <= set(person.ids)


def test_every_question_can_be_asked_and_read_in_every_language() -> None:
    """Each question has its words and buttons, its reason, and the bubble behind each of its buttons."""
    for fact in QUESTIONS:
        for code in languages():
            talk = Conversation(channel="web", language=code, goal="who_helps", asking=fact)
            for choice in (f"why:{fact}", f"more:{fact}", f"other:{fact}"):
                watcher = Watcher(Person(talk))
                watcher.does(Incoming(choice=choice))
                shown = watcher.person.replies
                if choice.startswith("why") or (choice.startswith("other") and FACTS[fact].kind == "date"):
                    assert watcher.person.asking == fact
                    assert shown[-1].choices
