"""Tables of the overgangsdocument: one for a person, and each time that it was sent to somebody."""

from __future__ import annotations

import sqlalchemy as sa

from backend.db import metadata

ID = sa.String(32)

transition_document = sa.Table(
    "transition_document",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("conversation_id", ID, sa.ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("person_id", ID, nullable=False, unique=True),
    sa.Column("school_id", ID, sa.ForeignKey("organisation.id")),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("draft", sa.LargeBinary),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False),
    sa.Column("ready_at", sa.BigInteger),
)
"""`content` are the lines of both sides, sealed; `draft` what the school wrote and did not give to the person yet.
`digest` identifies the content: a salted SHA-256, whose salt lies in the content. `ready_at` is when the school had
done its part."""

transition_sending = sa.Table(
    "transition_sending",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column(
        "document_id", ID, sa.ForeignKey("transition_document.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    sa.Column("person_id", ID, nullable=False, index=True),
    sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False),
    sa.Column("request_id", ID, sa.ForeignKey("support_request.id"), nullable=False, index=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("form", sa.String(80), nullable=False),
    sa.Column("sent_at", sa.BigInteger, nullable=False),
    sa.Column("received_at", sa.BigInteger),
)
"""The document with this `digest` was agreed to and came into the recipient's queue with this request; another content
than that is not what was agreed to, and does not open. `form` is the name of the region's form it was shown in,
`received_at` when it was first opened there."""
