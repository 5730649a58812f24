"""The question that each index answers: the comment above it in the model's source."""

import ast
import inspect
import tokenize
from collections.abc import Iterator
from pathlib import Path

from django.db import models


class MissingQuestionError(Exception):
    """An index has no comment above it that says which question it answers."""


def index_questions(model: type[models.Model]) -> dict[str, str]:
    """Question by index name, for the indexes that `model` declares in its own Meta.

    Raises:
        MissingQuestionError: one of them has no comment right above it, or is not written out in the list.
    """
    if not model._meta.indexes:
        return {}
    path = Path(inspect.getfile(model))
    source = path.read_text(encoding="utf-8")
    comments = _comment_lines(source)
    questions: dict[str, str] = {}
    for index in _declared_indexes(ast.parse(source), model.__name__):
        name = _name_of(index)
        question = " ".join(_above(index.lineno, comments))
        if name and question:
            questions[name] = question
    for declared in model._meta.indexes:
        if declared.name not in questions:
            raise MissingQuestionError(
                f"The index {declared.name} of {model.__name__} has no question. Write it above the index in "
                f"{path.name}: # Which students does a district have? (district reports)"
            )
    return questions


def _comment_lines(source: str) -> dict[int, str]:
    """Text by line number of the comments that have a line to themselves."""
    lines = iter(source.splitlines(keepends=True))
    return {
        token.start[0]: token.string.lstrip("# ").rstrip()
        for token in tokenize.generate_tokens(lambda: next(lines, ""))
        if token.type == tokenize.COMMENT and token.line.lstrip().startswith("#")
    }


def _declared_indexes(tree: ast.Module, class_name: str) -> Iterator[ast.Call]:
    """The calls in the list `indexes` of the class's Meta."""
    for owner in _classes(tree.body, class_name):
        for meta in _classes(owner.body, "Meta"):
            for statement in meta.body:
                if isinstance(statement, ast.Assign) and _assigns(statement, "indexes"):
                    yield from (node for node in ast.iter_child_nodes(statement.value) if isinstance(node, ast.Call))


def _classes(body: list[ast.stmt], name: str) -> Iterator[ast.ClassDef]:
    return (node for node in body if isinstance(node, ast.ClassDef) and node.name == name)


def _assigns(statement: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in statement.targets)


def _name_of(index: ast.Call) -> str | None:
    for keyword in index.keywords:
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return None


def _above(line: int, comments: dict[int, str]) -> list[str]:
    """The block of comments that ends on the line above."""
    block: list[str] = []
    while (line := line - 1) in comments:
        block.insert(0, comments[line])
    return block
