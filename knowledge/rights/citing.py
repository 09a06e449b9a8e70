"""Which places in the law are about this person: those of another school, direction, island or time are left out."""

from __future__ import annotations

from collections.abc import Mapping

from knowledge.conditions import All, Condition, Not, Situation
from knowledge.rights.common import BES, DAYTIME, FOLLOW_ON, NEW_LAW, OLD_LAW, TO_WORK, school
from knowledge.statutes import Source, cite

_ARTICLES: Mapping[str, Condition] = {
    cite("wvo2020-2.31b", "1").url: school("pro"),
    cite("wec-44a", "1").url: school("vso"),
    cite("web-9.2.13", "1").url: school("mbo"),
    cite("wec-14e").url: TO_WORK,
    cite("wec-14h").url: DAYTIME,
    cite("web-9.2.12", "1").url: Not(BES),
    cite("web-bes-8.3.1", "1").url: BES,
    cite("web-9.2.1").url: NEW_LAW,
    cite("web-9.2.5", "1").url: NEW_LAW,
    cite("pw-7a", "1").url: NEW_LAW,
    cite("web-8.1.8-until-2025-12-31", "1").url: OLD_LAW,
    cite("web-8.3.1-until-2025-12-31", "1").url: OLD_LAW,
    cite("web-8.3.2-until-2025-12-31", "1").url: OLD_LAW,
    cite("pw-7-until-2025-12-31", "3").url: OLD_LAW,
}
"""For whom an article is, by its address: that names the text of one time."""
_PARAGRAPHS: Mapping[tuple[str, str | None], Condition] = {
    (cite("pw-7", "3").url, "3"): NEW_LAW,
    (cite("wec-44", "2").url, "2"): All((TO_WORK, Not(FOLLOW_ON))),
}
"""The same for one paragraph. Of WEC 44 paragraph 4 has two years for everybody, paragraph 2 those of the offer."""


_LIMITED = frozenset((*_ARTICLES, *(url for url, _ in _PARAGRAPHS)))


def fitting(sources: tuple[Source, ...], situation: Situation) -> tuple[Source, ...]:
    """The sources without those that are certainly not about this person; all of them when nothing would be left."""
    if _LIMITED.isdisjoint([source.url for source in sources]):
        return sources
    return tuple(source for source in sources if _may_fit(source, situation)) or sources


def _may_fit(source: Source, situation: Situation) -> bool:
    limit = _ARTICLES.get(source.url) or _PARAGRAPHS.get((source.url, source.paragraph))
    return limit is None or limit.holds(situation) is not False
