import pytest
from pydantic import Field

from minsheng.errors import ConfigError
from minsheng.strict import Strict, read_all, read_yaml


class Inner(Strict):
    colour: str
    size: int = Field(1, ge=1)


class Outer(Strict):
    name: str
    parts: tuple[Inner, ...] = ()


def write(tmp_path, text, name="a.yml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_becomes_a_value(tmp_path):
    path = write(tmp_path, "name: x\nparts:\n  - colour: red\n    size: 2\n")

    assert read_yaml(path, Outer) == Outer(name="x", parts=(Inner(colour="red", size=2),))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: x\nparts:\n  - colour: red\n    sise: 2\n", r"a\.yml:4: parts\.0\.sise: unknown key 'sise'; did you mean 'size'"),
        ("name: x\nparts:\n  - colour: red\n    size: 0\n", r"a\.yml:4: parts\.0\.size: .*greater.*got 0"),
        ("name: x\nparts:\n  - size: 3\n", r"a\.yml:3: parts\.0\.colour: is missing"),
        ("name: x\nname: y\n", r"a\.yml:2: name: this key stands here twice"),
        ("name: [x\n", r"a\.yml: not valid YAML"),
        ("- 1\n", r"a\.yml:1: file: "),
        ("zzzzz: 1\nname: x\n", r"a\.yml:1: zzzzz: unknown key 'zzzzz'; known: name, parts"),
    ],
)  # fmt: skip
def test_an_error_names_file_line_and_key(tmp_path, text, message):
    path = write(tmp_path, text)

    with pytest.raises(ConfigError, match=message):
        read_yaml(path, Outer)


def test_every_problem_of_a_file_is_told_at_once(tmp_path):
    path = write(tmp_path, "parts:\n  - size: 0\n")

    with pytest.raises(ConfigError) as caught:
        read_yaml(path, Outer)

    assert str(caught.value).count("\n") == 2


def test_a_file_that_is_not_utf8_is_an_error_with_its_name(tmp_path):
    path = tmp_path / "b.yml"
    path.write_bytes("name: 中".encode("gb18030"))

    with pytest.raises(ConfigError, match=r"b\.yml: cannot be read as UTF-8"):
        read_yaml(path, Outer)


def test_a_folder_is_read_in_name_order_with_both_endings(tmp_path):
    write(tmp_path, "name: two\n", "b.yaml")
    write(tmp_path, "name: one\n", "a.yml")
    write(tmp_path, "junk", ".hidden.yml")
    write(tmp_path, "junk", "notes.txt")

    assert [value.name for _, value in read_all(tmp_path, Outer)] == ["one", "two"]
    assert read_all(tmp_path / "nowhere", Outer) == []
