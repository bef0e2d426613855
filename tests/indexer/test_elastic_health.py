"""What the doctor says of a cluster."""

import pytest
from pydantic import SecretStr

from indexer.elastic import ElasticIndex
from indexer.elastic_access import Connection
from indexer.elastic_health import examine, examine_cluster
from indexer.elastic_migration import prepare
from minsheng.errors import IndexUnavailable
from minsheng.settings import ElasticSettings

pytestmark = pytest.mark.external_service


@pytest.fixture
def troubles(elastic_url, elastic_prefix):
    """Say what is wrong, but for disks: how full those are is not ours."""

    def ask(**settings):
        found = examine_cluster(f"elasticsearch:{elastic_url}/{elastic_prefix}", ElasticSettings(**settings))[1]
        return [trouble for trouble in found if "watermark" not in trouble]

    return ask


def test_nothing_is_wrong_with_a_cluster_that_was_just_set_up(open_elastic, troubles, make_labelled):
    open_elastic().add([make_labelled()])

    assert troubles() == []


def test_what_is_not_set_up_is_said_with_the_command(troubles):
    with pytest.raises(IndexUnavailable, match="is not there; run `minsheng index setup`"):
        troubles()


def test_copies_that_no_node_holds_are_named_with_what_to_mend(elastic_url, elastic_prefix, troubles):
    connection = Connection((elastic_url,), elastic_prefix, ElasticSettings())
    prepare(connection, elastic_prefix, ElasticSettings(replicas=1))
    connection.close()

    assert [
        t for t in troubles(replicas=1) if t.startswith("status yellow, some copies are missing: 1 shards are on no")
    ]
    assert any("have not 0 replicas as set; run `minsheng index setup`" in trouble for trouble in troubles(replicas=0))


def test_a_lost_alias_and_a_stopped_migration_are_named(open_elastic, elastic_client, elastic_prefix, troubles):
    open_elastic()
    shelf = f"{elastic_prefix}-posts-g1-1999"
    elastic_client.indices.delete_alias(index=shelf, name=f"{shelf}-write")
    elastic_client.indices.put_settings(index=shelf, settings={"index.blocks.write": True})

    found = troubles()

    assert found[0] == f"{shelf} has no alias {shelf}-write; run `minsheng index setup`"
    assert found[1].startswith(f"{shelf} is closed to writers: a migration was stopped")


@pytest.mark.elasticsearch_tls
def test_rights_that_lack_are_named_and_the_role_of_the_docs_has_all(secured, tls_prefix):
    office, reader = (Connection((secured.url,), tls_prefix, login) for login in (secured.office, secured.reader))

    enough, too_few = (examine(each, tls_prefix, secured.office)[1] for each in (office, reader))

    assert [trouble for trouble in enough if "watermark" not in trouble] == []
    assert [trouble for trouble in too_few if "watermark" not in trouble] == [
        "the user reader lacks the rights create_index, write; docs/operate.md has the role"
    ]
    office.close()
    reader.close()


@pytest.mark.elasticsearch_tls
def test_a_certificate_that_nobody_vouches_for_and_a_wrong_password_are_told_apart(secured, tls_prefix):
    strange = secured.office.model_copy(update={"ca_file": None})
    wrong = secured.office.model_copy(update={"password": SecretStr("wrong")})

    with pytest.raises(IndexUnavailable, match="certificate is not trusted .*elasticsearch.ca_file"):
        ElasticIndex(secured.url, tls_prefix, strange)
    with pytest.raises(IndexUnavailable, match="does not know this login"):
        ElasticIndex(secured.url, tls_prefix, wrong)


@pytest.mark.elasticsearch_tls
def test_who_may_not_make_indices_is_told_who_must(secured):
    with pytest.raises(IndexUnavailable, match="may not make it; run `minsheng index setup` once as a user who may"):
        ElasticIndex(secured.url, "test-not-set-up", secured.office)
