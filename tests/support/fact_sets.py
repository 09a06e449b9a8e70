"""Any set of facts a person may have told, for tests of what holds whatever is known."""

from __future__ import annotations

from hypothesis import strategies as st

from knowledge.facts import FACTS, Fact

_DATES = (
    *("2024-02-29", "2024", "2025-07", "2025-11", "2026", "2025-12-31", "2026-04-10", "2027-05-01"),
    *("2000-03-02", "2009-09-01"),
)
_AGES = (15, 16, 17, 18, 20, 26, 27, 30)


def values_of(fact: Fact) -> st.SearchStrategy[object]:
    """JSON values of a fact: dates and ages on and beside the borders that count."""
    match fact.kind:
        case "boolean":
            return st.booleans()
        case "integer":
            return st.sampled_from(fact.values or _AGES)
        case "date":
            return st.sampled_from(_DATES)
    return st.sampled_from(fact.values or ("x",))


FACT_SETS: st.SearchStrategy[dict[str, object]] = st.fixed_dictionaries(
    {}, optional={name: values_of(fact) for name, fact in FACTS.items()}
)
