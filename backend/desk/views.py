"""What the desk's templates show: rows, groups and messages, already in words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from backend.desk.consent_panel import ConsentPanel, closed_words, panel
from backend.desk.words import Words
from backend.organisations.counsellors import Counsellor
from backend.queues.settings import DeskSetting
from backend.support_requests.escalating import promised
from backend.support_requests.repository import SupportRequest
from backend.support_requests.service import OpenedRequest, since_when
from bot.channel import Message
from knowledge.danger import BY_MODEL, Danger

Linked = Mapping[str, Sequence[str]]
NOBODY: Linked = {}
GROUPS = ("waiting", "bundled", "transferred", "mine", "colleague", "closed")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list; `gone` is a line whose request is no longer there, `others` (id and words) are further requests
    of the same person."""

    id: str
    number: str
    gone: bool = False
    time: str = ""
    late: bool = False
    quiet: bool = False
    help: str = ""
    language: str = ""
    language_code: str = ""
    queue: str = ""
    who: str = ""
    urgent: bool = False
    marked: bool = False
    may_claim: bool = False
    readable: bool = True
    promise: str = ""
    overdue: bool = False
    first_for: str = ""
    longest: bool = False
    others: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under one heading; `key` is one of `GROUPS`."""

    key: str
    rows: Sequence[Row]

    @property
    def ids(self) -> str:
        """The ids shown, so that they can be asked for again in the same places."""
        return ",".join(row.id for row in self.rows)


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message of the conversation."""

    number: int
    sender: str
    who: str
    text: str
    language: str
    direction: str
    time: str
    trouble: str | None


@dataclass(frozen=True, slots=True)
class RequestView:
    """A whole request page. `stand` changes when status or owner change."""

    id: str
    number: str
    need: str
    row: Row
    came_in: str
    state: str
    stand: str
    status: str
    mine: bool
    reachable: bool
    consent: ConsentPanel
    danger: Sequence[str]
    messages: Sequence[Bubble]
    last_number: int


def groups(
    words: Words,
    who: Counsellor,
    requests: Iterable[SupportRequest],
    *,
    at: int,
    closed: bool,
    setting: DeskSetting | None = None,
    linked: Linked = NOBODY,
) -> list[Group]:
    """The list under its headings, in its order, that of the many only where there are any; `linked` are the other open
    requests of the same person, by id."""
    found: dict[str, list[Row]] = {key: [] for key in GROUPS}
    listed = list(requests)
    longest = _longest(listed)
    for request in listed:
        line = row(words, who, request, at=at, setting=setting, linked=linked)
        found[_group(who, request)].append(replace(line, longest=request.id == longest))
    shown = ("closed",) if closed else GROUPS[:-1]
    return [Group(key, found[key]) for key in shown if found[key] or key != "bundled"]


def same_places(
    words: Words,
    who: Counsellor,
    places: Mapping[str, Sequence[str]],
    now: Mapping[str, SupportRequest],
    *,
    at: int,
    setting: DeskSetting | None = None,
    linked: Linked = NOBODY,
) -> list[Group]:
    """The lines that were shown, in the places where they were, as they are now."""

    longest = _longest(now.values())

    def line(id: str) -> Row:
        if id not in now:
            return Row(id, id[:6], gone=True)
        shown = row(words, who, now[id], at=at, setting=setting, linked=linked)
        return replace(shown, longest=id == longest)

    return [Group(key, [line(id) for id in ids]) for key, ids in places.items()]


def unseen(
    first: Iterable[SupportRequest], places: Mapping[str, Sequence[str]], now: Mapping[str, SupportRequest]
) -> int:
    """How many of the first page are to be told as new: what is not shown, and what waits on its own since it was shown
    among the many. What lies with many others is no news."""
    bundled = {id for id in places.get("bundled", ()) if id in now and now[id].status == "waiting"}
    seen = {id for ids in places.values() for id in ids} - bundled
    return sum(one.id not in seen and not one.is_bundled for one in first)


def mark(groups: Iterable[Group], new: int) -> str:
    """A short mark of what a list shows, to see whether it changed."""
    return hashlib.sha256(repr((list(groups), new)).encode()).hexdigest()[:16]


