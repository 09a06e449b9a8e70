"""The rule book's answers (§§2.4, 2.7 to 2.15, 3) for the actors outside the five main ones.

Where the rule book says nothing (most of it: Caribbean Netherlands) every label is allowed.
"""

from collections.abc import Callable, Mapping

from rulebook_reading import Reading, anniversary, full_leerplicht
from rulebook_verdict import ANY_LABEL, Verdicts, either, freely, is_


def vo_school(r: Reading) -> Verdicts:
    return freely(is_("no"), "uncertain_bes") if r.bes else is_("no")


def uwv(r: Reading) -> Verdicts:
    return is_("unknown") if r.bes else is_("on_request")


def werkcentrum(r: Reading) -> Verdicts:
    if r.bes:
        return is_("unknown")
    return either("on_request", "no", "unknown") if r.old_law else is_("on_request")


def jongerenloket(r: Reading) -> Verdicts:
    if r.bes:
        return either(*ANY_LABEL)
    if r.age is None:
        return is_("unknown")
    if r.age in (16, 17):
        return either("may", "no", "unknown")  # "16/18": some desks start at 16, some at 18
    return is_("may") if 18 <= r.age <= 26 else is_("no")


def mbo_verklaring(r: Reading) -> Verdicts:
    if r.bes:
        return either(*ANY_LABEL)
    partial = r.fact("has_partial_result")
    if partial is False:
        return is_("no")
    if partial is None:
        never_mbo = "mbo" not in (r.school, r.fact("earlier_school"), r.fact("now_at"))
        return either("unknown", "no") if never_mbo else is_("unknown")
    if r.enrolled or r.startkwalificatie or (r.age is not None and r.age >= 27):
        return is_("on_request")
    if r.enrolled is None or r.startkwalificatie is None or r.age is None:
        return either("unknown", "on_request")
    return is_("must_offer")


def praktijkleren(r: Reading) -> Verdicts:
    return either("may", "unknown") if r.bes else is_("may")


def entree_admission(r: Reading) -> Verdicts:
    if r.bes:
        return either(*ANY_LABEL)
    full = full_leerplicht(r)
    if full:
        return is_("no")
    vmbo = r.school == "vmbo"
    if r.startkwalificatie or (vmbo and r.diploma is True):
        return is_("no")
    refused = r.fact("entree_enrolled_last_two_study_years") is True
    open_ = full is None or r.startkwalificatie is None or (vmbo and r.diploma is None) or r.leerplicht == "unknown"
    open_ = open_ or (not refused and r.fact("entree_enrolled_last_two_study_years") is None)
    if r.school in ("havo", "vwo", None) or (r.school == "mbo" and r.diploma is not False):
        return either("no", "may", "on_request", "unknown")
    answer = "may" if refused else "on_request"
    return either("unknown", answer) if open_ else is_(answer)


def mbo2_admission(r: Reading) -> Verdicts:
    if r.bes or full_leerplicht(r) is not False:
        return either(*ANY_LABEL)
    late, over = r.fact("applied_before_1_april") is False, r.leerplicht == "none"
    if r.startkwalificatie is True:
        meets: bool | None = True
    elif r.school in ("vmbo", "mbo"):
        meets = r.diploma
    elif r.school in ("pro", "vso") and r.fact("vso_profile") != "vervolgonderwijs":
        meets = False
    else:
        meets = None
    if meets is None or r.startkwalificatie is None or (late and r.leerplicht == "unknown"):
        return either("on_request", "may", "unknown")
    if meets is False or (late and over):
        return is_("may")
    return is_("on_request") if r.fact("applied_before_1_april") is not None else either("on_request", "unknown", "may")


def beschut_werk(r: Reading) -> Verdicts:
    if r.bes:
        return either(*ANY_LABEL)
    sheltered, full = r.fact("only_sheltered_work"), r.fact("sheltered_quota_reached")
    if sheltered is True:
        return is_("may") if full is True else is_("must_offer") if full is False else either("must_offer", "unknown")
    return either("no", "on_request") if sheltered is False else either("on_request", "unknown")


def esb(r: Reading) -> Verdicts:
    if r.bes:
        return either(*ANY_LABEL)
    if (r.age is not None and r.age < 18) or r.startkwalificatie:
        return is_("no")
    if r.age is None:
        return is_("unknown")
    answers = ["may"]
    answers += ["unknown"] if r.startkwalificatie is None else []
    answers += ["no"] if r.fact("esb_indication") is False else []
    return either(*answers) if len(answers) > 1 else is_("may")


def overgangsdocument_self(r: Reading) -> Verdicts:
    if r.bes:
        return either("no", "unknown", "must_offer")
    if r.school is None:
        # With this profile it is no at the vso too, so the school need not be known.
        return is_("no") if r.fact("vso_profile") == "vervolgonderwijs" else is_("unknown")
    if r.school != "vso":
        return is_("no")
    profile = r.fact("vso_profile")
    if profile is None:
        return is_("unknown")
    return is_("no") if profile == "vervolgonderwijs" else is_("must_offer")


def bijstand(r: Reading) -> Verdicts:
    if r.bes:
        return either(*ANY_LABEL)
    return is_("no") if r.age is not None and r.age < 18 else is_("unknown")


def bijstand_search_period(r: Reading) -> set[str]:
    """R-BST-2; the exact anniversary of leaving still counts."""
    if r.bes:
        return {"applies", "not_applies", "unknown"}
    pro_or_vso = r.school in ("pro", "vso")
    if (r.age is not None and r.age >= 27) or r.fact("target_group_lks") is True:
        return {"not_applies"}
    if r.enrolled and (r.fact("now_at") in ("pro", "vso") or (pro_or_vso and r.at_school)):
        return {"not_applies"}
    left = r.date("left_school_date")
    if pro_or_vso and r.at_school:
        return {"not_applies"}
    if pro_or_vso and left is None:
        return {"unknown"}
    if pro_or_vso and left is not None and r.today <= anniversary(left, 1):
        return {"not_applies", "unknown", "applies"} if (left.month, left.day) == (2, 29) else {"not_applies"}
    if r.age is None:
        return {"unknown"}
    loose = r.school is None or r.fact("earlier_school") in ("pro", "vso") or r.fact("applies_for_bijstand") is False
    loose = loose or r.fact("target_group_lks") is None or r.age < 18
    return {"applies", "unknown", "not_applies"} if loose else {"applies"}


OTHER_ACTORS: Mapping[str, Callable[[Reading], Verdicts]] = {
    actor.__name__: actor
    for actor in (
        vo_school,
        uwv,
        werkcentrum,
        jongerenloket,
        mbo_verklaring,
        praktijkleren,
        entree_admission,
        mbo2_admission,
        beschut_werk,
        esb,
        overgangsdocument_self,
        bijstand,
    )
}
