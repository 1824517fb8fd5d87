#!/bin/sh
# First start of an empty volume: Keepdesk and Temporal each get a role and databases of their own, so that neither
# can reach the other's.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set keepdesk_password="$KEEPDESK_DB_PASSWORD" --set temporal_password="$TEMPORAL_DB_PASSWORD" <<'SQL'
CREATE ROLE keepdesk LOGIN PASSWORD :'keepdesk_password';
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE keepdesk OWNER keepdesk;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE keepdesk, temporal, temporal_visibility FROM PUBLIC;
SQL
