"""Looks up how familiar the words of our Dutch texts are: `python tests/support/renew_frequencies.py`.

Writes `knowledge/data/word_frequency.tsv`, so that the check of simple Dutch needs nothing but that file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import simplemma
from wordfreq import zipf_frequency

from knowledge.facts import DATA
from knowledge.simple_language import vocabulary
from locales import source_texts

PATH = DATA / "word_frequency.tsv"


def main() -> int:
    """Writes the file anew and says what changed; the exit status."""
    before = set(PATH.read_text("utf-8").splitlines()) if PATH.exists() else set()
    lines = list(_lines())
    PATH.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    print(f"{PATH.name}: {len(lines)} words, {len(set(lines) - before)} new or changed")
    return 0


def _lines() -> Iterator[str]:
    """Every word of the Dutch texts with its Zipf value, or that of its lemma where that is higher."""
    for word in sorted({word for text in source_texts().values() for word in vocabulary(text)}):
        forms = (word, simplemma.lemmatize(word, lang="nl").casefold())
        yield f"{word}\t{max(zipf_frequency(form, 'nl') for form in forms):.2f}"


if __name__ == "__main__":
    sys.exit(main())
