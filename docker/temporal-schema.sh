#!/bin/sh
# Brings both of Temporal's databases to the schema of this Temporal version. Repeatable; runs before every upgrade.
set -eu
for database in temporal temporal_visibility; do
  case "$database" in
    temporal) schema=postgresql/v12/temporal ;;
    *) schema=postgresql/v12/visibility ;;
  esac
  tool="temporal-sql-tool --plugin postgres12 --endpoint $POSTGRES_HOST --port 5432 --user temporal --db $database"
  $tool setup-schema --version 0.0
  $tool update-schema --schema-name "$schema"
done
