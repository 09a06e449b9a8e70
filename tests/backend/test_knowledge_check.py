"""`verder knowledge check`: rules and texts pass it, and it finds what it is there for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from backend import checks, dead_ends, knowledge_check, language_states, texts_check
from dialogs.goals.explaining import GOALS, Goal
from knowledge.articles import Invalid
from knowledge.rights import ACTORS
from knowledge.rules import Decision
from knowledge.statutes import cite
from locales import renew, source_texts


@pytest.fixture
def texts() -> dict[str, str]:
    """All Dutch texts, to be spoilt."""
    return dict(source_texts())


@pytest.fixture
def spoil(monkeypatch: pytest.MonkeyPatch) -> dict[str, Decision]:
    """The actors as the check sees them, to be spoilt."""
    actors = dict(ACTORS)
    monkeypatch.setattr(knowledge_check, "ACTORS", actors)
    return actors


def _new(after: Iterable[str], before: Iterable[str]) -> list[str]:
    """The lines that spoiling brought."""
    known = set(before)
    return [line for line in after if line not in known]


def test_rules_cite_the_law_and_the_law_is_covered(texts: dict[str, str]) -> None:
    """Every rule rests on something, every quote is in the law, every paragraph is accounted for."""
    assert list(knowledge_check.law(texts)) == []


def test_every_rule_fact_and_question_has_its_words(texts: dict[str, str]) -> None:
    """Answers, reasons and more about them, sentences for facts, questions with reason, hint and labels are all there."""
    check = knowledge_check
    assert [*check.rule_texts(texts), *check.fact_texts(texts), *check.question_texts(texts)] == []


def test_every_text_is_simple(texts: dict[str, str]) -> None:
    """Every text for persons passes at its level, and no exception or known word is idle."""
    assert [*texts_check.simple_dutch(texts), *texts_check.together(texts)] == []


def test_no_answer_is_a_dead_end() -> None:
    """For each rule's situation, the answer and all its buttons lead on; and nearly every rule was tried."""
    assert list(dead_ends.dead_ends()) == []
    tried = {id for decision in ACTORS.values() for id in dead_ends.samples(decision)}
    rules = {rule.id for decision in ACTORS.values() for rule in decision.rules}
    assert len(rules & tried) >= 0.95 * len(rules)


def test_an_answer_without_a_way_on_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer, or what a button under it brings, that leaves nothing to tap is named with its rule; a lost text too."""
    rules = list(dead_ends.samples(ACTORS["vo_school"]))
    assert rules
    monkeypatch.setattr(dead_ends, "GOALS", {"rights": Goal(("vo_school", "not_there_yet"))})
    monkeypatch.setattr(dead_ends, "walk", lambda *_: {"goal:rights": ("person",), "goal:rights because": ()})
    expected = [f"{id}: dead end after goal:rights because: the buttons are none" for id in rules]
    assert list(dead_ends.dead_ends()) == expected

    def lost(*_: object) -> dict[str, tuple[str, ...]]:
        raise KeyError("rights.vo.no")

    monkeypatch.setattr(dead_ends, "walk", lost)
    assert list(dead_ends.dead_ends()) == [f"{id}: cannot be told in rights: 'rights.vo.no'" for id in rules]


def test_every_goal_is_walked() -> None:
    """Somebody who knows nothing at all still gets a person or the menu, whatever they asked."""
    for goal in GOALS:
        steps = dead_ends.walk(goal, {}, date(2026, 11, 22), dead_ends._knowledge())
        assert {"person", "menu"} & set(steps[f"goal:{goal}"])


def test_a_rule_that_rests_on_nothing_is_found(texts: dict[str, str], spoil: dict[str, Decision]) -> None:
    """A rule without law, and without the name of another source, is named."""
    school = spoil["vo_school"]
    bare = tuple(replace(rule, sources=(), basis=" ") for rule in school.rules)
    before = list(knowledge_check.law(texts))
    spoil["vo_school"] = replace(school, rules=bare)
    found = _new(knowledge_check.law(texts), before)
    assert [line for line in found if "basis" in line] == [f"{rule.id}: neither law nor basis" for rule in bare]


def test_a_quote_that_is_not_the_law_is_found(texts: dict[str, str], spoil: dict[str, Decision]) -> None:
    """One changed word in a quote is enough."""
    source = replace(cite("wec-44", "4"), quote="Het bevoegd gezag adviseert altijd.")
    before = list(knowledge_check.law(texts))
    spoil["vso_school"] = replace(spoil["vso_school"], grounds={"vso_profile": (source,)})
    (line,) = _new(knowledge_check.law(texts), before)
    assert line == "vso_school.vso_profile: not in statutes.json: WEC 44 4: Het bevoegd gezag adviseert altijd."


def test_a_broken_article_is_found(texts: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """An article that cannot be read is a line and not the end of the check."""

    def broken() -> None:
        raise Invalid("school.toml: transition_doc leads nowhere")

    monkeypatch.setattr(knowledge_check, "articles", broken)
    assert "articles: school.toml: transition_doc leads nowhere" in list(knowledge_check.law(texts))


@pytest.mark.parametrize(
    "id",
    [
        "rights.gemeente.young",
        "rights.why.gemeente.young",
        "more.gemeente.young",
        "rights.school.year_one",
        "rights.why.school.year_one",
    ],
)
def test_a_rule_without_words_is_found(id: str, texts: dict[str, str]) -> None:
    """Without its sentence, its reason or more about it a rule is named, with what it lacks."""
    before = list(knowledge_check.rule_texts(texts))
    del texts[id]
    found = _new(knowledge_check.rule_texts(texts), before)
    kind = id.removesuffix(id[id.index("gemeente" if "gemeente" in id else "school") - 1 :])
    assert found
    assert all(line.startswith(("gemeente.young", "pro.year_one", "vso.year_one")) for line in found)
    assert all(f": no text under {kind} (" in line for line in found)


@pytest.mark.parametrize(
    "id",
    [
        "rights.flags.uncertain_leap_day",
        "rights.contradictions.left_too_young",
        "rights.actors.gemeente",
        "rights.statuses.consent_by.legal_rep",
        "rights.statuses.leerplicht_status.unknown",
    ],
)
def test_what_goes_with_rules_and_has_no_words_is_found(id: str, texts: dict[str, str]) -> None:
    """A doubt, a clash, an actor and a status without words are each named."""
    before = list(knowledge_check.rule_texts(texts))
    del texts[id]
    assert set(_new(knowledge_check.rule_texts(texts), before)) == {f"no text: {id}"}


def test_a_rule_id_that_is_used_twice_is_found(texts: dict[str, str], spoil: dict[str, Decision]) -> None:
    """Two rules under one id would share a sentence unseen."""
    before = list(knowledge_check.rule_texts(texts))
    spoil["again"] = spoil["vo_school"]
    found = _new(knowledge_check.rule_texts({**texts, "rights.actors.again": "Nog eens"}), before)
    assert found == [f"rule id twice: {rule.id}" for rule in ACTORS["vo_school"].rules]


@pytest.mark.parametrize(
    "id", ["facts.vso_profile.name", "facts.vso_profile.dagbesteding", "facts.diploma.true", "facts.birth_date.value"]
)
def test_a_fact_without_words_is_found(id: str, texts: dict[str, str]) -> None:
    """A fact's name and the sentence for each of its values are each missed."""
    del texts[id]
    assert list(knowledge_check.fact_texts(texts)) == [f"no text: {id}"]


