"""Privacy and accessibility are explained in plain words, and say what is true."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from bot.web_widget.explained import explaining_router, statement
from bot.web_widget.public_site import Site
from fake_telegram import serving
from locales import languages, source_texts


@pytest.fixture(scope="module")
def reader() -> Iterator[httpx.Client]:
    """Somebody who reads the pages."""
    app = FastAPI()
    app.include_router(explaining_router(Site(address="https://verder.example")))
    with serving(app) as url, httpx.Client(base_url=url, trust_env=False) as http:
        yield http


def test_the_privacy_page_says_everything(reader: httpx.Client) -> None:
    """Every sentence about privacy stands on the page: what is kept, how long, who reads, Telegram, choices, shared phones."""
    page = reader.get("/privacy").text
    only_with_own_terms = ("pages.privacy.long_own", "pages.privacy.long_other")
    said = {id: text for id, text in source_texts().items() if id.startswith("pages.privacy.")}
    said = {id: text for id, text in said.items() if id not in only_with_own_terms}
    assert len(said) > 20
    terms = {"{hours}": "24", "{days}": "90"}
    for place, value in terms.items():
        said = {id: text.replace(place, value) for id, text in said.items()}
    assert not [id for id, text in said.items() if text not in page]


@pytest.mark.parametrize("code", [code for code in languages() if code != "nl"])
def test_privacy_is_never_half_translated(reader: httpx.Client, code: str) -> None:
    """The page is whole in its language, or whole in Dutch with a note, and then names the Dutch page as the one to list."""
    page = reader.get(f"/{code}/privacy").text
    texts = {id for id in source_texts() if id.startswith("pages.privacy.")}
    own = texts <= languages()[code].texts.keys()
    assert (f'href="https://verder.example/{code}/privacy"' in page) is own
    assert ('<article class="route" lang="nl" dir="ltr">' in page) is not own
    assert ('class="note"' in page) is not own


def test_the_statement_has_what_the_model_asks(reader: httpx.Client) -> None:
    """Status, norm, scope, dates, findings with cause, measure and planning, contact and enforcement, from the one data file."""
    page = reader.get("/toegankelijkheid").text
    facts = statement()
    for heading in (
        "Nalevingsstatus",
        "Norm",
        "Opgesteld op",
        "Wat is gemeten",
        "Wat nog niet is gemeten",
        "Handhaving",
    ):
        assert heading in page
    assert f"Status {facts['status']}: {facts['statuses'][facts['status']]}" in page
    for finding in facts["findings"]:
        assert set(finding) == {"criterion", "what", "cause", "measure", "planning"}
        assert re.match(r"\d\.\d\.\d{1,2} ", finding["criterion"])
        assert finding["criterion"] in page
    assert facts["next_review"] > facts["drawn_up"]


def test_no_more_is_claimed_than_was_done() -> None:
    """Without an audit by others the statement may not say that the pages comply."""
    facts = statement()
    is_audited = not any("WCAG-EM" in one["what"] for one in facts["not_measured"])
    assert is_audited or facts["status"] in ("C", "D")
