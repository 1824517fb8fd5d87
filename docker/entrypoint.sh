#!/bin/sh
# Runs one part of Keepdesk, or one of its commands. `exec`, so that stop signals reach it.
set -eu
case "${1:-}" in
  api) exec node --enable-source-maps dist/api/main.js ;;
  worker) exec node --enable-source-maps dist/worker/main.js ;;
  relay) exec node --enable-source-maps dist/worker/relay-main.js ;;
  migrate) exec node --enable-source-maps dist/scripts/migrate.js ;;
  create-company)
    shift
    exec node --enable-source-maps dist/scripts/create-company.js "$@"
    ;;
  *)
    echo "\"${1:-}\" is not a part of Keepdesk: use api, worker, relay, migrate or create-company." >&2
    exit 64
    ;;
esac
