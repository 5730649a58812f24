"""Second factors: authenticator apps, passkeys and recovery codes. Each is seen by its owner alone.

Lock: none on a table in use but users, against writing, for the foreign keys. Undone by dropping the tables: who had a
second factor enrols anew.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

from core.database.functions import WithinCalendar
from core.database.operations import (
    AUDIT_COLUMNS,
    KEY,
    AuditTables,
    CreateFunction,
    GrantTable,
    Policy,
    RefuseTruncate,
    RestrictFunction,
    SecureRows,
    StampNewRows,
    StampRows,
)

# What the audit log keeps no image of: secrets, and what stands for them.
TABLES = {"authenticator_apps": ["secret"], "passkeys": ["public_key"], "recovery_codes": ["code_hash"]}
ROLES = ["admin", "nurse", "counselor", "school_admin", "district_admin", "viewer"]
OWN = "user_id = nullif(current_setting('whitecross.actor_id', true), '')::uuid"

# Takes away all second factors of a colleague who has lost the phone, and says how many rows those were. A function,
# because whoever may delete a row by a statement must be let see it, and nobody sees a colleague's secrets.
RESET = """
CREATE OR REPLACE FUNCTION reset_second_factor(person uuid) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    actor uuid := nullif(current_setting('whitecross.actor_id', true), '')::uuid;
    district uuid := nullif(current_setting('whitecross.district_id', true), '')::uuid;
    reach uuid[] := coalesce(nullif(current_setting('whitecross.schools', true), '')::uuid[], '{}');
    taken text := current_setting('role');
    colleague users;
    gone bigint := 0;
    step bigint;
