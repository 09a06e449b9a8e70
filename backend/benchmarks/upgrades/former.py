"""The release before this one, out of the history of its own repository: its code beside ours, to be run."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from backend.migrations import head

_REPOSITORY = Path(__file__).parents[3]
_STEPS = "backend/migrations/versions"
_NUMBER = re.compile(r"/([0-9]{4})_[a-z0-9_]+\.py$")
_PACKAGES = ("backend", "bot", "dialogs", "knowledge", "locales")


class NoFormer(Exception):
    """There is no history here with an older schema; the message says why."""


@dataclass(frozen=True, slots=True)
class Former:
    """The newest commit whose schema is older than ours."""

    commit: str
    revision: str

    def unpack(self, folder: Path) -> Path:
        """Its code in a folder, to be put first on Python's path."""
        packed = _git("archive", self.commit, *_PACKAGES)
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")
        return folder


def find_former() -> Former:
    """Raises `NoFormer`."""
    for commit in _candidates():
        numbers = [found[1] for name in _names(commit) if (found := _NUMBER.search(name))]
        if numbers and int(max(numbers)) < int(head()):
            return Former(commit, max(numbers))
    raise NoFormer("no commit here has an older schema: the clone is shallow, or this is the first release")


def _candidates() -> Iterator[str]:
    """The newest commit, and those before each change of the schema."""
    yield "HEAD"
    for commit in _git("log", "-n", "50", "--format=%H", "--", _STEPS).decode().split():
        yield f"{commit}^"


def _names(commit: str) -> list[str]:
    """Empty for a commit that is not there: the first one has none before it."""
    try:
        return _git("ls-tree", "-r", "--name-only", commit, "--", _STEPS).decode().splitlines()
    except NoFormer:
        return []


def _git(*arguments: str) -> bytes:
    command = ("git", "-C", str(_REPOSITORY), *arguments)
    try:
        return subprocess.run(command, check=True, capture_output=True).stdout
    except FileNotFoundError:
        raise NoFormer("git is not installed here") from None
    except subprocess.CalledProcessError as error:
        raise NoFormer(f"git says: {error.stderr.decode(errors='replace').strip()[:200]}") from None
