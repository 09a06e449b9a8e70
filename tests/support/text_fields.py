"""Every field through which text can come in: what the routes read, and what people can type into on the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from fastapi import FastAPI
from pydantic import BaseModel

from route_table import all_of

_ROOT = Path(__file__).parents[2]
_TEMPLATES = ("backend/desk/templates", "bot/web_widget/templates")
_TYPED = re.compile(r"<(?:input|textarea)\b[^>]*>")
_ATTRIBUTE = re.compile(r'\b(type|name|id)="([^"]*)"')
_NO_WORDS = {"hidden", "checkbox", "radio", "date", "time", "number"}
"""Kinds of inputs into which a browser lets nobody type words."""


def route_fields(app: FastAPI) -> frozenset[str]:
    """Each as "METHOD /path name": every parameter of an address, form or JSON body that takes free text."""
    return frozenset(
        f"{method} {path} {name}"
        for path, route in all_of(app.routes)
        for name in _names(route)
        for method in route.methods or ()
        if method != "HEAD"
    )


def page_fields() -> frozenset[str]:
    """Each as "template name", or "template #id" for one without a name: the inputs in which words can be typed."""
    return frozenset(
        f"{page.name} {found['name'] if 'name' in found else '#' + found['id']}"
        for folder in _TEMPLATES
        for page in (_ROOT / folder).glob("*.html")
        for tag in _TYPED.findall(page.read_text("utf-8"))
        if (found := dict(_ATTRIBUTE.findall(tag))).get("type") not in _NO_WORDS
    )


def _names(route: Any) -> Iterator[str]:
    """The parameters of a route; a route that is no function of ours, such as a folder of files, has none."""
    dependant = getattr(route, "dependant", None)
    if dependant is not None:
        for one in (*dependant.query_params, *dependant.body_params):
            yield from _texts(one.alias, one.field_info.annotation)


def _texts(name: str, kind: Any) -> Iterator[str]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for inner, info in kind.model_fields.items():
            yield from _texts(inner, info.annotation)
    elif get_origin(kind) is Literal:
        return
    elif kind in (str, Any):
        yield name
    else:
        parts = get_args(kind)[:1] if get_origin(kind) is Annotated else get_args(kind)
        yield from dict.fromkeys(each for part in parts if part is not NoneType for each in _texts(name, part))
