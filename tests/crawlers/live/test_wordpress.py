"""Crawls of real WordPress with a real MariaDB, filled by its own functions and read as a visitor reads it.

Runs where ``MINSHENG_TEST_WORDPRESS`` names a folder with Debian's packages unpacked, or where ``REQUIRE`` names
``wordpress``: then they are downloaded and unpacked (not installed) into a folder of the test.
"""

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
UNPACKED = os.environ.get("MINSHENG_TEST_WORDPRESS")
WANTED = "wordpress" in os.environ.get("REQUIRE", "").split(",")
pytestmark = [
    pytest.mark.skipif(not (UNPACKED or WANTED), reason="WordPress is not unpacked; REQUIRE=wordpress does it"),
    pytest.mark.timeout(1200),  # downloads count
]
PACKAGES = (
    "wordpress", "wordpress-theme-twentytwentyone", "wordpress-theme-twentytwentythree", "php-getid3", "php8.2-cli",
    "php8.2-mysql", "php8.2-common", "mariadb-server-core", "libaio1", "liburing2", "libmariadb3",
)  # fmt: skip
EXTENSIONS = ("mysqlnd", "mysqli", "tokenizer", "ctype", "iconv", "fileinfo", "posix")
CONFIG = """<?php
define('DB_NAME', 'wp'); define('DB_USER', 'root'); define('DB_PASSWORD', ''); define('DB_HOST', 'localhost:@SOCKET@');
define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', ''); define('WP_HOME', '@URL@'); define('WP_SITEURL', '@URL@');
define('DISABLE_WP_CRON', true); define('WP_HTTP_BLOCK_EXTERNAL', true); $table_prefix = 'wp_';
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $k) { define($k . '_KEY', 'k'); define($k . '_SALT', 's'); }
if (!defined('ABSPATH')) { define('ABSPATH', __DIR__ . '/'); }
require_once ABSPATH . 'wp-settings.php';
"""
ROUTER = """<?php
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path !== '/' && is_file(__DIR__ . $path)) { return false; }
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
require __DIR__ . '/index.php';
"""
FILL = """<?php
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = 'localhost'; $_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
require __DIR__ . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
add_filter('pre_wp_mail', '__return_true');
wp_install('云溪', 'office', 'office@city.example', true, '', 'secret');
foreach (get_posts(['post_type' => ['post', 'page'], 'numberposts' => -1]) as $p) { wp_delete_post($p->ID, true); }
update_option('permalink_structure', '/%postname%/'); update_option('page_comments', 1);
update_option('comments_per_page', 50); update_option('thread_comments', 1); update_option('timezone_string', 'Asia/Shanghai');
flush_rewrite_rules();
function post($title, $name, $type) {
  return wp_insert_post(['post_title' => $title, 'post_name' => $name, 'post_type' => $type, 'post_status' => 'publish',
    'post_content' => '正文', 'comment_status' => 'open', 'post_author' => 1]);
}
function say($post, $text, $minute, $more = []) {
  $when = gmdate('Y-m-d H:i:s', 1772326800 + 60 * $minute);
  return wp_insert_comment($more + ['comment_post_ID' => $post, 'comment_author' => '@POSTER@', 'comment_content' => $text,
    'comment_author_email' => 'w@w.example', 'comment_date' => get_date_from_gmt($when), 'comment_date_gmt' => $when,
    'comment_approved' => 1, 'comment_type' => 'comment']);
}
$lamps = post('南门路灯 & 井盖', 'lamps', 'post'); $stop = post('公交站牌', 'stop', 'page'); post('通知', 'notice', 'post');
for ($i = 1; $i <= 120; $i++) { $last = say($lamps, "第{$i}条：路灯<strong>不亮</strong>", $i); if ($i == 1) { $first = $last; } }
say($lamps, "<blockquote>路灯不亮</blockquote>今天又坏一盏。", 121, ['comment_parent' => $first]);
say($lamps, '等待审核', 122, ['comment_approved' => 0]); say($lamps, '垃圾', 123, ['comment_approved' => 'spam']);
say($lamps, '转载', 124, ['comment_type' => 'pingback']); say($stop, '致电@PHONE@', 125);
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Debian's packages, unpacked."""
    if UNPACKED:
        return Path(UNPACKED)
    folder = tmp_path_factory.mktemp("wordpress")
    (folder / "packages").mkdir()
    subprocess.run(["apt-get", "download", *PACKAGES], cwd=folder / "packages", check=True)
    for package in (folder / "packages").glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, folder / "root"], check=True)
    return folder / "root"


