"""Finds the changes between two states of a schema that a release made for the first could not live with."""

from collections.abc import Iterator
from dataclasses import dataclass

import asyncpg

# A table or a column that was dropped and created again has another number, and so another definition.
CATALOG = """
    with tables as (
      select oid, relname::text, relkind, relrowsecurity from pg_class
       where relnamespace = to_regnamespace($1) and relkind in ('r', 'p', 'v', 'm'))
    select 'table' as kind, relname as name, format('%s %s %s', oid, relkind, relrowsecurity) as definition,
           relname as table, array[]::int[] as columns, false as restricts
      from tables
    union all
    select 'column', relname || '.' || attname,
           format('%s %s %s', attnum, format_type(atttypid, atttypmod), case when attnotnull then 'not null' end),
           relname, array[attnum::int], attnotnull and not atthasdef and attidentity = ''
      from tables join pg_attribute on attrelid = tables.oid where attnum > 0 and not attisdropped
    union all
    select 'default', relname || '.' || attname, 'given', relname, array[attnum::int], false
      from tables join pg_attribute on attrelid = tables.oid where attnum > 0 and (atthasdef or attidentity <> '')
    union all
    select 'constraint', relname || '.' || conname, pg_get_constraintdef(pg_constraint.oid), relname,
           coalesce(conkey::int[], '{}'), true
      from tables join pg_constraint on conrelid = tables.oid where contype <> 'n'
    union all
    select 'unique index', relname || '.' || indexrelid::regclass, pg_get_indexdef(indexrelid), relname,
           indkey::int2[]::int[], true
      from tables join pg_index on indrelid = tables.oid
     where indisunique and not exists (select from pg_constraint where conindid = indexrelid)
    union all
    select 'function', oid::regprocedure::text,
           format('%s returns %s', pg_get_function_arguments(oid), pg_get_function_result(oid)), '', '{}', false
      from pg_proc where pronamespace = to_regnamespace($1)
    union all
    select 'value', format('%s.%s', enumtypid::regtype, enumlabel), '', '', '{}', false
      from pg_enum join pg_type on pg_type.oid = enumtypid where typnamespace = to_regnamespace($1)"""


@dataclass(frozen=True)
class Thing:
    """A part of a schema.

    Attributes:
        columns: the numbers of the columns that it is about.
        restricts: whether some rows cannot be written because of it.
    """

    definition: str
    table: str
    columns: frozenset[int]
    restricts: bool


Catalog = dict[tuple[str, str], Thing]


async def read_catalog(url: str, schema: str) -> Catalog:
    """Read what a service relies on in its schema."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(CATALOG, schema)
    finally:
        await connection.close()
    return {
        (row["kind"], row["name"]): Thing(row["definition"], row["table"], frozenset(row["columns"]), row["restricts"])
        for row in rows
    }


def breaking_changes(before: Catalog, after: Catalog) -> list[str]:
    """Name the changes that break a release which reads and writes the schema as it was before."""
    return sorted({*_losses(before, after), *_restrictions(before, after)})


def _losses(before: Catalog, after: Catalog) -> Iterator[str]:
    for (kind, name), thing in before.items():
        if (kind, name) not in after:
            yield f"drops {kind} {name}"
        elif after[kind, name].definition != thing.definition:
            yield f"changes {kind} {name}: {thing.definition} -> {after[kind, name].definition}"


def _restrictions(before: Catalog, after: Catalog) -> Iterator[str]:
    """New constraints of old tables. The old release writes neither to new tables nor to new columns."""
    old_columns = {
        (thing.table, number) for (kind, _), thing in before.items() if kind == "column" for number in thing.columns
    }
    for (kind, name), thing in after.items():
        is_new = (kind, name) not in before and ("table", thing.table) in before
        if not is_new or not thing.restricts:
            continue
        if kind == "column":
            yield f"adds column {name} without a default"
        elif not thing.columns or any((thing.table, number) in old_columns or number == 0 for number in thing.columns):
            yield f"adds {kind} {name} to existing columns"
