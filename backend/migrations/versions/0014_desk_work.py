"""Teams, age bands, stand-ins and call-back appointments"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

_PLACE_IN_LIST = (
    'CASE WHEN transferred_at IS NULL THEN 0 ELSE 1 END',
    'CASE WHEN urgent THEN 0 ELSE 1 END',
    'CASE WHEN waiting_since IS NULL THEN 1 ELSE 0 END',
    'coalesce(waiting_since, created_at)',
)
_INDEXES = ('ix_support_request_list', 'ix_support_request_owner', 'ix_support_request_done', 'ix_support_request_person')
_TABLES = ('desk_draft', 'appointment', 'team_member', 'team')


def upgrade() -> None:
    _make_teams()
    _make_appointments()
    _make_drafts()
    with _table_made_anew(), op.batch_alter_table('queue') as batch:
        batch.drop_constraint(op.f('uq_queue_organisation_id'), type_='unique')
        for name, size in (('topic', 24), ('language', 8), ('age_band', 8), ('team_id', 32)):
            batch.add_column(sa.Column(name, sa.String(size), nullable=True))
        batch.create_foreign_key(op.f('fk_queue_team_id'), 'team', ['team_id'], ['id'])
    op.add_column('absence', sa.Column('stand_in_id', sa.String(32), nullable=True))
    op.add_column('canned_answer', sa.Column('set_id', sa.String(32), nullable=True))
    op.execute(sa.text('update canned_answer set set_id = id'))
    _make_indexes()


def downgrade() -> None:
    for index in _INDEXES:
        op.drop_index(index, 'support_request')
    op.drop_column('canned_answer', 'set_id')
    op.drop_column('absence', 'stand_in_id')
    op.execute(sa.text(
        'update queue set kind_of_help = substr(id, 1, 24) where exists (select 1 from queue as other where '
        'other.organisation_id = queue.organisation_id and other.kind_of_help = queue.kind_of_help and other.id < queue.id)'
    ))
    with _table_made_anew(), op.batch_alter_table('queue') as batch:
        batch.drop_constraint(op.f('fk_queue_team_id'), type_='foreignkey')
        for name in ('team_id', 'age_band', 'language', 'topic'):
            batch.drop_column(name)
        batch.create_unique_constraint(op.f('uq_queue_organisation_id'), ['organisation_id', 'kind_of_help'])
    for table in _TABLES:
        op.drop_table(table)


@contextmanager
def _table_made_anew() -> Iterator[None]:
    """SQLite changes a constraint only by making the table anew; that must not take along what points to its rows."""
    connection = op.get_bind()
    if connection.dialect.name != 'sqlite':
        yield
        return
    for statement in ('COMMIT', 'PRAGMA foreign_keys=OFF', 'BEGIN IMMEDIATE'):
        connection.exec_driver_sql(statement)
    yield
    for statement in ('COMMIT', 'PRAGMA foreign_keys=ON', 'BEGIN IMMEDIATE'):
        connection.exec_driver_sql(statement)


def _make_teams() -> None:
    op.create_table(
        'team',
        sa.Column('id', sa.String(32), nullable=False),
        sa.Column('organisation_id', sa.String(32), nullable=False),
        sa.Column('name', sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_team_organisation_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_team')),
    )
    op.create_index('ix_team_organisation_id', 'team', ['organisation_id'])
    op.create_table(
        'team_member',
        sa.Column('team_id', sa.String(32), nullable=False),
        sa.Column('counsellor_id', sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_team_member_team_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['counsellor_id'], ['counsellor.id'], name=op.f('fk_team_member_counsellor_id')),
        sa.PrimaryKeyConstraint('team_id', 'counsellor_id', name=op.f('pk_team_member')),
    )
    op.create_index('ix_team_member_counsellor_id', 'team_member', ['counsellor_id'])


def _make_appointments() -> None:
    op.create_table(
        'appointment',
        sa.Column('id', sa.String(32), nullable=False),
        sa.Column('request_id', sa.String(32), nullable=False),
        sa.Column('person_id', sa.String(32), nullable=False),
        sa.Column('conversation_id', sa.String(32), nullable=False),
        sa.Column('organisation_id', sa.String(32), nullable=False),
        sa.Column('counsellor_id', sa.String(32), nullable=False),
        sa.Column('first_at', sa.BigInteger(), nullable=False),
        sa.Column('second_at', sa.BigInteger(), nullable=True),
        sa.Column('third_at', sa.BigInteger(), nullable=True),
        sa.Column('stage', sa.String(12), nullable=False),
        sa.Column('chosen_at', sa.BigInteger(), nullable=True),
        sa.Column('asked_at', sa.BigInteger(), nullable=False),
        sa.Column('answered_at', sa.BigInteger(), nullable=True),
        sa.CheckConstraint("stage in ('asked', 'chosen', 'none', 'withdrawn')", name=op.f('ck_appointment_stage')),
        sa.ForeignKeyConstraint(
            ['request_id'], ['support_request.id'], name=op.f('fk_appointment_request_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_appointment_organisation_id')),
        sa.ForeignKeyConstraint(['counsellor_id'], ['counsellor.id'], name=op.f('fk_appointment_counsellor_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_appointment')),
    )
    op.create_index('ix_appointment_request_id', 'appointment', ['request_id'])
    op.create_index('ix_appointment_person_id', 'appointment', ['person_id'])


def _make_drafts() -> None:
    op.create_table(
        'desk_draft',
        sa.Column('request_id', sa.String(32), nullable=False),
        sa.Column('counsellor_id', sa.String(32), nullable=False),
        sa.Column('person_id', sa.String(32), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ['request_id'], ['support_request.id'], name=op.f('fk_desk_draft_request_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(['counsellor_id'], ['counsellor.id'], name=op.f('fk_desk_draft_counsellor_id')),
        sa.PrimaryKeyConstraint('request_id', 'counsellor_id', name=op.f('pk_desk_draft')),
    )
    op.create_index('ix_desk_draft_person_id', 'desk_draft', ['person_id'])


def _make_indexes() -> None:
    place = [sa.text(f'({part})') for part in _PLACE_IN_LIST]
    op.create_index('ix_support_request_list', 'support_request', ['queue_id', 'status', *place, 'id'])
    op.create_index(
        'ix_support_request_owner', 'support_request', ['claimed_by'],
        sqlite_where=sa.text("status = 'claimed'"), postgresql_where=sa.text("status = 'claimed'"),
    )
    op.create_index(
        'ix_support_request_done', 'support_request', ['queue_id', 'closed_at', 'id'],
        sqlite_where=sa.text("status = 'closed'"), postgresql_where=sa.text("status = 'closed'"),
    )
    op.create_index('ix_support_request_person', 'support_request', ['person_id'])
