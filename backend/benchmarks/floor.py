"""The floor: a bare FastAPI route that commits the same rows the same way, without encryption, rules or words.

Run as `python -m backend.benchmarks.floor DATABASE_URL PORT`.
"""

from __future__ import annotations

import secrets
import sys

import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI, Header
from pydantic import BaseModel

from backend.conversations.models import conversation, inbox, message
from backend.db import Transaction, now
from backend.engines import make_engine, open_database
from backend.migrations import upgrade

_ADD_CONVERSATION = sa.insert(conversation)
_ADD_INBOX = sa.insert(inbox)
_ADD_MESSAGE = sa.insert(message)
_UPDATE = (
    sa.update(conversation)
    .where(conversation.c.id == sa.bindparam("row_id"))
    .values(state=sa.bindparam("new_state"), last_number=sa.bindparam("new_number"))
)


class StartIn(BaseModel):
    """The size of the state."""

    text: str


class CommitIn(BaseModel):
    """How many message rows to commit, and their content."""

    conversation: str
    text: str
    messages: int


class CommitOut(BaseModel):
    """What was committed."""

    messages: int


def floor_app(url: str) -> FastAPI:
    """The app on a database of its own."""
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()
    database = open_database(url)
    app = FastAPI()
    numbers: dict[str, int] = {}

    @app.post("/start")
    async def start(body: StartIn) -> dict[str, str]:
        id, at = secrets.token_hex(16), now()
        row = {"id": id, "person_id": id, "channel": "web", "state": body.text.encode(), "last_number": 0}
        times = {"reachable": True, "started_at": at, "updated_at": at}
        await database.write(lambda db: db.execute(_ADD_CONVERSATION, {**row, **times}).rowcount)
        numbers[id] = 0
        return {"id": id}

    @app.post("/commit")
    async def commit(body: CommitIn, idempotency_key: str = Header()) -> CommitOut:
        content = body.text.encode()
        first = numbers[body.conversation]
        last = first + body.messages
        numbers[body.conversation] = last

        def work(db: Transaction) -> None:
            at = now()
            own = {"conversation_id": body.conversation}
            db.execute(
                _ADD_INBOX,
                {
                    **own,
                    "channel": "web",
                    "outside_id": f"{body.conversation}:{idempotency_key}",
                    "body_hash": content[:32],
                    "first_number": first,
                    "last_number": last,
                    "at": at,
                },
            )
            db.execute(
                _ADD_MESSAGE,
                [
                    {**own, "number": number, "sender": "bot", "content": content, "at": at}
                    for number in range(first + 1, last + 1)
                ],
            )
            db.execute(_UPDATE, {"row_id": body.conversation, "new_state": content, "new_number": last})

        await database.write(work)
        return CommitOut(messages=body.messages)

    return app


if __name__ == "__main__":
    uvicorn.run(floor_app(sys.argv[1]), port=int(sys.argv[2]), log_level="warning", access_log=False)
