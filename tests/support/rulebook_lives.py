"""Random but coherent lives for hypothesis: all facts of one young person, on days around the borders of the law."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import strategies as st

from rulebook_reading import anniversary

Facts = dict[str, object]

BORDER_DAYS = (
    *(date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 2), date(2026, 7, 31), date(2026, 8, 1)),
    *(date(2027, 2, 28), date(2027, 3, 1), date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1)),
    *(date(2026, 2, 28), date(2029, 2, 28), date(2030, 2, 28), date(2030, 3, 1), date(2025, 7, 31)),
)
LEAP_DAYS = (date(2024, 2, 29), date(2028, 2, 29))
SCHOOLS = ("pro", "vso", "mbo", "vmbo", "havo", "vwo", "ho")
PROFILES = ("arbeidsmarktgericht", "dagbesteding", "vervolgonderwijs")
SOFT_FACTS: Mapping[str, st.SearchStrategy[object]] = {
    "employed": st.booleans(),
    "benefit": st.sampled_from(["none", "bijstand", "ww", "wajong", "wia", "zw"]),
    "legally_competent": st.booleans(),
    "special_circumstances": st.booleans(),
    "school_requests_gemeente": st.booleans(),
    "municipality_continues": st.booleans(),
    "consent": st.sampled_from(["given", "refused"]),
    "municipality": st.just("Utrecht"),
    "moved": st.booleans(),
    "wants": st.sampled_from(["work", "entree", "mbo2"]),
    "applied_before_1_april": st.booleans(),
    "entree_enrolled_last_two_study_years": st.booleans(),
    "only_sheltered_work": st.booleans(),
    "sheltered_quota_reached": st.booleans(),
    "esb_indication": st.booleans(),
    "target_group_lks": st.booleans(),
    "applies_for_bijstand": st.booleans(),
}
WHERE_NOW = ("still_at_same_school", "now_at", "follow_on_enrolment", "dropped_out_of_follow_on")
STAGES = ("attending", "left", "follow_on", "dropped_out", "later_school")


@dataclass(frozen=True, slots=True)
class Life:
    """A coherent life: all facts on one day. Any part of the facts is a true, incomplete story of the same life."""

    facts: Facts
    today: date


@st.composite
def todays(draw: st.DrawFn) -> date:
    """Days around the start of the law, the end of school years and leap days, and any other day of 2025 to 2030."""
    return draw(st.sampled_from(BORDER_DAYS) | st.dates(date(2025, 3, 1), date(2030, 12, 31)))


@st.composite
def days_before(draw: st.DrawFn, today: date, most_years: int = 4) -> date:
    """A day not after today, often at or next to an anniversary, 1 January 2026 or a leap day."""
    near = [anniversary(today, -years) + timedelta(step) for years in range(most_years) for step in (-1, 0, 1)]
    near += [date(2025, 12, 31), date(2026, 1, 1), *LEAP_DAYS]
    past = [found for found in near if found <= today]
    return draw(st.sampled_from(past) | st.dates(anniversary(today, -most_years), today))


@st.composite
def births(draw: st.DrawFn, today: date, left: date | None) -> date:
    """A birth date of someone of 15 to 32, often on a birthday that matters, and at least 15 on leaving school."""
    near = [anniversary(today, -age) + timedelta(step) for age in (16, 17, 18, 23, 27) for step in (-1, 0, 1)]
    near += [date(year, 2, 29) for year in (2000, 2004, 2008, 2012)] + [date(2010, 7, 31), date(2010, 8, 1)]
    latest = anniversary(left or today, -15)
    fitting = [found for found in near if found <= latest]
    return draw(st.sampled_from(fitting) | st.dates(anniversary(today, -32), latest))


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """One complete, coherent life."""
    today = draw(todays())
    school, stage = draw(st.sampled_from(("pro", "vso", "mbo", *SCHOOLS))), draw(st.sampled_from(STAGES))
    facts: Facts = {"school_type": school, **_stage(draw, school, stage, today)}
    left = facts.get("left_school_date")
    born = draw(births(today, date.fromisoformat(str(left)) if left else None))
    facts |= {"birth_date": born.isoformat(), "age": age_on(born, today)}
    facts |= _school(draw, school, stage, today)
    facts |= {name: draw(values) for name, values in SOFT_FACTS.items()}
    facts["country_part"] = "BES" if draw(st.integers(0, 9)) == 0 else "EU_NL"
    return Life(facts, today)


@st.composite
def parts(draw: st.DrawFn, facts: Facts) -> Facts:
    """Some of the facts: mostly many, sometimes few."""
    missing = draw(st.sets(st.sampled_from(sorted(facts)), max_size=len(facts) if draw(st.booleans()) else 4))
    return {name: value for name, value in facts.items() if name not in missing}


@st.composite
def with_contradiction(draw: st.DrawFn, life: Life) -> Facts:
    """The life with one thing told wrongly, so that §1.5 (often) applies."""
    tomorrow = (life.today + timedelta(1)).isoformat()
    wrong: Facts = draw(
        st.sampled_from(
            [
                {"startkwalificatie": False, "diploma": True, "pro_document": None},
                {"startkwalificatie": True},
                {"still_at_same_school": True, "currently_enrolled": True, "now_at": None, "follow_on_enrolment": None},
                {"currently_enrolled": False, "left_school_date": tomorrow, **dict.fromkeys(WHERE_NOW)},
                {"vso_profile": "dagbesteding"},
                {"birth_date": anniversary(life.today, -13).isoformat()},
                {"diploma_date": tomorrow},
                {
                    "follow_on_enrolment": False,
                    "currently_enrolled": True,
                    "now_at": "mbo",
                    "still_at_same_school": False,
                },
                {"age": 31},
            ]
        )
    )
    return {name: value for name, value in {**life.facts, **wrong}.items() if value is not None}


def age_on(born: date, today: date) -> int:
    """Whole years (B3, B4)."""
    years = today.year - born.year
    return years if today >= anniversary(born, years) else years - 1


def _stage(draw: st.DrawFn, school: str, stage: str, today: date) -> Facts:
    """Where the person is now, and since when."""
    if stage == "attending":
        attending: Facts = {"still_at_same_school": True, "currently_enrolled": True, "now_at": school}
        return {**attending, "absent_4_weeks": draw(st.booleans())}
    facts: Facts = {"still_at_same_school": False, "left_school_date": draw(days_before(today)).isoformat()}
    facts["follow_on_enrolment"] = stage in ("follow_on", "dropped_out")
    facts["used_offer_year1"] = draw(st.booleans())
    if stage in ("left", "dropped_out"):
        facts["currently_enrolled"] = False
        return {**facts, "dropped_out_of_follow_on": True} if stage == "dropped_out" else facts
    facts |= {"currently_enrolled": True, "now_at": "ho" if school in ("mbo", "ho") else "mbo"}
    facts["absent_4_weeks"] = draw(st.booleans())
    return {**facts, "dropped_out_of_follow_on": False} if stage == "follow_on" else facts


def _school(draw: st.DrawFn, school: str, stage: str, today: date) -> Facts:
    """Level, profile, diploma and startkwalificatie, as far as they belong to this school."""
    diploma = stage != "attending" and draw(st.booleans())
    facts: Facts = {"diploma": diploma}
    if diploma:
        facts["diploma_date"] = draw(days_before(today)).isoformat()
    if school == "vso":
        facts["vso_profile"] = draw(st.sampled_from(PROFILES))
    if school == "pro":
        facts["pro_document"] = "schooldiploma" if diploma else draw(st.sampled_from(["verklaring", "none"]))
    if school == "mbo":
        facts |= _mbo(draw)
    facts["startkwalificatie"] = _startkwalificatie(draw, facts, school)
    return facts


def _mbo(draw: st.DrawFn) -> Facts:
    facts: Facts = {"mbo_level": draw(st.integers(1, 4)), "mbo_leerweg": draw(st.sampled_from(["bol", "bbl"]))}
    facts["has_partial_result"] = draw(st.booleans())
    facts["earlier_school"] = draw(st.sampled_from(["pro", "vso", "vmbo"]))
    if facts["earlier_school"] == "vso":
        facts["earlier_vso_profile"] = draw(st.sampled_from(PROFILES))
    if facts["earlier_school"] == "pro":
        facts["pro_document"] = draw(st.sampled_from(["schooldiploma", "verklaring", "none"]))
    return facts


def _startkwalificatie(draw: st.DrawFn, facts: Facts, school: str) -> bool:
    """The truth: what follows from the diploma (§1.4), and a coin where that leaves it open."""
    if facts["diploma"] is True and (school in ("havo", "vwo", "ho") or facts.get("mbo_level") in (2, 3, 4)):
        return True
    open_ = school == "ho" or facts.get("mbo_level") in (2, 3, 4)
    open_ = open_ or (facts["diploma"] is True and facts.get("vso_profile") == "vervolgonderwijs")
    return bool(open_ and draw(st.booleans()))
