"""The end of the audit trail: how long an organisation keeps it, and where it was cut"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'audit_cut',
        sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.Column('hash', sa.LargeBinary(), nullable=False),
        sa.Column('signature', sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint('number', name=op.f('pk_audit_cut')),
    )
    with op.batch_alter_table('retention_setting') as batch:
        batch.add_column(sa.Column('trail_days', sa.Integer(), nullable=True))
        batch.create_check_constraint(op.f('ck_retention_setting_trail_days'), 'trail_days between 365 and 3650')


def downgrade() -> None:
    with op.batch_alter_table('retention_setting') as batch:
        batch.drop_constraint(op.f('ck_retention_setting_trail_days'), type_='check')
        batch.drop_column('trail_days')
    op.drop_table('audit_cut')
