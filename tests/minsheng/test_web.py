import pytest

from minsheng.web import is_listed


@pytest.mark.parametrize(
    ("entry", "url", "listed"),
    [
        ("bbs.example", "https://bbs.example/t/1", True),
        ("bbs.example", "https://old.bbs.example/t/1", True),
        ("bbs.example", "https://notbbs.example/t/1", False),
        ("BBS.example", "https://bbs.EXAMPLE:8080/", True),
        ("bbs.example:8080", "https://bbs.example:8080/x", True),
        ("bbs.example:8080", "https://bbs.example/x", False),
        ("https://bbs.example/forum-2", "http://bbs.example/forum-2-1.html", True),
        ("bbs.example/forum-2", "http://bbs.example/forum-3-1.html", False),
        ("bbs.example/f?fid=2", "http://bbs.example/f?fid=2&page=3", True),
        ("bbs.example/", "https://bbs.example", True),
        ("bbs.example", "https://user@bbs.example/x", True),
        ("", "https://bbs.example/", False),
        ("bbs.example", "", False),
        ("bbs.example", "https://[broken", False),
    ],
)
def test_hosts_and_prefixes_of_addresses(entry, url, listed):
    assert is_listed(url, ["other.example", entry]) is listed
