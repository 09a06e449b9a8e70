"""Keys, the audit chain, retention settings"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

# Every new column may be empty, so that a process of the last release can go on writing events meanwhile.
_NEW = (
    ('person_id', sa.String(32)),
    ('result', sa.String(16)),
    ('origin', sa.String(24)),
    ('purpose', sa.String(40)),
    ('basis', sa.String(120)),
    ('personal', sa.LargeBinary()),
    ('number', sa.BigInteger()),
    ('hash', sa.LargeBinary()),
)


def upgrade() -> None:
    for name, kind in _NEW:
        op.add_column('audit_event', sa.Column(name, kind, nullable=True))
    op.create_index('ix_audit_event_object', 'audit_event', ['object'])
    op.create_index('ix_audit_event_person_id', 'audit_event', ['person_id'])
    op.create_index('ix_audit_event_number', 'audit_event', ['number'], unique=True)
    op.create_index(
        'ix_audit_event_open', 'audit_event', ['id'],
        sqlite_where=sa.text('number IS NULL'), postgresql_where=sa.text('number IS NULL'),
    )
    op.create_table(
        'audit_head',
        sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.Column('hash', sa.LargeBinary(), nullable=False),
        sa.Column('signature', sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint('number', name=op.f('pk_audit_head')),
    )
    op.create_table(
        'retention_setting',
        sa.Column('organisation_id', sa.String(32), nullable=False),
        sa.Column('days_after_closing', sa.Integer(), nullable=False),
        sa.Column('changed_at', sa.BigInteger(), nullable=False),
        sa.CheckConstraint('days_after_closing between 1 and 3650', name=op.f('ck_retention_setting_days')),
        sa.ForeignKeyConstraint(
            ['organisation_id'], ['organisation.id'], name=op.f('fk_retention_setting_organisation_id')
        ),
        sa.PrimaryKeyConstraint('organisation_id', name=op.f('pk_retention_setting')),
    )
    op.create_table(
        'legal_hold',
        sa.Column('id', sa.String(32), nullable=False),
        sa.Column('request_id', sa.String(32), nullable=False),
        sa.Column('reason', sa.LargeBinary(), nullable=False),
        sa.Column('placed_by', sa.String(40), nullable=False),
        sa.Column('placed_at', sa.BigInteger(), nullable=False),
        sa.Column('lifted_at', sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ['request_id'], ['support_request.id'], name=op.f('fk_legal_hold_request_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_legal_hold')),
    )
    op.create_index('ix_legal_hold_request_id', 'legal_hold', ['request_id'])


def downgrade() -> None:
    op.drop_table('legal_hold')
    op.drop_table('retention_setting')
    op.drop_table('audit_head')
    for name in ('open', 'number', 'person_id', 'object'):
        op.drop_index(f'ix_audit_event_{name}', 'audit_event')
    with op.batch_alter_table('audit_event') as batch:
        for name, _kind in reversed(_NEW):
            batch.drop_column(name)
