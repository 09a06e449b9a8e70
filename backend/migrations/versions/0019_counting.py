"""Counting in turns that do not wait for each other: steps, added up later"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'tally_step',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('month', sa.String(length=7), nullable=False),
        sa.Column('measure', sa.String(length=16), nullable=False),
        sa.Column('place', sa.String(length=8), nullable=False),
        sa.Column('detail', sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_tally_step')),
    )


def downgrade() -> None:
    op.execute(
        'insert into tally (month, measure, place, detail, count) '
        'select month, measure, place, detail, count(*) from tally_step where true '
        'group by month, measure, place, detail '
        'on conflict (month, measure, place, detail) do update set count = tally.count + excluded.count'
    )
    op.drop_table('tally_step')
