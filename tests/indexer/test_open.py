"""The setting `index` and what it opens."""

import pytest
from pydantic import SecretStr

from indexer.memory import MemoryIndex
from indexer.open import cluster_of, open_index
from indexer.sqlite import SqliteIndex
from minsheng.errors import ConfigError, IndexUnavailable
from minsheng.settings import ElasticSettings


@pytest.mark.parametrize(
    ("setting", "file"),
    [("sqlite", "index.sqlite"), ("sqlite:other.db", "other.db"), ("sqlite:deep/a:b.sqlite", "deep/a:b.sqlite")],
)
def test_sqlite_lies_in_the_run_time_folder(tmp_path, setting, file):
    index = open_index(setting, tmp_path)

    assert isinstance(index, SqliteIndex)
    assert (tmp_path / file).is_file()
    index.close()


def test_an_absolute_path_is_taken_as_it_is(tmp_path):
    open_index(f"sqlite:{tmp_path}/elsewhere.sqlite", tmp_path / "var").close()

    assert (tmp_path / "elsewhere.sqlite").is_file()
    assert not (tmp_path / "var").exists()


def test_memory_opens_without_a_file(tmp_path):
    assert isinstance(open_index("memory", tmp_path), MemoryIndex)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "setting", ["", "sqlite:", "memory:x", "redis", "redis:x", "elasticsearch", "elasticsearch:", "SQLite"]
)
def test_an_unknown_setting_is_an_error_that_names_the_known_ones(tmp_path, setting):
    with pytest.raises(ConfigError, match="names no index; known: sqlite, sqlite:PATH, memory, elasticsearch:URL"):
        open_index(setting, tmp_path)


@pytest.mark.parametrize(
    "url", ["host", "ftp://host:9200", "http://host", "http://host:x", "http://h:9200/A", "http://h:9200?a"]
)
def test_an_address_of_elasticsearch_must_be_whole(tmp_path, url):
    with pytest.raises(ConfigError, match="elasticsearch wants http://host:port"):
        open_index(f"elasticsearch:{url}", tmp_path)


def test_an_elasticsearch_that_does_not_answer_is_unavailable_and_its_password_is_not_shown(tmp_path, caplog):
    settings = ElasticSettings(username="user", password=SecretStr("secret"), patience_seconds=0.1)
    with pytest.raises(
        IndexUnavailable, match="index 127.0.0.1/minsheng-posts: Elasticsearch does not answer"
    ) as caught:
        open_index("elasticsearch:http://127.0.0.1:9", tmp_path, settings)

    assert "secret" not in f"{caught.value} {settings!r} {caplog.text}"


def test_a_password_in_the_address_is_refused_without_showing_it(tmp_path):
    with pytest.raises(ConfigError, match="MINSHENG_ELASTICSEARCH__PASSWORD") as caught:
        open_index("elasticsearch:http://user:secret@127.0.0.1:9200", tmp_path)

    assert "secret" not in str(caught.value)


def test_several_nodes_have_one_prefix():
    setting = "elasticsearch:https://a.example:9200,https://b.example:9200/office"

    assert cluster_of(setting) == (("https://a.example:9200", "https://b.example:9200"), "office")
    with pytest.raises(ConfigError, match="behind the last address"):
        cluster_of("elasticsearch:https://a.example:9200/office,https://b.example:9200")


def test_a_file_of_certificates_that_is_none_is_an_error_that_names_it(tmp_path):
    (tmp_path / "ca.pem").write_text("nothing")

    with pytest.raises(ConfigError, match=r"elasticsearch.ca_file: .*ca.pem: cannot be read as certificates"):
        open_index("elasticsearch:https://127.0.0.1:9", tmp_path, ElasticSettings(ca_file=tmp_path / "ca.pem"))
