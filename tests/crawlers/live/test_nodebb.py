"""A crawl of real NodeBB with a real Redis, filled by its own functions and read as a visitor reads it.

Runs where ``MINSHENG_TEST_NODEBB`` names a folder with ``node_modules/nodebb`` (npm) and ``root`` (Debian's redis-server,
unpacked), or where ``REQUIRE`` names ``nodebb``: then both are fetched into a folder of the test. npm holds NodeBB 1.4.0,
of 2017; later ones are not published there.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

POSTER, PHONE = "王小明的昵称", "13812345678"
FETCHED = os.environ.get("MINSHENG_TEST_NODEBB")
WANTED = "nodebb" in os.environ.get("REQUIRE", "").split(",")
pytestmark = [
    pytest.mark.skipif(not (FETCHED or WANTED), reason="NodeBB is not installed; REQUIRE=nodebb fetches it"),
    pytest.mark.timeout(1500),  # downloads count
]
PACKAGES = (
    "redis-server",
    "redis-tools",
    "libatomic1",
    "libjemalloc2",
    "liblua5.1-0",
    "liblzf1",
    "lua-bitop",
    "lua-cjson",
)
# These two fetch pictures from their makers' site when they start.
NO_PLUGINS = ("nodebb-plugin-emoji-one", "nodebb-plugin-emoji-extended")
START = """\
var nconf = require('nconf'), path = require('path'), async = require('async');
nconf.file({file: path.join(__dirname, 'config.json')});
nconf.defaults({
  base_dir: __dirname, themes_path: path.join(__dirname, 'node_modules'), version: '1.4.0',
  views_dir: path.join(__dirname, 'public/templates'), upload_path: 'public/uploads'
});
nconf.set('relative_path', ''); nconf.set('upload_url', '/uploads/');
var db = require('./src/database'), made = {};
function inside(steps) {
  async.waterfall([
    function (next) { db.init(next); },
    function (next) { require('./src/meta').configs.init(next); },
    function (next) { require('./src/plugins').init(null, null, function (error) { next(error); }); }
  ].concat(steps), function (error) {
    if (error) { console.error(error); }
    console.log(JSON.stringify(made)); process.exit(error ? 1 : 0);
  });
}
"""
FILL = """\
inside([
  function (next) {
    var rules = {postDelay: 0, initialPostDelay: 0, newbiePostDelay: 0, minimumPostLength: 1, usePagination: 1};
    require('./src/meta').configs.setMultiple(rules, next);
  },
  function (next) { require('./src/user').create({username: '@POSTER@'}, next); },
  function (uid, next) {
    made.uid = uid;
    async.timesSeries(25, function (n, done) {
      var topic = {uid: uid, cid: 2, title: '路灯 ' + n, content: '第' + n + '条：路灯**不亮**'};
      require('./src/topics').post(topic, done);
    }, next);
  },
  function (list, next) {
    made.tid = list[0].topicData.tid; made.pid = list[0].postData.pid; made.other = list[1].topicData.tid;
    async.timesSeries(45, function (n, done) {
      var text = n === 3 ? '@@POSTER@ 致电@PHONE@' : '回复' + n;
      var post = {uid: made.uid, tid: made.tid, content: text, toPid: n === 3 ? made.pid : undefined};
      require('./src/topics').reply(post, done);
    }, next);
  },
  function (list, next) { made.reply = list[3].pid; require('./src/posts').delete(list[7].pid, made.uid, next); },
  function (post, next) { require('./src/topics').delete(made.other, made.uid, next); }
]);
"""
ANSWER = """\
inside([function (next) {
  require('./src/topics').reply({uid: @UID@, tid: @TID@, content: '修好了。'}, next);
}]);
"""


@pytest.fixture(scope="module")
def fetched(tmp_path_factory):
    """NodeBB from npm and Redis from Debian, unpacked, not installed."""
    if FETCHED:
        return Path(FETCHED)
    folder = tmp_path_factory.mktemp("nodebb")
    (folder / "package.json").write_text('{"name": "forum", "version": "1.0.0"}')
    command = ["npm", "install", "nodebb@1.4.0", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    (folder / "packages").mkdir()
    subprocess.run(["apt-get", "download", *PACKAGES], cwd=folder / "packages", check=True, capture_output=True)
    for package in (folder / "packages").glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, folder / "root"], check=True)
    return folder


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Forum:
    """A running NodeBB: ``do`` runs JavaScript inside it."""

    def __init__(self, fetched, folder):
        self.folder, self._root = folder, fetched / "root"
        self.port, self._database = free_port(), free_port()
        self.url, self.files = f"http://127.0.0.1:{self.port}", folder / "nodebb"
        shutil.copytree(fetched / "node_modules/nodebb", self.files, ignore=shutil.ignore_patterns("node_modules"))
        (self.files / "node_modules").symlink_to(fetched / "node_modules")
        for name in ("sounds", "files", "system", "category", "profile"):
            (self.files / "public/uploads" / name).mkdir(parents=True, exist_ok=True)
        self._libraries = {**os.environ, "LD_LIBRARY_PATH": str(self._root / "usr/lib/x86_64-linux-gnu")}

    def database(self):
        command = [self._root / "usr/bin/redis-server", "--port", str(self._database), "--bind", "127.0.0.1"]
        command += ["--dir", str(self.folder), "--save", ""]
        return self._start(command, self._libraries, lambda: "PONG" in self._redis("ping"))

    def set_up(self):
        answers = {"url": self.url, "secret": "s", "database": "redis", "redis:host": "127.0.0.1"}
        answers |= {"redis:port": self._database, "redis:password": "", "redis:database": "0"}
        answers |= {"admin:username": "office", "admin:email": "office@city.example"}
        answers |= dict.fromkeys(("admin:password", "admin:password:confirm"), "Secret-1234")
        self._node("app.js", f"--setup={json.dumps(answers)}")
        self._redis("zrem", "plugins:active", *NO_PLUGINS)
        config = json.loads((self.files / "config.json").read_text())
        (self.files / "config.json").write_text(json.dumps(config | {"port": self.port, "bind_address": "127.0.0.1"}))

    def do(self, script, **values):
        for name, value in {"poster": POSTER, "phone": PHONE, **values}.items():
            script = script.replace(f"@{name.upper()}@", str(value))
        (self.files / "task.js").write_text(START + script, encoding="utf-8")
        return json.loads(self._node("task.js").strip().split("\n")[-1])

    def open(self):
        self._web = self._start(["node", "app.js"], os.environ, self._answers)

    def close(self):
        self._web.terminate()
        self._web.wait()

    def _node(self, *command):
        done = subprocess.run(
            ["node", *command], cwd=self.files, capture_output=True, text=True, check=False, timeout=600
        )
        assert done.returncode == 0, f"{done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    def _redis(self, *command):
        client = [self._root / "usr/bin/redis-cli", "-p", str(self._database), *command]
        return subprocess.run(client, env=self._libraries, capture_output=True, text=True, check=False).stdout

    def _answers(self):
        try:
            return httpx.get(f"{self.url}/api/recent", trust_env=False, timeout=60).status_code == 200
        except httpx.TransportError:
            return False

    def _start(self, command, environment, is_up):
        log = (self.folder / "log.txt").open("a")
        process = subprocess.Popen(command, cwd=self.files, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + 240
        while not is_up():
            assert process.poll() is None, (self.folder / "log.txt").read_text()[-3000:]
            assert time.monotonic() < deadline, (self.folder / "log.txt").read_text()[-3000:]
            time.sleep(0.2)
        return process


@pytest.fixture(scope="module")
def forum(fetched, tmp_path_factory):
    running = Forum(fetched, tmp_path_factory.mktemp("forum"))
    database = running.database()
    try:
        running.set_up()
        running.made = running.do(FILL)
        running.open()
        yield running
        running.close()
    finally:
        database.terminate()
        database.wait()


@pytest.fixture
def read(desk, forum):
    """Crawl the forum from a start page, now."""
    desk.now = datetime.now(UTC)

    def crawl(start):
        place = desk.source(SimpleNamespace(url=forum.url), start=start, engine="nodebb", list=None, thread=None)
        return desk.crawl(place)

    return crawl


def kept(folder):
    files = (file for file in folder.rglob("*") if file.is_file() and {"inbox", "state", "rejects"} & set(file.parts))
    return "\n".join(file.read_bytes().decode("utf-8", "replace") for file in files)


def test_a_category_is_read_whole_and_later_only_the_topic_with_a_new_post(forum, read, desk, tmp_path):
    report = read("/category/2/general-discussion")
    first = {post.id: post for post in desk.posts()}
    forum.close()  # it remembers what it has read, and would not see what another process adds
    forum.do(ANSWER, uid=forum.made["uid"], tid=forum.made["tid"])
    forum.open()
    again = read("/category/2/general-discussion")
    quiet = read("/category/2/general-discussion")

    assert (report.outcome, report.posts, report.masked) == ("ok", 24 + 44 + 1, 1), report.detail
    topic = [post for post in first.values() if post.title == "路灯 0"]
    assert sorted(post.place for post in topic) == [place for place in range(1, 47) if place != 9]
    reply = first[f"forum:{forum.made['reply']}"]
    assert (reply.text.strip(), reply.reply_to) == ("致电[电话]", f"forum:{forum.made['pid']}")
    assert first[f"forum:{forum.made['pid']}"].text == "第0条：路灯不亮"
    assert "路灯 1" not in {post.title for post in first.values()}, "its topic was deleted"
    assert (again.outcome, again.posts) == ("ok", 1)
    assert (quiet.outcome, quiet.posts, quiet.pages) == ("ok", 0, 1)
    assert POSTER not in kept(tmp_path)
    assert PHONE not in kept(tmp_path)


def test_the_front_page_leads_to_the_recent_topics(read):
    report = read("/")

    assert report.outcome == "ok", report.detail
    assert report.posts >= 24


def test_a_category_without_topics_is_empty(read):
    assert read("/category/3/empty").outcome == "empty"
