"""Log-ins and failures, counted for the lockout. The web reads them; two functions write them.

Lock: none on a table in use but users, against writing, for the foreign key. Undone by dropping the table.
"""

from django.conf import settings
from django.db import migrations, models

from core.database.functions import ClockTimestamp, WithinCalendar
from core.database.operations import (
    KEY,
    CreateFunction,
    GrantTable,
    Policy,
    RefuseTruncate,
    RestrictFunction,
    SecureRows,
)

EVERYBODY = [
    "whitecross_anonymous",
    *(f"whitecross_{role}" for role in ("admin", "nurse", "counselor", "school_admin", "district_admin", "viewer")),
]
# As for sessions: those whose accounts a district administrator may change.
STAFF = (
    "user_id IN (SELECT u.id FROM users u WHERE u.role <> 'ADMIN' AND NOT u.is_superuser "
    "AND (u.district_id = nullif(current_setting('whitecross.district_id', true), '')::uuid "
    "OR (u.district_id IS NULL AND u.school_id IS NOT NULL)) AND (u.school_id IS NULL "
    "OR u.school_id IN (SELECT unnest(nullif(current_setting('whitecross.schools', true), '')::uuid[]))))"
)

# Whoever holds a /64 of IPv6 has more addresses than there are guesses: they count as one.
NETWORK_OF = """
CREATE OR REPLACE FUNCTION network_of(address text) RETURNS inet
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN address = '' THEN NULL
                WHEN family(address::inet) = 6 THEN host(network(set_masklen(address::inet, 64)))::inet
                ELSE address::inet END
$$
"""

# Whether one more guess at an account, from the declared address, is looked at. Guesses at one account, and those from
# one address, wait for one another until the transaction ends: fifty at once are counted like fifty in a row. Whoever
# has to wait longer than ten seconds is refused (lock_not_available). The address first, always: no two wait crosswise.
# A log-in ends the count of its account and not that of the address, which a guesser with an account of his own could
# else begin anew at will.
MAY_LOG_IN = """
CREATE OR REPLACE FUNCTION may_log_in(mark bytea, minutes integer, account_failures integer, address_failures integer)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '10s' AS $$
DECLARE
    place inet := network_of(coalesce(current_setting('whitecross.ip', true), ''));
    since timestamptz := clock_timestamp() - make_interval(mins => minutes);
BEGIN
    IF place IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('log-in from ' || host(place), 0));
        IF (SELECT count(*) FROM login_attempts a
            WHERE a.network = place AND NOT a.succeeded AND a.created_at > since) >= address_failures THEN
            RETURN false;
        END IF;
    END IF;
    IF account_failures IS NULL THEN
        RETURN true;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('log-in to ' || encode(mark, 'hex'), 0));
    RETURN (SELECT count(*) FROM login_attempts a
            WHERE a.account_mark = mark AND NOT a.succeeded AND a.created_at > greatest(since, (
                SELECT max(s.created_at) FROM login_attempts s WHERE s.account_mark = mark AND s.succeeded
            ))) < account_failures;
END
$$
"""

# Each attempt takes a few rows along that are past their time, so that nobody has to.
RECORD_LOG_IN = """
CREATE OR REPLACE FUNCTION record_log_in(person uuid, mark bytea, failure text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    address text := coalesce(current_setting('whitecross.ip', true), '');
BEGIN
    INSERT INTO login_attempts (user_id, account_mark, ip_address, network, user_agent, succeeded, failure_reason)
    VALUES (person, mark, nullif(address, '')::inet, network_of(address),
            nullif(current_setting('whitecross.user_agent', true), ''), failure IS NULL, failure);
    DELETE FROM login_attempts old
    WHERE old.id IN (SELECT a.id FROM login_attempts a ORDER BY a.id LIMIT 20 FOR UPDATE SKIP LOCKED)
      AND old.created_at < clock_timestamp() - interval '90 days';
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_second_factors")]

    operations = [
        migrations.CreateModel(
            name="LoginAttempt",
            fields=[
                KEY,
                (
                    "created_at",
                    models.DateTimeField(db_comment="When it was tried", db_default=ClockTimestamp(), editable=False),
                ),
                (
                    "account_mark",
                    models.BinaryField(
                        db_comment="Keyed hash of the name that was typed, in lower case", max_length=32
                    ),
                ),
                (
                    "ip_address",
                    models.GenericIPAddressField(
                        blank=True, db_comment="Address the attempt came from", null=True, verbose_name="IP address"
                    ),
                ),
                (
                    "network",
                    models.GenericIPAddressField(
                        blank=True,
                        db_comment="What is counted as one address: the address, or the start of its IPv6 /64",
                        null=True,
                    ),
                ),
                ("user_agent", models.TextField(blank=True, db_comment="Program the attempt came from", null=True)),
                ("succeeded", models.BooleanField(db_comment="Whether it ended in a log-in", db_default=False)),
                (
                    "failure_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("UNKNOWN", "No such account"),
                            ("INACTIVE", "Account is not active"),
                            ("PASSWORD", "Wrong password"),
                            ("SECOND_FACTOR", "Wrong code"),
                            ("PASSKEY", "Passkey refused"),
                            ("LINK", "Asked for a link to set a new password"),
                        ],
                        db_comment="Why it failed; null if it did not",
                        max_length=20,
                        null=True,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_comment="User whose account it is; null where there is none of the name",
                        db_index=False,
                        null=True,
                        on_delete=models.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "login_attempts",
                "db_table_comment": "Derived: log-ins and failures of 90 days, to be counted; the audit log keeps them",
                "ordering": ["-created_at"],
                "indexes": [
                    models.Index(
                        models.F("account_mark"), models.F("created_at").desc(), name="idx_login_attempts_account"
                    ),
                    models.Index(
                        models.F("network"),
                        models.F("created_at").desc(),
                        condition=models.Q(("network__isnull", False), ("succeeded", False)),
                        name="idx_login_attempts_network",
                    ),
                    models.Index(models.F("user"), models.F("created_at").desc(), name="idx_login_attempts_user"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("failure_reason", "UNKNOWN"),
                            ("failure_reason", "INACTIVE"),
                            ("failure_reason", "PASSWORD"),
                            ("failure_reason", "SECOND_FACTOR"),
                            ("failure_reason", "PASSKEY"),
                            ("failure_reason", "LINK"),
                            _connector="OR",
                        ),
                        name="login_attempts_reason_list",
                        violation_error_message="Choose a reason from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("failure_reason__isnull", True), ("succeeded", True)),
                            models.Q(("failure_reason__isnull", False), ("succeeded", False)),
                            _connector="OR",
                        ),
                        name="login_attempts_reason",
                        violation_error_message="A failure has a reason, and a success has none.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(WithinCalendar("created_at")),
                        name="login_attempts_calendar",
                        violation_error_message="A date should lie in the years 1900 to 2199.",
                    ),
                ],
            },
        ),
        RefuseTruncate(["login_attempts"]),
        GrantTable("login_attempts", {"admin": "v", "district_admin": "v"}),
        SecureRows(
            "login_attempts",
            [
                Policy("login_attempts_district", to="whitecross_district", using=STAFF),
                Policy("login_attempts_all", to="whitecross_all", using="true"),
            ],
        ),
        CreateFunction(NETWORK_OF),
        RestrictFunction("network_of(text)", []),
        CreateFunction(MAY_LOG_IN),
        CreateFunction(RECORD_LOG_IN),
        RestrictFunction("may_log_in(bytea, integer, integer, integer)", EVERYBODY),
        RestrictFunction("record_log_in(uuid, bytea, text)", EVERYBODY),
    ]
