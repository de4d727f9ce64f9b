#!/bin/bash
# Makes the secrets that are missing, once, and the database URLs that follow from them, each time.
#
# Each service has a folder of its own in /secrets, in which each file is a setting of that name.
set -euo pipefail
shopt -s nocasematch
cd /secrets

put() { # FILE TEXT: whoever reads meanwhile sees the old text or the new one
  printf %s "$2" >"$1.new"
  mv -f "$1.new" "$1"
}

make() { # FILE: 256 random bits
  [ -s "$1" ] || put "$1" "$(od -An -v -N32 -tx1 /dev/urandom | tr -d ' \n')"
}

url_of() { # ROLE PASSWORD: DATABASE_URL for another role
  if [[ ! $database_url =~ ^postgres(ql)?(\+[a-z0-9]+)?://[^/]+@([^/@]+/.+)$ ]]; then
    echo "secrets: DATABASE_URL must look like postgresql://owner:password@host/database, with special characters of the password percent-encoded" >&2
    exit 1
  fi
  echo "postgresql://$1:$2@${BASH_REMATCH[3]}"
}

make db/POSTGRES_PASSWORD
make bootstrap/AUTH_SERVICE_PASSWORD
make bootstrap/CHAT_API_PASSWORD
make bootstrap/AUTH_OWNER_PASSWORD
make bootstrap/CHAT_OWNER_PASSWORD
make auth-service/BETTER_AUTH_SECRET

if [ -n "${AUTH_DATABASE_URL:-}" ] && [ -n "${API_DATABASE_URL:-}" ]; then
  if [ -z "${AUTH_MIGRATION_DATABASE_URL:-}" ] || [ -z "${API_MIGRATION_DATABASE_URL:-}" ]; then
    echo "secrets: with AUTH_DATABASE_URL and API_DATABASE_URL, set AUTH_MIGRATION_DATABASE_URL and API_MIGRATION_DATABASE_URL to the URLs of auth_owner and chat_owner, which own the schemas (docs/deploy.md)" >&2
    exit 1
  fi
  put bootstrap/DATABASE_URL ""  # whoever gave us these URLs has made the roles
  put auth-service/AUTH_DATABASE_URL "$AUTH_DATABASE_URL"
  put api/API_DATABASE_URL "$API_DATABASE_URL"
  put auth-migrations/AUTH_MIGRATION_DATABASE_URL "$AUTH_MIGRATION_DATABASE_URL"
  put api-migrations/API_MIGRATION_DATABASE_URL "$API_MIGRATION_DATABASE_URL"
elif [ -n "${AUTH_DATABASE_URL:-}${API_DATABASE_URL:-}" ]; then
  echo "secrets: set both AUTH_DATABASE_URL and API_DATABASE_URL, or neither" >&2
  exit 1
else
  read -r database_url <<<"${DATABASE_URL:-postgresql://taskchat:$(<db/POSTGRES_PASSWORD)@db:5432/taskchat}"
  put bootstrap/DATABASE_URL "$database_url"
  put auth-service/AUTH_DATABASE_URL "$(url_of auth_service "$(<bootstrap/AUTH_SERVICE_PASSWORD)")"
  put api/API_DATABASE_URL "$(url_of chat_api "$(<bootstrap/CHAT_API_PASSWORD)")"
  put auth-migrations/AUTH_MIGRATION_DATABASE_URL "$(url_of auth_owner "$(<bootstrap/AUTH_OWNER_PASSWORD)")"
  put api-migrations/API_MIGRATION_DATABASE_URL "$(url_of chat_owner "$(<bootstrap/CHAT_OWNER_PASSWORD)")"
fi
