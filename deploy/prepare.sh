#!/bin/sh
# Make what compose.yaml needs and no image may hold: passwords, the secret key, and a certificate for the database.
# Run once, beside compose.yaml:  sh deploy/prepare.sh
# What is there already stays. Keep a copy of deploy/secrets in a safe place, and out of every repository.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
chmod 700 secrets

# The files are read by the containers' own users: the folder, not the file, keeps others of this machine out.
keep() {
    if [ ! -s "secrets/$1" ]; then
        cat >"secrets/$1"
        chmod 444 "secrets/$1"
    else
        cat >/dev/null
    fi
}
random() { openssl rand -hex 32; }

printf '%s\n' "$(random)$(random)" | keep secret_key
for login in superuser owner web backup monitor; do
    random | keep "${login}_password"
done
for login in owner web; do
    printf 'postgres://whitecross_%s:%s@database:5432/whitecross?sslmode=verify-full&sslrootcert=/run/secrets/database_ca\n' \
        "$login" "$(cat "secrets/${login}_password")" | keep "${login}_database_url"
done

# An authority of our own signs the server's certificate, so that the web can tell the database from an impostor.
if [ ! -s secrets/database_ca ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=White Cross database" \
        -keyout secrets/database_ca_key -out secrets/database_ca 2>/dev/null
    chmod 444 secrets/database_ca
fi
if [ ! -s secrets/database_certificate ]; then
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=database" \
        -keyout secrets/database_key -out secrets/database_request 2>/dev/null
    printf 'subjectAltName=DNS:database\nextendedKeyUsage=serverAuth\n' >secrets/extensions
    openssl x509 -req -in secrets/database_request -CA secrets/database_ca -CAkey secrets/database_ca_key \
        -CAcreateserial -days 825 -extfile secrets/extensions -out secrets/database_certificate 2>/dev/null
    rm -f secrets/database_request secrets/extensions secrets/database_ca.srl
    chmod 444 secrets/database_certificate secrets/database_key
fi
echo "deploy/secrets is ready."
