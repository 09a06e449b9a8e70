"""Reads Dutch places and postcodes in what a person typed. Knows codes of municipalities, not municipalities."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from knowledge.place_words import (
    ALSO_A_WORD,
    COUNTRY,
    DENIALS,
    GENERIC,
    JOINING,
    LARGER_AREAS,
    LEADING,
    NEVER_A_HAMLET,
    NEVER_A_TYPO,
    NEVER_IN_A_TYPO,
    NOT_POSTCODE_LETTERS,
    PREPOSITIONS,
    PROVINCE_WORDS,
    RARELY_A_PLACE,
    SPELLINGS,
)

MAX_TYPED = 100
"""Characters that are read; the rest of a longer text is ignored."""

_LONGEST_NAME = 5
_LONGEST_FUZZY = 40
_POSTCODE = re.compile(r"(?<![\da-z])(?P<digits>[1-9]\d{3})(?P<letters>\s*[a-z]{2})?(?![\da-z])")
_POSTCODE_SAID = re.compile(r"\b(?:postcode|pc|postal code)\b\W*(?:is\W*)?$")
_YEARS = ("1900", "2099")
_SHORT_FORM = re.compile(r"(.{3,}?) (?:ad|aan|op|bij|van|en|in) ")
_SPELLED = re.compile(rf"\b(?:{'|'.join(sorted(SPELLINGS, key=len, reverse=True))})\b")


@dataclass(frozen=True, slots=True)
class PlaceName:
    """One row: a name, the municipality's code, and how far to trust it."""

    name: str
    code: str
    is_hamlet: bool
    is_checked: bool
    """Whether an official list (or the project's own list of aliases) says so, not only a position on a map."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Codes of municipalities, likeliest first; `exact` when the text names them beyond doubt."""

    codes: tuple[str, ...] = ()
    exact: bool = False


@dataclass(frozen=True, slots=True)
class _Spelling:
    letters: int
    """A bit for each letter that occurs: a quick sieve before comparing letter by letter."""
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Mention:
    start: int
    end: int
    places: tuple[str, ...]
    area: frozenset[str]
    sure: bool


def plain_words(text: str) -> list[str]:
    """The words of a text in plain small ASCII letters and digits: "Súdwest-Fryslân" → ["sudwest", "fryslan"]."""
    words = " ".join(re.findall(r"[a-z0-9]+", _plain(text)))
    return _SPELLED.sub(lambda match: SPELLINGS[match[0]], words).split()


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(_ascii_digit(letter) for letter in apart if not unicodedata.combining(letter))


