#!/bin/sh
# Run by the database's container when its data folder is made: the logins, with their passwords from the secrets.
set -eu
for login in owner web backup monitor; do
    name=$(printf '%s_PASSWORD' "$login" | tr '[:lower:]' '[:upper:]')
    export "$name=$(cat "/run/secrets/${login}_password")"
done
psql --username postgres --dbname postgres --no-psqlrc --file /deploy/create_logins.sql
