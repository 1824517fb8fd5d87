#!/bin/sh
# Runs one part of Keepdesk: api, worker, relay or migrate. `exec`, so that stop signals reach it.
set -eu
case "${1:-}" in
  api) exec node --enable-source-maps dist/api/main.js ;;
  worker) exec node --enable-source-maps dist/worker/main.js ;;
  relay) exec node --enable-source-maps dist/worker/relay-main.js ;;
  migrate) exec node --enable-source-maps dist/scripts/migrate.js ;;
  *)
    echo "\"${1:-}\" is not a part of Keepdesk: use api, worker, relay or migrate." >&2
    exit 64
    ;;
esac
