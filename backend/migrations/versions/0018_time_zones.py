"""Follow-ups in the person's own time zone"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('follow_up') as batch:
        batch.add_column(sa.Column('time_zone', sa.String(length=48), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('follow_up') as batch:
        batch.drop_column('time_zone')
