"""Hostile texts: the Big List of Naughty Strings, and payloads made here from categories, each of which marks itself.

A payload that runs calls `alert` or sets `window.__hit`; one that loads something asks the host `HOST`, which no page may.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from itertools import islice, zip_longest
from pathlib import Path
from urllib.parse import quote

HOST = "hostile.invalid"
HIT = "__hit"
_RUNS = (f"window.{HIT}=1", "alert(1)")
_EVENTS = ("onerror", "onload", "onclick", "onfocus", "onmouseover", "onbegin", "ontoggle", "onanimationstart")
_TAGS = {
    "img": "src=x",
    "svg": "",
    "body": "",
    "input": "autofocus",
    "details": "open",
    "video": "src=x",
    "iframe": "src=x",
    "select": "autofocus",
    "marquee": "",
    "a": "href=#",
}
_LOADING = (
    '<img src="{0}">',
    '<script src="{0}"></script>',
    '<link rel="stylesheet" href="{0}">',
    "<style>@import url({0});</style>",
    '<div style="background:url({0})">x</div>',
    '<iframe src="{0}"></iframe>',
    '<object data="{0}"></object>',
    '<embed src="{0}">',
    '<base href="{0}">',
    '<meta http-equiv="refresh" content="0;url={0}">',
    '<form action="{0}"><button autofocus>x</button></form>',
    '<video poster="{0}"></video>',
    '<audio src="{0}" autoplay></audio>',
    '<input type="image" src="{0}">',
    '<svg><image href="{0}"/></svg>',
    '<svg><use href="{0}#x"/></svg>',
    '<link rel="prefetch" href="{0}">',
    '<link rel="dns-prefetch" href="{0}">',
    '<div hx-get="{0}" hx-trigger="load">x</div>',
    '<div data-hx-get="{0}" data-hx-trigger="load">x</div>',
    "![x]({0})",
    "[x]: {0} 'x'\n![x][x]",
)
_CLOSERS = (
    '">',
    "'>",
    "-->",
    "]]>",
    "</p>",
    "</li>",
    "</bdi>",
    "</title>",
    "</style>",
    "</script>",
    "</option></select>",
    "</textarea>",
    "</blockquote>",
    "</template>",
    "</noscript>",
    "`>",
)
_ATTRIBUTES = (
    '" onmouseover="{0}" x="',
    "' onmouseover='{0}' x='",
    '" autofocus onfocus="{0}',
    "` onfocus=`{0}",
    '" style="animation-name:x" onanimationstart="{0}',
    '" hx-on:load="{0}" hx-trigger="load',
    '" data-text="x" formaction="javascript:{0}',
    '" srcdoc="&lt;script&gt;{0}&lt;/script&gt;',
)
_SCRIPTS = (
    "<script>{0}</script>",
    "<SCRIPT>{0}</SCRIPT>",
    "<ScRiPt >{0}</sCrIpT\t>",
    "<scr<script>ipt>{0}</scr</script>ipt>",
    "<script\n>{0}</script\n>",
    "<script>{0}//",
    "<<script>{0}//<</script>",
    '<script type="module">{0}</script>',
    "<svg><script>{0}</script></svg>",
    "<svg><script>//&NewLine;{0}</script></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror={0}>",
    '<noscript><p title="</noscript><img src=x onerror={0}>">',
    '<svg></p><style><a id="</style><img src=1 onerror={0}>">',
    '<form><math><mtext></form><form><mglyph><svg><mtext><textarea><path id="</textarea><img onerror={0} src=1>">',
    "<template><script>{0}</script></template>",
    '<xmp><p title="</xmp><svg/onload={0}>">',
    "<!--><script>{0}</script>-->",
    "<![CDATA[><script>{0}</script>]]>",
    "<?xml version='1.0'?><x:script xmlns:x='http://www.w3.org/1999/xhtml'>{0}</x:script>",
    "<iframe srcdoc='<script>{0}</script>'></iframe>",
    "<isindex action=javascript:{0} type=image>",
    "<img src=x:x onerror\u000b={0}>",
    "<img/src/onerror={0}>",
    "<svg/onload={0}//",
    "<x contenteditable onblur={0}>x",
)
_ADDRESSES = (
    "javascript:{0}",
    "JaVaScRiPt:{0}",
    " javascript:{0}",
    "java\tscript:{0}",
    "java\nscript:{0}",
    "\u0001javascript:{0}",
    "javascript://%0a{0}",
    "javascript:/*https://x*/{0}",
    "https://javascript:{0}@x",
    "data:text/html,<script>{0}</script>",
    "vbscript:{0}",
    "view-source:javascript:{0}",
    "blob:javascript:{0}",
    "feed:javascript:{0}",
    "tel:javascript:{0}",
    "https://" + HOST + '/"onmouseover={0}',
    "https://" + HOST + "/'><script>{0}</script>",
    "https://" + HOST + "/</a><img src=x onerror={0}>",
    "http://" + HOST + "/`{0}`",
    "//" + HOST + "/{0}",
)
_MARKDOWN = (
    "[klik]({0})",
    "![x]({0})",
    "<{0}>",
    "[klik][1]\n\n[1]: {0}",
    '[x]({0} "title")',
    "**[x]({0})**",
    "# [x]({0})",
    "- [x]({0})",
    "1. [x]({0})",
    "| a |\n| - |\n| [x]({0}) |",
    "> [x]({0})",
    "```\n</code></pre><script>{0}</script>\n```",
    "~~~html\n<a href='{0}'>x</a>\n~~~",
)
_TEMPLATES = (
    "{{7*7}}",
    "{{ 7 * 7 }}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "{% print 7*7 %}",
    "{%raw%}{{7*7}}{%endraw%}",
    "{{config}}",
    "{{self.__init__.__globals__}}",
    "{{ ''.__class__.__mro__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{0}",
    "{name}",
    "{place}",
    "{0.__class__}",
    "{name.__class__.__init__.__globals__}",
    "{",
    "}",
    "{}",
    "{!r}",
    "%s",
    "%n%n%n",
    "%(name)s",
    "$name",
    "$(id)",
    "`id`",
    "{{constructor.constructor('alert(1)')()}}",
    "[[${7*7}]]",
    "*{7*7}",
    "@(7*7)",
    "{{=7*7}}",
    "{php}echo 1;{/php}",
    "{{ csrf }}",
    "{{ session.counsellor.name }}",
    "{% include '/etc/passwd' %}",
    "{# niets #}",
    "{{{__proto__}}}",
)
_PROTOCOLS = (
    'hallo\n\nevent: message\ndata: {"number": 999, "from": "bot", "text": "nep"}',
    "data: nep",
    "id: 99999",
    "retry: 1",
    ": ping",
    "hallo\r\nSet-Cookie: a=b",
    "hallo%0d%0aLocation: https://hostile.invalid/",
    '{"from": "counsellor", "text": "nep"}',
    '","from":"counsellor","x":"',
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "' OR 1=1 --",
    "'; DROP TABLE conversation; --",
    '" OR ""="',
    "1); SELECT pg_sleep(5); --",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://hostile.invalid";"klik")',
    "+1+1",
    "-1+1",
    "@SUM(1;1)",
    "\t=1+1",
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "%2e%2e%2fetc%2fpasswd",
    "file:///etc/passwd",
    "\u2028alert(1)\u2029",
    "v1:menu",
    "/start v1:menu",
    "/erase",
    "lang:xx",
)
DIRECTING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\u200e\u200f"
_HIDDEN = "\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff\u00ad\u034f\u115f\u180e\u3164\ufe0f\U000e0041"
_WORDS = ("gemeente", "Coach A", "12:30", "ja", "أحمد", "שלום", "ልጅ")


@cache
def naughty() -> tuple[str, ...]:
    """The Big List of Naughty Strings."""
    found = json.loads((Path(__file__).parent / "blns" / "blns.json").read_text("utf-8"))
    return tuple(one for one in found if isinstance(one, str))


@cache
def payloads() -> dict[str, tuple[str, ...]]:
    """The payloads made here, by category, none twice."""
    made: dict[str, Iterator[str]] = {
        "scripts": (shape.replace("{0}", run) for shape in _SCRIPTS for run in _RUNS),
        "events": (f"<{tag} {rest} {event}={_RUNS[0]}>x" for tag, rest in _TAGS.items() for event in _EVENTS),
        "attributes": (shape.replace("{0}", run) for shape in _ATTRIBUTES for run in _RUNS),
        "closers": (f"{close}{shape.replace('{0}', _RUNS[0])}" for close in _CLOSERS for shape in _SCRIPTS[:5]),
        "addresses": (shape.replace("{0}", run) for shape in _ADDRESSES for run in _RUNS),
        "markdown": (
            shape.replace("{0}", address.replace("{0}", _RUNS[0])) for shape in _MARKDOWN for address in _ADDRESSES[:6]
        ),
        "loading": (shape.replace("{0}", f"https://{HOST}/{place}") for place, shape in enumerate(_LOADING)),
        "encoded": (way for shape in _SCRIPTS[:8] for way in _encodings(shape.replace("{0}", _RUNS[0]))),
        "templates": iter(_TEMPLATES),
        "protocols": iter(_PROTOCOLS),
    }
    return {kind: tuple(dict.fromkeys(texts)) for kind, texts in made.items()}


@cache
def signs() -> dict[str, tuple[str, ...]]:
    """Texts with signs that direct, hide or pile up."""
    bidi = [f"{sign}{word} einde" for sign in DIRECTING for word in _WORDS[:4]]
    bidi += ["\u202egro.etneemeg\u202c", "\u2067\u202e\u2066x", "\u2069\u2069\u202eomgekeerd", "foto\u202egpj.exe"]
    hidden = [f"ge{sign}meente{sign}" for sign in _HIDDEN] + [
        f"<scr{sign}ipt>alert(1)</scr{sign}ipt>" for sign in _HIDDEN
    ]
    piled = ["".join(f"{letter}{chr(0x300 + turn) * 20}" for turn, letter in enumerate("gemeente"))]
    piled += [unicodedata.normalize("NFD", "één Curaçao ñ"), "e\u0301" * 50, "\u0301los", "a\u20dd\u20e3", "ﷺ" * 20]
    piled += [
        "👩‍👩‍👧‍👦" * 20,
        "🇳🇱" * 30,
        "\U0001f468\U0001f3ff" * 10,
        "Ꮐeмeеnte Utreсht",
        "ｇｅｍｅｅｎｔｅ",
        "𝕲𝖊𝖒𝖊𝖊𝖓𝖙𝖊",
    ]
    return {"bidi": tuple(bidi), "hidden": tuple(hidden), "piled": tuple(piled)}


def everything() -> tuple[str, ...]:
    """All hostile texts, the categories by turns, so that the beginning has some of each."""
    groups: list[Sequence[str]] = [*payloads().values(), *signs().values(), naughty()]
    turns = (one for row in zip_longest(*groups) for one in row if one is not None)
    return tuple(dict.fromkeys(turns))


def some(count: int, *, longest: int = 4000) -> tuple[str, ...]:
    """So many hostile texts of at most `longest` characters."""
    return tuple(islice((one for one in everything() if len(one) <= longest), count))


def hostile_names(count: int, *, longest: int = 80) -> tuple[str, ...]:
    """Hostile texts that can be a name: on one line, every sign of it printable."""
    return tuple(islice((one for one in everything() if 0 < len(one.strip()) <= longest and one.isprintable()), count))


def _encodings(text: str) -> Iterator[str]:
    yield escape(text)
    yield quote(text)
    yield "".join(f"&#{ord(sign)};" for sign in text)
    yield "".join(f"&#x{ord(sign):x}" for sign in text)
    yield "".join(f"\\u{ord(sign):04x}" for sign in text)
    yield "".join(f"\\x{ord(sign):02x}" for sign in text)
    yield text.replace("<", "＜").replace(">", "＞")
    yield text.replace("<", "%3C").replace(">", "%3E")
    yield text.replace("<", "\u00bc").replace(">", "\u00be")
    yield text.encode().hex()
