import unicodedata
from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth import get_backends
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from core.acting import renew_hash
from core.database.audit_fields import AuditedModel
from core.database.constraints import calendar, check, email, phone
from core.database.enums import DatabaseEnum, EnumField
from core.database.functions import SearchWords
from core.models.district import District
from core.models.school import School


class UserRole(DatabaseEnum):
    ADMIN = "ADMIN", "Administrator"
    NURSE = "NURSE", "Nurse"
    SCHOOL_ADMIN = "SCHOOL_ADMIN", "School administrator"
    DISTRICT_ADMIN = "DISTRICT_ADMIN", "District administrator"
    VIEWER = "VIEWER", "Viewer"
    COUNSELOR = "COUNSELOR", "Counselor"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new user who logs in by e-mail; without a password, one who cannot log in yet."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An administrator who may also make superusers: for setting up, not for daily work."""
        return self.create_user(email, password, **{"role": UserRole.ADMIN, "is_superuser": True} | fields)

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Wholly in lower case, and each letter spelt one way, so that one person is one account.

        The form of the log-in reads wide letters and their like as plain ones (NFKC). Where we did not, each spelling
        would have guesses of its own.
        """
        return unicodedata.normalize("NFKC", email or "").strip().lower()

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=self.normalize_email(username))


class User(AuditedModel, AbstractBaseUser):
    """A person who works with the records. Users are deactivated, never deleted: their signatures stay."""

    email = models.EmailField(max_length=255, db_comment="Log-in name, in lower case")
    password = models.CharField(max_length=255, db_comment="Hash of the password, never the password")
    first_name = models.CharField(max_length=100, db_comment="Given name")
    last_name = models.CharField(max_length=100, db_comment="Family name")
    role = EnumField(UserRole, db_default=UserRole.VIEWER, db_comment="What the user may do; the least by default")
    phone = models.CharField(max_length=20, null=True, blank=True, db_comment="Telephone number at work")

    # Django lets no foreign key of a model that its own tables (admin log, groups) point at act in the database.
    # The migration gives these two ON DELETE SET NULL all the same; `database_on_delete` tells verify_schema.
    school = models.ForeignKey(
        School,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="staff",
        db_index=False,
        db_comment="Home school; further ones are in school_assignments",
    )
    district = models.ForeignKey(
        District,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="staff",
        db_index=False,
        db_comment="District the user works for",
    )

    # Row security finds staff by it. It never shrinks, so that a signature keeps its name when the nurse moves on.
    known_to = ArrayField(
        models.UUIDField(),
        default=list,
        db_default=[],
        editable=False,
        db_comment="Districts that know the user: worked for, or signed a record there; 0 for all; kept by triggers",
    )

    is_active = models.BooleanField("may log in", db_default=True, db_comment="False for a user who has left")
    is_superuser = models.BooleanField(
        "superuser", db_default=False, db_comment="Bound by no role; for setting up, not for daily work"
    )
    last_login = models.DateTimeField(null=True, blank=True, editable=False, db_comment="When the user last logged in")
    email_verified = models.BooleanField(
        "e-mail verified", db_default=False, db_comment="Whether the user has shown to read this address"
    )
    password_changed_at = models.DateTimeField(
        null=True, blank=True, editable=False, db_comment="When the password was last changed"
    )
    invited_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        db_comment="When the user was last sent an invitation; null when it holds no longer",
    )
    must_change_password = models.BooleanField(
        db_default=False, db_comment="Whether the next log-in asks for a new password"
    )
    # With the user, who is read by every request anyway: the links above a list cost no query of their own.
    saved_filters = models.JSONField(
        db_default={},
        default=dict,
        blank=True,
        editable=False,
        db_comment="Filters of lists that the user named, by list; never what was searched for",
    )
    search_vector = models.GeneratedField(
        expression=SearchWords("first_name", "last_name", "email"),
        output_field=SearchVectorField(),
        db_persist=True,
        db_comment="Words of the name and address, for the search",
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]
    database_on_delete = {"school": "SET NULL", "district": "SET NULL"}

    class Meta:
        db_table = "users"
        db_table_comment = "Staff who work with the records"
        ordering = ["last_name", "first_name"]
        constraints = [
            # Not unique=True, to which Django adds a second index for LIKE that no page needs.
            models.UniqueConstraint(
                fields=["email"],
                name="users_email_unique",
                violation_error_message="Another user logs in with this e-mail address.",
            ),
            check(
                "users_email_lower",
                models.Q(email=Lower("email")),
                "The e-mail address should be in lower case, so that one person is one account.",
            ),
            email("users_email_form", "email"),
            phone("users_phone_form", "phone"),
            calendar("users", "last_login", "password_changed_at", "invited_at", "created_at", "updated_at"),
        ]
        indexes = [
            # Whose home school is this? (school page; deleting a school)
            models.Index(fields=["school"], name="idx_users_home_school"),
            # Who works for this district? (district page; deleting a district)
            models.Index(fields=["district"], name="idx_users_home_district"),
            # Who may log in, who has left? (filter of the users page)
            models.Index(fields=["is_active"], name="idx_users_active"),
            # Which staff does a school have now? (nurse pickers, school page)
            models.Index(fields=["school"], name="idx_users_school", condition=models.Q(is_active=True)),
            # Which staff does a district have now? (district page)
            models.Index(fields=["district"], name="idx_users_district", condition=models.Q(is_active=True)),
            # Which active nurses (counselors, ...) are there? (pickers of staff by role)
            models.Index(fields=["role", "is_active"], name="idx_users_role_active"),
            # Who is "jan do"? (search and autocomplete of users)
            GinIndex(fields=["search_vector"], name="idx_users_search"),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    def clean(self) -> None:
        super().clean()
        self.email = UserManager.normalize_email(self.email)

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password)
        self.password_changed_at = timezone.now()

    def check_password(self, raw_password: str | None) -> bool:
        """Whether this is the password. A hash that is out of fashion is renewed, by nobody but the user."""

        def renew(password: str) -> None:
            if self.is_active:
                self.password = make_password(password)
                renew_hash(self)

        return check_password(raw_password, self.password, renew)

    # What Django's PermissionsMixin answers, without its tables: roles say what a user may do, not groups.

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Whether the user may do this ("core.view_student")."""
        return any(backend.has_perm(self, perm, obj) for backend in get_backends())

    def has_perms(self, perm_list: Iterable[str], obj: models.Model | None = None) -> bool:
        """Whether the user may do all of these."""
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        """Whether the user may do anything in this app."""
        # What is only looked up has no page.
        own = [perm for perm in self.get_all_permissions() if perm.startswith(f"{app_label}.")]
        return any(not perm.startswith(f"{app_label}.look_up_") for perm in own)

    def get_all_permissions(self, obj: models.Model | None = None) -> set[str]:
        """All that the role of the user allows."""
        return {perm for backend in get_backends() for perm in backend.get_all_permissions(self, obj)}

    @property
    def is_staff(self) -> bool:
        """The admin is the product: everyone who may log in may open it, and the role says what they see."""
        return self.is_active