@pytest.mark.parametrize(
    "id",
    [
        "questions.diploma.question",
        "questions.diploma.why",
        "questions.diploma.hint",
        "questions.left_school_date.which_month",
        "questions.school_type.havo",
        "questions.mbo_leerweg.bol",
    ],
)
def test_a_question_without_words_is_found(id: str, texts: dict[str, str]) -> None:
    """A question, its reason, its hint, a finer question of a date and an answer's label are each missed."""
    del texts[id]
    (line,) = knowledge_check.question_texts(texts)
    assert id in line


def test_an_askable_fact_without_question_is_found(texts: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A fact that may be chosen to be asked next must have a question."""
    some = {fact: question for fact, question in knowledge_check.QUESTIONS.items() if fact != "benefit"}
    monkeypatch.setattr(knowledge_check, "QUESTIONS", some)
    assert list(knowledge_check.question_texts(texts)) == ["askable, but there is no question: benefit"]


def test_a_hard_text_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text for persons that is not simple is named with the sentence; the desk's and errors' texts are not."""
    monkeypatch.setattr(texts_check, "exceptions", dict)
    hard = "Binnenkort wordt u gebeld."
    ids = ("dialogs.start.welcome", "desk.page.back", "errors.failed")
    found = [line for line in texts_check.simple_dutch(dict.fromkeys(ids, hard)) if ": no_frequency" not in line]
    assert {line.partition(":")[0] for line in found} == {"dialogs.start.welcome"}
    assert {line.split(": ")[1] for line in found} == {"date", "passive", "formal"}
    assert all(hard in line for line in found)


def test_a_long_button_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A label of more than four words is found, wherever the code or the id says that it stands on a button."""
    monkeypatch.setattr(texts_check, "exceptions", dict)
    long = "Dit is een school of werk"
    ids = ("dialogs.menu.menu", "questions.vso_profile.dagbesteding", "articles.debts.title", "dialogs.rights.copy")
    found = list(
        texts_check.simple_dutch(dict.fromkeys((*ids, "dialogs.menu.question", "dialogs.start.welcome"), long))
    )
    assert found == [f"{id}: label: 6 words: {long}" for id in ids]


def test_exceptions_must_be_needed_and_reasoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that excuses nothing, is about no kind of problem, or gives no reason is named."""
    given = {("dialogs.menu.menu", "words"): " ", ("danger.card", "colour"): "nice", ("dialogs.a.b", "formal"): "quote"}
    monkeypatch.setattr(texts_check, "exceptions", lambda: given)
    monkeypatch.setattr(texts_check, "word_frequencies", lambda: dict.fromkeys(("bel", "u", "terug"), 6.0))
    found = list(texts_check.simple_dutch({"dialogs.menu.menu": "Terug", "dialogs.a.b": "Bel u."}))
    assert found == [
        "exception without need: dialogs.menu.menu, words",
        "exception without reason: dialogs.menu.menu, words",
        "unknown kind of exception: colour",
    ]


def test_what_is_excused_is_told_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence that does not pass stands in the open, and a whole text apart from it; what is not excused is no part."""
    given = {("dialogs.a.b", "formal"): "a quote", ("dialogs.a.c", "questions"): "a letter"}
    monkeypatch.setattr(texts_check, "exceptions", lambda: given)
    told = {"dialogs.a.b": "Bel uw school.", "dialogs.a.c": "Bel je? Wil je dat?", "dialogs.a.d": "Bel uw school."}
    first, second = texts_check.excused(told)
    assert first == "excused sentence: dialogs.a.b: formal: Bel uw school. (a quote)"
    assert second.startswith("excused text: dialogs.a.c: questions: ")
    assert second.endswith(" (a letter)")


def test_known_words_must_be_needed_and_explained(texts: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A known word that no text says, and a word of the law that its text does not explain, are named."""
    monkeypatch.setattr(texts_check, "known_words", lambda: {"mbo": "known", "zzzz": "known"})
    monkeypatch.setattr(texts_check, "explained_words", lambda: {"startkwalificatie": "rights.actors.gemeente"})
    assert list(texts_check.together(texts)) == [
        "known word without explanation: startkwalificatie is not in rights.actors.gemeente",
        "known word without need: no text says zzzz",
    ]


def test_too_many_hard_sentences_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """One hard sentence a text may pass at B1, but not one in every text."""
    monkeypatch.setattr(texts_check, "known_words", dict)
    monkeypatch.setattr(texts_check, "explained_words", dict)
    (line,) = texts_check.together({"more.a": "Bel, omdat het kan. Bel school. Bel ze."})
    assert line.startswith("b1: 33.3 % of the sentences are hard")


def test_the_state_of_a_language(texts: dict[str, str], tmp_path: Path) -> None:
    """Translated, fuzzy and missing texts are counted, with whether it is offered and what no native speaker read."""
    renew.main(["--add", "bg"], tmp_path)
    path = tmp_path / "bg" / "LC_MESSAGES" / "messages.po"
    head, *messages = path.read_text("utf-8").split("\n\n")
    head = "\n".join(line for line in head.splitlines() if language_states.NOT_CHECKED not in line)
    done = [message.replace('msgstr ""', 'msgstr "да"') for message in messages[:3]]
    marked = f"# {language_states.NOT_CHECKED}\n{done[0]}"
    fuzzy = f"#, fuzzy\n{done[1]}"
    path.write_text("\n\n".join([head, marked, fuzzy, done[2], *messages[3:]]), "utf-8")
    dutch, bulgarian = language_states.language_states(texts, tmp_path)
    assert (dutch.code, dutch.translated, dutch.missing, dutch.offered) == ("nl", len(texts), 0, True)
    assert (bulgarian.code, bulgarian.translated, bulgarian.fuzzy) == ("bg", 2, 1)
    assert (bulgarian.missing, bulgarian.offered, bulgarian.unchecked) == (len(texts) - 3, False, 1)
    *_, line = language_states.language_table(texts, tmp_path)
    assert line.split()[:4] == ["bg", "2", "1", str(len(texts) - 3)]
    assert "no: danger, consent or menu lacks" in line
    assert line.endswith("not checked: 1")
    path.write_text(f"# {language_states.NOT_CHECKED}\n{path.read_text('utf-8')}", "utf-8")
    assert [state.unchecked for state in language_states.language_states(texts, tmp_path)] == [0, 3]


@pytest.mark.parametrize(("found", "status"), [((), 0), (("vo.no: neither law nor basis",), 1)])
def test_it_prints_problems_languages_and_figures(
    found: tuple[str, ...], status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It prints each problem, what is excused, what grows old, the languages, the figures of reading and a verdict; 1 when one is wrong."""
    monkeypatch.setattr(knowledge_check, "knowledge_problems", lambda _: iter(found))
    assert knowledge_check.run_check() == status
    lines = capsys.readouterr().out.splitlines()
    assert tuple(lines[: len(found)]) == found
    rest = lines[len(found) :]
    excused = list(texts_check.excused(source_texts()))
    assert rest[: len(excused)] == excused
    table = next(place for place, line in enumerate(rest) if line.split()[:2] == ["language", "translated"])
    today = knowledge_check.today_in_amsterdam()
    assert rest[len(excused) : table] == [
        *knowledge_check.stale_numbers(today, knowledge_check.help_numbers().values()),
        *knowledge_check.holiday_warnings(today),
    ]
    assert any(line.startswith("flesch_douma_mean: ") for line in lines)
    assert lines[-1].startswith(f"knowledge: {len(source_texts())} texts, ")
    assert lines[-1].endswith(": ok") is not bool(found)


def test_the_checks_before_a_release_run_the_same() -> None:
    """`python -m backend.checks` calls the very function behind the command."""
    assert checks.knowledge_problems is knowledge_check.knowledge_problems
