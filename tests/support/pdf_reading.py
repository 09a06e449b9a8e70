"""Reads a PDF that was made here, as a reader's programme does: pages, and every run of text with its place and words."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator


class Pdf:
    """What a reader of PDF finds: pages, and per run of text its place, size and words, through the ToUnicode maps."""

    def __init__(self, data: bytes) -> None:
        assert data.startswith(b"%PDF-1.")
        self.data = data
        self.objects = {int(number): body for number, body in re.findall(rb"(?s)(\d+) 0 obj\n(.*?)\nendobj", data)}
        self.pages = [body for body in self.objects.values() if re.search(rb"/Type /Page\b(?!s)", body)]
        fonts = re.findall(rb"/(F\d+) (\d+) 0 R", b"".join(self.objects.values()))
        self.maps = {name.decode(): self._to_unicode(int(number)) for name, number in fonts}

    def runs(self) -> Iterator[tuple[float, float, float, str]]:
        """Left edge and height in points, size in points, words, in the order of the paper."""
        token = re.compile(rb"(?s)/(F\d+) ([\d.]+) Tf|([\d.]+) ([\d.]+) Td(.*?) ET")
        font, size = "", 0.0
        for page in self.pages:
            content = self._stream(int(re.search(rb"/Contents (\d+)", page)[1]))  # type: ignore[index]
            for name, points, x, y, shown in token.findall(content):
                if name:
                    font, size = name.decode(), float(points)
                else:
                    yield float(x), float(y), size, self._said(font, shown)

    def _said(self, font: str, shown: bytes) -> str:
        codes = b"".join(re.findall(rb"(?s)\(((?:\\.|[^\\()])*)\) Tj", shown))
        plain = re.sub(rb"(?s)\\(.)", lambda found: {b"r": b"\r", b"n": b"\n"}.get(found[1], found[1]), codes)
        glyphs = (int.from_bytes(plain[at : at + 2], "big") for at in range(0, len(plain), 2))
        return "".join(self.maps[font][one] for one in glyphs)

    def _to_unicode(self, font: int) -> dict[int, str]:
        reference = re.search(rb"/ToUnicode (\d+)", self.objects[font])
        assert reference
        pairs = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]*)>\n", self._stream(int(reference[1])))
        return {int(code, 16): bytes.fromhex(words.decode()).decode("utf-16-be") for code, words in pairs}

    def _stream(self, number: int) -> bytes:
        body = self.objects[number]
        raw = body[body.index(b"stream\n") + 7 : body.rindex(b"\nendstream")]
        return zlib.decompress(raw) if b"/FlateDecode" in body else raw


def words(pdf: Pdf) -> str:
    """All runs one after another, without spaces between lines lost."""
    return " ".join("".join(run[3] for run in pdf.runs()).split())
