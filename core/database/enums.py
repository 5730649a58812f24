"""Columns whose type is a native PostgreSQL enum."""

from collections.abc import Iterable
from typing import Any

from django.core import exceptions
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class DatabaseEnum(models.TextChoices):
    """A list of choices that is also a PostgreSQL enum type, named like the class and in the order of declaration.

    The order has a meaning: PostgreSQL sorts and compares by it, so a scale runs from its least to its gravest value.
    """

    @classmethod
    def type_name(cls) -> str:
        """Name of the PostgreSQL type, unquoted."""
        return cls.__name__


class EnumField(models.CharField):
    """A column of a native PostgreSQL enum type.

    Models pass the enum class; migrations, which must not change when the class does, pass the type's name and its
    values at that time: ``EnumField("Gender", values=("MALE", "FEMALE"))``.

    Rows come back as members of the class. A value that the class does not know (an older program on a newer
    database) comes back as a plain string instead of failing.

    It is not text to PostgreSQL: `Concat`, `Upper` and the like need `Cast(..., CharField())`, and an expression of
    plain text (`Case`, `Coalesce` with a `Value`) becomes one by `Cast(..., EnumField(TheEnum))`.

    Raises:
        ValidationError: on save or in a lookup, for a value that is not one of the enum's.
    """

    description = "PostgreSQL enum"
    # Other values are another type, and a type is changed by an operation of its own, never by altering a column.
    non_db_attrs = (*models.CharField.non_db_attrs, "values")

    def __init__(
        self, enum: type[DatabaseEnum] | str, *args: Any, values: Iterable[str] | None = None, **kwargs: Any
    ) -> None:
        if isinstance(enum, str):
            self.enum_class: type[DatabaseEnum] | None = None
            self.enum_name = enum
            self.values = tuple(values or ())
            kwargs.setdefault("choices", [(value, value) for value in self.values])
        else:
            self.enum_class = enum
            self.enum_name = enum.type_name()
            self.values = tuple(enum.values)
            kwargs.setdefault("choices", enum.choices)
        super().__init__(*args, **kwargs)
        # A person who imports a file has no list to choose from, so the message names the values.
        self.error_messages["invalid_choice"] = f"“%(value)s” is not one of: {', '.join(self.values)}."

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("choices", None)
        kwargs["values"] = self.values
        return name, path, [self.enum_name, *args], kwargs

    def clone(self) -> "EnumField":
        # The class, when there is one: a clone must return members, as the field does.
        _, _, args, kwargs = self.deconstruct()
        if self.enum_class is None:
            return self.__class__(*args, **kwargs)
        kwargs.pop("values")
        return self.__class__(self.enum_class, *args[1:], **kwargs)

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return connection.ops.quote_name(self.enum_name)

    def rel_db_type(self, connection: BaseDatabaseWrapper) -> str:
        return self.db_type(connection)

    def cast_db_type(self, connection: BaseDatabaseWrapper) -> str:
        return self.db_type(connection)

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        # Not CharField's: it would add a collation, which an enum cannot have.
        return models.Field.db_parameters(self, connection)

    def formfield(self, **kwargs: Any) -> Any:
        messages = {"invalid_choice": self.error_messages["invalid_choice"]} | kwargs.pop("error_messages", {})
        return super().formfield(error_messages=messages, **kwargs)

    def from_db_value(self, value: str | None, *_: Any) -> Any:
        return self._member(value)

    def to_python(self, value: Any) -> Any:
        return self._member(super().to_python(value)) if value not in self.empty_values else None

    def get_prep_value(self, value: Any) -> Any:
        value = models.Field.get_prep_value(self, value)
        if value is None or hasattr(value, "as_sql"):
            return value
        value = str(value)
        if value not in self.values:
            raise exceptions.ValidationError(
                "“%(value)s” is not a value of %(field)s. It should be one of: %(values)s.",
                code="invalid_choice",
                params={"value": value, "field": self.name or self.enum_name, "values": ", ".join(self.values)},
            )
        return value

    def _member(self, value: Any) -> Any:
        if self.enum_class is not None and value in self.values:
            return self.enum_class(value)
        return value
