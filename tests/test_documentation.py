"""The documentation says what is there: links, files, commands, settings, dependencies, tables and indexes."""

import ast
import importlib
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import CommandError
from django.db import models
from django.test.utils import isolate_apps

from core.schema.data_model import data_model
from core.schema.documentation import outdated
from core.schema.expectation import our_models
from core.schema.index_list import CATEGORIES, documented_indexes, index_list
from core.schema.index_questions import MissingQuestionError, index_questions
from core.schema.markdown import DocumentationError

ROOT = Path(settings.BASE_DIR)
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
NAMES = [str(path.relative_to(ROOT)) for path in DOCUMENTS]

_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CITATION = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_FILE = re.compile(r"`([\w.-]+(?:/[\w.-]+)*/?)`")
# Named because they are made later, or because they should not exist.
_NOT_IN_THE_REPOSITORY = {"models/__init__.py", "utils.py"}
_ENDINGS = (".py", ".md", ".toml", ".yml", ".sql", ".png", ".example", "/")


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.+)$", _FENCED.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    found: set[str] = set()
    for heading in headings:
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = 0
        while (anchor := f"{slug}-{number}" if number else slug) in found:
            number += 1
        found.add(anchor)
    return found


def settings_read() -> dict[str, ast.Call]:
    """The calls of env.str(), env.bool() and so on in the settings, by the name of the variable."""
    tree = ast.parse((ROOT / "whitecross/settings.py").read_text(encoding="utf-8"))
    return {
        str(node.args[0].value): node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and isinstance(node.args[0], ast.Constant)
    }


def example_lines() -> Iterator[tuple[str, str, str]]:
    """Name, value and comment of each variable in .env.example."""
    comment: list[str] = []
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines():
        if found := re.fullmatch(r"#?([A-Z_]+)=(.*)", line):
            yield found[1], found[2], " ".join(comment)
            comment = []
        elif line.startswith("# ") and not line.startswith("# ---"):
            comment.append(line.removeprefix("# "))
        else:
            comment = []


@pytest.mark.parametrize("name", NAMES)
def test_every_relative_link_leads_somewhere(name):
    path = ROOT / name
    broken = []
    for link in _LINK.findall(_FENCED.sub("", path.read_text(encoding="utf-8"))):
        if link.startswith(("http://", "https://")):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("name", NAMES)
