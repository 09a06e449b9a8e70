"""What Lighthouse says of our pages: accessibility and best practices, 0 to 100, where npm can fetch it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from backend.benchmarks.slow_phone import CHROMIUM

_PACKAGE = "lighthouse@12.8.2"
_CATEGORIES = ("accessibility", "best-practices")
_FETCH_SECONDS, _LOOK_SECONDS = 240, 180


def scores(pages: Mapping[str, str], folder: Path) -> dict[str, float]:
    """`lighthouse_<page>_<category>` for each page by name and address; empty when Lighthouse cannot be had."""
    program = _fetched(folder)
    if program is None:
        return {}
    found: dict[str, float] = {}
    for name, url in pages.items():
        _tell(f"lighthouse looks at {name}")
        for category, score in _look(program, url, folder).items():
            found[f"lighthouse_{name}_{category.replace('-', '_')}"] = score
    return found


def _fetched(folder: Path) -> Path | None:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        _tell("no lighthouse: there is no npm")
        return None
    place = folder / "lighthouse"
    place.mkdir()
    (place / "package.json").write_text('{"name": "measuring", "private": true}')
    command = (npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", _PACKAGE)
    try:
        subprocess.run(command, cwd=place, capture_output=True, timeout=_FETCH_SECONDS, check=True)
    except (subprocess.SubprocessError, OSError) as error:
        _tell(f"no lighthouse: {type(error).__name__}")
        return None
    return place / "node_modules" / "lighthouse" / "cli" / "index.js"


def _look(program: Path, url: str, folder: Path) -> dict[str, float]:
    """The scores of one page; a category that Lighthouse could not judge is 0."""
    options = (
        f"--only-categories={','.join(_CATEGORIES)}",
        "--output=json",
        "--quiet",
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
    )
    environment = {**os.environ, "CHROME_PATH": str(CHROMIUM)}
    try:
        done = subprocess.run(
            ("node", str(program), url, *options),
            cwd=folder,
            env=environment,
            capture_output=True,
            timeout=_LOOK_SECONDS,
            check=True,
        )
        categories = json.loads(done.stdout)["categories"]
    except (subprocess.SubprocessError, OSError, ValueError, LookupError) as error:
        _tell(f"lighthouse failed on {url}: {type(error).__name__}")
        return dict.fromkeys(_CATEGORIES, 0.0)
    return {one: 100 * (categories[one]["score"] or 0.0) for one in _CATEGORIES}


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