def row(
    words: Words,
    who: Counsellor,
    request: SupportRequest,
    *,
    at: int,
    setting: DeskSetting | None = None,
    linked: Linked = NOBODY,
) -> Row:
    """One request as a line; of one that may not be read, only that and why."""
    if not request.is_open:
        said = closed_words(words, request.access)
        return Row(id=request.id, number=request.id[:6], quiet=True, help=said, queue=request.queue, readable=False)
    since = request.waiting_since
    by = promised(setting or DeskSetting(), since, answered=request.answered_at is not None) if since else None
    overdue = by is not None and by <= at
    return Row(
        id=request.id,
        number=request.id[:6],
        time=_time(words, request, at),
        promise=words("row.late_since" if overdue else "row.promised", moment=words.soon(by, at)) if by else "",
        overdue=overdue,
        first_for=_first_for(words, who, request),
        late=since is not None and at - since > 24 * 3600 * 1_000_000,
        quiet=since is None,
        help=words.named("help", request.kind_of_help),
        language=words.language_name(request.language),
        language_code=request.language,
        queue=request.queue,
        who=_owner(words, who, request),
        urgent=request.urgent and request.status != "closed",
        marked=request.marked and not request.urgent and request.status != "closed",
        may_claim=request.status == "waiting",
        others=[(id, words("work.person.in_list", number=id[:6])) for id in linked.get(request.id, ())],
    )


def request_view(
    words: Words, who: Counsellor, opened: OpenedRequest, *, at: int, setting: DeskSetting | None = None
) -> RequestView:
    """The page of one request."""
    request = opened.request
    messages = [bubble(words, one, opened.undelivered) for one in opened.messages]
    return RequestView(
        id=request.id,
        number=request.id[:6],
        need=opened.need,
        row=row(words, who, request, at=at, setting=setting),
        came_in=words.moment(request.created_at),
        state=state(words, who, request, at=at),
        stand=stand(request),
        status=request.shown_status,
        mine=request.claimed_by == who.id and request.status == "claimed",
        reachable=opened.reachable,
        consent=panel(words, opened.consents),
        danger=danger_words(words, opened.danger),
        messages=messages,
        last_number=messages[-1].number if messages else 0,
    )


def danger_words(words: Words, found: Danger | None) -> list[str]:
    """What sounded like danger, in sentences: the kind, what the person was told, what set it off; none without danger."""
    if found is None:
        return []
    reasons = [words("danger.panel.by_model") if one == BY_MODEL else one for one in found.why.split(", ") if one]
    because = [words("danger.panel.because", why=", ".join(reasons))] if reasons else []
    return [words(f"danger.kind.{found.kind}"), words(f"danger.tier.{found.tier}"), *because]


def state(words: Words, who: Counsellor, request: SupportRequest, *, at: int) -> str:
    """Where a request stands, in a sentence."""
    if request.status != "claimed" or request.claimed_at is None:
        return words(f"state.{request.shown_status}")
    since = words.say(since_when(request.claimed_at, at))
    if request.claimed_by == who.id:
        return words("state.mine", since=since)
    return words("state.colleague", name=request.owner, since=since)


def stand(request: SupportRequest) -> str:
    """A short mark of status and owner."""
    return f"{request.shown_status}-{(request.claimed_by or '')[:8]}"


def bubble(words: Words, message: Message, undelivered: Mapping[int, str]) -> Bubble:
    """One message in words."""
    trouble = undelivered.get(message.number)
    return Bubble(
        number=message.number,
        sender=message.sender,
        who=message.name or words(f"sender.{message.sender}"),
        text=message.in_words,
        language=message.language,
        direction=message.direction,
        time=words.message_time(message.at),
        trouble=words(f"delivery.{trouble}") if trouble else None,
    )


def _longest(requests: Iterable[SupportRequest]) -> str | None:
    """Which of the requests that nobody has waits longest, of those on their own; None when there is no choice."""
    free = (one for one in requests if one.status == "waiting" and not one.is_bundled)
    waiting = [(one.waiting_since, one.id) for one in free if one.waiting_since]
    return min(waiting)[1] if len(waiting) > 1 else None


def _first_for(words: Words, who: Counsellor, request: SupportRequest) -> str:
    """Whom a waiting request is for before all others."""
    if request.intended_for is None or request.status != "waiting":
        return ""
    return words("row.for_you" if request.intended_for == who.id else "row.for_colleague")


def _group(who: Counsellor, request: SupportRequest) -> str:
    if request.status != "claimed":
        return "bundled" if request.is_bundled else request.shown_status
    return "mine" if request.claimed_by == who.id else "colleague"


def _owner(words: Words, who: Counsellor, request: SupportRequest) -> str:
    if request.claimed_by is None:
        return words("row.nobody")
    return words("row.you") if request.claimed_by == who.id else request.owner or ""


def _time(words: Words, request: SupportRequest, at: int) -> str:
    if request.status == "closed":
        return words.moment(request.closed_at or request.created_at)
    if request.waiting_since is None:
        return words("row.answered")
    claimed = request.status == "claimed"
    duration = words.duration(request.waiting_since, at)
    if duration is None:
        return words("row.just_wrote" if claimed else "row.just")
    return words("row.waits_for_answer" if claimed else "row.waits", time=duration)
