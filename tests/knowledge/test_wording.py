"""The words of an outcome: whatever is known of a person, what is said is whole."""

from __future__ import annotations

from datetime import date

from hypothesis import example, given
from hypothesis import strategies as st

from knowledge.facts import FACTS, Fact, read_facts
from knowledge.rights import evaluate
from knowledge.wording import answer_text, flag_texts, reason_text
from locales import languages

_DATES = ["2024-02-29", "2025-07", "2026", "2025-12-31", "2026-04-10", "2027-05-01"]


def _values(fact: Fact) -> st.SearchStrategy[object]:
    match fact.kind:
        case "boolean":
            return st.booleans()
        case "integer":
            return st.sampled_from(fact.values or (15, 17, 18, 20, 26, 27, 30))
        case "date":
            return st.sampled_from(_DATES)
    return st.sampled_from(fact.values or ("x",))


@given(
    st.fixed_dictionaries({}, optional={name: _values(fact) for name, fact in FACTS.items()}),
    st.sampled_from(["pro", "vso", "mbo", "vmbo"]),
    st.sampled_from([date(2025, 6, 1), date(2026, 11, 22)]),
)
@example({"mbo_level": 3, "diploma": True, "special_circumstances": True}, "mbo", date(2026, 11, 22))
@example({"follow_on_enrolment": True, "special_circumstances": True}, "pro", date(2026, 11, 22))
def test_every_outcome_can_be_said(raw: dict[str, object], school: str, as_of: date) -> None:
    """No answer, reason or doubt has a hole in it, in any language: no {place} and no question mark for a date."""
    facts = read_facts({**raw, "school_type": school})
    for outcome in evaluate(facts, as_of).outcomes.values():
        reason = reason_text(outcome, facts)
        for text in (answer_text(outcome, facts), *flag_texts(outcome), *((reason,) if reason else ())):
            assert ("left", "?") not in text.values
            for spoken in languages().values():
                assert "{" not in spoken.say(text)