def _ascii_digit(letter: str) -> str:
    return str(unicodedata.decimal(letter)) if letter.isdecimal() else letter


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaceNames:
    """An index of names and postcodes; make one with `index_names`."""

    names: Mapping[str, tuple[str, ...]]
    """Plain name, with and without its spaces → codes, likeliest first. Hamlets are not in here."""
    checked: frozenset[str]
    """Those of the names that surely are a name of these municipalities."""
    hamlets: Mapping[str, tuple[str, ...]]
    postcodes: Mapping[str, tuple[str, ...]]
    own_names: Mapping[str, str]
    """Plain name of a municipality itself → its code."""
    areas: Mapping[str, frozenset[str]]
    """Plain name of a province → the codes in it."""
    sizes: Mapping[str, int]
    spellings: Mapping[str, _Spelling]
    """Name without spaces and with y for ij → what is needed to compare it with a misspelled one."""

    def read(self, text: str) -> Reading:
        """What `text` says about where somebody lives. Never raises; reads the first `MAX_TYPED` characters."""
        plain = _plain(text[:MAX_TYPED])
        postcode = self._read_postcodes(plain)
        name = self._read_name(plain_words(_POSTCODE.sub(_small_word, plain)), guess=not postcode.exact)
        if not postcode.codes or not name.codes:
            return postcode if postcode.codes else name
        if both := tuple(code for code in postcode.codes if code in name.codes):
            return Reading(both, exact=postcode.exact or name.exact)
        if postcode.exact != name.exact:
            return postcode if postcode.exact else name
        pair = (postcode.codes, name.codes) if postcode.exact else (name.codes, postcode.codes)
        return Reading(_without_repeats(sum(pair, ())))

    def _read_postcodes(self, plain: str) -> Reading:
        matches = [match for match in _POSTCODE.finditer(plain) if match["digits"] in self.postcodes]
        codes = _without_repeats(code for match in matches for code in self.postcodes[match["digits"]])
        return Reading(codes, exact=bool(codes) and all(_is_surely_postcode(match, plain) for match in matches))

    def _read_name(self, words: list[str], *, guess: bool) -> Reading:
        if len(words) > 1 and words[-1] in COUNTRY:
            words = words[:-1]
        tails = list(_tails(words))
        return (
            self._read_whole(words, tails)
            or self._read_hamlet(words, tails)
            or self._read_mentions(words)
            or (self._read_typo(words, tails) if guess else None)
            or Reading()
        )

    def _read_whole(self, words: list[str], tails: list[int]) -> Reading | None:
        passed: tuple[str, ...] = ()
        for start in tails:
            name = " ".join(words[start:])
            if codes := self._codes(words, start, len(words)):
                checked = name in self.checked
                other = passed if checked else passed + self._hamlet_codes(name)
                pointed_at = start == 0 or words[start - 1] in PREPOSITIONS
                everyday = name in (RARELY_A_PLACE if pointed_at else ALSO_A_WORD)
                return Reading(_without_repeats(codes + other), exact=checked and not everyday and not other)
            passed += self._hamlet_codes(name)
        return None

    def _read_hamlet(self, words: list[str], tails: list[int]) -> Reading | None:
        for start in tails:
            if codes := self._hamlet_codes(" ".join(words[start:])):
                return Reading(codes)
        return None

    def _hamlet_codes(self, name: str) -> tuple[str, ...]:
        return () if len(name) < 4 or name in NEVER_A_HAMLET else self.hamlets.get(name, ())

    def _codes(self, words: list[str], start: int, end: int) -> tuple[str, ...]:
        name = " ".join(words[start:end])
        if name in LARGER_AREAS:
            return ()
        if start > 0 and words[start - 1] == "gemeente" and name in self.own_names:
            return (self.own_names[name],)
        together = _without_spaces(name)
        return self.names.get(name) or (self.names.get(together, ()) if len(together) > 6 else ())

    def _read_mentions(self, words: list[str]) -> Reading | None:
        codes: tuple[str, ...] = ()
        sure, end = not DENIALS.intersection(words), -1
        for mention in self._mentions(words):
            near = end >= 0 and JOINING.issuperset(words[end : mention.start])
            inside = mention.area.union(mention.places) if near else frozenset()
            narrowed = tuple(code for code in codes if code in inside)
            codes = narrowed or _without_repeats(codes + mention.places)
            sure, end = sure and mention.sure, mention.end
        return Reading(codes, exact=sure) if codes else None

    def _mentions(self, words: list[str]) -> Iterator[_Mention]:
        start = 0
        while start < len(words):
            mention = self._longest_mention(words, start)
            if mention:
                yield mention
            start = mention.end if mention else start + 1

    def _longest_mention(self, words: list[str], start: int) -> _Mention | None:
        for end in range(min(start + _LONGEST_NAME, len(words)), start, -1):
            name = " ".join(words[start:end])
            area = self.areas.get(name, frozenset())
            places = self._codes(words, start, end) if end > start + 1 or _may_be_place(words, start) else ()
            if places or area:
                sure = not places or (name in self.checked and name not in ALSO_A_WORD)
                return _Mention(start, end, places, area, sure)
        return None

    def _read_typo(self, words: list[str], tails: list[int]) -> Reading | None:
        if NEVER_A_TYPO.issuperset(words):
            return None
        behind_prepositions = [at + 1 for at, word in enumerate(words) if word in PREPOSITIONS]
        for start in dict.fromkeys(tails[-2:] + behind_prepositions[-1:]):
            for end in range(min(start + 3, len(words)), start, -1):
                whole = end == len(words) or (start > 0 and words[start - 1] in PREPOSITIONS)
                everyday = NEVER_IN_A_TYPO.intersection(words[start:end])
                if whole and not everyday and (codes := self._closest("".join(words[start:end]))):
                    return Reading(codes)
        return None

    def _closest(self, typed: str) -> tuple[str, ...]:
        if not 5 <= len(typed) <= _LONGEST_FUZZY or typed in NEVER_A_TYPO:
            return ()
        typed = _one_y(typed)
        near = [(slips, name) for name in self._alike(typed) if (slips := _misspelling(typed, name)) is not None]
        least = min((slips for slips, _ in near), default=0)
        found = [self.spellings[name].codes for slips, name in near if slips == least]
        places = sorted((place, -self.sizes[code], code) for codes in found for place, code in enumerate(codes))
        return _without_repeats(code for _, _, code in places)

    def _alike(self, typed: str) -> Iterator[str]:
        bits, allowed = _letter_bits(typed), _allowed_slips(typed)
        for name, spelling in self.spellings.items():
            if name.startswith(typed) or (
                (bits ^ spelling.letters).bit_count() <= 2 * allowed
                and abs(len(name) - len(typed)) <= allowed
                and (name[0] == typed[0] or len(typed) > 7)
            ):
                yield name


