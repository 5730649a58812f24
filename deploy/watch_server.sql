-- How the server is, one name and number per line, for a monitoring system. Run it as the login for watching:
--   psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --file deploy/watch_server.sql
-- What each means, and from which number on somebody should be called: docs/operations.md, What to watch.
WITH sessions AS (
    SELECT * FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
)
SELECT name || ' ' || value FROM (
    SELECT 1, 'connections_used_percent', round(100.0 * count(*) / current_setting('max_connections')::int)
    FROM pg_stat_activity WHERE backend_type = 'client backend'
    UNION ALL
    SELECT 2, 'oldest_transaction_seconds',
           coalesce(round(extract(epoch FROM max(clock_timestamp() - xact_start))), 0) FROM sessions
    UNION ALL
    SELECT 3, 'idle_in_transaction_seconds',
           coalesce(round(extract(epoch FROM max(clock_timestamp() - state_change))), 0)
    FROM sessions WHERE state LIKE 'idle in transaction%'
    UNION ALL
    SELECT 4, 'slowest_running_statement_seconds',
           coalesce(round(extract(epoch FROM max(clock_timestamp() - query_start))), 0)
    FROM sessions WHERE state = 'active' AND pid <> pg_backend_pid()
    UNION ALL
    SELECT 5, 'sessions_waiting_for_locks', count(*) FROM sessions WHERE wait_event_type = 'Lock'
    UNION ALL
    SELECT 6, 'deadlocks_since_reset', deadlocks FROM pg_stat_database WHERE datname = current_database()
    UNION ALL
    SELECT 7, 'replicas', count(*) FROM pg_stat_replication
    UNION ALL
    SELECT 8, 'replication_lag_bytes', coalesce(max(pg_wal_lsn_diff(
               CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_lsn() END, replay_lsn)), 0)
    FROM pg_stat_replication
    UNION ALL
    SELECT 9, 'wal_kept_by_slots_bytes', coalesce(max(pg_wal_lsn_diff(
               CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_lsn() END, restart_lsn)), 0)
    FROM pg_replication_slots
    UNION ALL
    SELECT 10, 'archive_is_failing',
           coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false)::int FROM pg_stat_archiver
    UNION ALL
    SELECT 11, 'seconds_since_archived',
           coalesce(round(extract(epoch FROM clock_timestamp() - last_archived_time)), -1) FROM pg_stat_archiver
    UNION ALL
    SELECT 12, 'database_bytes', pg_database_size(current_database())
    UNION ALL
    SELECT 13, 'wal_folder_bytes', coalesce(sum(size), 0) FROM pg_ls_waldir()
    UNION ALL
    SELECT 14, 'transaction_age_percent', round(100.0 * age(datfrozenxid) / 2147483648)
    FROM pg_database WHERE datname = current_database()
    UNION ALL
    SELECT 15, 'checksum_failures', coalesce(checksum_failures, 0)
    FROM pg_stat_database WHERE datname = current_database()
) AS measured (place, name, value) ORDER BY place;
