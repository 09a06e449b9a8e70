"""Handovers between organisations"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

_INDEXED = ('request_id', 'conversation_id', 'person_id', 'from_organisation_id', 'to_organisation_id')


def upgrade() -> None:
    op.add_column('support_request', sa.Column('transferred_at', sa.BigInteger(), nullable=True))
    op.create_table(
        'handover',
        sa.Column('id', sa.String(32), nullable=False),
        sa.Column('request_id', sa.String(32), nullable=False),
        sa.Column('conversation_id', sa.String(32), nullable=False),
        sa.Column('person_id', sa.String(32), nullable=False),
        sa.Column('from_organisation_id', sa.String(32), nullable=False),
        sa.Column('from_queue_id', sa.String(32), nullable=False),
        sa.Column('from_consent_id', sa.String(32), nullable=False),
        sa.Column('proposed_by', sa.String(32), nullable=False),
        sa.Column('to_organisation_id', sa.String(32), nullable=False),
        sa.Column('to_queue_id', sa.String(32), nullable=True),
        sa.Column('consent_id', sa.String(32), nullable=True),
        sa.Column('reason', sa.LargeBinary(), nullable=False),
        sa.Column('answer', sa.LargeBinary(), nullable=True),
        sa.Column('stage', sa.String(12), nullable=False),
        sa.Column('asked_at', sa.BigInteger(), nullable=False),
        sa.Column('agreed_at', sa.BigInteger(), nullable=True),
        sa.Column('accepted_at', sa.BigInteger(), nullable=True),
        sa.Column('accepted_by', sa.String(32), nullable=True),
        sa.Column('contact_asked_at', sa.BigInteger(), nullable=True),
        sa.Column('no_contact_at', sa.BigInteger(), nullable=True),
        sa.Column('due_at', sa.BigInteger(), nullable=True),
        sa.Column('ended_at', sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "stage in ('asked', 'refused', 'agreed', 'accepted', 'confirmed', 'declined', 'returned', 'withdrawn')",
            name=op.f('ck_handover_stage'),
        ),
        sa.CheckConstraint(
            "stage <> 'confirmed' or (accepted_at is not null and consent_id is not null)",
            name=op.f('ck_handover_confirmed'),
        ),
        sa.CheckConstraint("stage not in ('agreed', 'accepted') or due_at is not null", name=op.f('ck_handover_due')),
        sa.ForeignKeyConstraint(
            ['request_id'], ['support_request.id'], name=op.f('fk_handover_request_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['from_organisation_id'], ['organisation.id'], name=op.f('fk_handover_from_organisation_id')
        ),
        sa.ForeignKeyConstraint(['from_queue_id'], ['queue.id'], name=op.f('fk_handover_from_queue_id')),
        sa.ForeignKeyConstraint(['proposed_by'], ['counsellor.id'], name=op.f('fk_handover_proposed_by')),
        sa.ForeignKeyConstraint(
            ['to_organisation_id'], ['organisation.id'], name=op.f('fk_handover_to_organisation_id')
        ),
        sa.ForeignKeyConstraint(['to_queue_id'], ['queue.id'], name=op.f('fk_handover_to_queue_id')),
        sa.ForeignKeyConstraint(['accepted_by'], ['counsellor.id'], name=op.f('fk_handover_accepted_by')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_handover')),
    )
    for column in _INDEXED:
        op.create_index(f'ix_handover_{column}', 'handover', [column])
    still = {'sqlite_where': sa.text('ended_at IS NULL'), 'postgresql_where': sa.text('ended_at IS NULL')}
    op.create_index('uq_handover_open', 'handover', ['request_id'], unique=True, **still)
    op.create_index('ix_handover_due', 'handover', ['due_at'], **still)


def downgrade() -> None:
    op.drop_table('handover')
    # Not in a batch: a new table in the place of this one would take along what hangs on its rows.
    op.drop_column('support_request', 'transferred_at')