class WordPress:
    """A running WordPress: ``do`` runs PHP inside it."""

    def __init__(self, root, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url, self.folder = f"http://127.0.0.1:{self.port}", folder
        self._environment = {**os.environ, "LD_LIBRARY_PATH": str(root / "usr/lib/x86_64-linux-gnu")}
        modules = next((root / "usr/lib/php").glob("20*"))
        self.php = [root / "usr/bin/php8.2", "-n", "-d", f"extension_dir={modules}", "-d", "memory_limit=256M"]
        self.php += [word for name in EXTENSIONS for word in ("-d", f"extension={name}")]
        self.files = folder / "site"
        shutil.copytree(root / "usr/share/wordpress", self.files, symlinks=True)
        self._write("wp-config.php", CONFIG)
        self._write("router.php", ROUTER)
        self._root = root

    def _write(self, name, text):
        values = {"@SOCKET@": str(self.folder / "sql.sock"), "@URL@": self.url, "@POSTER@": POSTER, "@PHONE@": PHONE}
        for word, value in values.items():
            text = text.replace(word, value)
        path = self.files / name
        path.unlink(missing_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, *command):
        done = subprocess.run(command, check=False, env=self._environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    def do(self, code):
        self._write("task.php", code)
        return self.run(*self.php, str(self.files / "task.php"))

    def database(self):
        data, share = self.folder / "sql", self._root / "usr/share/mysql"
        data.mkdir()
        common = ["--no-defaults", f"--datadir={data}", f"--character-sets-dir={share}/charsets"]
        common += [f"--lc-messages-dir={share}", "--user=root", "--innodb-buffer-pool-size=16M"]
        server = self._root / "usr/sbin/mariadbd"
        parts = ("mysql_system_tables.sql", "mysql_system_tables_data.sql")
        script = "CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n"
        script += "".join((share / part).read_text() for part in parts)
        subprocess.run(
            [server, *common, "--bootstrap", "--log-warnings=0"],
            input=script + "\nCREATE DATABASE wp;\n", env=self._environment, text=True, check=True, capture_output=True,
        )  # fmt: skip
        command = [server, *common, "--skip-networking", f"--socket={self.folder}/sql.sock", "--skip-grant-tables"]
        return self._start(command, (self.folder / "sql.sock").exists)

    def web(self):
        command = [*self.php, "-S", f"127.0.0.1:{self.port}", "-t", str(self.files), str(self.files / "router.php")]
        return self._start(command, self._answers)

    def _answers(self):
        try:
            return "User-agent" in httpx.get(f"{self.url}/robots.txt", trust_env=False, timeout=60).text
        except httpx.TransportError:
            return False

    def _start(self, command, is_up):
        log = (self.folder / "log.txt").open("a")
        process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)
        deadline = time.monotonic() + 240
        while not is_up():
            assert process.poll() is None, (self.folder / "log.txt").read_text()[-3000:]
            assert time.monotonic() < deadline, (self.folder / "log.txt").read_text()[-3000:]
            time.sleep(0.2)
        return process


@pytest.fixture(scope="module")
def blog(root, tmp_path_factory):
    running = WordPress(root, tmp_path_factory.mktemp("blog"))
    processes = [running.database()]
    try:
        running.do(FILL)
        processes.append(running.web())
        yield running
    finally:
        for process in processes:
            process.terminate()
            process.wait()


@pytest.fixture
def read(desk, blog):
    """Crawl the blog from a start page, now."""
    desk.now = datetime.now(UTC)

    def crawl(start):
        place = desk.source(SimpleNamespace(url=blog.url), start=start, engine="wordpress", list=None, thread=None)
        return desk.crawl(place)

    return crawl


def kept(folder):
    files = (file for file in folder.rglob("*") if file.is_file() and {"inbox", "state", "rejects"} & set(file.parts))
    return "\n".join(file.read_bytes().decode("utf-8", "replace") for file in files)


def test_by_rest_every_comment_is_read_and_later_only_the_post_with_new_ones(blog, read, desk, tmp_path):
    report = read("/wp-json/")
    first = desk.posts()
    blog.do("<?php require __DIR__ . '/wp-load.php'; wp_insert_comment(['comment_post_ID' => "
            "get_page_by_path('stop')->ID, 'comment_content' => '站牌换了。', 'comment_approved' => 1]);")  # fmt: skip
    again = read("/wp-json/")

    assert (report.outcome, report.posts, report.masked) == ("ok", 122, 1), report.detail
    assert {post.title for post in first} == {"南门路灯 & 井盖", "公交站牌"}
    lamps = sorted((post for post in first if post.thread == f"{blog.url}/lamps/"), key=lambda post: post.place)
    assert [post.text for post in lamps[:2]] == ["第1条：路灯不亮", "第2条：路灯不亮"]
    assert [post.place for post in lamps] == list(range(1, 122))
    assert lamps[0].published_at == datetime(2026, 3, 1, 1, 1, tzinfo=UTC)
    assert (lamps[-1].text, lamps[-1].reply_to) == ("今天又坏一盏。", lamps[0].id)
    assert (again.outcome, again.posts) == ("ok", 1)
    assert again.pages <= 5, "the list (two pages at most), the title and the comments of one post"
    assert POSTER not in kept(tmp_path)
    assert PHONE not in kept(tmp_path)


@pytest.mark.parametrize("theme", ["twentytwentyone", "twentytwentythree"])
def test_the_pages_of_a_theme_hold_the_same_comments(blog, read, desk, tmp_path, theme):
    blog.do(f"<?php require __DIR__ . '/wp-load.php'; switch_theme('{theme}');")

    report = read("/lamps/")

    assert (report.outcome, report.posts) == ("ok", 121), report.detail
    texts = {post.text for post in desk.posts()}
    assert texts == {f"第{k}条：路灯不亮" for k in range(1, 121)} | {"今天又坏一盏。"}
    assert {post.title for post in desk.posts()} == {"南门路灯 & 井盖"}
    reply = next(post for post in desk.posts() if post.text == "今天又坏一盏。")
    assert next(post for post in desk.posts() if post.id == reply.reply_to).text == "第1条：路灯不亮"
    assert POSTER not in kept(tmp_path)


@pytest.mark.parametrize("theme", ["twentytwentyone", "twentytwentythree"])
def test_the_front_page_of_a_theme_leads_to_its_posts(blog, read, theme):
    blog.do(f"<?php require __DIR__ . '/wp-load.php'; switch_theme('{theme}');")

    report = read("/")

    assert (report.outcome, report.posts) == ("ok", 121), report.detail


def test_the_feed_of_comments_holds_the_newest(read, desk, tmp_path):
    report = read("/comments/feed/")

    assert (report.outcome, report.posts) == ("ok", 10), report.detail
    assert "南门路灯 & 井盖" in {post.title for post in desk.posts()}
    assert POSTER not in kept(tmp_path)
