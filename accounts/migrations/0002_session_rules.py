"""Sessions end within the calendar, too, and a key that is taken has a sentence for people.

Lock: user_sessions against all others, for the moment in which its rows are looked at; there are few. Undone by the
constraint as it was.
"""

from django.db import migrations, models
from django.db.models import Q

from core.database.functions import WithinCalendar

MESSAGE = "A date should lie in the years 1900 to 2199."


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_user_sessions")]

    operations = [
        migrations.AlterField(
            model_name="usersession",
            name="session_data",
            field=models.TextField(blank=True, db_comment="What is kept in the session, signed for this cookie alone"),
        ),
        migrations.AlterConstraint(
            model_name="usersession",
            name="user_sessions_key_unique",
            constraint=models.UniqueConstraint(
                fields=["session_key"],
                name="user_sessions_key_unique",
                violation_error_message="Another session has this key.",
            ),
        ),
        migrations.RemoveConstraint(model_name="usersession", name="user_sessions_calendar"),
        migrations.AddConstraint(
            model_name="usersession",
            constraint=models.CheckConstraint(
                condition=Q(WithinCalendar("expire_date", "created_at", "last_activity_at")),
                name="user_sessions_calendar",
                violation_error_message=MESSAGE,
            ),
        ),
    ]
