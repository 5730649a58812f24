-- The database and the logins of White Cross, each with the least it needs. For a superuser of PostgreSQL 15 to 18:
--
--     psql --dbname postgres --file deploy/create_logins.sql
--
-- It can be run again: it makes what is missing, and takes back what should not be there. Names are variables, such as
-- --set database=whitecross; passwords come from the environment, so that no list of processes shows them:
--
--     OWNER_PASSWORD  WEB_PASSWORD  BACKUP_PASSWORD  MONITOR_PASSWORD
--
-- A password that is not given stays as it is; \password sets one by hand. Before dropping a login, run it with another
-- name for the new one. See docs/deployment.md.

\set ON_ERROR_STOP on
\set QUIET on

\if :{?database} \else \set database whitecross \endif
\if :{?owner}    \else \set owner whitecross_owner \endif
\if :{?web}      \else \set web whitecross_web \endif
\if :{?backup}   \else \set backup whitecross_backup \endif
\if :{?monitor}  \else \set monitor whitecross_monitor \endif
-- WEB_WORKERS times DATABASE_POOL, twice over: during an upgrade the old and the new server run side by side.
\if :{?web_connections} \else \set web_connections 60 \endif

\getenv owner_password OWNER_PASSWORD
\getenv web_password WEB_PASSWORD
\getenv backup_password BACKUP_PASSWORD
\getenv monitor_password MONITOR_PASSWORD

-- No password of below comes to the server's log or statistics.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
SET pg_stat_statements.track_utility = off;
SET password_encryption = 'scram-sha-256';
SET client_min_messages = 'warning';

-- A membership says for itself whether it is inherited from version 16 on; before, the member's INHERIT says it.
SELECT current_setting('server_version_num')::int >= 160000 AS has_options \gset
\if :has_options
    \set taken 'WITH INHERIT FALSE, SET TRUE'
    \set inherited 'WITH INHERIT TRUE, SET TRUE'
\else
    \set taken ''
    \set inherited ''
\endif

-- 1. The roles that a request of the web acts as. Nobody logs in as one of them, and migrations grant them what they
-- may do. The migrations would make them as well, but for that the owner would have to be allowed to create roles.

CREATE TEMPORARY TABLE wanted_roles (role name, reach name);
INSERT INTO wanted_roles VALUES
    ('whitecross_app', NULL),
    ('whitecross_district', NULL),
    ('whitecross_all', NULL),
    ('whitecross_anonymous', NULL),
    ('whitecross_emergency', NULL),
    ('whitecross_nurse', 'whitecross_app'),
    ('whitecross_counselor', 'whitecross_app'),
    ('whitecross_school_admin', 'whitecross_app'),
    ('whitecross_viewer', 'whitecross_app'),
    ('whitecross_district_admin', 'whitecross_district'),
    ('whitecross_admin', 'whitecross_all'),
    ('whitecross_nurse_emergency', 'whitecross_nurse');

SELECT format('CREATE ROLE %I NOLOGIN', role) FROM wanted_roles
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \gexec

SELECT format('GRANT %I TO %I %s', reach, role, :'inherited') FROM wanted_roles WHERE reach IS NOT NULL \gexec
SELECT format('GRANT whitecross_emergency TO whitecross_nurse_emergency %s', :'inherited') \gexec

-- 2. The logins.

SELECT format('CREATE ROLE %I LOGIN', login) FROM unnest(ARRAY[:'owner', :'web', :'backup', :'monitor']) AS login
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = login) \gexec

ALTER ROLE :"owner" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS;
ALTER ROLE :"web" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS
    CONNECTION LIMIT :web_connections;
-- Row security would hide rows from a dump, and pg_dump refuses rather than to leave them out.
ALTER ROLE :"backup" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE INHERIT REPLICATION BYPASSRLS CONNECTION LIMIT 5;
ALTER ROLE :"monitor" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE INHERIT NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 5;

\if :{?owner_password}
ALTER ROLE :"owner" PASSWORD :'owner_password';
\endif
\if :{?web_password}
ALTER ROLE :"web" PASSWORD :'web_password';
\endif
\if :{?backup_password}
ALTER ROLE :"backup" PASSWORD :'backup_password';
\endif
\if :{?monitor_password}
ALTER ROLE :"monitor" PASSWORD :'monitor_password';
\endif

-- 3. Who may act as whom. The web takes one role per request and has no right of its own; whatever else it was made a
-- member of is taken back.

SELECT format('REVOKE %I FROM %I', granted.rolname, :'web')
FROM pg_auth_members
JOIN pg_roles AS granted ON granted.oid = roleid
JOIN pg_roles AS login ON login.oid = member
WHERE login.rolname = :'web'
  AND granted.rolname NOT IN (SELECT role FROM wanted_roles WHERE reach IS NOT NULL OR role = 'whitecross_anonymous')
\gexec

SELECT format('GRANT %I TO %I %s', role, :'web', :'taken') FROM wanted_roles
WHERE reach IS NOT NULL OR role = 'whitecross_anonymous' \gexec

-- The owner gives the roles their rights, and commands act as them in tests of a person's view.
SELECT format('GRANT %I TO %I %s', role, :'owner', :'taken') FROM wanted_roles \gexec

GRANT pg_read_all_data TO :"backup";
GRANT pg_monitor TO :"monitor";

-- 4. Limits, as a defence: no statement of the web runs for ever, and no transaction waits for a visitor for ever.

ALTER ROLE :"web" SET statement_timeout = '30s';
ALTER ROLE :"web" SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE :"web" SET lock_timeout = '10s';
ALTER ROLE :"backup" SET default_transaction_read_only = on;
ALTER ROLE :"monitor" SET default_transaction_read_only = on;
ALTER ROLE :"monitor" SET statement_timeout = '10s';

-- 5. The database: the owner's, and nobody's by default. Temporary tables outlive a request on a pooled connection.

SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec

ALTER DATABASE :"database" OWNER TO :"owner";
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
REVOKE ALL ON DATABASE :"database" FROM :"web";
GRANT CONNECT ON DATABASE :"database" TO :"web", :"backup", :"monitor";

DROP TABLE wanted_roles;
\connect :"database"

-- What versions before 15 left to everybody in a database that was brought along.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO :"owner";

\echo Done. Migrate as :owner, serve as :web, dump as :backup, watch as :monitor.
