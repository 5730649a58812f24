"""Users name the filters of a list, and find them again above it. To each their own: by the policy users_self.

Lock: users against all others, for the moment in which an empty column is added. Undone by dropping it, with what was
saved.
"""

from django.db import migrations, models

from core.database.operations import Grant


class Migration(migrations.Migration):
    dependencies = [("core", "0010_index_finding")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="saved_filters",
            field=models.JSONField(
                blank=True,
                db_comment="Filters of lists that the user named, by list; never what was searched for",
                db_default={},
                default=dict,
                editable=False,
            ),
        ),
        Grant(
            "UPDATE (saved_filters)",
            "users",
            ["whitecross_nurse", "whitecross_counselor", "whitecross_school_admin", "whitecross_viewer"],
        ),
    ]
