"""Articles: every intent is answered in simple words, rests on something that exists, and leads on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge.articles import Invalid, articles, citation, documents, load
from knowledge.simple_language import exceptions, problems, sentences, words
from locales import source_texts

INTENTS = {
    "school": (
        "school_help_y1 school_help_y2 school_no_help help_content mbo_help_after transition_doc diploma_copy "
        "foreign_diploma"
    ),
    "learning": (
        "dropout startkwalificatie back_to_school admission_right choose_path learn_on_job internship study_finance "
        "learn_dutch"
    ),
    "work": (
        "find_job cv_letter job_interview sheltered_work day_activities lost_job work_trouble pay_contract "
        "criminal_record newcomer_permit"
    ),
    "who": (
        "doorstroompunt gemeente_work who_helps age_limit moved_region uwv_wajong benefits debts housing mental_health "
        "costs"
    ),
    "data": "privacy_who consent delete_data access_data",
    "chat": (
        "talk_to_person request_status appointment_change change_language explain_simpler start_over greeting "
        "thanks_bye bot_identity complaint parent_asking professional_asking"
    ),
}
WORDS = {f"articles.a.{key}": "Bel je school." for key in ("title", "text", "more")}
"""The texts of a whole article "a"."""
DESCRIPTION = """
[a]
group = "made"
reviewed = 2026-11-22
sources = ["wvo2020-2.31a:2", "wec-22:1:o", "lpw1969-1::f", "wec-14e"]
links = [{ name = "Somebody" }, { name = "DUO", url = "https://duo.nl" }]
goal = "rights"
"""


def made(folder: Path, text: str = DESCRIPTION) -> Path:
    """A folder with one file of articles."""
    (folder / "made.toml").write_text(text, "utf-8")
    return folder


def test_every_intent_has_an_article() -> None:
    """Whatever a person asks about, there is an answer, in its own group."""
    found = {id: article.group for id, article in articles().items()}
    assert found == {id: group for group, ids in INTENTS.items() for id in ids.split()}
    assert len(found) == 54


@pytest.mark.parametrize("id", [id for ids in INTENTS.values() for id in ids.split()])
def test_every_article_answers_rests_on_something_and_leads_on(id: str) -> None:
    """An article has words at both levels and sources that exist, and is no dead end."""
    article = articles()[id]
    assert article.id == id
    assert len(article.text) in (1, 2)
    assert len(article.more) in (1, 2)
    assert all(source.quote and source.url for source in article.sources)
    assert set(article.documents) <= documents().keys()
    assert all(link.name and (not link.url or link.url.startswith("https://")) for link in article.links)
    assert article.sources or article.documents or article.links
    assert article.goal or article.related
    assert set(article.related) <= articles().keys() - {id}
    assert date(2026, 1, 1) <= article.reviewed


@pytest.mark.parametrize("id", [id for ids in INTENTS.values() for id in ids.split()])
def test_every_article_is_in_simple_words(id: str) -> None:
    """The answer is A2: short, plain sentences; "meer uitleg" is B1: fifteen words, five sentences at most."""
    article = articles()[id]
    texts = source_texts()
    assert len(words(texts[article.title.id])) <= 4
    for text in (article.title, *article.text):
        found = [one for one in problems(texts[text.id]) if (text.id, one.kind) not in exceptions()]
        assert found == [], text.id
    for text in article.more:
        parts = sentences(texts[text.id])
        assert len(parts) <= 5, text.id
        assert [part for part in parts if len(words(part)) > 15] == [], text.id


def test_no_text_of_an_article_is_left_over() -> None:
    """Every sentence in the files of articles is said by an article."""
    said = {text.id for article in articles().values() for text in (article.title, *article.text, *article.more)}
    assert {id for id in source_texts() if id.startswith("articles.")} == said


def test_an_article_is_read_from_its_description(tmp_path: Path) -> None:
    """Citations go down to paragraph and item, and what is left out of a description is empty."""
    article = load(made(tmp_path), {**WORDS, "articles.a.more2": "Of vraag je mentor."})["a"]
    assert [text.id for text in article.text] == ["articles.a.text"]
    assert [text.id for text in article.more] == ["articles.a.more", "articles.a.more2"]
    assert article.sources == tuple(map(citation, ("wvo2020-2.31a:2", "wec-22:1:o", "lpw1969-1::f", "wec-14e")))
    assert article.sources[2].quote.splitlines()[-1].startswith("f. ")
    assert [link.url for link in article.links] == ["", "https://duo.nl"]
    assert (article.documents, article.related) == ((), ())


@pytest.mark.parametrize(
    ("was", "becomes", "problem"),
    [
        ('group = "made"', 'group = "other"', "has the group other"),
        ('group = "made"', "", "has the group None"),
        ("reviewed = 2026-11-22", 'reviewed = "gisteren"', "has no date of review"),
        ("reviewed = 2026-11-22", "reviewed = 2026-11-22T08:00:00", "has no date of review"),
        ("wec-14e", "wec-14e:9", "cites wec-14e:9"),
        ("wec-14e", "no-such-law", "cites no-such-law"),
        ('goal = "rights"', 'goal = "richness"', "has the goal richness"),
        ('goal = "rights"', "", "has the goal None"),
        ('goal = "rights"', 'goal = ""', "leads nowhere"),
        ('goal = "rights"', 'goal = "rights"\ndocuments = ["999"]', "rests on document 999"),
        ('goal = "rights"', 'goal = "rights"\nrelated = ["b", "c", "d"]', "has more than 2 related articles"),
        ('goal = "rights"', 'goal = "rights"\nrelated = ["b"]', "is related to b"),
        ('goal = "rights"', 'goal = "rights"\nrelated = ["a"]', "is related to a"),
        ('goal = "rights"', 'goal = "rights"\nsource = []', "has the unknown key source"),
    ],
)
def test_a_mistake_in_a_description_is_named(tmp_path: Path, was: str, becomes: str, problem: str) -> None:
    """A broken article stops the program before anybody reads it, and says what to mend and where."""
    with pytest.raises(Invalid, match=rf"^made\.toml: a {problem}$"):
        load(made(tmp_path, DESCRIPTION.replace(was, becomes)), WORDS)


def test_an_article_without_sources_is_named(tmp_path: Path) -> None:
    """What rests on neither law, document nor organisation is not said."""
    lines = (line for line in DESCRIPTION.splitlines() if not line.startswith(("sources", "links")))
    with pytest.raises(Invalid, match="a rests on nothing"):
        load(made(tmp_path, "\n".join(lines)), WORDS)


@pytest.mark.parametrize("key", ["title", "text", "more"])
def test_a_missing_text_is_named(tmp_path: Path, key: str) -> None:
    """A text that is not there, or is empty, is an error at once and not a blank bubble."""
    for texts in ({**WORDS, f"articles.a.{key}": ""}, {id: WORDS[id] for id in WORDS if not id.endswith(key)}):
        with pytest.raises(Invalid, match=rf"a has no text articles\.a\.{key}"):
            load(made(tmp_path), texts)


def test_two_articles_of_one_intent_are_named(tmp_path: Path) -> None:
    """An intent has one answer."""
    (tmp_path / "zoo.toml").write_text(DESCRIPTION.replace("made", "zoo"), "utf-8")
    with pytest.raises(Invalid, match=r"zoo\.toml: a is there twice"):
        load(made(tmp_path), WORDS)
