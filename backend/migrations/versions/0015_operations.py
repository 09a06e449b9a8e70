"""A channel's pace that all processes keep together, and answers that go before what nobody waits for"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('waiting', 'sending')")


def upgrade() -> None:
    op.create_table(
        'channel_pace',
        sa.Column('channel', sa.String(16), nullable=False),
        sa.Column('paused_until', sa.BigInteger(), nullable=False),
        sa.Column('moments', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('channel', name=op.f('pk_channel_pace')),
    )
    op.add_column('outbox', sa.Column('broadcast', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('outbox', sa.Column('paced_until', sa.BigInteger(), nullable=True))
    op.create_index('ix_outbox_turn', 'outbox', ['broadcast', 'id'], sqlite_where=_OPEN, postgresql_where=_OPEN)


def downgrade() -> None:
    op.drop_index('ix_outbox_turn', 'outbox')
    op.drop_column('outbox', 'paced_until')
    op.drop_column('outbox', 'broadcast')
    op.drop_table('channel_pace')
