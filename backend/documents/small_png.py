"""Draws an SVG of few colours as a small PNG: sixteen colours, two dots in a byte."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache

import resvg_py
from PIL import Image, ImageColor

from backend.documents.typesetting import FAMILIES, Face, font_file

Meeting = tuple[tuple[str, str], ...]


def png_of(svg: str, faces: set[Face], meeting: Meeting) -> bytes:
    """The SVG as PNG. `faces` are the fonts it names; `meeting` are the pairs of colours that touch, as "#rrggbb".

    Its width must be even. The picture gets those colours and the one between each pair, so that letters keep smooth
    edges; raises ValueError when these are more than sixteen.
    """
    files = [str(font_file(face, bold=bold)) for face in sorted(faces) for bold in (False, True)]
    drawn = resvg_py.svg_to_bytes(
        svg_string=svg, skip_system_fonts=True, font_files=files, font_family=FAMILIES["sans"]
    )
    colours = _colours(meeting)
    palette = Image.new("P", (1, 1))
    palette.putpalette(colours)
    image = Image.open(io.BytesIO(drawn)).convert("RGB").quantize(palette=palette, dither=Image.Dither.NONE)
    return _packed(image, bytes(colours))


@cache
def _colours(meeting: Meeting) -> list[int]:
    pairs = [(ImageColor.getrgb(one), ImageColor.getrgb(other)) for one, other in meeting]
    own = [colour for pair in pairs for colour in pair]
    between = [tuple((a + b) // 2 for a, b in zip(one, other, strict=True)) for one, other in pairs]
    colours = list(dict.fromkeys(own + between))
    if len(colours) > 16:
        raise ValueError(f"{len(colours)} colours do not fit in four bits")
    return [value for colour in colours for value in colour]


def _packed(image: Image.Image, colours: bytes) -> bytes:
    """PNG of four bits a dot without filters: a sixth smaller than Pillow makes it, which filters such rows."""
    dots, row = image.tobytes(), image.width // 2
    left = int.from_bytes(dots[::2].translate(bytes(value << 4 & 255 for value in range(256))), "big")
    pairs = (left | int.from_bytes(dots[1::2], "big")).to_bytes(len(dots) // 2, "big")
    deflate = zlib.compressobj(9, memLevel=9)
    data = (
        deflate.compress(b"".join(b"\0" + pairs[at : at + row] for at in range(0, len(pairs), row))) + deflate.flush()
    )
    head = struct.pack(">IIBBBBB", *image.size, 4, 3, 0, 0, 0)
    parts = ((b"IHDR", head), (b"PLTE", colours), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_part(name, content) for name, content in parts)


def _part(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
