"""The city of a fixed moment, its server, and a folder with its deployment; built once."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from demo.city import City, build_city
from demo.content import ProjectContent, load_content
from demo.deployment import write_deployment
from demo.server import CityServer, running
from demo.site import Site
from minsheng.domain import BEIJING

CITY_NOW = datetime(2026, 11, 23, 17, 30, tzinfo=BEIJING)


@pytest.fixture(scope="session")
def pages() -> tuple[ProjectContent, ...]:
    return load_content()


@pytest.fixture(scope="session")
def city(pages) -> City:
    return build_city(pages, CITY_NOW)


@pytest.fixture
def server(city) -> Iterator[CityServer]:
    with running(0, partial(Site, city)) as started:
        yield started


@pytest.fixture
def deployment(tmp_path: Path, city: City, server: CityServer) -> Path:
    folder = tmp_path / "jianglin"
    write_deployment(folder, city, server.url)
    return folder
