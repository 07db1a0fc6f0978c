"""
A plugin of pytest that lets MLflow's own tests of its REST protocol talk to another server: each test gets one of its own,
over an empty folder. The command stands in MILLRACE_SERVER, as a JSON list; it takes its port and folder from MILLRACE_PORT
and MILLRACE_STORE. The sources with the tests stand in MLFLOW_SOURCES.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import mlflow
import pytest
import requests

# Last: the client under test is the one that is installed, not the one beside the tests.
sys.path.append(os.environ["MLFLOW_SOURCES"])
COMMAND = json.loads(os.environ["MILLRACE_SERVER"])
REASONS = json.loads((Path(__file__).parent / "not-applicable.json").read_text())


class OtherServer:
    """Stands in the place of MLflow's own ServerThread: the same arguments, the same address."""

    def __init__(self, _app, port):
        self.port = port

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="millrace-mlflow-")
        environment = {**os.environ, "MILLRACE_PORT": str(self.port), "MILLRACE_STORE": self.folder}
        self.log = open(Path(self.folder) / "server.log", "w+")
        self.process = subprocess.Popen(
            COMMAND, env=environment, stdout=self.log, stderr=self.log, start_new_session=True
        )
        url = f"http://127.0.0.1:{self.port}"
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if requests.get(f"{url}/healthz", timeout=5).ok:
                    return url
            except requests.ConnectionError:
                time.sleep(0.02)
        self.log.seek(0)
        said = self.log.read()
        self.__exit__()
        raise RuntimeError(f"Cannot start {shlex.join(COMMAND)}: {said}")

    def __exit__(self, *_):
        # The whole group: the server may have started others.
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def pytest_sessionstart(session):
    from mlflow.server import handlers
    from tests.tracking import integration_test_utils

    integration_test_utils.ServerThread = OtherServer
    # Nobody asks the stores that tests make for MLflow's server, and to make them takes seconds.
    handlers.initialize_backend_stores = lambda *_, **__: None


def pytest_collection_modifyitems(config, items):
    wanted, others = [], []
    for item in items:
        # Of the stores of MLflow's server that a test is run with, one is enough: the other server has its own.
        others.append(item) if "file" in parameters(item) else wanted.append(item)
    items[:] = wanted
    config.hook.pytest_deselected(items=others)
    for item in wanted:
        reason = reason_of(item)
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=reason))


def parameters(item):
    return item.callspec.params.values() if hasattr(item, "callspec") else []


def reason_of(item):
    """Why a test says nothing of another server."""
    name = item.originalname or item.name
    for one in REASONS.values():
        if one.get("fixture") in item.fixturenames or any(re.fullmatch(pattern, name) for pattern in one["tests"]):
            return one["why"]
    return None


@pytest.fixture
def db_uri(tmp_path):
    """What the fixtures of MLflow's whole suite give: the address of a database, which nobody opens here."""
    return f"sqlite:///{tmp_path}/mlflow.db"


@pytest.fixture(autouse=True)
def _fresh_client(monkeypatch):
    """What a test leaves in the client is nothing for the next one, nor does a mistake of the server keep it for minutes."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID", raising=False)
    mlflow.set_tracking_uri(None)
    mlflow.set_registry_uri(None)
    yield
    from mlflow.tracking import fluent

    fluent._active_experiment_id = None
    while mlflow.active_run() is not None:
        mlflow.end_run()


def pytest_terminal_summary(terminalreporter):
    def short(report):
        return report.nodeid.split("::", 1)[1]

    by_reason = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        by_reason.setdefault(reason.removeprefix("Skipped: "), []).append(short(report))
    if by_reason:
        terminalreporter.section("not applicable")
    for reason, names in by_reason.items():
        terminalreporter.write_line(f"{len(names)}: {reason}")
        for name in names:
            terminalreporter.write_line(f"    {name}")
