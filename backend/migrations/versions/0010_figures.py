"""Figures without people in them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'helped',
        sa.Column('month', sa.String(length=7), nullable=False),
        sa.Column('goal', sa.String(length=16), nullable=False),
        sa.Column('language', sa.String(length=8), nullable=False),
        sa.Column('helped', sa.Boolean(), nullable=False),
        sa.Column('count', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('month', 'goal', 'language', 'helped', name=op.f('pk_helped')),
    )


def downgrade() -> None:
    op.drop_table('helped')
