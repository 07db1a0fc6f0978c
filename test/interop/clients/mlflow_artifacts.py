"""MLflow's own clients of artifacts. Arguments: host:port of a server, size of a file that is sent in parts."""

import hashlib
import os
import sys
import tempfile
from pathlib import Path

import mlflow
import pandas as pd
from checks import refused, run
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts, list_artifacts, load_dict, load_text
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

# A check that fails must not try for minutes.
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "1"
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
mlflow.set_tracking_uri(f"http://{sys.argv[1]}")
client = MlflowClient()
folder = Path(tempfile.mkdtemp())


def started():
    return client.create_run("0").info.run_id


def listed(run_id, path=None):
    return [(one.path, one.is_dir, one.file_size) for one in client.list_artifacts(run_id, path)]


def content(run_id, path):
    return Path(client.download_artifacts(run_id, path)).read_bytes()


def logs_a_file():
    (folder / "plain.txt").write_bytes(b"hello")
    with mlflow.start_run() as active:
        mlflow.log_artifact(str(folder / "plain.txt"))
        mlflow.log_artifact(str(folder / "plain.txt"), "dir/deep")
        assert mlflow.get_artifact_uri("dir").endswith(f"/{active.info.run_id}/artifacts/dir")
    run_id = active.info.run_id
    assert listed(run_id) == [("dir", True, None), ("plain.txt", False, 5)], listed(run_id)
    assert listed(run_id, "dir") == [("dir/deep", True, None)]
    assert listed(run_id, "dir/deep") == [("dir/deep/plain.txt", False, 5)]
    assert listed(run_id, "plain.txt") == [] and listed(run_id, "nothing") == []
    assert content(run_id, "plain.txt") == content(run_id, "dir/deep/plain.txt") == b"hello"
    assert load_text(f"runs:/{run_id}/plain.txt") == "hello"


def logs_a_folder():
    run_id = started()
    files = {"a.txt": b"a", "b/c.bin": bytes(range(256)), "b/d/e.json": b"{}", "b/d/MLmodel": b"flavors: {}"}
    for path, data in files.items():
        (folder / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "tree" / path).write_bytes(data)
    client.log_artifacts(run_id, str(folder / "tree"))
    client.log_artifacts(run_id, str(folder / "tree"), "below/here")
    assert listed(run_id) == [("a.txt", False, 1), ("b", True, None), ("below", True, None)], listed(run_id)
    assert [path for path, *_ in listed(run_id, "below/here/b/d")] == [
        "below/here/b/d/MLmodel",
        "below/here/b/d/e.json",
    ]
    for prefix in ["", "below/here"]:
        target = Path(tempfile.mkdtemp())
        got = Path(download_artifacts(run_id=run_id, artifact_path=prefix or None, dst_path=str(target)))
        for path, data in files.items():
            assert (got / path).read_bytes() == data, path
    uris = list_artifacts(artifact_uri=f"runs:/{run_id}/b")
    assert [one.path for one in uris] == ["b/c.bin", "b/d"] or [one.path for one in uris] == ["c.bin", "d"], uris


def logs_text_dicts_and_tables():
    with mlflow.start_run() as active:
        mlflow.log_text("größe", "notes/größe.txt")
        mlflow.log_dict({"a": [1, 2.5, None]}, "conf/a.json")
        mlflow.log_dict({"b": "x"}, "conf/b.yaml")
        mlflow.log_table(pd.DataFrame({"x": [1, 2]}), "tables/t.json")
        mlflow.log_table(pd.DataFrame({"x": [3]}), "tables/t.json")
    run_id = active.info.run_id
    uri = f"runs:/{run_id}"
    assert load_text(f"{uri}/notes/größe.txt") == "größe"
    assert load_dict(f"{uri}/conf/a.json") == {"a": [1, 2.5, None]}
    assert "b: x" in load_text(f"{uri}/conf/b.yaml")
    table = mlflow.load_table("tables/t.json", run_ids=[run_id])
    assert table["x"].tolist() == [1, 2, 3], table


def keeps_names_of_any_language():
    run_id = started()
    names = ["größe und maß.txt", "日本語.txt", "100%.txt", "a+b&c=d.txt", "it's (1), x;y.txt", "~tilde@at.txt", "🙂"]
    for name in names:
        (folder / name).write_text(name)
        client.log_artifact(run_id, str(folder / name), "ordner für alles")
    assert sorted(path for path, *_ in listed(run_id, "ordner für alles")) == sorted(
        f"ordner für alles/{name}" for name in names
    ), listed(run_id, "ordner für alles")
    for name in names:
        assert content(run_id, f"ordner für alles/{name}").decode() == name, name


def overwrites():
    run_id = started()
    for text in ["first", "second, and longer"]:
        client.log_text(run_id, text, "x.txt")
    assert content(run_id, "x.txt") == b"second, and longer"
    assert listed(run_id) == [("x.txt", False, 18)]


def logs_empty_and_large_files():
    run_id = started()
    (folder / "empty.bin").write_bytes(b"")
    data = os.urandom(1 << 20) * 40
    (folder / "large.bin").write_bytes(data)
    for name in ["empty.bin", "large.bin"]:
        client.log_artifact(run_id, str(folder / name))
    assert listed(run_id) == [("empty.bin", False, 0), ("large.bin", False, len(data))]
    assert content(run_id, "empty.bin") == b"" and content(run_id, "large.bin") == data


def sends_a_file_in_parts():
    run_id = started()
    changed = {
        "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD": "true",
        "MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE": "5242880",
        "MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE": str(10 * 1024 * 1024),
    }
    os.environ.update(changed)
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 500_000_000
    file = folder / "parts.bin"
    try:
        with open(file, "wb") as to:
            piece = os.urandom(1_000_000)
            for place in range(size // len(piece)):
                to.write(place.to_bytes(8, "big") + piece[8:])
        client.log_artifact(run_id, str(file), "dir")
    finally:
        for name in changed:
            del os.environ[name]
    assert listed(run_id, "dir") == [("dir/parts.bin", False, size)]
    assert digest_of(client.download_artifacts(run_id, "dir/parts.bin")) == digest_of(file)


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def deletes():
    run_id = started()
    for path in ["keep.txt", "gone/a.txt", "gone/b/c.txt"]:
        client.log_text(run_id, "x", path)
    repository = get_artifact_repository(client.get_run(run_id).info.artifact_uri)
    repository.delete_artifacts("gone/a.txt")
    assert listed(run_id, "gone") == [("gone/b", True, None)]
    repository.delete_artifacts("gone")
    assert listed(run_id) == [("keep.txt", False, 1)]


def says_what_is_wrong():
    run_id = started()
    client.log_text(run_id, "x", "dir/f.txt")
    # Of a run's artifacts it says less than it was told.
    refused(lambda: client.download_artifacts(run_id, "nothing.txt"), "nothing.txt")
    repository = get_artifact_repository(client.get_run(run_id).info.artifact_uri)
    refused(lambda: repository.download_artifacts("nothing.txt"), "No such artifact")
    refused(lambda: client.list_artifacts(run_id, "../x"), "Invalid")
    refused(lambda: client.log_text(run_id, "x", "dir/f.txt/g.txt"), "is a file")


run([
    logs_a_file,
    logs_a_folder,
    logs_text_dicts_and_tables,
    keeps_names_of_any_language,
    overwrites,
    logs_empty_and_large_files,
    sends_a_file_in_parts,
    deletes,
    says_what_is_wrong,
])
