"""Notes, canned answers, and what the desk remembers"""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

_NEW = (('intended_for', sa.String(32)), ('answered_at', sa.BigInteger()), ('escalate_at', sa.BigInteger()))


def upgrade() -> None:
    for name, kind in _NEW:
        op.add_column('support_request', sa.Column(name, kind, nullable=True))
    # What is open already gets a day before anybody is reminded of it.
    tomorrow = time.time_ns() // 1000 + 24 * 3600 * 1_000_000
    request = sa.table('support_request', sa.column('status'), sa.column('escalate_at'))
    op.execute(sa.update(request).where(request.c.status != 'closed').values(escalate_at=tomorrow))
    op.create_index(
        'ix_support_request_escalate', 'support_request', ['escalate_at'],
        sqlite_where=sa.text("status <> 'closed'"), postgresql_where=sa.text("status <> 'closed'"),
    )
    op.create_table(
        'note',
        sa.Column('id', sa.String(32), nullable=False),
        sa.Column('request_id', sa.String(32), nullable=False),
        sa.Column('person_id', sa.String(32), nullable=False),
        sa.Column('organisation_id', sa.String(32), nullable=False),
        sa.Column('counsellor_id', sa.String(32), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ['request_id'], ['support_request.id'], name=op.f('fk_note_request_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_note_organisation_id')),
        sa.ForeignKeyConstraint(['counsellor_id'], ['counsellor.id'], name=op.f('fk_note_counsellor_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_note')),
    )
    op.create_index('ix_note_request_id', 'note', ['request_id'])
    op.create_index('ix_note_person_id', 'note', ['person_id'])
    op.create_table(
        'canned_answer',
        sa.Column('id', sa.String(32), nullable=False),
        sa.Column('organisation_id', sa.String(32), nullable=False),
        sa.Column('counsellor_id', sa.String(32), nullable=True),
        sa.Column('title', sa.String(80), nullable=False),
        sa.Column('content', sa.Text(), nullable=False),
        sa.Column('language', sa.String(8), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ['organisation_id'], ['organisation.id'], name=op.f('fk_canned_answer_organisation_id')
        ),
        sa.ForeignKeyConstraint(['counsellor_id'], ['counsellor.id'], name=op.f('fk_canned_answer_counsellor_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_canned_answer')),
    )
    op.create_index('ix_canned_answer_organisation_id', 'canned_answer', ['organisation_id'])
    op.create_table(
        'desk_setting',
        sa.Column('organisation_id', sa.String(32), nullable=False),
        sa.Column('opening_hours', sa.String(200), nullable=False),
        sa.Column('holiday_region', sa.String(8), nullable=True),
        sa.Column('first_answer_hours', sa.Integer(), nullable=False),
        sa.Column('next_answer_hours', sa.Integer(), nullable=False),
        sa.Column('claim_hours', sa.Integer(), nullable=False),
        sa.Column('handover_days', sa.Integer(), nullable=False),
        sa.Column('most_claims', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "holiday_region in ('noord', 'midden', 'zuid')", name=op.f('ck_desk_setting_holiday_region')
        ),
        sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_desk_setting_organisation_id')),
        sa.PrimaryKeyConstraint('organisation_id', name=op.f('pk_desk_setting')),
    )
    op.create_table(
        'absence',
        sa.Column('counsellor_id', sa.String(32), nullable=False),
        sa.Column('back_at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['counsellor_id'], ['counsellor.id'], name=op.f('fk_absence_counsellor_id')),
        sa.PrimaryKeyConstraint('counsellor_id', name=op.f('pk_absence')),
    )


def downgrade() -> None:
    for table in ('absence', 'desk_setting', 'canned_answer', 'note'):
        op.drop_table(table)
    op.drop_index('ix_support_request_escalate', 'support_request')
    # Not in a batch: a new table in the place of this one would take along what hangs on its rows.
    for name, _kind in reversed(_NEW):
        op.drop_column('support_request', name)
