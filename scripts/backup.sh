#!/bin/sh
# Backs up the schemas `auth` and `chat` into /backups, and restores them. The database is that of libpq's variables
# (PGHOST and so on).
#
#   backup.sh schedule        writes a file every BACKUP_EVERY_HOURS, and keeps the newest BACKUP_KEEP of them
#   backup.sh once            writes a file that stays until you delete it
#   backup.sh restore FILE    replaces both schemas with those of a file in /backups, completely or not at all
#   backup.sh check           fails unless the newest scheduled file is recent
#
# A file is complete or absent. Each attempt logs one line; a failed one is repeated every minute.
set -eu
umask 077
folder=${BACKUP_FOLDER:-/backups}
hours=${BACKUP_EVERY_HOURS:-24}
keep=${BACKUP_KEEP:-14}
retry_seconds=${BACKUP_RETRY_SECONDS:-60}
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT

say() { echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) backup: $*"; }

stop() { say "$*" >&2 && exit 1; }

whole_number() {
  case $2 in '' | 0* | *[!0-9]*) stop "$1 is '$2', but must be a whole number greater than 0" ;; esac
}

# In the background, because a shell handles signals only between commands, and a stop should not wait.
interruptible() { "$@" & wait $!; }

dump() {
  name=$1-$(date -u +%Y%m%dT%H%M%SZ).dump partial=$folder/.$1.partial
  if interruptible pg_dump --no-password --format custom --schema auth --schema chat --file "$partial" 2>"$errors" &&
    pg_restore --list "$partial" >/dev/null 2>"$errors" && sync "$partial" 2>"$errors" && mv "$partial" "$folder/$name"; then
    say "wrote $name ($(stat -c %s "$folder/$name") bytes)"
  else
    rm -f "$partial"
    say "failed: $(tr '\n' ' ' <"$errors")" >&2
    return 1
  fi
}

# Drops what a newer release has added, which `pg_restore --clean` would trip over.
restore() {
  file=$folder/${1##*/}
  [ -n "$1" ] || stop "say which file of the folder: restore FILE"
  [ -r "$file" ] || stop "there is no readable file ${1##*/} in the folder of the backups"
  committed=$({
    echo 'begin; set local client_min_messages = warning; drop schema if exists auth, chat cascade;'
    # Without the last lines, the end of the input rolls back.
    pg_restore --file - "$file" && printf 'commit;\n\\echo committed\n'
  } | psql --no-password --no-psqlrc --quiet --set ON_ERROR_STOP=1 | tail -n 1)
  [ "$committed" = committed ] || stop "nothing was restored from ${1##*/}"
  say "restored ${1##*/}"
}

is_recent() { [ -n "$(find "$folder" -maxdepth 1 -name 'scheduled-*.dump' -mmin "-$1")" ]; }

# Their names sort by time.
delete_old() {
  ls "$folder" | grep '^scheduled-.*\.dump$' | sort -r | tail -n "+$((keep + 1))" | while read -r name; do
    rm -- "$folder/$name"
  done
}

whole_number BACKUP_EVERY_HOURS "$hours"
whole_number BACKUP_KEEP "$keep"
if [ "${1:-}" = check ]; then
  is_recent $((hours * 60 + 60))
  exit
fi
if [ ! -w "$folder" ]; then
  stop "user $(id -u):$(id -g) can't write to the folder of the backups: create it, and set BACKUP_USER to its owner"
fi
[ -n "${PGHOST:-}" ] || stop "the database isn't known: set DATABASE_URL if you set API_DATABASE_URL, then run: docker compose run --rm secrets"
case ${1:-} in
  once) dump manual ;;
  restore) restore "${2:-}" ;;
  schedule)
    trap 'exit 0' TERM INT
    while :; do
      if is_recent $((hours * 60)); then :; elif dump scheduled; then delete_old; fi
      interruptible sleep "$retry_seconds"
    done
    ;;
  *) stop "use schedule, once, restore FILE or check" ;;
esac