BEGIN
    IF coalesce(current_setting('whitecross.reason', true), '') = '' THEN
        RAISE EXCEPTION 'A second factor is reset for a reason, which is to be given.'
            USING ERRCODE = 'insufficient_privilege', TABLE = 'users';
    END IF;
    SELECT * INTO colleague FROM users WHERE users.id = person;
    IF colleague.id IS NULL OR colleague.id = actor
        OR (colleague.is_superuser AND NOT EXISTS (SELECT FROM users WHERE users.id = actor AND users.is_superuser))
        OR (taken = 'whitecross_admin' OR taken = 'none' OR (
            taken = 'whitecross_district_admin' AND colleague.role <> 'ADMIN' AND NOT colleague.is_superuser
            AND (colleague.district_id = district OR (colleague.district_id IS NULL AND colleague.school_id IS NOT NULL))
            AND (colleague.school_id IS NULL OR colleague.school_id = ANY (reach)))) IS NOT TRUE
    THEN
        RAISE EXCEPTION 'Only whoever manages the account of a colleague resets the second factor of it.'
            USING ERRCODE = 'insufficient_privilege', TABLE = 'users';
    END IF;
    DELETE FROM authenticator_apps WHERE user_id = person;
    GET DIAGNOSTICS step = ROW_COUNT;
    gone := gone + step;
    DELETE FROM passkeys WHERE user_id = person;
    GET DIAGNOSTICS step = ROW_COUNT;
    gone := gone + step;
    DELETE FROM recovery_codes WHERE user_id = person;
    GET DIAGNOSTICS step = ROW_COUNT;
    -- Whoever found the phone may be logged in on it.
    PERFORM erase_sessions(
        ARRAY(SELECT s.id FROM user_sessions s WHERE s.user_id = person ORDER BY s.id FOR UPDATE),
        'The second factor was reset.'
    );
    RETURN gone + step;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_session_rules")]

    operations = [
        migrations.CreateModel(
            name="AuthenticatorApp",
            fields=[
                KEY,
                *AUDIT_COLUMNS,
                (
                    "secret",
                    models.CharField(
                        db_comment="What the app and we share, encrypted with a key that is not in the database",
                        max_length=500,
                    ),
                ),
                (
                    "last_used_step",
                    models.BigIntegerField(
                        db_comment="30 seconds since 1970 of the last code taken: neither it nor an earlier one is taken again",
                        db_default=0,
                        editable=False,
                    ),
                ),
                (
                    "confirmed_at",
                    models.DateTimeField(
                        blank=True,
                        db_comment="When a first code of it was shown; null before",
                        editable=False,
                        null=True,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_comment="Whose app it is; nobody else reads the row",
                        db_index=False,
                        on_delete=models.DO_NOTHING,
                        related_name="authenticator_apps",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "authenticator_apps",
                "db_table_comment": "Apps that show codes for logging in, one for each user",
                "ordering": ["created_at"],
                "indexes": [models.Index(fields=["user"], name="idx_authenticator_apps_user")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("confirmed_at__isnull", False)),
                        fields=("user",),
                        name="authenticator_apps_one",
                        violation_error_message="There is an authenticator app already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("confirmed_at__isnull", True)),
                        fields=("user",),
                        name="authenticator_apps_new",
                        violation_error_message="Another authenticator app is being set up already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("secret__regex", "^gAAAA[A-Za-z0-9_-]{60,}=*$")),
                        name="authenticator_apps_secret",
                        violation_error_message="A secret is encrypted.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("last_used_step__gte", 0)),
                        name="authenticator_apps_step",
                        violation_error_message="A step cannot be below 0.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(WithinCalendar("confirmed_at", "created_at", "updated_at")),
                        name="authenticator_apps_calendar",
                        violation_error_message="A date should lie in the years 1900 to 2199.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Passkey",
            fields=[
                KEY,
                *AUDIT_COLUMNS,
                ("name", models.CharField(db_comment="What its owner calls it: phone, blue key", max_length=60)),
                (
                    "credential_id",
                    models.BinaryField(db_comment="By which the device knows the passkey", max_length=1023),
                ),
                (
                    "public_key",
                    models.BinaryField(
                        db_comment="Checks what the device signs (COSE); signs nothing itself", max_length=2000
                    ),
                ),
                (
                    "sign_count",
                    models.BigIntegerField(
                        db_comment="How often the device says to have signed; it only rises, or stays 0 where a device does not count",
                        db_default=0,
                        editable=False,
                    ),
                ),
                (
                    "transports",
                    ArrayField(
                        base_field=models.CharField(max_length=20),
                        blank=True,
                        db_comment="How the device can be reached: internal, usb, nfc, ble, hybrid",
                        db_default=[],
                        default=list,
                        editable=False,
                    ),
                ),
                (
                    "last_used_at",
                    models.DateTimeField(
                        blank=True, db_comment="When it was last used to log in", editable=False, null=True
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_comment="Whose passkey it is; nobody else reads the row",
                        db_index=False,
                        on_delete=models.DO_NOTHING,
                        related_name="passkeys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "passkeys",
                "db_table_comment": "Passkeys of users: WebAuthn credentials",
                "ordering": ["created_at"],
                "indexes": [models.Index(fields=["user"], name="idx_passkeys_user")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("credential_id",),
                        name="passkeys_credential_unique",
                        violation_error_message="This passkey is known already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sign_count__gte", 0)),
                        name="passkeys_sign_count",
                        violation_error_message="A count cannot be below 0.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(WithinCalendar("last_used_at", "created_at", "updated_at")),
                        name="passkeys_calendar",
                        violation_error_message="A date should lie in the years 1900 to 2199.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                KEY,
                *AUDIT_COLUMNS,
                (
                    "code_hash",
                    models.CharField(db_comment="SHA-256 of the user and the code", editable=False, max_length=64),
                ),
                (
                    "used_at",
                    models.DateTimeField(
                        blank=True,
                        db_comment="When it was used, after which it opens nothing",
                        editable=False,
                        null=True,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_comment="Whose code it is; nobody else reads the row",
                        db_index=False,
                        on_delete=models.DO_NOTHING,
                        related_name="recovery_codes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "recovery_codes",
                "db_table_comment": "Codes that each stand in once for a second factor",
                "ordering": ["created_at"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "code_hash"),
                        name="recovery_codes_unique",
                        violation_error_message="This code is known already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("code_hash__regex", "^[0-9a-f]{64}$")),
                        name="recovery_codes_hash",
                        violation_error_message="Of a code only its SHA-256 is kept.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(WithinCalendar("used_at", "created_at", "updated_at")),
                        name="recovery_codes_calendar",
                        violation_error_message="A date should lie in the years 1900 to 2199.",
                    ),
                ],
            },
        ),
        StampRows(list(TABLES)),
        StampNewRows(list(TABLES)),
        RefuseTruncate(list(TABLES)),
        AuditTables(TABLES, by="audit_settings"),
        *(GrantTable(table, dict.fromkeys(ROLES, "vacd")) for table in TABLES),
        *(
            SecureRows(
                table,
                [Policy(f"{table}_own", to="whitecross_app, whitecross_district, whitecross_all", using=OWN)],
            )
            for table in TABLES
        ),
        CreateFunction(RESET),
        RestrictFunction("reset_second_factor(uuid)", ["whitecross_admin", "whitecross_district_admin"]),
    ]
