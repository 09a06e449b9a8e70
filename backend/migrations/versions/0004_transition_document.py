"""The transition document"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'transition_document',
        sa.Column('id', sa.String(32), nullable=False),
        sa.Column('conversation_id', sa.String(32), nullable=False),
        sa.Column('person_id', sa.String(32), nullable=False),
        sa.Column('school_id', sa.String(32), nullable=True),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.Column('draft', sa.LargeBinary(), nullable=True),
        sa.Column('digest', sa.String(64), nullable=False),
        sa.Column('created_at', sa.BigInteger(), nullable=False),
        sa.Column('changed_at', sa.BigInteger(), nullable=False),
        sa.Column('ready_at', sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ['conversation_id'], ['conversation.id'],
            name=op.f('fk_transition_document_conversation_id'), ondelete='CASCADE',
        ),
        sa.ForeignKeyConstraint(['school_id'], ['organisation.id'], name=op.f('fk_transition_document_school_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_transition_document')),
        sa.UniqueConstraint('person_id', name=op.f('uq_transition_document_person_id')),
    )
    op.create_index('ix_transition_document_conversation_id', 'transition_document', ['conversation_id'])
    op.create_table(
        'transition_sending',
        sa.Column('id', sa.String(32), nullable=False),
        sa.Column('document_id', sa.String(32), nullable=False),
        sa.Column('person_id', sa.String(32), nullable=False),
        sa.Column('organisation_id', sa.String(32), nullable=False),
        sa.Column('request_id', sa.String(32), nullable=False),
        sa.Column('digest', sa.String(64), nullable=False),
        sa.Column('form', sa.String(80), nullable=False),
        sa.Column('sent_at', sa.BigInteger(), nullable=False),
        sa.Column('received_at', sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ['document_id'], ['transition_document.id'],
            name=op.f('fk_transition_sending_document_id'), ondelete='CASCADE',
        ),
        sa.ForeignKeyConstraint(
            ['organisation_id'], ['organisation.id'], name=op.f('fk_transition_sending_organisation_id')
        ),
        sa.ForeignKeyConstraint(
            ['request_id'], ['support_request.id'], name=op.f('fk_transition_sending_request_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_transition_sending')),
    )
    for column in ('document_id', 'person_id', 'request_id'):
        op.create_index(f'ix_transition_sending_{column}', 'transition_sending', [column])


def downgrade() -> None:
    op.drop_table('transition_sending')
    op.drop_table('transition_document')
