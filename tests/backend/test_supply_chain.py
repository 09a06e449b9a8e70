"""What a release is made of is written down whole, in a form that others can read and check."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "deploy" / "sbom.py"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The list, made as somebody makes it; the script refuses what the format's own schema refuses."""
    path = tmp_path_factory.mktemp("sbom") / "verder.cdx.json"
    _run("--output", str(path))
    return path.read_text("utf-8")


def _run(*arguments: str) -> str:
    command = [sys.executable, str(SCRIPT), *arguments]
    run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return run.stdout


def _parts(written: str) -> dict[str, Json]:
    parts: list[Json] = json.loads(written)["components"]
    return {part["name"]: part for part in parts}


def _locked() -> dict[str, tuple[str, set[str]]]:
    """Name, version and hashes as they stand in the lock, read in another way than the script does."""
    found: dict[str, tuple[str, set[str]]] = {}
    name = ""
    for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            name, _, rest = line.partition("==")
            found[name] = (re.split(r"[ ;\\]", rest)[0], set())
        elif "--hash=sha256:" in line:
            found[name][1].add(line.split("--hash=sha256:")[1].split()[0])
    return found


def test_every_locked_package_is_in_it(written: str) -> None:
    """Each with its version and all its hashes; none that is not locked."""
    parts, locked = _parts(written), _locked()
    packages = {name: part for name, part in parts.items() if part["type"] == "library"}
    assert packages.keys() == locked.keys()
    for name, (version, hashes) in locked.items():
        assert packages[name]["version"] == version
        assert packages[name]["purl"] == f"pkg:pypi/{name}@{version}"
        assert {one["value"] for one in packages[name]["properties"]} == hashes
        assert hashes


def test_files_of_others_are_in_it(written: str) -> None:
    """What others made and a release brings along is there with its licence; test data is not."""
    files = {one["bom-ref"]: one for one in _parts(written).values() if one["type"] == "file"}
    assert {"backend/desk/static/vendor/htmx", "backend/documents/fonts"} <= files.keys()
    for path, one in files.items():
        assert (ROOT / path).exists(), path
        assert one["licenses"]
        assert not path.startswith("tests/")


def test_licences_are_said(written: str) -> None:
    """Nine packages of ten say their licence; the product says its own."""
    libraries = [one for one in _parts(written).values() if one["type"] == "library"]
    assert sum("licenses" in one for one in libraries) >= 0.9 * len(libraries)
    product = json.loads(written)["metadata"]["component"]
    assert product["licenses"] == [{"expression": "EUPL-1.2"}]


def test_the_same_release_gives_the_same_list(written: str) -> None:
    """Made again it is the same, byte for byte, so that a difference means something."""
    assert _run() == written
