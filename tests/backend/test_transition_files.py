"""The overgangsdocument on paper: PDF and Word with the same elements, in every script, and a region's own form."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

import docx
import pytest

from backend.documents.transition_docx import make_docx
from backend.documents.transition_pdf import make_pdf
from backend.transition_documents.forms import load_forms
from dialogs.transition_document import Line
from knowledge.transition_form import BadForm, read_form, standard_form
from locales import Language, language, source_texts
from pdf_reading import Pdf, words

LINES = (
    Line(by="person", field="name", words="Sam"),
    Line(by="person", field="reach", options=("chat",)),
    Line(by="person", field="career", mark="unknown"),
    Line(by="person", field="skills", options=("hands", "people"), words="أصلح الدراجات"),
    Line(by="person", field="wish", options=("work_learn",)),
    Line(by="person", field="support", options=("steps",), mark="checked"),
    Line(by="school", field="contact", words="Demo Praktijkschool, Coach A", mark="checked"),
    Line(by="school", field="career", words="Praktijkonderwijs, uitstroom arbeid.", told="school"),
    Line(by="school", field="skills", words="Werkt netjes.\nHelpt graag.", told="internship"),
    Line(by="school", field="agreements", words="Eerste gesprek in januari.", objected=True),
)
HOSTILE = replace(LINES[0], words='=cmd|"/C calc"!A0 <w:p/> {{7*7}} \u202egedraaid\u0007')
# Words to look at the script with, not translations.
_ARABIC = {"transition.document.title": "وثيقة مدرستي", "transition.section.skills": "ما أجيده"}


@contextmanager
def arabic() -> Iterator[Language]:
    """A language from right to left that has all the words of the document."""
    texts = {
        id: words if id.startswith("transition.show.") else f"نص {words}"
        for id, words in source_texts().items()
        if id.startswith("transition.")
    }
    spoken = Language("ar", "العربية", "rtl", {**texts, **_ARABIC})
    with patch("dialogs.papers.language", lambda code: spoken if code == "ar" else language(code)):
        yield spoken


def _said(*lines: Line) -> str:
    """All words of the Dutch PDF, without spaces."""
    return words(Pdf(make_pdf(standard_form(), lines, language(None)))).replace(" ", "")


def test_the_pdf_has_all_parts() -> None:
    """Contact, school career, skills, wishes and support: each with who said it, and what is not known said so."""
    shown = _said(*LINES)
    for part in ("Wieenwaar", "Schoolenwerk", "Watgoedgaat", "Watikwil", "Welkehulppast", "Sam", "Werktnetjes."):
        assert part in shown
    for mark in ("zelfgezegd", "zegtdestage", "schoolheeftditnagekeken", "nognietbekend", "kloptniet,zegtdejongere"):
        assert mark in shown


def test_the_same_elements_are_in_the_word_file() -> None:
    """python-docx opens it, and every row of the PDF is in it, in the same order."""
    dutch = tuple(replace(line, words="Fietsen maken.") if line.field == "skills" else line for line in LINES)
    file = docx.Document(BytesIO(make_docx(standard_form(), dutch, language(None))))
    rows = [row.cells[0].text for row in file.tables[0].rows]
    plain = re.sub("[\u2068\u2069\\s]", "", "".join(rows))
    assert plain == re.sub(r"\s", "", _said(*dutch))
    assert file.core_properties.author == "Verder"
    assert file.core_properties.title == "Overgangsdocument"


def test_arabic_stands_beside_dutch_joined_and_turned() -> None:
    """The own language stands on the right with joined letters; own words keep their direction in both columns."""
    with arabic() as spoken:
        pdf = Pdf(make_pdf(standard_form(), LINES, spoken))
        file = docx.Document(BytesIO(make_docx(standard_form(), LINES, spoken)))
    runs = list(pdf.runs())
    assert len({one for each in pdf.maps.values() for one in each.values()} & set("مدرجة")) > 2
    assert [run[3] for run in runs].count("أصلح الدراجات"[::-1]) == 2
    title = next(run for run in runs if run[3] == "وثيقة مدرستي"[::-1])
    assert next(run for run in runs if run[3] == "Overgangsdocument")[0] < title[0]
    assert any(run[3].startswith("Praktijkonderwijs, uitstroom arbeid.") and run[0] > 297 for run in runs)
    table = file.tables[0]
    assert "bidiVisual" in table._tbl.xml
    assert [cell.text for cell in table.rows[0].cells] == ["وثيقة مدرستي", "Overgangsdocument"]
    assert "<w:rtl/>" in table.rows[0].cells[0]._tc.xml and "<w:bidi/>" in table.rows[0].cells[0]._tc.xml


def test_a_language_that_lacks_a_word_gives_dutch() -> None:
    """A document is never half translated."""
    lacking = Language("ar", "العربية", "rtl", {"transition.document.title": "وثيقة"})
    assert make_pdf(standard_form(), LINES, lacking) == make_pdf(standard_form(), LINES, language(None))


def test_hostile_words_are_only_words() -> None:
    """No formula, field, link or outside part; what was typed stands there as text."""
    assert '=cmd|"/Ccalc"!A0<w:p/>{{7*7}}gedraaid' in _said(HOSTILE)
    data = make_docx(standard_form(), (HOSTILE,), language(None))
    with zipfile.ZipFile(BytesIO(data)) as packed:
        parts = {name: packed.read(name).decode() for name in packed.namelist() if name.endswith((".xml", ".rels"))}
    assert not any("TargetMode" in text for text in parts.values())
    assert not re.search("fldSimple|instrText|hyperlink|macro", parts["word/document.xml"])
    assert not re.search("[\u202a-\u202e\u2066\u2067\u0007]", parts["word/document.xml"])
    assert "&lt;w:p/&gt;" in parts["word/document.xml"]


def test_the_same_document_gives_the_same_pdf() -> None:
    """Nothing in the file says when it was made or by whom it was asked."""
    assert make_pdf(standard_form(), LINES, language(None)) == make_pdf(standard_form(), LINES, language(None))


def test_a_region_has_its_own_form(tmp_path: Path) -> None:
    """A file in the folder orders and names the parts for its municipalities; others keep the standard form."""
    (tmp_path / "regio.toml").write_text(
        'name = "regio"\ntitle = "Ons blad"\nmunicipalities = ["0344"]\n'
        '[[sections]]\ntitle = "Eerst dit"\nlines = ["school.contact", "person.name"]\n',
        "utf-8",
    )
    forms = load_forms(tmp_path)
    form = forms.of("0344")
    shown = words(Pdf(make_pdf(form, LINES, language(None)))).replace(" ", "")
    assert shown.startswith("OnsbladEerstditContactmetschool")
    assert shown.index("CoachA") < shown.index("Sam")
    assert "Werktnetjes." not in shown
    assert forms.of("0363") == standard_form()
    own = (tmp_path / "regio.toml").read_text("utf-8").replace('["0344"]', '[]\norganisations = ["o1"]')
    (tmp_path / "eigen.toml").write_text(own.replace('"regio"', '"eigen"'), "utf-8")
    forms = load_forms(tmp_path)
    assert (forms.of("0344", "o1").name, forms.of("0363", "o1").name) == ("eigen", "eigen")
    assert forms.of("0344", "o2").name == "regio"
    assert forms.named("regio") == form
    assert forms.named("weg") == standard_form()
    assert load_forms(None).regional == ()


@pytest.mark.parametrize(
    "content",
    [
        'name = "standard"\ntitle = "Ons blad"\nsections = []\n',
        "dit is geen toml",
        'name = "twee"\ntitle = "Ons blad"\nmunicipalities = ["0344", "0344"]\nsections = []\n',
    ],
)
def test_a_wrong_form_stops_the_start(tmp_path: Path, content: str) -> None:
    """A broken file, a name or a municipality that is there twice is refused with the reason, before anybody is served."""
    (tmp_path / "een.toml").write_text(content, "utf-8")
    (tmp_path / "nul.toml").write_text('name = "nul"\ntitle = "x"\nmunicipalities = ["0344"]\nsections = []\n', "utf-8")
    with pytest.raises(BadForm):
        load_forms(tmp_path)
    assert read_form({"name": "x", "title": "y", "sections": []}).sections == ()
