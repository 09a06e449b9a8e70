"""Many requests from one network lie together: where conversations began, for a day, and which requests are bundled"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'arrival',
        sa.Column('conversation_id', sa.String(length=32), nullable=False),
        sa.Column('mark', sa.LargeBinary(), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ['conversation_id'], ['conversation.id'], name=op.f('fk_arrival_conversation_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('conversation_id', name=op.f('pk_arrival')),
    )
    op.add_column('support_request', sa.Column('bundled_at', sa.BigInteger(), nullable=True))


def downgrade() -> None:
    # Not in a batch: a new table in the place of this one would take along what hangs on its rows.
    op.drop_column('support_request', 'bundled_at')
    op.drop_table('arrival')
