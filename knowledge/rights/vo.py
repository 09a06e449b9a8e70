"""Vmbo, havo and vwo: this help is part of praktijkonderwijs only (WVO 2020, article 2.31; rule book §2.4)."""

from __future__ import annotations

from knowledge.rules import Decision, Rule
from knowledge.statutes import cite

VO_SCHOOL = Decision("vo_school", (Rule(id="vo.no", label="no", sources=(cite("wvo2020-2.31", "1", "c"),)),))
