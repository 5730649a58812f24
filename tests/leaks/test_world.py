"""The data of the leak tests is what they need it to be."""

from core.schema.expectation import our_models
from tests.leaks.addresses import fillings, pages
from tests.leaks.world import SHARED
from tests.schema.rows import query

# Their rows hold numbers, dates and references only, or words that nobody can change.
WITHOUT_TEXT = {"school_assignments", "audit_logs", "emergency_accesses"}
# Their only texts are an encrypted secret and a hash, whose form the table demands. The others of accounts have words:
# of a browser (user_sessions, login_attempts), or those by which its owner calls a passkey.
WITHOUT_TEXT |= {"authenticator_apps", "recovery_codes"}


def test_every_table_bears_words_of_each_place(world):
    tables = {model._meta.db_table for model in our_models()}
    assert tables - set(world.worded) == SHARED | WITHOUT_TEXT
    for table in tables - SHARED - {"districts"}:
        for place in ("a1", "a2", "b1"):
            keys = world.live[place, table]
            assert keys, (place, table)
            assert query(f"SELECT count(*) FROM {table} WHERE id = ANY (%s)", [keys]) == [(len(keys),)], (place, table)
    assert {"first_name", "last_name", "student_number"} <= world.worded["students"]
    assert {"first_name", "last_name", "email"} <= world.worded["users"]
    assert {"title", "description"} <= world.worded["health_records"]
    assert sum(map(len, world.worded.values())) > 120


def test_every_parameter_of_every_address_can_be_filled(world):
    found = [page for page in pages() for _ in fillings(page, world)]
    assert len(found) > 500
