"""The processing register (art. 30 AVG) out of the column register: to read as Markdown, or each column as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from backend.register.reading import ColumnEntry, Register, TableEntry

_HEAD = """\
# Register van verwerkingen (art. 30 AVG)

Dit register is gemaakt uit het kolommenregister van de software (`backend/register/columns.toml`) met
`verder admin register`, en is dus volledig: een kolom zonder reden, grondslag of bewaartermijn komt niet door de
controles. Vul per organisatie aan: verwerkingsverantwoordelijke, functionaris gegevensbescherming, verwerkers en
hosting. Een jurist bevestigt de grondslagen voordat de dienst opengaat.
"""
_FOOT = """\
## Beveiliging van alle verwerkingen

- Wat iemand schrijft, wie iemand is en waar iemand te bereiken is, staat versleuteld: een sleutel per persoon
  (AES-256-GCM), gewikkeld in een sleutel die niet in de database of haar kopieën staat. Elke waarde opent alleen op haar
  eigen plaats.
- Opzoeken gaat met een blinde index (HMAC-SHA-256) onder een eigen sleutel.
- Wissen is het weghalen van de sleutel en van alle rijen; oude kopieën worden onleesbaar door het wisselen van sleutels.
- Elke handeling staat in een keten (SHA-256) die elk uur wordt ondertekend (Ed25519) en elders bewaard kan worden.
- Medewerkers zien alleen vragen aan hun eigen organisatie, in hun eigen wachtrijen.
"""
_ABOUT = {
    "person": "jongeren die hulp zoeken",
    "counsellor": "begeleiders",
    "organisation": "organisaties (geen personen)",
    "none": "niemand",
}
_SENSITIVITY = {
    "none": "geen persoonsgegeven",
    "pseudonym": "willekeurig nummer",
    "personal": "persoonsgegeven",
    "special": "kan bijzonder zijn (art. 9)",
}
_HOURS = "{hours}"
_YES = {True: "ja", False: "nee"}
_CSV = ("tabel", "kolom", "over", "doel", "grondslag", "gevoeligheid", "bewaartermijn", "in export")


def as_markdown(register: Register, *, hours: int = 24) -> str:
    """One chapter for each purpose, with every column it is served by; `hours` is how long this service keeps a
    conversation without a request."""
    chapters = [chapter for key in register.purposes for chapter in _chapter(register, key)]
    return "\n".join([_HEAD, *chapters, _FOOT]).replace(_HOURS, str(hours))


def as_csv(register: Register, *, hours: int = 24) -> str:
    """One line for each column."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_CSV)
    for table, column in _columns(register):
        writer.writerow(
            (
                table.name,
                column.name,
                _ABOUT[column.about],
                register.purposes[column.purpose].title,
                register.bases[column.basis],
                _SENSITIVITY[column.sensitivity],
                register.retentions[column.retention].replace(_HOURS, str(hours)),
                _YES[column.in_export],
            )
        )
    return out.getvalue()


def _columns(register: Register) -> Iterator[tuple[TableEntry, ColumnEntry]]:
    for table in register.tables.values():
        yield from ((table, column) for column in table.columns.values())


def _chapter(register: Register, key: str) -> Iterator[str]:
    found = [(table, column) for table, column in _columns(register) if column.purpose == key]
    if not found:
        return
    purpose = register.purposes[key]
    columns = [column for _, column in found]
    yield f"## {purpose.title}\n"
    yield f"- **Doel**: {purpose.text}"
    yield f"- **Grondslag**: {'; '.join(_each(register.bases[one.basis] for one in columns))}"
    yield f"- **Over**: {', '.join(_each(_ABOUT[one.about] for one in columns))}"
    yield f"- **Ontvangers**: {purpose.recipients}"
    yield f"- **Buiten de Europese Unie**: {purpose.abroad}"
    yield f"- **Bewaartermijn**: {'; '.join(_each(register.retentions[one.retention] for one in columns))}\n"
    yield "| tabel | gegevens | gevoeligheid | in export |"
    yield "| --- | --- | --- | --- |"
    yield from _lines(found)
    yield ""


def _lines(found: list[tuple[TableEntry, ColumnEntry]]) -> Iterator[str]:
    """One line for the columns of a table that are alike."""
    alike: dict[tuple[str, str, bool], list[str]] = {}
    for table, column in found:
        alike.setdefault((table.name, column.sensitivity, column.in_export), []).append(column.name)
    for (table_name, sensitivity, in_export), names in alike.items():
        shown = ", ".join(f"`{name}`" for name in names)
        yield f"| `{table_name}` | {shown} | {_SENSITIVITY[sensitivity]} | {_YES[in_export]} |"


def _each(words: Iterable[str]) -> list[str]:
    """Each once, in the order of its first mention."""
    return list(dict.fromkeys(words))
