"""The data model as a page: a diagram per app, every column of every table, their rules, and the enum types.

Nothing here asks a database: types and defaults are what Django would send to PostgreSQL.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.models import UniqueConstraint

from core.database.enums import EnumField
from core.schema.expectation import our_models
from core.schema.markdown import COMMAND, table_row

_SHORT_TYPES = {"timestamp with time zone": "timestamptz"}
_PHI = "PHI: "
# On nearly every table, and pointing at the same one: in the diagrams they would hide the rest.
_UNDRAWN = ("created_by", "updated_by")
_RULES = {
    models.DB_CASCADE: "cascade",
    models.DB_SET_NULL: "set null",
    models.DO_NOTHING: "refused",
}


def data_model() -> str:
    """A diagram per app, every column of every table, the rules of each table, and the enum types."""
    tables = our_models()
    phi = sum(_is_phi(field) for model in tables for field in model._meta.local_concrete_fields)
    columns = sum(len(model._meta.local_concrete_fields) for model in tables)
    lines = [
        "# Data model",
        "",
        f"<!-- Written from the models by `{COMMAND}`. Change the models, not this page. -->",
        "",
        f"{len(tables)} tables, {columns} columns, {phi} of them protected health information (PHI), "
        f"{len(_enums())} enum types.",
        "",
        "- The diagrams show keys, foreign keys, unique columns, enum columns and what must be given. The tables below",
        "  each diagram list every column.",
        "- `created_by` and `updated_by` refer to `users` on every table that has them. The diagrams leave them out.",
        "- On a foreign key, “cascade”, “set null” and “refused” say what happens when the row it points to is erased.",
        "- A column marked PHI says so in its comment in the database as well.",
        "- Not shown: Django's own tables.",
        "",
        "Contents: "
        + ", ".join(f"[{_title(label)}](#{_slug(_title(label))})" for label in _by_app())
        + ", [Enum types](#enum-types).",
        "",
    ]
    for label, owned in _by_app().items():
        lines += [f"## {_title(label)}", "", *_diagram(owned), ""]
        for model in owned:
            lines += [*_column_table(model), ""]
    lines += _enum_table()
    return "\n".join(lines) + "\n"


def _by_app() -> dict[str, list[type[models.Model]]]:
    by_app: dict[str, list[type[models.Model]]] = {}
    for model in our_models():
        by_app.setdefault(model._meta.app_label, []).append(model)
    return by_app


def _title(label: str) -> str:
    # With the label: an app and one of its tables may have the same name, and their anchors should differ.
    return f"{apps.get_app_config(label).verbose_name} ({label})"


def _slug(title: str) -> str:
    return title.lower().replace(" ", "-").translate(str.maketrans("", "", "()"))


def _diagram(owned: list[type[models.Model]]) -> Iterator[str]:
    yield "```mermaid"
    yield "erDiagram"
    for model in owned:
        yield f"    {model._meta.db_table} {{"
        for field in model._meta.local_concrete_fields:
            marks = _marks(field)
            if field.column not in _UNDRAWN and (marks or _is_enum(field) or _must_be_given(field)):
                yield f"        {_drawn_type(field)} {field.column} {', '.join(marks)}".rstrip()
        yield "    }"
    for model in owned:
        for field in model._meta.local_concrete_fields:
            if field.remote_field and field.column not in _UNDRAWN:
                target = field.remote_field.model._meta.db_table
                one = "|o" if field.null else "||"
                many = "o|" if field.unique else "o{"
                yield f'    {target} {one}--{many} {model._meta.db_table} : "{field.column}, {_rule(model, field)}"'
    yield "```"


def _marks(field: Any) -> list[str]:
    marks = []
    if field.primary_key:
        marks.append("PK")
    if field.remote_field:
        marks.append("FK")
    live_keys = [c.fields for c in field.model._meta.constraints if isinstance(c, UniqueConstraint)]
    if not field.primary_key and (field.unique or (field.name,) in live_keys):
        marks.append("UK")
    return marks


def _is_enum(field: Any) -> bool:
    return isinstance(getattr(field, "base_field", field), EnumField)


def _is_phi(field: Any) -> bool:
    return str(field.db_comment or "").startswith(_PHI)


def _must_be_given(field: Any) -> bool:
    return not (field.null or field.has_db_default() or field.generated)


def _type(field: Any) -> str:
    kind = str(field.db_parameters(connection)["type"])
    return _SHORT_TYPES.get(kind, kind).replace('"', "")


def _drawn_type(field: Any) -> str:
    """The type without its size: a comma in it would end the diagram."""
    return re.sub(r"\([^)]*\)", "", _type(field))


def _rule(model: type[models.Model], field: Any) -> str:
    by_migration: dict[str, str] = getattr(model, "database_on_delete", {})
    return by_migration.get(field.name, "").lower() or _RULES[field.remote_field.on_delete]


def _column_table(model: type[models.Model]) -> Iterator[str]:
    meta = model._meta
    yield f"### {meta.db_table}"
    yield ""
    yield f"{meta.db_table_comment}."
    yield ""
    yield "| Column | Type | Null | Default | PHI | Meaning |"
    yield "|---|---|---|---|---|---|"
    for field in meta.local_concrete_fields:
        comment = str(getattr(field, "db_comment", None) or "")
        kind = f"`{_type(field)}`"
        if field.remote_field:
            target = field.remote_field.model._meta.db_table
            kind += f" → [{target}](#{target}), {_rule(model, field)}"
        yield table_row(
            f"`{field.column}`",
            kind,
            "null" if field.null and not field.generated else "",
            _default(field),
            "PHI" if _is_phi(field) else "",
            comment.removeprefix(_PHI),
        )
    rules = [
        f"- `{constraint.name}`{_unique_columns(model, constraint)}: {constraint.violation_error_message}"
        for constraint in meta.constraints
    ]
    if rules:
        yield from ("", "Rules:", "", *rules)


def _unique_columns(model: type[models.Model], constraint: Any) -> str:
    if not isinstance(constraint, UniqueConstraint):
        return ""
    fields: list[Any] = [model._meta.get_field(name) for name in constraint.fields]
    columns = ", ".join(field.column for field in fields)
    live = " among live rows" if constraint.condition else ""
    return f" (unique{live}: {columns})"


def _default(field: Any) -> str:
    if field.generated:
        return "generated"
    if not field.has_db_default():
        return ""
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        statement, parameters = editor.db_default_sql(field)
        text = statement % tuple(editor.quote_value(value) for value in parameters)
    text = re.sub(r"::[\w()]+(\[\])?$", "", text.replace("%%", "%"))
    return f"`{text[1:-1] if text.startswith('(') else text}`"


def _enums() -> dict[str, tuple[EnumField, list[str]]]:
    enums: dict[str, tuple[EnumField, list[str]]] = {}
    for model in our_models():
        for field in model._meta.local_concrete_fields:
            base: Any = getattr(field, "base_field", field)
            if isinstance(base, EnumField):
                enums.setdefault(base.enum_name, (base, []))[1].append(f"{model._meta.db_table}.{field.column}")
    return dict(sorted(enums.items()))


def _enum_table() -> Iterator[str]:
    yield "## Enum types"
    yield ""
    yield "Values stand in the order in which PostgreSQL sorts them."
    yield ""
    yield "| Type | Values | Columns |"
    yield "|---|---|---|"
    for name, (field, columns) in _enums().items():
        yield table_row(f"`{name}`", ", ".join(field.values), ", ".join(f"`{column}`" for column in columns))
