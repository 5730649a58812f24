"""A secret may be in a file that the environment names, and what is unclear about that is an error."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from whitecross.environment import StrictEnvironment


def read(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    """The secret A_SECRET as an environment with these variables has it."""
    for name in ("A_SECRET", "A_SECRET_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, text in environment.items():
        monkeypatch.setenv(name, text)
    return StrictEnvironment().secret("A_SECRET", default="the default")


def test_it_is_read_from_the_variable_or_the_file_or_is_the_default(monkeypatch, tmp_path):
    file = tmp_path / "secret"
    file.write_text("pass=word $x\n", encoding="utf-8")

    assert read(monkeypatch) == "the default"
    assert read(monkeypatch, A_SECRET="plain") == "plain"
    assert read(monkeypatch, A_SECRET_FILE=str(file)) == "pass=word $x"
    assert read(monkeypatch, A_SECRET="", A_SECRET_FILE=str(file)) == "pass=word $x"


def test_both_are_an_error_that_shows_neither(monkeypatch, tmp_path):
    file = tmp_path / "secret"
    file.write_text("one", encoding="utf-8")

    with pytest.raises(
        ImproperlyConfigured, match=r"^A_SECRET and A_SECRET_FILE are both set\. Leave one of them out\.$"
    ):
        read(monkeypatch, A_SECRET="two", A_SECRET_FILE=str(file))


@pytest.mark.parametrize("content", [b"", b"\n", b"  \n", b"one\ntwo\n", b"\xff\xfe"])
def test_a_file_that_is_not_one_line_of_text_is_an_error_that_shows_nothing_of_it(monkeypatch, tmp_path, content):
    file = tmp_path / "secret"
    file.write_bytes(content)

    with pytest.raises(ImproperlyConfigured, match="A_SECRET_FILE names") as error:
        read(monkeypatch, A_SECRET_FILE=str(file))
    assert "two" not in str(error.value)


def test_a_file_that_is_not_there_is_an_error(monkeypatch, tmp_path):
    with pytest.raises(ImproperlyConfigured, match="cannot be read: No such file or directory"):
        read(monkeypatch, A_SECRET_FILE=str(tmp_path / "nothing"))


def test_networks_are_read_strictly(monkeypatch):
    monkeypatch.setenv("SOME_NETWORKS", "10.0.0.7, 172.16.0.0/12,::1")
    assert [str(network) for network in StrictEnvironment().networks("SOME_NETWORKS", default="")] == [
        "10.0.0.7/32",
        "172.16.0.0/12",
        "::1/128",
    ]
    monkeypatch.setenv("SOME_NETWORKS", "everywhere")
    with pytest.raises(ImproperlyConfigured, match="SOME_NETWORKS should be addresses or networks"):
        StrictEnvironment().networks("SOME_NETWORKS", default="")
