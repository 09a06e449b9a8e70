"""What was not understood"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'misunderstanding',
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('language', sa.String(8), nullable=False),
        sa.Column('kind', sa.String(12), nullable=False),
        sa.Column('count', sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind in ('unknown', 'choose', 'out_of_scope', 'corrected')", name=op.f('ck_misunderstanding_kind')
        ),
        sa.PrimaryKeyConstraint('day', 'language', 'kind', name=op.f('pk_misunderstanding')),
    )
    op.create_table(
        'given_sentence',
        sa.Column('id', sa.String(32), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('language', sa.String(8), nullable=False),
        sa.Column('kind', sa.String(12), nullable=False),
        sa.Column('sentence', sa.LargeBinary(), nullable=False),
        sa.Column('text_version', sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_given_sentence')),
    )
    op.create_index('ix_given_sentence_day', 'given_sentence', ['day'])
    op.add_column('support_request', sa.Column('danger', sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('support_request') as table:
        table.drop_column('danger')
    op.drop_table('given_sentence')
    op.drop_table('misunderstanding')
