"""Withdrawn consents, sharing, restriction, receipts of erasing"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

_NEW = (
    ('withdraws', sa.String(32)),
    ('expires_at', sa.BigInteger()),
    ('recorded_by', sa.String(32)),
    ('how', sa.String(16)),
    ('giver', sa.LargeBinary()),
    ('said_at', sa.BigInteger()),
)
_LEDGERS = ('consent', 'sharing')
_SHARED_BEFORE = """
    insert into sharing
        (id, consent_id, person_id, kind, object_id, recipient, purpose, data_groups, text_version, basis, at)
    select r.id, c.id, r.person_id, 'support_request', r.id, c.recipient, c.purpose, c.data_groups, c.text_version,
           'AVG 6 lid 1 a, 9 lid 2 a', r.created_at
    from support_request r join consent c on c.id = r.consent_id
"""
# Whoever alters one of the ledgers in a batch on SQLite makes its trigger again: the table is written anew.
_REFUSE = """
    create function ledger_is_kept() returns trigger language plpgsql as
    $$ begin raise exception 'rows of a ledger are only added'; end $$
"""


def upgrade() -> None:
    for name, kind in _NEW:
        op.add_column('consent', sa.Column(name, kind, nullable=True))
    op.create_index('ix_consent_withdraws', 'consent', ['withdraws'], unique=True)
    op.create_table(
        'sharing',
        sa.Column('id', sa.String(32), nullable=False),
        sa.Column('consent_id', sa.String(32), nullable=False),
        sa.Column('person_id', sa.String(32), nullable=False),
        sa.Column('kind', sa.String(24), nullable=False),
        sa.Column('object_id', sa.String(32), nullable=False),
        sa.Column('recipient', sa.String(32), nullable=False),
        sa.Column('purpose', sa.String(40), nullable=False),
        sa.Column('data_groups', sa.String(200), nullable=False),
        sa.Column('text_version', sa.String(16), nullable=False),
        sa.Column('basis', sa.String(120), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['consent_id'], ['consent.id'], name=op.f('fk_sharing_consent_id')),
        sa.ForeignKeyConstraint(['recipient'], ['organisation.id'], name=op.f('fk_sharing_recipient')),
        sa.PrimaryKeyConstraint('id', 'consent_id', name=op.f('pk_sharing')),
    )
    op.create_index('ix_sharing_person_id', 'sharing', ['person_id'])
    op.create_index('ix_sharing_object_id', 'sharing', ['object_id'])
    op.execute(_SHARED_BEFORE)
    op.create_table(
        'restriction',
        sa.Column('person_id', sa.String(32), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('person_id', name=op.f('pk_restriction')),
    )
    op.create_table(
        'erasure_receipt',
        sa.Column('reference', sa.String(16), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('reference', name=op.f('pk_erasure_receipt')),
    )
    _keep_ledgers()


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        for table in _LEDGERS:
            op.execute(f'drop trigger {table}_is_kept')
    else:
        op.execute('drop function ledger_is_kept cascade')
    for table in ('erasure_receipt', 'restriction', 'sharing'):
        op.drop_table(table)
    op.execute('delete from consent where withdraws is not null')
    op.drop_index('ix_consent_withdraws', 'consent')
    for name, _kind in reversed(_NEW):
        op.execute(f'alter table consent drop column {name}')


def _keep_ledgers() -> None:
    """From here on no row of a ledger can be changed."""
    sqlite = op.get_bind().dialect.name == 'sqlite'
    if not sqlite:
        op.execute(_REFUSE)
    for table in _LEDGERS:
        what = (
            "begin select raise(abort, 'rows of a ledger are only added'); end"
            if sqlite
            else 'for each row execute function ledger_is_kept()'
        )
        op.execute(f'create trigger {table}_is_kept before update on {table} {what}')
