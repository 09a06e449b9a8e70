"""Two persons together: changes of role that a second administrator must agree to, and access in an emergency"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'pending_change',
        sa.Column('id', sa.String(32), nullable=False),
        sa.Column('organisation_id', sa.String(32), nullable=False),
        sa.Column('kind', sa.String(8), nullable=False),
        sa.Column('counsellor_id', sa.String(32), nullable=False),
        sa.Column('role', sa.String(20), nullable=True),
        sa.Column('code_hash', sa.LargeBinary(), nullable=True),
        sa.Column('asked_by', sa.String(32), nullable=False),
        sa.Column('asked_at', sa.BigInteger(), nullable=False),
        sa.Column('ends_at', sa.BigInteger(), nullable=False),
        sa.Column('by_itself', sa.Boolean(), nullable=False),
        sa.Column('state', sa.String(8), nullable=False),
        sa.Column('decided_by', sa.String(32), nullable=True),
        sa.Column('decided_at', sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind in ('role', 'factors', 'disable', 'enable', 'invite')", name=op.f('ck_pending_change_kind')
        ),
        sa.CheckConstraint(
            "state in ('waiting', 'done', 'stopped', 'expired')", name=op.f('ck_pending_change_state')
        ),
        sa.ForeignKeyConstraint(
            ['organisation_id'], ['organisation.id'], name=op.f('fk_pending_change_organisation_id')
        ),
        sa.ForeignKeyConstraint(['counsellor_id'], ['counsellor.id'], name=op.f('fk_pending_change_counsellor_id')),
        sa.ForeignKeyConstraint(['asked_by'], ['counsellor.id'], name=op.f('fk_pending_change_asked_by')),
        sa.ForeignKeyConstraint(['decided_by'], ['counsellor.id'], name=op.f('fk_pending_change_decided_by')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_pending_change')),
    )
    op.create_index('ix_pending_change_organisation', 'pending_change', ['organisation_id', 'state'])
    op.create_table(
        'emergency_access',
        sa.Column('id', sa.String(32), nullable=False),
        sa.Column('request_id', sa.String(32), nullable=False),
        sa.Column('person_id', sa.String(32), nullable=False),
        sa.Column('organisation_id', sa.String(32), nullable=False),
        sa.Column('asked_by', sa.String(32), nullable=False),
        sa.Column('reason', sa.LargeBinary(), nullable=False),
        sa.Column('asked_at', sa.BigInteger(), nullable=False),
        sa.Column('agreed_by', sa.String(32), nullable=True),
        sa.Column('agreed_at', sa.BigInteger(), nullable=True),
        sa.Column('ends_at', sa.BigInteger(), nullable=False),
        sa.Column('state', sa.String(8), nullable=False),
        sa.CheckConstraint(
            "state in ('asked', 'open', 'refused', 'ended', 'expired')", name=op.f('ck_emergency_access_state')
        ),
        sa.ForeignKeyConstraint(
            ['request_id'], ['support_request.id'], name=op.f('fk_emergency_access_request_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['organisation_id'], ['organisation.id'], name=op.f('fk_emergency_access_organisation_id')
        ),
        sa.ForeignKeyConstraint(['asked_by'], ['counsellor.id'], name=op.f('fk_emergency_access_asked_by')),
        sa.ForeignKeyConstraint(['agreed_by'], ['counsellor.id'], name=op.f('fk_emergency_access_agreed_by')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_emergency_access')),
    )
    op.create_index('ix_emergency_access_request_id', 'emergency_access', ['request_id'])
    op.create_index('ix_emergency_access_person_id', 'emergency_access', ['person_id'])


def downgrade() -> None:
    op.drop_table('emergency_access')
    op.drop_table('pending_change')
