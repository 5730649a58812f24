"""Which settings the code reads: found in its sources, without running them.

A setting is read where the constant of its declaration is used outside `declared_settings`, where its key is given to
`get` or `effective`, or where a key is made of its beginning, as in f"retention.{table}".
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from django.apps import apps
from django.conf import settings

from configuration.declaring import Setting, declared

_READERS = {"get", "effective"}


@dataclass
class Reads:
    """Keys that the sources ask for, beginnings of keys, and where each key is asked for by name."""

    keys: set[str] = field(default_factory=set)
    beginnings: set[str] = field(default_factory=set)
    places: dict[str, str] = field(default_factory=dict)


def undeclared_reads() -> dict[str, str]:
    """Keys that some code asks for and that no app declares, each with its place in the sources."""
    return {key: place for key, place in reads().places.items() if key not in declared()}


def unread_settings() -> list[str]:
    """Declared keys that no code asks for."""
    found = reads()
    return [key for key in declared() if key not in found.keys and not key.startswith(tuple(found.beginnings) or "\0")]


@cache
def reads() -> Reads:
    """What the sources of the project's apps read."""
    found = Reads()
    for path in _sources():
        text = path.read_text()
        if "configuration" in text or "declared_" in text or "system_configurations" in text:
            _read(ast.parse(text), str(path.relative_to(settings.BASE_DIR)), found)
    return found


def _sources() -> Iterator[Path]:
    """The modules of our own apps, but for migrations, which are frozen, and for the declarations themselves."""
    for config in apps.get_app_configs():
        root = Path(config.path)
        if settings.BASE_DIR in root.parents and ".venv" not in root.parts:
            yield from (
                path
                for path in sorted(root.rglob("*.py"))
                if "migrations" not in path.parts and not path.stem.startswith("declared_")
            )


def _read(tree: ast.Module, place: str, found: Reads) -> None:
    imported: dict[str, list[str]] = {}
    readers = {"effective"} if place.startswith("configuration/") else set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module.rpartition(".")[2].startswith("declared_"):
                module = import_module(node.module)
                imported |= {name.asname or name.name: _keys_of(module, name.name) for name in node.names}
            elif node.module in ("configuration", "configuration.resolving"):
                readers |= {name.asname or name.name for name in node.names if name.name in _READERS}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.keys.update(imported.get(node.id, ()))
        elif isinstance(node, ast.Call) and _is_reader(node.func, readers) and node.args:
            key = node.args[0]
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                found.keys.add(key.value)
                found.places[key.value] = f"{place}:{node.lineno}"
        elif isinstance(node, ast.JoinedStr):
            first = node.values[0] if node.values else None
            if isinstance(first, ast.Constant) and _begins_keys(str(first.value)):
                found.beginnings.add(str(first.value))


def _is_reader(function: ast.expr, readers: set[str]) -> bool:
    if isinstance(function, ast.Attribute):
        of = function.value
        return function.attr in _READERS and isinstance(of, ast.Name) and of.id == "configuration"
    return isinstance(function, ast.Name) and function.id in readers


def _begins_keys(text: str) -> bool:
    return text.endswith(".") and any(key.startswith(text) for key in declared())


def _keys_of(module: ModuleType, name: str) -> list[str]:
    """The keys of the settings that a constant of a module of declarations holds."""

    def keys(value: Any) -> Iterator[str]:
        if isinstance(value, Setting):
            yield value.key
        elif isinstance(value, (tuple, list)):
            for part in value:
                yield from keys(part)
        elif isinstance(value, dict):
            yield from keys(list(value.values()))

    return list(keys(getattr(module, name, None)))
