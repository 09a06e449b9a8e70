"""Saying who else must agree before something is shared; the counsellor arranges it, and nothing is made before."""

from __future__ import annotations

from dialogs.goals.place import MENU
from dialogs.say import Say, button, say
from knowledge.who_must_agree import Agreement

_PERSON = button("person", "dialogs.menu.person")


def also_needed(agreement: Agreement) -> Say | None:
    """The bubble that says that a parent or representative must agree too; None when the person alone decides."""
    other = agreement.other
    return say(f"my_data.agree.{other}", buttons=(_PERSON, MENU)) if other else None
