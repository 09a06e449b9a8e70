"""What may not stand in our own source: doors that text can come through as code. Each exception is listed with its reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("backend", "bot", "dialogs", "knowledge", "locales")
FORBIDDEN_CALLS = {
    "eval": "runs text",
    "exec": "runs text",
    "compile": "makes code of text",
    "__import__": "loads by name",
    "os.system": "a shell",
    "os.popen": "a shell",
    "pickle.load": "runs what it reads",
    "pickle.loads": "runs what it reads",
    "marshal.loads": "runs what it reads",
    "shelve.open": "runs what it reads",
    "yaml.load": "makes objects of text",
    "yaml.unsafe_load": "makes objects of text",
    "tempfile.mktemp": "another may be first",
    "ssl._create_unverified_context": "trusts everybody",
    "hashlib.md5": "is broken",
    "hashlib.sha1": "is broken",
}
FORBIDDEN_WORDS = {
    "shell": True,
    "verify": False,
    "autoescape": False,
    "follow_redirects": True,
    "check_hostname": False,
}
SQL_CALLS = ("text", "sa.text", "sqlalchemy.text")
RAW_SQL = ("exec_driver_sql", "executescript")
SQL_OF_OUR_OWN = {
    "backend/migrations/__init__.py": "a constant of the file itself",
    "backend/benchmarks/upgrades/sameness.py": "names of our own tables and columns",
    "backend/benchmarks/seeding.py": "constants of the file itself",
    "backend/row_security.py": "our own role, schemas and tables",
    "backend/support_requests/models.py": "constants of the file itself",
    "backend/benchmarks/services.py": "the name of a database that was just made up",
    "backend/benchmarks/faults/grounds.py": "the name of a database that was just made up",
}
"""Files in which SQL is put together, and from what."""
SAFE_IN_TEMPLATES = {
    "style | safe": "the style sheet of this release",
    "script | safe": "the script of this release",
    "one.chart|safe": "a picture drawn here, its words escaped",
    "' aria-current=\"step\"'|safe": "a constant",
}
SINKS = re.compile(
    r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write(ln)?|eval\s*\(|new\s+Function|createContextualFragment"
    r"|setHTMLUnsafe|DOMParser|\.srcdoc|setTimeout\(\s*[\"'`]|setInterval\(\s*[\"'`])"
)
HANDLER = re.compile(r"<[a-z][^<>]*\son[a-z]+\s*=(?!=)", re.IGNORECASE)


def _sources() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "versions" not in path.parts:
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


TREES = dict(_sources())
TEMPLATES = [path for package in ("backend", "bot") for path in sorted((ROOT / package).rglob("templates/*"))]
SCRIPTS = [
    path
    for package in ("backend", "bot")
    for path in sorted((ROOT / package).rglob("*.js"))
    if "vendor" not in path.parts
]


def test_no_call_makes_code_of_text() -> None:
    """Nothing evaluates, unpickles or starts a shell; certificates are checked, pages escape, redirects are not followed."""
    found = [
        f"{path}:{call.lineno} {_name(call.func)}: {FORBIDDEN_CALLS[_name(call.func)]}"
        for path, call in _calls()
        if _name(call.func) in FORBIDDEN_CALLS and not _is_regex(call)
    ]
    found += [
        f"{path}:{call.lineno} {word.arg}={word.value.value}"
        for path, call in _calls()
        for word in call.keywords
        if isinstance(word.value, ast.Constant) and word.arg in FORBIDDEN_WORDS
        if word.value.value is FORBIDDEN_WORDS[word.arg]
    ]
    assert found == []


def test_sql_is_never_put_together_from_what_came_in() -> None:
    """SQL in text is a constant; where it is put together the file is listed, with from what."""
    mixed = {
        path: call.lineno
        for path, call in _calls()
        if _name(call.func) in SQL_CALLS or _name(call.func).split(".")[-1] in RAW_SQL
        if call.args and not _is_constant(call.args[0])
    }
    assert {path: line for path, line in mixed.items() if path not in SQL_OF_OUR_OWN} == {}


def test_markup_is_never_put_together() -> None:
    """`Markup` gets a constant, and values only through its own `format`, which escapes them."""
    wrong = [
        f"{path}:{call.lineno}"
        for path, call in _calls()
        if _name(call.func).split(".")[-1] == "Markup" and call.args and not _is_constant(call.args[0])
    ]
    drawn = [
        one
        for one in wrong
        if not one.startswith(("backend/desk/account_views.py", "backend/desk/statistics_views.py"))
    ]
    assert drawn == []


def test_every_template_escapes() -> None:
    """Each Jinja environment escapes, and `safe` stands only behind what is ours."""
    environments = [
        call for _, call in _calls() if _name(call.func).split(".")[-1] in ("Environment", "SandboxedEnvironment")
    ]
    assert environments
    for call in environments:
        escapes = {word.arg: word.value for word in call.keywords}.get("autoescape")
        assert isinstance(escapes, ast.Constant)
        assert escapes.value is True
    marked = [
        f"{path.name}: {found}"
        for path in TEMPLATES
        for found in re.findall(r"[^{%]*\|\s*safe", path.read_text("utf-8"))
        if not any(known in found for known in SAFE_IN_TEMPLATES)
    ]
    assert marked == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_our_scripts_write_text_and_no_html(path: Path) -> None:
    """No script of ours makes elements or code of text."""
    assert SINKS.findall(path.read_text("utf-8")) == []


def test_no_page_has_a_script_in_an_attribute() -> None:
    """Handlers are set by scripts, which the content policy knows; an attribute would need a hole in it."""
    assert [path.name for path in TEMPLATES if HANDLER.search(path.read_text("utf-8"))] == []


def test_the_rules_find_what_they_look_for() -> None:
    """Each rule strikes at an example, so that a rule that looks for nothing is seen."""
    bad = ast.parse('db.execute(text(f"select {x}")); eval("1"); run("x", shell=True); Markup("<b>" + x)')
    calls = [node for node in ast.walk(bad) if isinstance(node, ast.Call)]
    assert {_name(call.func) for call in calls} >= {"text", "eval", "run", "Markup"}
    assert not all(_is_constant(call.args[0]) for call in calls if _name(call.func) in ("text", "Markup"))
    assert SINKS.search("node.innerHTML = x")
    assert HANDLER.search('<p class="x" onclick="y">')


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield path, node


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        return all(isinstance(part, ast.Constant) for part in node.values)
    if isinstance(node, ast.BinOp):
        return _is_constant(node.left) and _is_constant(node.right)
    if isinstance(node, ast.IfExp):
        return _is_constant(node.body) and _is_constant(node.orelse)
    return isinstance(node, ast.Constant)


def _is_regex(call: ast.Call) -> bool:
    return _name(call.func) == "re.compile"
