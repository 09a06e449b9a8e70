"""Roles, reasons for opening, access tokens and signed webhooks"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('counsellor', sa.Column('role', sa.String(20), nullable=False, server_default='counsellor'))
    op.create_index(
        'ix_audit_event_reads', 'audit_event', ['organisation_id', 'at'],
        sqlite_where=sa.text("action = 'request.read'"), postgresql_where=sa.text("action = 'request.read'"),
    )
    op.create_index('ix_audit_event_organisation', 'audit_event', ['organisation_id', 'id'])
    op.create_table(
        'request_opening',
        sa.Column('id', sa.String(32), nullable=False),
        sa.Column('request_id', sa.String(32), nullable=False),
        sa.Column('person_id', sa.String(32), nullable=False),
        sa.Column('organisation_id', sa.String(32), nullable=False),
        sa.Column('counsellor_id', sa.String(32), nullable=False),
        sa.Column('reason', sa.String(16), nullable=False),
        sa.Column('words', sa.LargeBinary(), nullable=True),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ['request_id'], ['support_request.id'], name=op.f('fk_request_opening_request_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['organisation_id'], ['organisation.id'], name=op.f('fk_request_opening_organisation_id')
        ),
        sa.ForeignKeyConstraint(['counsellor_id'], ['counsellor.id'], name=op.f('fk_request_opening_counsellor_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_request_opening')),
    )
    op.create_index('ix_request_opening_request_id', 'request_opening', ['request_id'])
    op.create_index('ix_request_opening_person_id', 'request_opening', ['person_id'])
    _make_connections()


def _make_connections() -> None:
    op.create_table(
        'api_token',
        sa.Column('id', sa.String(32), nullable=False),
        sa.Column('organisation_id', sa.String(32), nullable=False),
        sa.Column('name', sa.String(80), nullable=False),
        sa.Column('scopes', sa.String(120), nullable=False),
        sa.Column('token_hash', sa.LargeBinary(), nullable=False),
        sa.Column('made_by', sa.String(32), nullable=False),
        sa.Column('made_at', sa.BigInteger(), nullable=False),
        sa.Column('last_used_at', sa.BigInteger(), nullable=True),
        sa.Column('revoked_at', sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_api_token_organisation_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_api_token')),
        sa.UniqueConstraint('token_hash', name=op.f('uq_api_token_token_hash')),
    )
    op.create_index('ix_api_token_organisation_id', 'api_token', ['organisation_id'])
    op.create_table(
        'webhook',
        sa.Column('id', sa.String(32), nullable=False),
        sa.Column('organisation_id', sa.String(32), nullable=False),
        sa.Column('url', sa.String(400), nullable=False),
        sa.Column('events', sa.String(200), nullable=False),
        sa.Column('secret', sa.LargeBinary(), nullable=False),
        sa.Column('old_secret', sa.LargeBinary(), nullable=True),
        sa.Column('old_until', sa.BigInteger(), nullable=True),
        sa.Column('made_by', sa.String(32), nullable=False),
        sa.Column('made_at', sa.BigInteger(), nullable=False),
        sa.Column('stopped_at', sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_webhook_organisation_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook')),
    )
    op.create_index('ix_webhook_organisation_id', 'webhook', ['organisation_id'])
    op.create_table(
        'webhook_delivery',
        sa.Column('id', sa.String(32), nullable=False),
        sa.Column('organisation_id', sa.String(32), nullable=False),
        sa.Column('webhook_id', sa.String(32), nullable=False),
        sa.Column('event', sa.String(40), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.Column('state', sa.String(8), nullable=False),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('made_at', sa.BigInteger(), nullable=False),
        sa.Column('due_at', sa.BigInteger(), nullable=False),
        sa.Column('lease_until', sa.BigInteger(), nullable=False),
        sa.Column('done_at', sa.BigInteger(), nullable=True),
        sa.Column('outcome', sa.String(24), nullable=True),
        sa.CheckConstraint("state in ('waiting', 'sent', 'failed')", name=op.f('ck_webhook_delivery_state')),
        sa.ForeignKeyConstraint(
            ['organisation_id'], ['organisation.id'], name=op.f('fk_webhook_delivery_organisation_id')
        ),
        sa.ForeignKeyConstraint(
            ['webhook_id'], ['webhook.id'], name=op.f('fk_webhook_delivery_webhook_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_delivery')),
    )
    op.create_index('ix_webhook_delivery_webhook', 'webhook_delivery', ['webhook_id', 'made_at'])
    op.create_index(
        'ix_webhook_delivery_due', 'webhook_delivery', ['due_at'],
        sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    for table in ('webhook_delivery', 'webhook', 'api_token', 'request_opening'):
        op.drop_table(table)
    op.drop_index('ix_audit_event_organisation', 'audit_event')
    op.drop_index('ix_audit_event_reads', 'audit_event')
    op.drop_column('counsellor', 'role')
