"""Reads the arrays of an `.npz` file as plain arrays: a zip of `.npy` parts, numbers only, nothing that can run."""

from __future__ import annotations

import ast
import sys
import zipfile
import zlib
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

Numbers: TypeAlias = "array[int] | array[float]"


class Damaged(Exception):
    """A file of numbers that is not there or cannot be read whole; the message names it and says what to do."""


_MAGIC, _HEADER_AT = b"\x93NUMPY\x01\x00", 10
_TYPES = {"|i1": "b", "|u1": "B", "<i4": "i", "<f4": "f"}


def read_numbers(path: Path) -> Mapping[str, Numbers]:
    """Each array by name, flat, in C order; every part has a checksum. Raises Damaged, or ValueError for other things
    than plain numbers."""
    try:
        with zipfile.ZipFile(path) as packed:
            parts = {name: packed.read(name) for name in packed.namelist()}
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError) as problem:
        raise damaged(path, type(problem).__name__) from problem
    return {name.removesuffix(".npy"): _numbers(name, content) for name, content in parts.items()}


def damaged(path: Path, why: str) -> Damaged:
    """What is said of a file that cannot be used."""
    return Damaged(f"{path.name} is missing or damaged ({why}): install this version again, or train anew")


def _numbers(name: str, content: bytes) -> Numbers:
    if not content.startswith(_MAGIC):
        raise ValueError(f"{name}: not an array")
    start = _HEADER_AT + int.from_bytes(content[8:_HEADER_AT], "little")
    header = ast.literal_eval(content[_HEADER_AT:start].decode("latin-1").strip())
    if header["descr"] not in _TYPES or header["fortran_order"]:
        raise ValueError(f"{name}: holds {header['descr']}, not plain numbers")
    found: Numbers = array(_TYPES[header["descr"]])
    found.frombytes(content[start:])
    if sys.byteorder == "big":
        found.byteswap()
    return found
