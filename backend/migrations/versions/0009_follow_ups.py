"""Messages that come later because the person asked for them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'follow_up',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('conversation_id', sa.String(length=32), nullable=False),
        sa.Column('person_id', sa.String(length=32), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('organisation_id', sa.String(length=32), nullable=True),
        sa.Column('text_id', sa.String(length=80), nullable=False),
        sa.Column('text_version', sa.String(length=16), nullable=False),
        sa.Column('language', sa.String(length=8), nullable=False),
        sa.Column('state', sa.String(length=12), nullable=False),
        sa.Column('planned_at', sa.BigInteger(), nullable=False),
        sa.Column('due_at', sa.BigInteger(), nullable=False),
        sa.Column('done_at', sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state in ('waiting', 'sent', 'stopped')", name=op.f('ck_follow_up_state')),
        sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_follow_up_conversation_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_follow_up_organisation_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_follow_up')),
    )
    op.create_index(op.f('ix_follow_up_conversation_id'), 'follow_up', ['conversation_id'])
    waiting = sa.text("state = 'waiting'")
    op.create_index('ix_follow_up_due', 'follow_up', ['due_at'], sqlite_where=waiting, postgresql_where=waiting)


def downgrade() -> None:
    op.drop_table('follow_up')
