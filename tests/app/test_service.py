import json
import re
import signal
import socket
import time
import urllib.request

import pytest

from app.bootstrap import Office
from app.service import PortTaken, serve


def address_of(process, log, seconds=60):
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text(encoding="utf-8") if log.exists() else "")
        if found:
            return found[0]
        assert process.poll() is None, log.read_text(encoding="utf-8")
        time.sleep(0.1)
    raise AssertionError("no address in time")


def test_the_console_answers_until_sigterm(spawn, deployment):
    process = spawn("serve")

    url = address_of(process, deployment / "log.txt")
    health = json.loads(urllib.request.urlopen(f"{url}/healthz").read())
    process.send_signal(signal.SIGTERM)

    assert health["status"] == "ok"
    assert process.wait(timeout=30) == 0


def test_a_second_service_on_a_deployment_is_refused(spawn, deployment, minsheng):
    first = spawn("run")
    address_of(first, deployment / "log.txt")

    second = minsheng("run", code=2)
    first.send_signal(signal.SIGTERM)

    assert "the service already runs on this deployment" in second.stderr
    assert first.wait(timeout=60) == 0


def test_a_port_that_is_taken_is_named_with_what_to_do(deployment):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        with pytest.raises(PortTaken, match="console.port"):
            serve(Office(deployment, {}), taken.getsockname()[1])
