"""Which act each route of the desk is: a route that is not named here is refused to everybody."""

from __future__ import annotations

from collections.abc import Mapping

from backend.access.roles import Act

_API = "/api/v1/desk"
_ONE = "/requests/{request_id}"
_HANDOVER = "/handovers/{handover_id}"

OPEN_TO_ALL = frozenset(
    {
        "POST /api/v1/desk/login",
        "GET /desk/login",
        "POST /desk/login",
        "POST /desk/language",
        "GET /desk/static/{name:path}",
        "GET /desk/login/back/{key}",
        "GET /desk/login/code",
        "POST /desk/login/code",
        "GET /desk/login/with/{key}",
        "POST /desk/login/passkey",
        "POST /desk/login/passkey/options",
        "GET /desk/welcome",
        "POST /desk/welcome",
        "POST /desk/welcome/open",
        "POST /desk/welcome/with/{key}",
    }
)
"""Routes of the desk that ask for no session."""

ACT_OF: Mapping[str, Act] = {
    f"GET {_API}/me": "own_account",
    f"POST {_API}/logout": "own_account",
    "POST /desk/logout": "own_account",
    "GET /desk": "own_account",
    **dict.fromkeys(
        (
            "GET /desk/account",
            "GET /desk/account/app",
            "GET /desk/account/confirm",
            "GET /desk/account/start",
            "POST /desk/account/app",
            "POST /desk/account/app/remove",
            "POST /desk/account/confirm",
            "POST /desk/account/confirm/passkey",
            "POST /desk/account/confirm/passkey/options",
            "POST /desk/account/passkey",
            "POST /desk/account/passkey/options",
            "POST /desk/account/passkey/{passkey_id}/remove",
            "POST /desk/account/password",
            "POST /desk/account/recovery",
            "POST /desk/account/sessions/end",
            "POST /desk/account/sessions/{session_id}/end",
        ),
        "own_account",
    ),
    "GET /desk/live": "list_requests",
    f"GET {_API}/requests": "list_requests",
    f"GET {_API}/handovers": "list_requests",
    f"GET {_API}{_ONE}": "read_request",
    f"POST {_API}{_ONE}/open": "read_request",
    f"GET /desk{_ONE}": "read_request",
    f"GET /desk{_ONE}/live": "read_request",
    f"POST /desk{_ONE}/open": "read_request",
    f"GET /desk{_ONE}/consents": "read_request",
    f"GET /desk{_ONE}/document": "read_request",
    f"GET /desk{_ONE}/document.{{kind}}": "read_request",
    f"GET /desk{_HANDOVER}": "read_request",
    **{
        f"POST {_API}{_ONE}/{action}": "answer_request"
        for action in ("claim", "release", "reply", "close", "note", "transfer")
    },
    f"POST {_API}{_ONE}/reassign": "reassign_request",
    f"POST /desk{_ONE}/reassign": "reassign_request",
    f"POST {_API}{_HANDOVER}/decline": "answer_request",
    f"POST {_API}{_HANDOVER}/take-back": "answer_request",
    f"POST {_API}/writing": "answer_request",
    f"POST /desk{_ONE}/{{action}}": "answer_request",
    f"POST /desk{_ONE}/note": "answer_request",
    f"POST /desk{_ONE}/transfer": "answer_request",
    f"POST /desk{_ONE}/check": "answer_request",
    f"POST /desk{_ONE}/consents": "answer_request",
    f"POST /desk{_ONE}/consents/{{consent_id}}/withdraw": "answer_request",
    f"POST /desk{_ONE}/document/{{action}}": "answer_request",
    f"POST /desk{_HANDOVER}/{{action}}": "answer_request",
    "POST /desk/writing": "answer_request",
    f"POST /desk{_ONE}/insert": "answer_request",
    f"POST /desk{_ONE}/draft": "answer_request",
    f"POST /desk{_ONE}/call": "answer_request",
    f"POST /desk{_ONE}/call/withdraw": "answer_request",
    "GET /desk/stream": "list_requests",
    "GET /desk/search": "list_requests",
    "POST /desk/search": "list_requests",
    "GET /desk/away": "list_requests",
    "POST /desk/away": "list_requests",
    "POST /desk/away/back": "list_requests",
    "GET /desk/answers": "manage_texts",
    "GET /desk/answers/new": "manage_texts",
    "GET /desk/answers/{id}": "manage_texts",
    "POST /desk/answers/{id}": "manage_texts",
    "POST /desk/answers/{id}/remove": "manage_texts",
    "GET /desk/queues": "manage_queues",
    "POST /desk/queues": "manage_queues",
    "POST /desk/queues/hours": "manage_queues",
    "POST /desk/queues/teams": "manage_queues",
    "POST /desk/queues/teams/{id}": "manage_queues",
    "POST /desk/queues/{id}": "manage_queues",
    "POST /desk/queues/{id}/remove": "manage_queues",
    "GET /desk/invitations": "invite_class",
    "POST /desk/invitations": "invite_class",
    "POST /desk/invitations/{id}/revoke": "invite_class",
    "GET /desk/invitations/{id}/cards.pdf": "invite_class",
    "GET /desk/duties": "follow_pupils",
    "GET /desk/duties/hours.{kind}": "follow_pupils",
    "POST /desk/duties/{pupil_id}/{action}": "follow_pupils",
    f"GET {_API}/duties": "follow_pupils",
    f"POST {_API}/duties/{{pupil_id}}/offer": "follow_pupils",
    "GET /desk/statistics": "read_figures",
    "GET /desk/statistics.{kind}": "read_figures",
    f"GET {_API}/statistics": "read_figures",
    "GET /desk/openings": "watch_openings",
    "GET /desk/trail": "read_trail",
    "GET /desk/tenants": "manage_tenants",
    "GET /desk/data": "manage_data",
    "GET /desk/data/register.{kind}": "manage_data",
    "POST /desk/data/term": "manage_data",
    "POST /desk/data/holds": "manage_data",
    "POST /desk/data/holds/{held_id}/lift": "manage_data",
    "GET /desk/people": "manage_people",
    "POST /desk/people": "manage_people",
    "POST /desk/people/{person_id}/role": "manage_people",
    "POST /desk/people/{person_id}/disable": "manage_people",
    "POST /desk/people/{person_id}/enable": "manage_people",
    "POST /desk/people/{person_id}/factors": "manage_people",
    "POST /desk/changes/{change_id}/{action}": "agree_changes",
    "GET /desk/emergency": "agree_emergency",
    "POST /desk/emergency": "ask_emergency",
    "GET /desk/emergency/{emergency_id}": "ask_emergency",
    "POST /desk/emergency/{emergency_id}/{action}": "agree_emergency",
    "GET /desk/connections": "manage_connections",
    "POST /desk/connections/tokens": "manage_connections",
    "POST /desk/connections/tokens/{token_id}/revoke": "manage_connections",
    "POST /desk/connections/webhooks": "manage_connections",
    "GET /desk/connections/webhooks/{webhook_id}": "manage_connections",
    "POST /desk/connections/webhooks/{webhook_id}/{action}": "manage_connections",
}


def act_of(method: str, path: str) -> Act | None:
    """The act of a route, by its method and its path as it was declared; None when it has none."""
    return ACT_OF.get(f"{'GET' if method == 'HEAD' else method} {path}")
