from minsheng.files import write_whole


def test_a_file_is_replaced_whole_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "report.json"

    write_whole(path, b"old")
    write_whole(path, b"new")

    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]
    assert path.read_bytes() == b"new"


def test_a_draft_left_by_a_crash_is_written_over(tmp_path):
    (tmp_path / ".report.json.draft").write_bytes(b"a much longer half-written text")

    write_whole(tmp_path / "report.json", b"new")

    assert (tmp_path / "report.json").read_bytes() == b"new"
    assert len(list(tmp_path.iterdir())) == 1
