"""Everything about words and rules that can be checked before a release: `python -m backend.checks`.

Prints one line for each problem and exits with 1; a text that a rule, a question or a language lacks is found here and
not by a person in the middle of a conversation.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import date
from io import StringIO
from pathlib import Path
from string import Formatter

from alembic import command
from alembic.util import CommandError

from backend.engines import make_engine
from backend.knowledge_check import knowledge_problems, summary
from backend.migrations import config, upgrade
from backend.register.checking import register_complete
from backend.schema import metadata
from dialogs.conversation import Conversation
from dialogs.questions import QUESTIONS, ask, ask_more
from knowledge.facts import FACTS, PartialDate
from locales import languages, renew, source_texts

COMPLETE = ("en",)
"""The languages that must have every text; others fall back to Dutch where they lack one."""
_BUTTON_ID_BYTES = 60

Texts = Mapping[str, str]


def main() -> int:
    """Runs all checks, those of `verder knowledge check` too; the exit status."""
    texts = source_texts()
    found = [
        *catalogues(),
        *placeholders(texts),
        *knowledge_problems(texts),
        *button_ids(),
        *schema(),
        *register_complete(texts, metadata),
    ]
    sys.stdout.writelines(f"{line}\n" for line in found)
    sys.stdout.write(summary("checks", len(texts), len(found)))
    return 1 if found else 0


def catalogues() -> Iterator[str]:
    """Catalogues that are behind the Dutch source, and texts that a complete language lacks."""
    for path in renew.stale():
        yield f"{path.parts[-3]}: out of date; run python -m locales.renew"
    for code in COMPLETE:
        lacking = sorted(source_texts().keys() - languages()[code].texts.keys())
        yield from (f"{code}: {id} is not translated, or fuzzy" for id in lacking)


def placeholders(texts: Texts) -> Iterator[str]:
    """Translations whose {places} are not those of the Dutch text, and texts whose braces do not pair."""
    for code, spoken in languages().items():
        for id, words in spoken.texts.items():
            try:
                same = places(words) == places(texts[id])
            except ValueError as error:
                yield f"{code}: {id}: {error}"
                continue
            if not same:
                yield f"{code}: {id} has the places {sorted(places(words))}, Dutch has {sorted(places(texts[id]))}"


def places(words: str) -> frozenset[str]:
    """The names of a text's {places}. Raises ValueError when its braces do not pair."""
    return frozenset(name for _, name, _, _ in Formatter().parse(words) if name is not None)


def button_ids() -> Iterator[str]:
    """Buttons of questions whose id is too long for every channel."""
    today = date(2026, 11, 22)
    for fact in QUESTIONS:
        asked = [ask(fact, Conversation(channel="web"), today), ask_more(fact)]
        if FACTS[fact].kind == "date":
            known = {fact: PartialDate(today.year)}
            asked.append(ask(fact, Conversation(channel="web", facts=known), today))
        ids = {id for bubble in asked for id, _ in bubble.buttons}
        yield from (f"button id too long: {id}" for id in sorted(ids) if len(id.encode()) > _BUTTON_ID_BYTES)


def schema() -> Iterator[str]:
    """Differences between the tables in the code and those the migrations make."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder, 'verder.db')}")
        upgrade(engine)
        try:
            with engine.connect() as connection:
                settings = config(connection)
                settings.stdout = StringIO()
                command.check(settings)
        except CommandError as error:
            yield f"models and migrations differ: {error}"
        finally:
            engine.dispose()


if __name__ == "__main__":
    sys.exit(main())
