#!/usr/bin/env bash
# Restore what backup.sh made into an empty database, and count whether all of it came back.
#
#   deploy/restore.sh BACKUP [--roles] [--files FILE_STORE] [--jobs N]
#
# The database is named by libpq's own variables (PGHOST, PGDATABASE, PGUSER, ...); it must exist and hold no table.
#   --roles   first make the roles of the backup that the server lacks (a superuser may; in another cluster it is needed)
#   --files   put the files back into this folder, which must be empty
# Afterwards: manage.py verify_schema, verify_audit_log and, in another cluster, seal_audit_log --after-restore.
set -euo pipefail
umask 077

die() { printf 'restore.sh: %s\n' "$1" >&2; exit 1; }

backup="" files="" roles="" jobs=4
while [ $# -gt 0 ]; do
    case $1 in
        --roles) roles=yes; shift ;;
        --files) files=${2:?--files wants a folder}; shift 2 ;;
        --jobs) jobs=${2:?--jobs wants a number}; shift 2 ;;
        -*) die "unknown option $1" ;;
        *) [ -z "$backup" ] || die "one backup, please"; backup=$1; shift ;;
    esac
done
[ -n "$backup" ] || die "say which backup: restore.sh BACKUP"
[ -f "$backup/SHA256SUMS" ] || die "$backup is no finished backup: it has no SHA256SUMS"
[[ $jobs =~ ^[1-9][0-9]*$ ]] || die "--jobs wants a number"
: "${PGDATABASE:?say into which database: PGDATABASE}"
(cd "$backup" && sha256sum --check --quiet SHA256SUMS) || die "$backup is damaged: take another one"
if [ -n "$files" ]; then
    [ -f "$backup/files.tar" ] || die "$backup has no files.tar"
    mkdir -p "$files"
    [ -z "$(ls -A "$files")" ] || die "$files is not empty"
fi

ask() { psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --command="$1"; }
there=$(ask "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')")
[ "$there" = 0 ] || die "the database $PGDATABASE holds $there tables; restore into an empty one"

if [ -n "$roles" ]; then
    # A role that is there already is no error. Whoever restores is not altered.
    psql --no-psqlrc --quiet --file="$backup/roles.sql" >/dev/null 2>&1 || true
fi
missing=$(sed -n 's/^CREATE ROLE \(whitecross_[a-z_]*\);$/\1/p' "$backup/roles.sql" | while read -r role; do
    [ "$(ask "SELECT count(*) FROM pg_roles WHERE rolname = '$role'")" = 1 ] || printf '%s ' "$role"
done)
[ -z "$missing" ] || die "the server lacks the roles $missing- bring them by --roles, as a superuser"

pg_restore --exit-on-error --no-owner --jobs="$jobs" --dbname="$PGDATABASE" "$backup/database"

counted=$(psql --no-psqlrc --quiet --tuples-only --no-align --field-separator=' ' --set=ON_ERROR_STOP=1 <<'SQL'
SELECT format('SELECT %L, count(*) FROM %I.%I', c.relname, n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname \gexec
SQL
)
difference=$(diff "$backup/counts.txt" <(printf '%s\n' "$counted")) || die "other rows than were dumped:
$difference"

if [ -n "$files" ]; then
    tar --extract --file="$backup/files.tar" --directory="$files"
fi
ask "ANALYZE"
printf 'Restored %s tables with %s rows into %s.\n' "$(wc -l <"$backup/counts.txt")" \
    "$(awk '{ rows += $2 } END { print rows + 0 }' "$backup/counts.txt")" "$PGDATABASE"
