#!/usr/bin/env bash
# Keep a finished segment of the write-ahead log; for archive_command in postgresql.conf:
#
#   archive_command = '/srv/white-cross/deploy/archive_wal.sh %p /srv/backups/wal/%f'
#
# A segment appears under its name only when all of it is on the disk. One that is there already with the same content is
# fine (the server asks again after a crash); with another content it is an error, for which the server keeps its own.
set -euo pipefail
umask 027

from=$1 to=$2
if [ -e "$to" ]; then
    cmp --silent "$from" "$to" && exit 0
    printf 'archive_wal.sh: %s is there with another content: is it the archive of another server?\n' "$to" >&2
    exit 1
fi
cp "$from" "$to.partial.$$"
sync "$to.partial.$$"
mv --no-clobber "$to.partial.$$" "$to"
sync "$(dirname "$to")"
