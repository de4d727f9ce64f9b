#!/bin/sh
# Write openapi.json and the TypeScript types here, or into the folder given. `make contract` runs this.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")"
out=${1:-.}
mkdir -p "$out/types"
../../.venv/bin/python -m taskchat.contract > "$out/openapi.json"
npx openapi-typescript "$out/openapi.json" --output "$out/types/api.d.ts" --root-types --root-types-no-schema-prefix > /dev/null
npx json2ts --input claims.schema.json --output "$out/types/claims.d.ts"
npx json2ts --input auth-config.schema.json --output "$out/types/auth-config.d.ts"
npx json2ts --input device.schema.json --output "$out/types/device.d.ts"
