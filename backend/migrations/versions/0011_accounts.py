"""Second factors, recovery codes and sign-in at an identity provider"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Whoever was logged in logs in again, now with a second factor; counted failures are a day old at most.
    _drop_sessions()
    op.create_table(
        'desk_session',
        sa.Column('token_hash', sa.LargeBinary(), nullable=False),
        sa.Column('counsellor_id', sa.String(length=32), nullable=False),
        sa.Column('csrf_token', sa.String(length=64), nullable=False),
        sa.Column('started_at', sa.BigInteger(), nullable=False),
        sa.Column('seen_at', sa.BigInteger(), nullable=False),
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('stage', sa.String(length=8), nullable=False),
        sa.Column('confirmed_at', sa.BigInteger(), nullable=False),
        sa.Column('device', sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(['counsellor_id'], ['counsellor.id'], name=op.f('fk_desk_session_counsellor_id')),
        sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_desk_session')),
        sa.UniqueConstraint('id', name=op.f('uq_desk_session_id')),
        sa.CheckConstraint("stage in ('open', 'code', 'enrol')", name=op.f('ck_desk_session_stage')),
    )
    op.create_index(op.f('ix_desk_session_counsellor_id'), 'desk_session', ['counsellor_id'])
    op.create_table(
        'login_failure',
        sa.Column('subject', sa.LargeBinary(), nullable=False),
        sa.Column('failures', sa.Integer(), nullable=False),
        sa.Column('last_at', sa.BigInteger(), nullable=False),
        sa.Column('since', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('subject', name=op.f('pk_login_failure')),
    )
    _create_factors()
    _create_ways_in()


def _create_factors() -> None:
    op.create_table(
        'totp',
        sa.Column('counsellor_id', sa.String(length=32), nullable=False),
        sa.Column('secret', sa.LargeBinary(), nullable=False),
        sa.Column('last_step', sa.BigInteger(), nullable=False),
        sa.Column('confirmed_at', sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(['counsellor_id'], ['counsellor.id'], name=op.f('fk_totp_counsellor_id')),
        sa.PrimaryKeyConstraint('counsellor_id', name=op.f('pk_totp')),
    )
    op.create_table(
        'passkey',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('counsellor_id', sa.String(length=32), nullable=False),
        sa.Column('credential_index', sa.LargeBinary(), nullable=False),
        sa.Column('credential', sa.LargeBinary(), nullable=False),
        sa.Column('sign_count', sa.BigInteger(), nullable=False),
        sa.Column('made_at', sa.BigInteger(), nullable=False),
        sa.Column('used_at', sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(['counsellor_id'], ['counsellor.id'], name=op.f('fk_passkey_counsellor_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_passkey')),
        sa.UniqueConstraint('credential_index', name=op.f('uq_passkey_credential_index')),
    )
    op.create_index(op.f('ix_passkey_counsellor_id'), 'passkey', ['counsellor_id'])
    op.create_table(
        'recovery_code',
        sa.Column('code_hash', sa.LargeBinary(), nullable=False),
        sa.Column('counsellor_id', sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(['counsellor_id'], ['counsellor.id'], name=op.f('fk_recovery_code_counsellor_id')),
        sa.PrimaryKeyConstraint('code_hash', name=op.f('pk_recovery_code')),
    )
    op.create_index(op.f('ix_recovery_code_counsellor_id'), 'recovery_code', ['counsellor_id'])


def _create_ways_in() -> None:
    op.create_table(
        'account_invitation',
        sa.Column('code_hash', sa.LargeBinary(), nullable=False),
        sa.Column('counsellor_id', sa.String(length=32), nullable=False),
        sa.Column('kind', sa.String(length=8), nullable=False),
        sa.Column('made_at', sa.BigInteger(), nullable=False),
        sa.Column('expires_at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['counsellor_id'], ['counsellor.id'], name=op.f('fk_account_invitation_counsellor_id')),
        sa.PrimaryKeyConstraint('code_hash', name=op.f('pk_account_invitation')),
        sa.UniqueConstraint('counsellor_id', name=op.f('uq_account_invitation_counsellor_id')),
        sa.CheckConstraint("kind in ('welcome', 'password', 'factors')", name=op.f('ck_account_invitation_kind')),
    )
    op.create_table(
        'counsellor_identity',
        sa.Column('identity_index', sa.LargeBinary(), nullable=False),
        sa.Column('counsellor_id', sa.String(length=32), nullable=False),
        sa.Column('provider', sa.String(length=40), nullable=False),
        sa.Column('made_at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['counsellor_id'], ['counsellor.id'], name=op.f('fk_counsellor_identity_counsellor_id')),
        sa.PrimaryKeyConstraint('identity_index', name=op.f('pk_counsellor_identity')),
    )
    op.create_index(op.f('ix_counsellor_identity_counsellor_id'), 'counsellor_identity', ['counsellor_id'])
    op.create_table(
        'sign_in_step',
        sa.Column('key_hash', sa.LargeBinary(), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('details', sa.Text(), nullable=False),
        sa.Column('expires_at', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('key_hash', name=op.f('pk_sign_in_step')),
    )
    op.create_index(op.f('ix_sign_in_step_expires_at'), 'sign_in_step', ['expires_at'])


def _drop_sessions() -> None:
    op.drop_index(op.f('ix_desk_session_counsellor_id'), 'desk_session')
    op.drop_table('desk_session')
    op.drop_table('login_failure')


def downgrade() -> None:
    op.drop_index(op.f('ix_sign_in_step_expires_at'), 'sign_in_step')
    op.drop_table('sign_in_step')
    op.drop_index(op.f('ix_counsellor_identity_counsellor_id'), 'counsellor_identity')
    op.drop_table('counsellor_identity')
    op.drop_table('account_invitation')
    op.drop_index(op.f('ix_recovery_code_counsellor_id'), 'recovery_code')
    op.drop_table('recovery_code')
    op.drop_index(op.f('ix_passkey_counsellor_id'), 'passkey')
    op.drop_table('passkey')
    op.drop_table('totp')
    _drop_sessions()
    op.create_table(
        'desk_session',
        sa.Column('token_hash', sa.LargeBinary(), nullable=False),
        sa.Column('counsellor_id', sa.String(length=32), nullable=False),
        sa.Column('csrf_token', sa.String(length=64), nullable=False),
        sa.Column('started_at', sa.BigInteger(), nullable=False),
        sa.Column('seen_at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['counsellor_id'], ['counsellor.id'], name=op.f('fk_desk_session_counsellor_id')),
        sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_desk_session')),
    )
    op.create_index(op.f('ix_desk_session_counsellor_id'), 'desk_session', ['counsellor_id'])
    op.create_table(
        'login_failure',
        sa.Column('subject', sa.LargeBinary(), nullable=False),
        sa.Column('failures', sa.Integer(), nullable=False),
        sa.Column('last_at', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('subject', name=op.f('pk_login_failure')),
    )
