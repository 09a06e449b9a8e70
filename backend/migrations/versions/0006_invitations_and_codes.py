"""Invitations and resume codes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'invitation',
        sa.Column('id', sa.String(32), nullable=False),
        sa.Column('organisation_id', sa.String(32), nullable=False),
        sa.Column('facts', sa.String(400), nullable=False),
        sa.Column('people', sa.Integer(), nullable=False),
        sa.Column('shared', sa.Boolean(), nullable=False),
        sa.Column('used', sa.Integer(), nullable=False),
        sa.Column('made_at', sa.BigInteger(), nullable=False),
        sa.Column('expires_at', sa.BigInteger(), nullable=False),
        sa.Column('revoked_at', sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_invitation_organisation_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_invitation')),
    )
    op.create_index('ix_invitation_organisation_id', 'invitation', ['organisation_id'])
    op.create_table(
        'invitation_code',
        sa.Column('code', sa.String(15), nullable=False),
        sa.Column('invitation_id', sa.String(32), nullable=False),
        sa.Column('opened', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['invitation_id'], ['invitation.id'], name=op.f('fk_invitation_code_invitation_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('code', name=op.f('pk_invitation_code')),
    )
    op.create_index('ix_invitation_code_invitation_id', 'invitation_code', ['invitation_id'])
    op.create_table(
        'resume_code',
        sa.Column('conversation_id', sa.String(32), nullable=False),
        sa.Column('code_index', sa.LargeBinary(), nullable=False),
        sa.Column('moves', sa.Boolean(), nullable=False),
        sa.Column('made_at', sa.BigInteger(), nullable=False),
        sa.Column('expires_at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ['conversation_id'], ['conversation.id'], name=op.f('fk_resume_code_conversation_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('conversation_id', name=op.f('pk_resume_code')),
        sa.UniqueConstraint('code_index', name=op.f('uq_resume_code_code_index')),
    )
    op.create_table(
        'code_try',
        sa.Column('subject', sa.LargeBinary(), nullable=False),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('since_at', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('subject', name=op.f('pk_code_try')),
    )
    op.add_column('outbox', sa.Column('outside_ids', sa.String(400), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('outbox') as batch:
        batch.drop_column('outside_ids')
    for name in ('code_try', 'resume_code', 'invitation_code', 'invitation'):
        op.drop_table(name)
