"""How many entries of the audit log are sealed and verified per second?

    uv run python -m benchmarks.verify_audit [--entries 1000000] [--runs 5]

Half of the entries keep an old row of about 600 bytes. verify_audit_log is timed as a whole process; what it takes to
verify an empty log in the same run, Python's and Django's start, is told apart. Exit status 1 if the bar is missed:
200,000 entries verified per second beyond that start, by the medians.
"""

import argparse
import sys

import psycopg

from benchmarks.measure import RUNS, database_url, manage, median, scratch_database

BAR = 200_000
PER_TRANSACTION = 20_000

INSERT = """
INSERT INTO audit_logs (user_id, action, entity_type, entity_id, school_id, student_id, old_row, ip_address,
                        user_agent, request_id, source)
SELECT gen_random_uuid(), CASE WHEN n %% 2 = 0 THEN 'UPDATE' ELSE 'CREATE' END::"AuditAction", 'health_records',
       gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
       CASE WHEN n %% 2 = 0 THEN jsonb_build_object(
           'id', gen_random_uuid(), 'student_id', gen_random_uuid(), 'type', 'PHYSICAL_EXAM', 'title', 'Record ' || n,
           'date', '2026-11-02', 'description', repeat('seen in the nurse''s office ', 12), 'notes', NULL,
           'created_at', '2026-11-02T14:03:05.678901+00:00', 'weight', 31.5, 'is_confidential', false) END,
       '10.1.2.3', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', gen_random_uuid()::text,
       'web'
FROM generate_series(1, %s) n
"""


def fill(database: str, entries: int) -> None:
    """Write the log as many transactions, and let it settle as a vacuum would."""
    with psycopg.connect(database_url(database), autocommit=True) as session:
        for start in range(0, entries, PER_TRANSACTION):
            session.execute(INSERT.encode(), [min(PER_TRANSACTION, entries - start)])
        session.execute("VACUUM ANALYZE audit_logs")
        found = session.execute("SELECT avg(length(old_row::text))::integer FROM audit_logs").fetchone()
        print(f"{entries:,} entries; an old row has {found[0] if found else 0} bytes\n")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args()
    with scratch_database() as database:
        manage(database, "migrate", "--verbosity", "0")
        manage(database, "maintain_audit_log")
        start = median([manage(database, "verify_audit_log") for _ in range(options.runs)])
        fill(database, options.entries)
        sealed = manage(database, "seal_audit_log")
        verified = [manage(database, "verify_audit_log") for _ in range(options.runs)]
    print(f"seal_audit_log, once    {sealed:6.2f} s   {options.entries / sealed:>10,.0f} entries per second")
    whole = median(verified)
    rate = options.entries / (whole - start)
    print(f"verify_audit_log        {whole:6.2f} s   {options.entries / whole:>10,.0f} entries per second, all in")
    print(f"  of an empty log       {start:6.2f} s")
    print(f"  beyond that           {whole - start:6.2f} s   {rate:>10,.0f} entries per second (bar: {BAR:,})")
    return 0 if rate >= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
