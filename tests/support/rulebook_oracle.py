"""A second, plain implementation of the rule book (§§2, 3, 6, 8, 11), to compare the product with.

It takes full dates only. For each actor it gives every answer the rule book allows: one where the book is clear, more
where it leaves room. Written from the rule book's text alone, for readability, not for speed.
"""

from calendar import isleap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from rulebook_contradictions import Contradiction, find_contradictions
from rulebook_other_actors import OTHER_ACTORS, bijstand_search_period
from rulebook_reading import NEW_LAW, UWV_BENEFITS, Reading, day, leerplicht_statuses, readings
from rulebook_verdict import FLAGS, Verdict, Verdicts, either, flagged, freely, is_

TRANSITIONAL = "uncertain_transitional"


@dataclass(frozen=True, slots=True)
class Expectation:
    """All answers the rule book allows for these facts on this day."""

    outcomes: Mapping[str, Verdicts]
    statuses: Mapping[str, frozenset[str]]
    contradictions: tuple[Contradiction, ...]

    def labels(self, actor: str) -> set[str]:
        return {verdict.label for verdict in self.outcomes[actor]}


# --- §2.1 and §2.2: praktijkschool and vso school ------------------------------------------------------------


def pro_school(r: Reading) -> Verdicts:
    if r.school is None:
        return _any_school(pro_school, r, "pro")
    if r.school != "pro":
        return freely(is_("no"), "uncertain_bes") if r.bes else is_("no")
    if r.old_law:
        return freely(is_("no"), "uncertain_bes")
    found = _guidance(r, _pro_follow_on)
    return flagged(found, "uncertain_bes") if r.bes else found


def vso_school(r: Reading) -> Verdicts:
    if r.school is None:
        return _any_school(vso_school, r, "vso")
    if r.school != "vso":
        return freely(is_("no"), "uncertain_bes") if r.bes else is_("no")
    if r.bes:
        return is_("unknown")
    over, profile = r.passed("left_school_date", 2), r.fact("vso_profile")
    if r.old_law or profile in ("dagbesteding", "vervolgonderwijs"):
        if r.at_school or over is False:
            return is_("on_request")
        if over is None:
            return is_("unknown")
        softer = r.fact("special_circumstances") is True and not r.old_law
        return either("no", "may") if softer else is_("no")
    if profile == "arbeidsmarktgericht":
        return _guidance(r, _vso_follow_on)
    if over is False and any(verdict.label == "on_request" for verdict in _guidance(r, _vso_follow_on)):
        # Whatever the profile was, the answer may be the same: then it is certain without it.
        return is_("unknown") | freely(is_("on_request"), *FLAGS - {"contradiction"})
    if over and not r.at_school and r.fact("special_circumstances") is not True:
        return is_("no")
    return is_("unknown")


def _any_school(actor: Callable[[Reading], Verdicts], r: Reading, school: str) -> Verdicts:
    """School type not known: unknown; and no where it would be no at every school."""
    labels = {verdict.label for verdict in actor(replace(r, school=school))}
    return either("no", "unknown") if "no" in labels else is_("unknown")


def _guidance(r: Reading, follow_on: Callable[[Reading], Verdicts]) -> Verdicts:
    """R-PRO-1 to 10, shared with vso arbeidsmarktgericht; `follow_on` answers where the two differ."""
    left = r.date("left_school_date")
    if r.at_school:
        return is_("must_offer")
    if left is None or left > r.today:
        # Not known when; but whoever went straight on and had a good reason has "may" on either side of the term.
        if r.follow_on and r.fact("special_circumstances") is True and r.school == "pro":
            return is_("unknown") | freely(is_("may"), *FLAGS - {"contradiction"})
        return is_("unknown")
    if r.passed("left_school_date", 2):
        return is_("may") if r.fact("special_circumstances") is True else is_("no")
    if r.follow_on is None:
        return is_("unknown")
    if r.follow_on:
        return follow_on(r)
    again = r.passed("left_school_date", 1) and r.fact("used_offer_year1") is False
    softer = r.passed("left_school_date", 1) and r.fact("used_offer_year1") is True
    found = is_("must_offer_again") if again else is_("must_offer")
    if softer:
        found |= is_("on_request")  # R-PRO-4: an acceptable softer wording
    return _transitional(found, left)


def _pro_follow_on(r: Reading) -> Verdicts:
    left = r.date("left_school_date")
    assert left is not None
    return _transitional(_follow_on_flag(r), left)


