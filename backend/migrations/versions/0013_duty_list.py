"""Hours spent, offers made and figures of a school"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'former_pupil',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('person_id', sa.String(length=32), nullable=False),
        sa.Column('conversation_id', sa.String(length=32), nullable=False),
        sa.Column('organisation_id', sa.String(length=32), nullable=False),
        sa.Column('facts', sa.LargeBinary(), nullable=False),
        sa.Column('language', sa.String(length=8), nullable=False),
        sa.Column('used_first_year', sa.Boolean(), nullable=True),
        sa.Column('known_at', sa.BigInteger(), nullable=False),
        sa.Column('keep_until', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_former_pupil_conversation_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_former_pupil_organisation_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_former_pupil')),
        sa.UniqueConstraint('person_id', 'organisation_id', name=op.f('uq_former_pupil_person_id')),
    )
    op.create_index(op.f('ix_former_pupil_conversation_id'), 'former_pupil', ['conversation_id'])
    op.create_index(op.f('ix_former_pupil_organisation_id'), 'former_pupil', ['organisation_id'])
    op.create_table(
        'school_offer',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('former_pupil_id', sa.String(length=32), nullable=False),
        sa.Column('person_id', sa.String(length=32), nullable=False),
        sa.Column('year', sa.Integer(), nullable=False),
        sa.Column('again', sa.Boolean(), nullable=False),
        sa.Column('due_at', sa.BigInteger(), nullable=False),
        sa.Column('offered_at', sa.BigInteger(), nullable=True),
        sa.Column('offered_by', sa.String(length=32), nullable=True),
        sa.Column('answer', sa.String(length=8), nullable=True),
        sa.Column('answered_at', sa.BigInteger(), nullable=True),
        sa.CheckConstraint("answer in ('yes', 'no', 'later')", name=op.f('ck_school_offer_answer')),
        sa.CheckConstraint("year in (1, 2)", name=op.f('ck_school_offer_year')),
        sa.ForeignKeyConstraint(['former_pupil_id'], ['former_pupil.id'], name=op.f('fk_school_offer_former_pupil_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['offered_by'], ['counsellor.id'], name=op.f('fk_school_offer_offered_by')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_school_offer')),
        sa.UniqueConstraint('former_pupil_id', 'year', name=op.f('uq_school_offer_former_pupil_id')),
    )
    op.create_index(op.f('ix_school_offer_person_id'), 'school_offer', ['person_id'])
    op.create_table(
        'hours_spent',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('former_pupil_id', sa.String(length=32), nullable=False),
        sa.Column('person_id', sa.String(length=32), nullable=False),
        sa.Column('day', sa.String(length=10), nullable=False),
        sa.Column('minutes', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('counsellor_id', sa.String(length=32), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['former_pupil_id'], ['former_pupil.id'], name=op.f('fk_hours_spent_former_pupil_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['counsellor_id'], ['counsellor.id'], name=op.f('fk_hours_spent_counsellor_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_hours_spent')),
    )
    op.create_index(op.f('ix_hours_spent_former_pupil_id'), 'hours_spent', ['former_pupil_id'])
    op.create_table(
        'tally',
        sa.Column('month', sa.String(length=7), nullable=False),
        sa.Column('measure', sa.String(length=16), nullable=False),
        sa.Column('place', sa.String(length=8), nullable=False),
        sa.Column('detail', sa.String(length=40), nullable=False),
        sa.Column('count', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('month', 'measure', 'place', 'detail', name=op.f('pk_tally')),
    )
    op.create_table(
        'organisation_tally',
        sa.Column('month', sa.String(length=7), nullable=False),
        sa.Column('measure', sa.String(length=16), nullable=False),
        sa.Column('organisation_id', sa.String(length=32), nullable=False),
        sa.Column('detail', sa.String(length=40), nullable=False),
        sa.Column('count', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('month', 'measure', 'organisation_id', 'detail', name=op.f('pk_organisation_tally')),
    )


def downgrade() -> None:
    op.drop_table('organisation_tally')
    op.drop_table('tally')
    op.drop_table('hours_spent')
    op.drop_table('school_offer')
    op.drop_table('former_pupil')
