"""One answer the rule book allows, and short ways to write down one or more of them."""

from collections.abc import Iterable
from dataclasses import dataclass

FLAGS = frozenset(
    {
        *("uncertain_transitional", "uncertain_leap_day", "uncertain_follow_on", "uncertain_follow_on_dropout"),
        *("uncertain_bes", "uncertain_overgangsdocument", "consult_school_first", "contradiction"),
    }
)
ANY_LABEL = ("must_offer", "must_offer_again", "on_request", "may", "no", "unknown")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer the rule book allows: the label, the flags that must be there and the flags that may be there."""

    label: str
    flags: frozenset[str] = frozenset()
    free: frozenset[str] = frozenset()

    def allows(self, label: str, flags: Iterable[str]) -> bool:
        given = frozenset(flags)
        return label == self.label and self.flags <= given <= self.flags | self.free

    def with_flags(self, *flags: str) -> "Verdict":
        return Verdict(self.label, self.flags | set(flags), self.free)

    def with_free(self, flags: Iterable[str]) -> "Verdict":
        return Verdict(self.label, self.flags, self.free | frozenset(flags))


Verdicts = frozenset[Verdict]


def is_(label: str, *flags: str) -> Verdicts:
    """One answer; `unknown` may carry any flag, for §2 gives flags to answers only."""
    return frozenset(
        {Verdict(label, frozenset(flags), FLAGS - {"contradiction"} if label == "unknown" else frozenset())}
    )


def either(*labels: str) -> Verdicts:
    return frozenset(Verdict(label, frozenset(), FLAGS - {"contradiction"}) for label in labels)


def flagged(verdicts: Verdicts, *flags: str) -> Verdicts:
    """The same answers with flags that must be there; §2 asks flags of answers, so an `unknown` may go without."""
    return frozenset(verdict if verdict.label == "unknown" else verdict.with_flags(*flags) for verdict in verdicts)


def freely(verdicts: Verdicts, *flags: str) -> Verdicts:
    return frozenset(verdict.with_free(flags) for verdict in verdicts)