def _follow_on_flag(r: Reading) -> Verdicts:
    """U3: may, with the flag for who is still there or for who dropped out."""
    still, dropped = is_("may", "uncertain_follow_on"), is_("may", "uncertain_follow_on_dropout")
    if r.fact("dropped_out_of_follow_on") is None and r.enrolled is False:
        return still | dropped
    return dropped if r.fact("dropped_out_of_follow_on") is True else still


def _vso_follow_on(r: Reading) -> Verdicts:
    """R-VSO-A6 and A7: certain, no flag; only the own offer after dropping out is uncertain."""
    if r.fact("dropped_out_of_follow_on") is True:
        return freely(is_("on_request", "uncertain_follow_on_dropout"), TRANSITIONAL)
    maybe = r.fact("dropped_out_of_follow_on") is None and r.enrolled is False
    return freely(is_("on_request"), "uncertain_follow_on_dropout") if maybe else is_("on_request")


def _transitional(verdicts: Verdicts, start: date) -> Verdicts:
    return flagged(verdicts, TRANSITIONAL) if start < NEW_LAW else verdicts


# --- §2.3: mbo school ----------------------------------------------------------------------------------------


def mbo_school(r: Reading) -> Verdicts:
    if r.school is None:
        return _any_school(mbo_school, r, "mbo")
    if r.school != "mbo":
        return freely(is_("no"), "uncertain_bes") if r.bes else is_("no")
    found = is_("no") if r.old_law else _mbo(r)
    return flagged(found, "uncertain_bes") if r.bes else found


def _mbo(r: Reading) -> Verdicts:
    group = _mbo_group(r)
    if r.at_school:
        if r.diploma is True:
            return is_(group) | _mbo_graduate(r, group)
        return is_(group) if r.diploma is False else is_(group) | is_("unknown")
    if r.diploma is None:
        return is_("unknown")
    if r.diploma is True:
        return _mbo_graduate(r, group)
    if r.at_school is False and r.enrolled and r.fact("now_at") == "mbo":
        return is_("no") | is_("unknown") | is_(group)  # stopped at one mbo programme, student in another
    return is_("no") if r.at_school is False else is_("no") | is_("unknown")


def _mbo_group(r: Reading) -> str:
    level, leerweg = r.fact("mbo_level"), r.fact("mbo_leerweg")
    if level is None or (level == 2 and leerweg is None):
        return "unknown"
    return "must_offer" if level == 1 or (level == 2 and leerweg == "bol") else "may"


def _mbo_graduate(r: Reading, group: str) -> Verdicts:
    graduated, special = r.date("diploma_date"), r.fact("special_circumstances") is True and not r.bes
    if graduated is None or graduated > r.today:
        if special and (group == "may" or r.follow_on):  # may at any date
            return is_("unknown") | freely(is_("may"), *FLAGS - {"contradiction"})
        return is_("unknown")
    if r.passed("diploma_date", 1):
        return is_("may") if special else is_("no")
    if group == "may":
        return _transitional(is_("may"), graduated)
    if r.follow_on and group == "unknown":
        return is_("unknown") | freely(is_("may"), *FLAGS - {"contradiction"})
    if r.follow_on is None or group == "unknown":
        return is_("unknown")
    return _transitional(_follow_on_flag(r) if r.follow_on else is_("must_offer"), graduated)


# --- §2.5 and §2.6: Doorstroompunt and gemeente --------------------------------------------------------------


def doorstroompunt(r: Reading) -> Verdicts:
    if r.bes:
        return is_("no", "uncertain_bes")
    age, limit, diploma, employed = r.age, 23 if r.old_law else 27, _lower_diploma(r), r.fact("employed")
    if age is not None and age >= limit:
        return is_("no")
    if r.startkwalificatie is True:
        return is_("no")
    if r.enrolled and r.fact("absent_4_weeks") is not True:
        return is_("no") | is_("unknown")  # the school may count sooner than after four weeks
    if r.old_law and diploma == {True} and employed is True:
        return is_("no")
    if age is None:
        return is_("unknown")
    if r.leerplicht in ("leerplicht", "kwalificatieplicht"):
        return is_("no")
    if r.startkwalificatie is None:
        # Who has one is not helped here; where who has none is surely not helped either, nothing is left to ask.
        without = replace(r, startkwalificatie=False)
        found = [doorstroompunt(replace(without, leerplicht=one)) for one in leerplicht_statuses(without)]
        return is_("unknown") | is_("no") if all(is_("no") <= one for one in found) else is_("unknown")
    if r.leerplicht == "unknown":
        documented = r.fact("pro_document") in ("schooldiploma", "verklaring", None)
        to_work = r.school == "vso" and r.fact("vso_profile") != "vervolgonderwijs"
        exempt = to_work or r.school in ("mbo", None) or (r.school == "pro" and documented)
        # Under 17 it is one duty or the other, and either gives "no", unless an exemption may hold.
        return is_("unknown") if exempt or age >= 17 else is_("unknown") | is_("no")
    if r.enrolled is None:  # absent for four weeks: may, whether enrolled or not
        found = doorstroompunt(replace(r, enrolled=False))
        return is_("unknown") | found if r.fact("absent_4_weeks") is True else is_("unknown")
    if not r.old_law:
        return _consulted(r)
    if employed is False or diploma == {False}:
        return is_("may")
    if diploma == {False, None}:
        return is_("may") | is_("unknown")
    return is_("unknown")


