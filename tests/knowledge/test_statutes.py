"""The literal law."""

import pytest

from knowledge.rights import ACTORS, STATUSES
from knowledge.statutes import cite


def test_a_paragraph_is_quoted_with_its_items() -> None:
    """A citation has the law's short name, the article, an official address, and the paragraph's own words."""
    whole = cite("pw-7a", "1")
    assert (whole.law, whole.article, whole.paragraph) == ("Participatiewet", "7a", "1")
    assert whole.url.startswith("https://wetten.overheid.nl/")
    one = cite("pw-7a", "1", "b")
    assert one.quote.splitlines()[0] == whole.quote.splitlines()[0]
    assert one.quote.splitlines()[1] in whole.quote.splitlines()
    assert len(one.quote) < len(whole.quote)


@pytest.mark.parametrize(
    ("article", "paragraph", "item"), [("no-such-law", "1", None), ("pw-7a", "99", None), ("pw-7a", "1", "zz")]
)
def test_a_place_that_the_law_does_not_have_cannot_be_cited(article: str, paragraph: str, item: str | None) -> None:
    """A wrong article, paragraph or item is an error at once, never an empty quote."""
    with pytest.raises(KeyError):
        cite(article, paragraph, item)


def test_every_right_has_its_law_beside_it() -> None:
    """Each rule cites the law or names another public source it rests on, and every citation has words."""
    for decision in (*ACTORS.values(), *STATUSES.values()):
        for rule in decision.rules:
            assert rule.sources or rule.basis, rule.id
            assert all(source.quote and source.url for source in rule.sources), rule.id