def index_names(
    rows: Iterable[PlaceName],
    postcodes: Iterable[tuple[str, str]],
    *,
    own_names: Mapping[str, str],
    provinces: Mapping[str, str],
) -> PlaceNames:
    """Make the index from rows of places, pairs (four digits, code), {own name: code} and {code: province}."""
    by_postcode: dict[str, tuple[str, ...]] = {}
    sizes = dict.fromkeys(provinces, 0)
    for digits, code in postcodes:
        by_postcode[digits] = (*by_postcode.get(digits, ()), code)
        sizes[code] += 1
    own = {" ".join(plain_words(name)): code for name, code in own_names.items()}
    rank = _Rank(own, sizes)
    collected = _Collected(names={}, hamlets={}, checked=set())
    for row in rows:
        if row.code not in provinces:
            raise KeyError(f"no municipality {row.code} for {row.name}")
        collected.add(row)
    names = {name: rank.likeliest_first(name, codes) for name, codes in collected.names.items()}
    return PlaceNames(
        names=_joined((_without_spaces(name), codes) for name, codes in names.items()) | names,
        checked=frozenset(collected.checked).union(_without_spaces(name) for name in collected.checked),
        hamlets={name: rank.likeliest_first(name, codes) for name, codes in collected.hamlets.items()},
        postcodes=by_postcode,
        own_names=own,
        areas=_areas(provinces),
        sizes=sizes,
        spellings=_spellings(names),
    )


def _spellings(names: Mapping[str, tuple[str, ...]]) -> dict[str, _Spelling]:
    spelled = _joined((_one_y(_without_spaces(name)), codes) for name, codes in names.items())
    return {name: _Spelling(_letter_bits(name), codes) for name, codes in spelled.items()}