def test_every_file_that_is_named_exists(name):
    path = ROOT / name
    text = _FENCED.sub("", path.read_text(encoding="utf-8"))
    named = {file for file in _FILE.findall(text) if file.endswith(_ENDINGS)}
    missing = [file for file in sorted(named) if not any((base / file).exists() for base in (ROOT, path.parent))]

    assert [file for file in missing if file not in _NOT_IN_THE_REPOSITORY] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_command_that_is_named_exists(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    commands = set(re.findall(r"manage\.py ([a-z_]+)", text))
    modules = set(re.findall(r"python -m ([a-z_.]+)", text))
    scripts = set(re.findall(r"uv run ([a-z]+)(?: |`|$)", text)) - {"python"}

    assert commands - set(get_commands()) == set()
    assert [module for module in modules if not (ROOT / f"{module.replace('.', '/')}.py").is_file()] == []
    assert scripts <= {"ruff", "mypy", "pytest", "manage"}


def functions_of(path: Path) -> set[str]:
    """The names of a module's functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_test_that_is_cited_exists():
    cited = {citation for path in DOCUMENTS for citation in _CITATION.findall(path.read_text(encoding="utf-8"))}
    missing = [
        f"{file}::{test}"
        for file, test in sorted(cited)
        if not (ROOT / file).is_file() or test not in functions_of(ROOT / file)
    ]

    assert missing == []
    assert len(cited) >= 60


@pytest.mark.parametrize(
    "paragraph",
    [
        *("(a)(1)", "(a)(2)(i)", "(a)(2)(ii)", "(a)(2)(iii)", "(a)(2)(iv)", "(b)", "(c)(1)", "(c)(2)", "(d)", "(e)(1)"),
        *("(e)(2)(i)", "(e)(2)(ii)", "99.10", "99.31(a)(1)", "99.32", "99.36"),
    ],
)
def test_every_demand_on_a_system_is_spoken_of_with_its_proof(paragraph):
    text = (ROOT / "docs/safeguards.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in text.splitlines() if re.match(rf"\| .*{re.escape(paragraph)}(?![(\d])", line)]

    assert rows != []
    assert [cells for cells in rows if len(cells) != 4] == []
    assert [cells for cells in rows if not _CITATION.search(cells[2]) and "not covered" not in cells[2]] == []


def test_outside_development_everything_is_for_https_only():
    """What docs/safeguards.md says of it, read from the settings as production has them."""
    names = ["SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS"]
    program = f"from whitecross import settings; print([getattr(settings, name) for name in {names}])"
    environment = {name: value for name, value in os.environ.items() if name not in {*names, "DEBUG"}}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment | {"DATABASE_URL": "postgres://u@localhost/x", "SECRET_KEY": "0" * 50},
        text=True,
        capture_output=True,
        check=True,
    )

    assert done.stdout.strip() == "[True, True, True, 31536000]"


def test_the_readme_opens_with_the_two_commands():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()

    assert "pip install uv && uv run manage.py demo" in lines
    assert "uv run pytest" in lines


def test_no_document_names_a_path_of_a_machine():
    for path in DOCUMENTS:
        assert re.findall(r"(?<![\w.])/(?:home|root|work|tmp|workspaces)/", path.read_text(encoding="utf-8")) == [], (
            path
        )


def test_the_example_of_the_environment_names_every_setting_once_with_its_meaning():
    named = [name for name, _, _ in example_lines()]

    assert sorted(named) == sorted(settings_read())
    assert [name for name, _, comment in example_lines() if len(comment) < 20] == []


def test_the_example_of_the_environment_gives_the_default_where_it_is_a_constant():
    calls = settings_read()
    differing = []
    for name, value, comment in example_lines():
        default = next((word.value for word in calls[name].keywords if word.arg == "default"), None)
        if isinstance(default, ast.Constant) and default.value != "" and str(default.value) != value:
            differing.append(name)
        if not isinstance(default, ast.Constant):
            assert "Default:" in comment or "default" in comment, f"{name} does not say its default"

    assert differing == []


def test_every_dependency_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = [re.split(r"[\[<>=~! ]", requirement)[0] for requirement in wanted]
    text = (ROOT / "docs/adr/0009-dependencies.md").read_text(encoding="utf-8")

    assert [name for name in names if f"| `{name}` |" not in text] == []
    assert [name for name in re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE) if name not in names] == []


def test_every_decision_is_listed():
    directory = ROOT / "docs/adr"
    listed = re.findall(r"\((\d{4}-[\w-]+\.md)\)", (directory / "README.md").read_text(encoding="utf-8"))

    assert listed == sorted(path.name for path in directory.glob("0*.md"))


def test_what_is_written_from_the_models_is_up_to_date(capsys):
    call_command("document_schema", "--check")

    assert capsys.readouterr().out == "The documents are up to date.\n"


def test_writing_twice_writes_the_same():
    assert data_model() == data_model()
    assert index_list() == index_list()


def test_a_document_that_is_out_of_date_is_named_with_what_to_run(tmp_path, settings):
    copy_of_documents(tmp_path)
    settings.BASE_DIR = tmp_path
    page = tmp_path / "docs/data-model.md"
    right = page.read_text(encoding="utf-8")
    page.write_text(right.replace("students", "pupils"), encoding="utf-8")

    with pytest.raises(CommandError) as error:
        call_command("document_schema", "--check")
    still_wrong = page.read_text(encoding="utf-8")
    call_command("document_schema", verbosity=0)

    assert str(error.value) == "Out of date: docs/data-model.md. Run: uv run manage.py document_schema"
    assert "pupils" in still_wrong
    assert page.read_text(encoding="utf-8") == right


def test_what_stands_around_the_list_of_indexes_is_kept(tmp_path):
    copy_of_documents(tmp_path)
    page = tmp_path / "docs/migrations.md"
    page.write_text("Before\n<!-- indexes:begin -->\nold\n<!-- indexes:end -->\nAfter\n", encoding="utf-8")

    text = outdated(tmp_path)[page]

    assert text.startswith("Before\n<!-- indexes:begin -->\n")
    assert text.endswith("<!-- indexes:end -->\nAfter\n")
    assert "`idx_students_search`" in text
    assert "\nold\n" not in text


def test_a_page_without_a_place_for_the_list_is_an_error(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/migrations.md").write_text("Nothing here", encoding="utf-8")

    with pytest.raises(DocumentationError, match="should hold the lines"):
        outdated(tmp_path)


def test_every_index_of_the_models_is_listed_with_a_question():
    indexes = {index.name: index for index in documented_indexes()}
    declared = {index.name for model in our_models() for index in model._meta.indexes}

    assert set(indexes) == declared
    assert len(indexes) >= 50
    assert indexes["idx_appointments_student"].columns == "student_id, scheduled_at DESC, status"
    assert indexes["idx_students_search"].method == "gin"
    assert indexes["idx_allergies_critical"].condition == "is_active AND severity = 'LIFE_THREATENING'"
    assert indexes["idx_vaccinations_due"].migration == "health.0004_performance_indexes"
    assert (
        indexes["idx_districts_active"].question == "Which districts are in operation? (filter of the districts page)"
    )


def test_the_categories_are_the_plans_ten():
    assert list(CATEGORIES) == [
        "Student-related",
        "User-related",
        "Medication-related",
        "Health records",
        "Appointments",
        "Incident reports",
        "Emergency contacts",
        "Audit logs",
        "Vaccinations",
        "Additional tables",
    ]


PROBE = """
from django.db import models


class Probe(models.Model):
    name = models.TextField()

    class Meta:
        app_label = "core"
        indexes = [
            # What is called so? (a question
            # on two lines)
            models.Index(fields=["name"], name="idx_probe_told"),
            models.Index(fields=["id"], name="idx_probe_silent"),
        ]
"""


@pytest.fixture
def probe(tmp_path, monkeypatch) -> Iterator[Callable[[str], type[models.Model]]]:
    """Make a model from source that stands in a file, as the questions are read from there."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(source: str) -> type[models.Model]:
        (tmp_path / "documentation_probe.py").write_text(source, encoding="utf-8")
        with isolate_apps("core"):
            return importlib.import_module("documentation_probe").Probe

    yield make
    sys.modules.pop("documentation_probe", None)


def test_a_question_is_the_whole_comment_above_the_index(probe):
    silent = '            models.Index(fields=["id"]'
    told = PROBE.replace(silent, f"            # Which?\n{silent}")

    assert index_questions(probe(told)) == {
        "idx_probe_told": "What is called so? (a question on two lines)",
        "idx_probe_silent": "Which?",
    }


def test_an_index_without_a_question_is_an_error(probe):
    with pytest.raises(MissingQuestionError, match="The index idx_probe_silent of Probe has no question"):
        index_questions(probe(PROBE))


def test_the_data_model_draws_relations_and_marks_health_information():
    text = (ROOT / "docs/data-model.md").read_text(encoding="utf-8")

    assert '    students ||--o{ health_records : "student_id, cascade"\n' in text
    assert '    users |o--o{ students : "nurse_id, set null"\n' in text
    assert "| `date_of_birth` | `date` |  |  | PHI | date of birth |\n" in text
    assert text.count("```mermaid") == 9
    for model in our_models():
        section = text.split(f"\n### {model._meta.db_table}\n")[1].split("\n## ")[0].split("\n### ")[0]
        columns = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
        assert columns == [field.column for field in model._meta.local_concrete_fields]


def copy_of_documents(target: Path) -> None:
    (target / "docs").mkdir()
    for name in ("docs/data-model.md", "docs/migrations.md", "docs/operations.md", "docs/configuration.md"):
        (target / name).write_bytes((ROOT / name).read_bytes())
