"""Create the schema of version 0.1.0."""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "2026_11_29_2240"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OWNER = """
create table owner (
  user_id uuid primary key references auth."user" (id) on delete cascade,
  turns_due timestamptz not null default now(),
  requests_due timestamptz not null default now())
"""
CONVERSATION = """
create table conversation (
  id uuid primary key,
  user_id uuid not null references owner (user_id) on delete cascade,
  title text not null,
  last_turn int not null default 0,
  running_turn int,
  run_id uuid,
  lease_until timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (id, user_id),
  constraint conversation_lease_is_whole check (num_nulls(running_turn, run_id, lease_until) in (0, 3)))
"""
MESSAGE = """
create table message (
  id uuid primary key,
  conversation_id uuid not null,
  user_id uuid not null,
  turn int not null,
  role text not null,
  sequence int not null generated always as (turn * 2 - case role when 'user' then 1 else 0 end) stored,
  content text not null,
  idempotency_key text,
  runs int,
  created_at timestamptz not null default now(),
  unique (conversation_id, sequence),
  unique (user_id, idempotency_key),
  foreign key (conversation_id, user_id) references conversation (id, user_id) on delete cascade,
  constraint message_turns_count_from_one check (turn > 0),
  constraint message_role_is_known check (role in ('user', 'assistant')),
  constraint message_of_user_names_turn check ((role = 'user') = (idempotency_key is not null)),
  constraint message_of_user_counts_runs check ((role = 'user') = (runs is not null)))
"""
STEP = """
create table step (
  conversation_id uuid not null references conversation (id) on delete cascade,
  turn int not null,
  step int not null,
  output jsonb not null,
  created_at timestamptz not null default now(),
  primary key (conversation_id, turn, step))
"""
TOOL_CALL = """
create table tool_call (
  conversation_id uuid not null,
  turn int not null,
  step int not null,
  position int not null,
  run_id uuid not null,
  name text not null,
  arguments jsonb not null,
  result jsonb not null,
  created_at timestamptz not null default now(),
  primary key (conversation_id, turn, step, position),
  foreign key (conversation_id, turn, step) references step (conversation_id, turn, step) on delete cascade)
"""
TASK = """
create table task (
  id uuid primary key,
  user_id uuid not null references owner (user_id) on delete cascade,
  title text not null,
  description text not null default '',
  completed boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now())
"""
INDEXES = (
    "create index conversation_newest_first on conversation (user_id, updated_at desc, id desc)",
    "create index task_in_order on task (user_id, created_at, id)",
)
# Copies: what a migration installed somewhere stays what it installs.
INSTALLED = Path(__file__).parents[1] / "installed" / revision
FUNCTIONS = ("turn_lost", "oldest_turn_within", "begin_turn", "count_request")


def upgrade() -> None:
    for statement in (OWNER, CONVERSATION, MESSAGE, STEP, TOOL_CALL, TASK, *INDEXES):
        op.execute(statement)
    for name in FUNCTIONS:
        op.get_bind().exec_driver_sql((INSTALLED / f"{name}.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    for name in reversed(FUNCTIONS):
        op.execute(f"drop function {name}")
    op.execute("drop table tool_call, step, message, conversation, task, owner")
