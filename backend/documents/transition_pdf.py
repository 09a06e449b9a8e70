"""The overgangsdocument as PDF, in the person's language beside simple Dutch, like "my rights"."""

from __future__ import annotations

from collections.abc import Sequence

from backend.documents import rights_sheet
from dialogs.messages import Sheet
from dialogs.transition_document import Line, sheet_of
from knowledge.transition_form import Form
from locales import Language, language


def document_sheet(form: Form, lines: Sequence[Line], spoken: Language) -> Sheet:
    """The document in rows: in this language beside Dutch, in Dutch alone where the language lacks one of its words."""
    plan = sheet_of(form, lines)
    return plan.said(spoken if spoken.has(plan.texts()) else language(None))


def make_pdf(form: Form, lines: Sequence[Line], spoken: Language) -> bytes:
    """The file; what people wrote is only ever text in it."""
    return rights_sheet.make_pdf(document_sheet(form, lines, spoken))