def _joined(pairs: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    joined: dict[str, tuple[str, ...]] = {}
    for name, codes in pairs:
        joined[name] = _without_repeats(joined.get(name, ()) + codes)
    return joined


def _without_spaces(name: str) -> str:
    return name.replace(" ", "")


@dataclass(frozen=True, slots=True)
class _Collected:
    names: dict[str, set[str]]
    hamlets: dict[str, set[str]]
    checked: set[str]

    def add(self, row: PlaceName) -> None:
        name = " ".join(plain_words(row.name))
        if row.is_hamlet:
            self.hamlets.setdefault(name, set()).add(row.code)
            return
        self.names.setdefault(name, set()).add(row.code)
        if row.is_checked:
            self.checked.add(name)
        # Nobody says "Alphen aan den Rijn" in full, and there is another Alphen: the short form must ask.
        if (short := _SHORT_FORM.match(name)) and short[1] not in GENERIC:
            self.names.setdefault(short[1], set()).add(row.code)


@dataclass(frozen=True, slots=True)
class _Rank:
    own_names: Mapping[str, str]
    sizes: Mapping[str, int]

    def likeliest_first(self, name: str, codes: set[str]) -> tuple[str, ...]:
        """First the municipality of that name, then those of which it is the first word, then the larger ones."""
        if len(codes) == 1:
            return tuple(codes)
        begins = {code for own, code in self.own_names.items() if own.startswith(f"{name} ")}
        own = self.own_names.get(name)
        return tuple(sorted(codes, key=lambda code: (code != own, code not in begins, -self.sizes[code], code)))


def _areas(provinces: Mapping[str, str]) -> dict[str, frozenset[str]]:
    members: dict[str, set[str]] = {}
    for code, province in provinces.items():
        members.setdefault(province, set()).add(code)
    return {word: frozenset(codes) for province, codes in members.items() for word in PROVINCE_WORDS[province]}


def _is_surely_postcode(match: re.Match[str], plain: str) -> bool:
    """Four digits that could be a year are a postcode only with letters, alone, or called so."""
    if (match["letters"] and not _small_word(match).strip()) or not _YEARS[0] <= match["digits"] <= _YEARS[1]:
        return True
    return plain.strip(" .") == match["digits"] or bool(_POSTCODE_SAID.search(plain[: match.start()]))


def _small_word(match: re.Match[str]) -> str:
    """The letters behind four digits when they are a word of the sentence ("3511 in Utrecht"), else a space."""
    letters = match["letters"] or ""
    return letters + " " if letters.strip() in NOT_POSTCODE_LETTERS and letters.startswith(" ") else " "


def _tails(words: list[str]) -> Iterator[int]:
    """Where the place can start: at the first word, and after each of the words people put before it."""
    for start, word in enumerate(words):
        yield start
        if word not in LEADING:
            return


def _may_be_place(words: list[str], at: int) -> bool:
    """Whether one word within a longer text is likely meant as a place, not as an everyday word."""
    word, behind = words[at], words[at - 1] if at else ""
    if len(word) < 3 or word in RARELY_A_PLACE:
        return False
    if behind in PREPOSITIONS or (at == 0 and len(words) == 2):
        return True
    return word not in ALSO_A_WORD and (len(word) > 4 or at == 0)


def _allowed_slips(typed: str) -> int:
    return 2 if len(typed) > 7 else 1


def _misspelling(typed: str, name: str) -> int | None:
    """How many slips lie between both, None when too many; a name that was not finished counts as one slip."""
    if name.startswith(typed):
        return min(1, len(name) - len(typed))
    return _slips(typed, name, _allowed_slips(typed))


def _slips(one: str, other: str, most: int) -> int | None:
    """Letters added, left out, changed or swapped with the next (optimal string alignment); None above `most`."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one):
        older, before, row = before, row, [i + 1]
        for j, goal in enumerate(other):
            cost = min(before[j + 1] + 1, row[j] + 1, before[j] + (letter != goal))
            if i and j and letter == other[j - 1] and one[i - 1] == goal:
                cost = min(cost, older[j - 1] + 1)
            row.append(cost)
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None


def _one_y(name: str) -> str:
    return name.replace("ij", "y")


def _letter_bits(name: str) -> int:
    bits = 0
    for letter in name:
        bits |= 1 << (ord(letter) - 48)
    return bits


def _without_repeats(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))