def _consulted(r: Reading) -> Verdicts:
    """R-DSP-5: the Doorstroompunt first consults the school that gave the document."""
    document = r.fact("pro_document")
    proven = r.diploma is True or (r.school == "pro" and document in ("schooldiploma", "verklaring"))
    profile_fits = r.school == "vso" and r.fact("vso_profile") == "arbeidsmarktgericht"
    years = {"pro": 2, "vso": 2 if profile_fits else 0, "mbo": 1 if r.fact("mbo_level") == 1 else 0}
    term = years.get(r.school or "", 0)
    if term and proven and r.date("diploma_date") is not None:
        return is_("may") if r.passed("diploma_date", term) else is_("may", "consult_school_first")
    # No fact tells of a vso verklaring, and the book does not say what counts while the document's date is not known.
    could_be = profile_fits or (term and r.diploma is not False) or document in ("schooldiploma", "verklaring")
    return freely(is_("may"), "consult_school_first") if could_be else is_("may")


def _lower_diploma(r: Reading) -> set[bool | None]:
    """§6 "such a diploma": entree, vso arbeidsmarktgericht or dagbesteding, or pro; {True}, {False}, or open."""
    document, profile = r.fact("pro_document"), r.fact("vso_profile")
    if document == "schooldiploma" and "pro" in (r.school, r.fact("earlier_school")):
        return {True}
    if r.school is None:
        return {None}
    if r.school == "pro":
        return {False} if document is not None and r.diploma is not True else {r.diploma}
    if r.school == "vso" and profile != "vervolgonderwijs":
        return {None} if profile is None and r.diploma is not False else {r.diploma}
    if r.school == "mbo" and (r.fact("mbo_level") in (1, None)) and r.diploma is not False:
        return {r.diploma if r.fact("mbo_level") == 1 else None}
    earlier = r.fact("earlier_school")
    open_ = earlier == "vso" or (earlier == "pro" and document is None) or (r.school == "mbo" and earlier is None)
    return {False, None} if open_ else {False}


def gemeente(r: Reading) -> Verdicts:
    if r.bes:
        return is_("no", "uncertain_bes")
    asks = r.fact("school_requests_gemeente") is True and not r.old_law
    if asks and r.age is not None and r.age < 27:
        return is_("may")
    if r.fact("benefit") in UWV_BENEFITS:
        return is_("unknown") if asks and r.age is None else is_("no")
    if r.age is None:
        return is_("unknown")
    if r.age >= 27:
        return is_("on_request")
    return is_("may") | is_("on_request") if r.old_law else is_("may")


# --- §3: overgangsdocument -----------------------------------------------------------------------------------


def overgangsdocument_gemeente(r: Reading) -> Verdicts:
    if r.bes:
        return is_("no", "uncertain_bes")
    if r.old_law or r.school not in ("pro", "vso", "mbo", None):
        return is_("no")
    if r.fact("consent") == "refused" or r.fact("municipality_continues") is False:
        return is_("no")
    if r.school == "mbo" and (r.diploma is False or (r.at_school and r.diploma is None)):
        return is_("no") if r.diploma is False else is_("no") | is_("unknown")
    missing = r.school is None or r.fact("consent") is None or r.fact("municipality_continues") is None
    if missing or (r.school == "mbo" and r.diploma is None):
        return is_("unknown")
    if r.school == "mbo" and r.at_school:
        return is_("no") | is_("must_offer")
    if r.school == "vso" and r.fact("vso_profile") is None:
        return is_("unknown")
    if r.school == "vso" and r.fact("vso_profile") != "arbeidsmarktgericht":
        return is_("may", "uncertain_overgangsdocument")
    return is_("must_offer")


