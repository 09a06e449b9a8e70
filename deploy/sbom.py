"""Writes what a release is made of as CycloneDX 1.6 JSON: every locked package with its hashes, and the files of others.

    python deploy/sbom.py --output verder.cdx.json

Names, versions and hashes come from `requirements.lock`; licences from the packages installed beside it, as far as they say;
files of others from the first table of `docs/third-party.md`. The same release gives the same bytes. Needs the development
package cyclonedx-python-lib, and no network.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.exception import MissingOptionalDependencyException
from cyclonedx.model import Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parents[1]
_PACKAGE = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_ROW = re.compile(
    r"^\| (?P<what>[^|]+?) \| `(?P<path>[^`]+)` \| (?P<version>[^|]+?) \| (?P<licence>[^|]+?) \|$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Locked:
    """One package of a lock file."""

    name: str
    version: str
    hashes: tuple[str, ...]


def locked(lock: str) -> Iterator[Locked]:
    """The packages of a lock file, in its order."""
    found = list(_PACKAGE.finditer(lock))
    for place, one in enumerate(found):
        end = found[place + 1].start() if place + 1 < len(found) else len(lock)
        name = re.sub(r"[-_.]+", "-", one[1]).lower()
        yield Locked(name, one[2], tuple(_HASH.findall(lock[one.end() : end])))


def vendored(table: str) -> Iterator[tuple[str, str, str, str]]:
    """Name, path, version and licence of each row of files that a release brings along."""
    for row in _ROW.finditer(table):
        if not row["path"].startswith("tests/"):
            yield row["what"].partition(":")[0], row["path"], row["version"], row["licence"]


def make(root: Path = ROOT) -> str:
    """The list as JSON."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    lock = (root / "requirements.lock").read_text("utf-8")
    files = (root / "docs" / "third-party.md").read_text("utf-8")
    packages = [_package(one) for one in locked(lock)]
    parts = [*packages, *(_file(*row) for row in vendored(files))]
    product = Component(
        name=project["name"], version=project["version"], type=ComponentType.APPLICATION, bom_ref="verder"
    )
    product.licenses.add(LicenseExpression(project["license"]))
    bom = Bom(components=parts, serial_number=uuid5(NAMESPACE_URL, lock + files + project["version"]))
    bom.metadata.component = product
    made_at = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))  # the same release, the same bytes
    bom.metadata.timestamp = datetime.fromtimestamp(made_at, UTC)
    bom.register_dependency(product, parts)
    return JsonV1Dot6(bom).output_as_string(indent=2)


def problems(made: str) -> str | None:
    """What the format's own schema says is wrong, or None."""
    try:
        found = JsonStrictValidator(SchemaVersion.V1_6).validate_str(made)
    except MissingOptionalDependencyException as missing:
        return str(missing)
    return None if found is None else str(found)


def _package(one: Locked) -> Component:
    component = Component(
        name=one.name,
        version=one.version,
        type=ComponentType.LIBRARY,
        purl=PackageURL("pypi", name=one.name, version=one.version),
        bom_ref=f"pkg:pypi/{one.name}@{one.version}",
        properties=[Property(name="verder:lock:sha256", value=each) for each in one.hashes],
    )
    component.licenses.update(_licences(one.name))
    return component


def _file(what: str, path: str, version: str, licence: str) -> Component:
    return Component(
        name=what,
        version=version,
        type=ComponentType.FILE,
        bom_ref=path,
        licenses=[DisjunctiveLicense(name=licence)],
        properties=[Property(name="verder:path", value=path)],
    )


def _licences(name: str) -> list[LicenseExpression | DisjunctiveLicense]:
    """What the installed package says of its licence; nothing when it is not installed here or says nothing short."""
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return []
    if expression := said.get("License-Expression"):
        return [LicenseExpression(expression)]
    classes = [one.rpartition(" :: ")[2] for one in said.get_all("Classifier") or () if one.startswith("License :: ")]
    free = said.get("License") or ""
    named = classes or ([free.strip()] if 0 < len(free.strip()) <= 60 and "\n" not in free.strip() else [])
    return [DisjunctiveLicense(name=one) for one in dict.fromkeys(named)]


def main() -> int:
    """Writes the list; 1 when the format's schema does not accept it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--output", type=Path, help="the file to write; otherwise it is printed")
    output = parser.parse_args().output
    made = make()
    if output is None:
        sys.stdout.write(made + "\n")
    else:
        output.write_text(made + "\n", "utf-8")
    wrong = problems(made)
    if wrong:
        sys.stderr.write(f"{wrong}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
