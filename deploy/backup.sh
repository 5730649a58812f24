#!/usr/bin/env bash
# Back up the database, the roles of its server and the files of the students, while people work.
#
#   deploy/backup.sh FOLDER [--files FILE_STORE] [--keep N] [--jobs N]
#
# Makes FOLDER/<moment in UTC>/ with
#   roles.sql     the roles of the server, without passwords
#   database/     the dump, in pg_dump's directory format
#   counts.txt    rows of each table, counted in the dump's own snapshot; restore.sh compares
#   files.tar     the files that the database names, if --files is given
#   SHA256SUMS    written last: a folder without it is no backup
# and, with --keep, removes all but the newest N of them. It prints the folder it made.
#
# The server is named by libpq's own variables (PGHOST, PGDATABASE, PGUSER, PGPASSFILE or PGSERVICE), so that no password
# stands in a list of processes. Run it as the owner of the database or a superuser. pg_dump should be as new as the server.
# What it makes holds health records and the log of who saw them: FOLDER belongs on an encrypted disk, and a copy elsewhere.
set -euo pipefail
umask 077

die() { printf 'backup.sh: %s\n' "$1" >&2; exit 1; }

folder="" files="" keep=0 jobs=2
while [ $# -gt 0 ]; do
    case $1 in
        --files) files=${2:?--files wants a folder}; shift 2 ;;
        --keep) keep=${2:?--keep wants a number}; shift 2 ;;
        --jobs) jobs=${2:?--jobs wants a number}; shift 2 ;;
        -*) die "unknown option $1" ;;
        *) [ -z "$folder" ] || die "one folder, please"; folder=$1; shift ;;
    esac
done
[ -n "$folder" ] || die "say into which folder: backup.sh FOLDER"
[ -d "$folder" ] || die "there is no folder $folder"
[ -z "$files" ] || [ -d "$files" ] || die "there is no folder $files"
[[ $keep =~ ^[0-9]+$ && $jobs =~ ^[1-9][0-9]*$ ]] || die "--keep and --jobs want a number"
: "${PGDATABASE:?say which database: PGDATABASE}"

name=$(date --utc +%Y-%m-%dT%H%M%SZ)
partial=$folder/$name.partial
mkdir "$partial"

pg_dumpall --roles-only --no-role-passwords --database="$PGDATABASE" >"$partial/roles.sql"

# One session keeps the snapshot open; the dump and the counting both look through it.
coproc keeper { psql --no-psqlrc --quiet --tuples-only --no-align \
    --field-separator=' ' --set=ON_ERROR_STOP=1; }
# Bash forgets a coprocess that has ended: keep what is needed of it.
keeper_pid=$keeper_PID
exec {to_keeper}>&"${keeper[1]}" {from_keeper}<&"${keeper[0]}"
trap 'kill "$keeper_pid" 2>/dev/null || true' EXIT
ask() { printf '%s\n' "$1" >&"$to_keeper"; }
ask "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT pg_export_snapshot();"
read -r -u "$from_keeper" snapshot || die "the database does not answer"

pg_dump --format=directory --jobs="$jobs" --snapshot="$snapshot" --file="$partial/database"

# The rows of each table, in this very session, so in the snapshot.
ask "SELECT format('SELECT %L, count(*) FROM %I.%I', c.relname, n.nspname, c.relname)
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname \\gexec"
ask "SELECT 'end of counts';"
while read -r -u "$from_keeper" line && [ "$line" != "end of counts" ]; do
    printf '%s\n' "$line"
done >"$partial/counts.txt"
[ "${line:-}" = "end of counts" ] || die "the rows could not be counted"
ask "COMMIT;"
ask '\quit'
wait "$keeper_pid" 2>/dev/null || true
trap - EXIT

# After the dump: a file is there before the row that names it.
if [ -n "$files" ]; then
    tar --create --file="$partial/files.tar" --directory="$files" .
fi

(cd "$partial" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum >SHA256SUMS)
sync "$partial/SHA256SUMS"
mv "$partial" "$folder/$name"

if [ "$keep" -gt 0 ]; then
    # Finished ones only, newest first: the names sort by time.
    find "$folder" -mindepth 2 -maxdepth 2 -name SHA256SUMS -not -path '*.partial/*' -printf '%h\n' |
        sort --reverse | tail --lines="+$((keep + 1))" | xargs --no-run-if-empty rm -r --
fi
printf '%s\n' "$folder/$name"