# --- statuses ------------------------------------------------------------------------------------------------


def consent_by(r: Reading) -> set[str]:
    """R-CON-3 and 4. Only pro, vso (and mbo) are spoken of; others may follow the same ages or stay unknown."""
    competent, age = r.fact("legally_competent") is not False, r.age
    if r.school == "mbo":
        return ({"youth"} if competent else {"youth", "legal_rep"}) | ({"unknown"} if age is None or r.bes else set())
    by_age = "unknown"
    if age is not None:
        by_age = "parents" if age < 18 else "youth" if competent else "legal_rep"
    return {by_age} if r.school in ("pro", "vso") and not r.bes else {by_age, "unknown"}


STATUSES: Mapping[str, Callable[[Reading], set[str]]] = {
    "consent_by": consent_by,
    "bijstand_search_period": bijstand_search_period,
    "leerplicht_status": leerplicht_statuses,
}


# --- everything together -------------------------------------------------------------------------------------


def expected(facts: Mapping[str, object], today: date) -> Expectation:
    """Every answer the rule book allows; `facts` hold full dates only."""
    actors = {actor.__name__: actor for actor in (pro_school, vso_school, mbo_school, doorstroompunt, gemeente)}
    actors |= {"overgangsdocument_gemeente": overgangsdocument_gemeente, **OTHER_ACTORS}
    found = find_contradictions(facts, today)
    outcomes = {name: _settle(name, actor, facts, today, found) for name, actor in actors.items()}
    statuses = {name: _status(status, facts, today, found) for name, status in STATUSES.items()}
    return Expectation(outcomes, statuses, found)


def _status(
    status: Callable[[Reading], set[str]], facts: Mapping[str, object], today: date, found: tuple[Contradiction, ...]
) -> frozenset[str]:
    """The values of one status; with a contradiction also unknown, and the values without a doubted fact."""
    versions = [facts, *_without_each(facts, found)]
    answers = {answer for version in versions for reading in readings(version, today) for answer in status(reading)}
    return frozenset(answers | {"unknown"} if found else answers)


def _verdicts(actor: Callable[[Reading], Verdicts], facts: Mapping[str, object], today: date) -> Verdicts:
    """The answers of one actor, with the flag of B4 where 29 February decides or may decide."""
    found = frozenset(verdict for reading in readings(facts, today) for verdict in actor(reading))
    if not _on_leap_border(facts, today):
        return found
    other = {verdict.label for reading in readings(facts, today, "28 february") for verdict in actor(reading)}
    decides = other.isdisjoint({verdict.label for verdict in found})
    return flagged(found, "uncertain_leap_day") if decides else freely(found, "uncertain_leap_day")


def _on_leap_border(facts: Mapping[str, object], today: date) -> bool:
    dates = [day(facts.get(name)) for name in ("birth_date", "left_school_date", "diploma_date")]
    leap_days = any(found is not None and (found.month, found.day) == (2, 29) for found in dates)
    return leap_days and (today.month, today.day) == (2, 28) and not isleap(today.year)


def _without_each(facts: Mapping[str, object], found: Iterable[Contradiction]) -> list[dict[str, object]]:
    names = sorted({name for contradiction in found for name in contradiction.doubted or contradiction.facts})
    return [{key: value for key, value in facts.items() if key != name} for name in names]


def _settle(
    name: str,
    actor: Callable[[Reading], Verdicts],
    facts: Mapping[str, object],
    today: date,
    found: tuple[Contradiction, ...],
) -> Verdicts:
    """§1.5: with a contradiction the label is unknown, or the label that holds in every reading."""
    plain = _verdicts(actor, facts, today)
    if not found:
        return plain
    versions = [_verdicts(actor, version, today) for version in _without_each(facts, found)]
    answers = [{verdict.label for verdict in version} for version in (plain, *versions)]
    agreed, possible = set.intersection(*answers), set.union(*answers)
    lenient = len(found) > 1 or not found[0].certain or found[0].loose
    kept = [verdict for version in (plain, *versions) for verdict in version if lenient or verdict.label in agreed]
    allowed = frozenset(verdict.with_free(FLAGS) for verdict in kept)
    if len(possible) > 1 or any(name in contradiction.unsettles for contradiction in found):
        must = not lenient and "unknown" not in possible
        allowed |= {Verdict("unknown", frozenset({"contradiction"} if must else ()), FLAGS)}
    return allowed
