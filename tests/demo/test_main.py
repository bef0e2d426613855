"""The demo as a program: one line when ready, serves, goes when told to or when its starter is gone."""

import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def started(*arguments: str):
    command = [sys.executable, "-m", "demo", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_it_says_where_it_is_and_ends_on_sigterm(tmp_path):
    with started(str(tmp_path / "d"), "--today", "2026-11-23") as process:
        ready = json.loads(process.stdout.readline())
        with urlopen(f"{ready['url']}/forum/board-2-1.html") as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)

        assert process.wait(10) == 0

    assert ready["folder"] == str(tmp_path / "d")
    assert (tmp_path / "d" / "minsheng.yml").exists()


def test_it_ends_when_its_starter_closes_stdin(tmp_path):
    arguments = (str(tmp_path / "d"), "--now", "2026-11-23T17:30:00+08:00", "--until-stdin-closes")
    with started(*arguments) as process:
        process.stdout.readline()
        process.stdin.close()

        assert process.wait(10) == 0


def test_a_folder_in_use_is_refused_in_one_line(tmp_path):
    (tmp_path / "x").write_text("x")

    with started(str(tmp_path), "--now", "2026-11-23T17:30") as process:
        assert process.wait(20) == 1
        assert "not empty and not a demo city" in process.stderr.read()


@pytest.mark.parametrize("arguments", [[], ["--today", "tomorrow"], ["--today", "2026-11-23", "--now", "2026-11-23"]])
def test_the_day_must_be_said_once_and_be_a_day(tmp_path, arguments, capsys):
    from demo.__main__ import main

    with pytest.raises(SystemExit):
        main([str(tmp_path / "d"), *arguments])

    assert "usage" in capsys.readouterr().err
