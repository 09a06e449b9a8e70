"""Which queue of an organisation takes a request: the closest one that somebody works in; "other" takes the rest. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

TOPICS = ("document", "money", "sheltered", "training")
"""What a queue can be for alone, beside its kind of help; "document" is the overgangsdocument."""
AGE_BANDS = ("under_18", "18_20", "21_26")
REST = "other"
_TOPIC_OF = {"transition_document": "document"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a queue is for; None is "any". `manned`: somebody works in it."""

    id: str
    kind_of_help: str
    topic: str | None = None
    language: str | None = None
    age_band: str | None = None
    manned: bool = True

    @property
    def takes_the_rest(self) -> bool:
        """Whether nothing is too strange for this queue."""
        return self.kind_of_help == REST and not (self.topic or self.language or self.age_band)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is known of a request. Only what the person agreed to share may stand here: a queue tells what it is for."""

    kind_of_help: str
    language: str | None = None
    topic: str | None = None
    age_band: str | None = None

    @classmethod
    def of(cls, kind_of_help: str, language: str | None = None) -> Wanted:
        """Of a request as it is stored: some kinds are a topic of their own."""
        return cls(kind_of_help=kind_of_help, language=language, topic=_TOPIC_OF.get(kind_of_help))


def choose(scopes: Iterable[Scope], wanted: Wanted) -> str | None:
    """The id of the queue that fits best: kind of help before topic, topic before language, language before age. A queue
    for something else never gets it while another takes the rest. None only without any queue."""
    all_of_them = sorted(scopes, key=lambda scope: scope.id)
    manned = [scope for scope in all_of_them if scope.manned] or all_of_them
    fitting = [scope for scope in manned if _fits(scope, wanted)]
    fitting = fitting or [scope for scope in all_of_them if scope.takes_the_rest] or manned
    return max(fitting, key=lambda scope: _closeness(scope, wanted)).id if fitting else None


def _fits(scope: Scope, wanted: Wanted) -> bool:
    kind = scope.kind_of_help in (wanted.kind_of_help, REST)
    return kind and all(own in (None, theirs) for own, theirs in _pairs(scope, wanted))


def _closeness(scope: Scope, wanted: Wanted) -> tuple[bool, ...]:
    return scope.kind_of_help == wanted.kind_of_help, *(
        own is not None and own == theirs for own, theirs in _pairs(scope, wanted)
    )


def _pairs(scope: Scope, wanted: Wanted) -> tuple[tuple[str | None, str | None], ...]:
    return (
        (scope.topic, wanted.topic),
        (scope.language, wanted.language),
        (scope.age_band, wanted.age_band),
    )
