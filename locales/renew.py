"""Brings every catalogue up to date with the Dutch source: `python -m locales.renew [--check] [--add CODE]`.

New ids come in empty, vanished ones go, and a translation whose Dutch changed is kept but marked fuzzy with the old
Dutch beside it, so that nobody is shown it until a translator has looked.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, unescape, write_po

from locales import SOURCE, source_texts

FOLDER = Path(__file__).parent
NOT_CHECKED = "not checked by a native speaker"
"""In the head of a catalogue, or in a comment on a message: nobody who grew up with the language has read it yet."""
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_HEADER = """\
# The key of each message (msgctxt) is the id of the Dutch sentence in locales/nl. Renew with: python -m locales.renew
{mark}msgid ""
msgstr ""
"Language: {code}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


_MARK = f"# This translation was {NOT_CHECKED}. Take this line away when somebody has read all of it.\n"


def main(arguments: Sequence[str] | None = None, folder: Path = FOLDER) -> int:
    """Renews, or with --check only says what is out of date; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m locales.renew", description="Brings catalogues up to date.")
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--check", action="store_true", help="change nothing; exit 1 when something is out of date")
    one.add_argument("--add", metavar="CODE", help="a new, empty catalogue for this language")
    wanted = parser.parse_args(arguments)
    if wanted.add and not _add(wanted.add, folder):
        parser.error(f"no such language, or it is there already: {wanted.add}")
    changed = stale(folder)
    for path in changed:
        sys.stdout.write(f"{path.relative_to(folder)}: {'out of date' if wanted.check else 'renewed'}\n")
        if not wanted.check:
            path.write_bytes(renewed(path, source_texts()))
    return 1 if wanted.check and changed else 0


def stale(folder: Path = FOLDER) -> list[Path]:
    """The catalogues that renewing would change."""
    paths = sorted(folder.glob("*/LC_MESSAGES/messages.po"))
    return [path for path in paths if path.read_bytes() != renewed(path, source_texts())]


def renewed(path: Path, source: Mapping[str, str]) -> bytes:
    """A catalogue's bytes, in step with the source: by id, the same on every machine and day."""
    with path.open("rb") as file:
        old = {message.context: message for message in read_po(file) if message.context}
    code = path.parts[-3]
    head = path.read_text("utf-8").partition('msgid ""')[0]
    mark = _MARK if NOT_CHECKED in head else ""
    catalogue = Catalog(locale=None)
    for message in _messages(old, source):
        catalogue[message.id] = message
    buffer = BytesIO()
    write_po(buffer, catalogue, width=0, omit_header=True, include_previous=True)
    return _HEADER.format(code=code, mark=mark).encode() + buffer.getvalue().rstrip(b"\n") + b"\n"


def _messages(old: Mapping[str, Message], source: Mapping[str, str]) -> Iterator[Message]:
    for id, dutch in sorted(source.items()):
        before = old.get(id)
        if before is None or not before.string:
            yield Message(dutch, context=id)
            continue
        remarks = [line for line in before.user_comments if not line.startswith("|")]
        fuzzy = before.fuzzy or before.id != dutch
        yield Message(
            dutch,
            before.string,
            context=id,
            user_comments=remarks,
            flags=["fuzzy"] * fuzzy,
            previous_id=[_first_dutch(before)] if fuzzy else [],
        )


def _first_dutch(message: Message) -> str:
    """The Dutch that the translation was made for; Babel writes it ("#|") but reads it as a comment."""
    quoted = [part for line in message.user_comments if line.startswith("|") for part in _QUOTED.findall(line)]
    return "".join(unescape(part) for part in quoted) if quoted else str(message.id)


def _add(code: str, folder: Path) -> bool:
    path = folder / code / "LC_MESSAGES" / "messages.po"
    try:
        Locale.parse(code)
    except (ValueError, UnknownLocaleError):
        return False
    if code == SOURCE or path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_MARK, "utf-8")
    return True


if __name__ == "__main__":
    sys.exit(main())
