-- What happens in White Cross, one name and number per line, for a monitoring system. No name of a person is in it. Run it
-- as the owner of the tables, or as the login for backups, whom row security hides nothing from:
--   psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --file deploy/watch_records.sql
-- What each means, and from which number on somebody should be called: docs/operations.md, What to watch.
WITH recent AS MATERIALIZED (
    SELECT action, user_id, ip_address, array_remove(student_ids || student_id, NULL) AS student_ids FROM audit_logs
    WHERE created_at > now() - interval '1 hour'
)
SELECT name || ' ' || value FROM (
    SELECT 1, 'oldest_entry_not_sealed_seconds',
           coalesce(round(extract(epoch FROM clock_timestamp() - min(entry.created_at))), 0)
    FROM audit_logs AS entry
    LEFT JOIN (SELECT * FROM audit_seals ORDER BY number DESC LIMIT 1) AS last ON true
    WHERE entry.created_at > coalesce(last.sealed_at - interval '1 day', '-infinity')
      AND (last.number IS NULL OR (entry.transaction_id, entry.id) > (last.through_transaction, last.through_id))
    UNION ALL
    SELECT 2, 'entries_beyond_made_months', count(*) FROM audit_logs_default
    UNION ALL
    SELECT 3, 'failed_logins_last_hour', count(*) FROM recent WHERE action = 'AUTHENTICATION_FAILED'
    UNION ALL
    SELECT 4, 'failed_logins_of_one_address_last_hour', coalesce(max(count), 0)
    FROM (SELECT count(*) FROM recent WHERE action = 'AUTHENTICATION_FAILED' GROUP BY ip_address) AS by_address
    UNION ALL
    SELECT 5, 'refusals_of_one_user_last_hour', coalesce(max(count), 0)
    FROM (SELECT count(*) FROM recent WHERE action = 'AUTHORIZATION_FAILED' GROUP BY user_id) AS by_user
    UNION ALL
    SELECT 6, 'students_seen_by_one_user_last_hour', coalesce(max(count), 0)
    FROM (SELECT count(DISTINCT student) FROM recent, unnest(student_ids) AS student
          WHERE action IN ('VIEW', 'PRINT', 'EXPORT') GROUP BY user_id) AS by_user
    UNION ALL
    SELECT 7, 'exports_last_hour', count(*) FROM recent WHERE action = 'EXPORT'
    UNION ALL
    SELECT 8, 'emergency_accesses_not_reviewed', count(*) FROM emergency_accesses WHERE outcome IS NULL
    UNION ALL
    SELECT 9, 'oldest_emergency_access_not_reviewed_days',
           coalesce(round(extract(epoch FROM now() - min(granted_at)) / 86400), 0)
    FROM emergency_accesses WHERE outcome IS NULL
    UNION ALL
    SELECT 10, 'hours_since_figures_were_counted',
           coalesce(round(extract(epoch FROM now() - max(counted_at)) / 3600), -1) FROM school_counts
) AS measured (place, name, value) ORDER BY place;
