from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Now

from core.database.audit_fields import KeyedModel
from core.database.constraints import calendar, matches
from core.models import User


class SessionQuerySet(models.QuerySet["UserSession"]):
    """Questions about sessions."""

    def about(self) -> "SessionQuerySet":
        """The rows without what the web may not read of them: the key, and what is kept in the session."""
        return self.defer("session_key", "session_data")


class UserSession(KeyedModel, AbstractBaseSession):
    """A log-in of somebody: since when, from where, and when it was last used.

    The key is not the cookie's value but its SHA-256, so that nobody can make a cookie of what stands here.
    """

    session_key = models.CharField(max_length=64, db_comment="SHA-256 of the cookie's value; never the value itself")
    session_data = models.TextField(blank=True, db_comment="What is kept in the session, signed for this cookie alone")
    expire_date = models.DateTimeField("ends", db_comment="When the session is over, if it is not used before")
    user = models.ForeignKey(
        User,
        on_delete=models.DB_CASCADE,
        null=True,
        blank=True,
        related_name="sessions",
        db_index=False,
        db_comment="Who is logged in; null before the log-in",
    )
    ip_address = models.GenericIPAddressField(
        "IP address", null=True, blank=True, db_comment="Address the log-in came from"
    )
    user_agent = models.TextField("browser", db_default="", blank=True, db_comment="Program the log-in came from")
    second_factor = models.CharField(
        max_length=40, db_default="", blank=True, db_comment="How the second factor was shown; empty if it was not"
    )
    created_at = models.DateTimeField("since", db_default=Now(), db_comment="When the log-in was")
    last_activity_at = models.DateTimeField(
        "last activity", db_default=Now(), db_comment="When somebody last did something in it, to a minute"
    )

    objects = SessionQuerySet.as_manager()  # type: ignore[assignment, misc]  # not the manager of keys and contents

    class Meta:
        db_table = "user_sessions"
        db_table_comment = "Transient: who is logged in, since when, from where; the audit log has how they ended"
        ordering = ["-last_activity_at"]
        verbose_name = "session"
        constraints = [
            models.UniqueConstraint(
                fields=["session_key"],
                name="user_sessions_key_unique",
                violation_error_message="Another session has this key.",
            ),
            matches(
                "user_sessions_key_form",
                "session_key",
                "^[0-9a-f]{64}$",
                "The key of a session should be the SHA-256 of its cookie.",
            ),
            calendar("user_sessions", "expire_date", "created_at", "last_activity_at"),
        ]
        indexes = [
            # Where is this user logged in, latest first? (page of one's sessions; end of all sessions of a user)
            models.Index(models.F("user"), models.F("last_activity_at").desc(), name="idx_user_sessions_user"),
            # Which sessions are over? (clearsessions)
            models.Index(fields=["expire_date"], name="idx_user_sessions_expiry"),
        ]

    def __str__(self) -> str:
        return f"Session of {self.user}" if self.user else "Session of nobody yet"

    @classmethod
    def get_session_store_class(cls) -> Any:
        from accounts.sessions import SessionStore  # noqa: PLC0415  # which imports this model

        return SessionStore
