"""MLflow's own clients of logged models and of the registry. Argument: host:port of a server."""

import sys

import mlflow
from checks import refused, run
from mlflow import MlflowClient
from mlflow.entities import Metric

mlflow.set_tracking_uri(f"http://{sys.argv[1]}")
client = MlflowClient()


def keeps_logged_models():
    experiment = client.create_experiment("logged models")
    run = client.create_run(experiment)
    params = {f"p{k}": str(k) for k in range(150)}
    made = client.create_logged_model(
        experiment, name="trees", source_run_id=run.info.run_id, tags={"team": "ops"}, params=params, model_type="onnx"
    )
    assert made.status == "PENDING" and made.source_run_id == run.info.run_id and made.model_type == "onnx", made
    assert made.artifact_location == f"mlflow-artifacts:/{experiment}/models/{made.model_id}/artifacts"
    assert client.finalize_logged_model(made.model_id, "READY").status == "READY"
    client.set_logged_model_tags(made.model_id, {"stage": "trial", "a/b": "1"})
    client.delete_logged_model_tag(made.model_id, "a/b")
    client.log_model_params(made.model_id, {"more": "yes"})
    found = client.get_logged_model(made.model_id)
    assert found.status == "READY" and found.tags == {"team": "ops", "stage": "trial"}, found.tags
    assert found.params == {**params, "more": "yes"}
    client.delete_logged_model(made.model_id)
    refused(lambda: client.get_logged_model(made.model_id), f"Logged model with ID '{made.model_id}' not found.")


def finds_logged_models_by_their_metrics():
    experiment = client.create_experiment("measured models")
    run = client.create_run(experiment)
    ids = []
    for k in range(7):
        model = client.create_logged_model(experiment, name=f"model {k}", params={"kind": "a" if k < 3 else "b"})
        client.log_metric(
            run.info.run_id, "auc", k / 10, model_id=model.model_id, dataset_name="held", dataset_digest="807dc451"
        )
        ids.append(model.model_id)
    client.log_batch(run.info.run_id, [Metric("loss", 0.5, 1000, 0, model_id=ids[2])])
    assert client.get_run(run.info.run_id).data.metrics == {"auc": 0.6, "loss": 0.5}
    [loss, auc] = sorted(client.get_logged_model(ids[2]).metrics, key=lambda one: -one.value)
    assert (auc.value, auc.dataset_name, auc.dataset_digest, auc.run_id) == (0.2, "held", "807dc451", run.info.run_id)
    assert (loss.key, loss.value, loss.step, loss.dataset_name) == ("loss", 0.5, 0, None)

    def places(filter_string=None, **options):
        found = client.search_logged_models([experiment], filter_string, **options)
        return [ids.index(one.model_id) for one in found]

    best = [{"field_name": "metrics.auc", "ascending": False}]
    assert places("metrics.auc > 0.25 and params.kind = 'b'", order_by=best) == [6, 5, 4, 3]
    assert places("name LIKE '%2'") == [2]
    assert places("metrics.auc > 0.4", datasets=[{"dataset_name": "other"}]) == []
    seen, token = [], None
    for _ in range(4):
        page = client.search_logged_models([experiment], order_by=best, max_results=3, page_token=token)
        seen += [ids.index(one.model_id) for one in page]
        token = page.token
        if not token:
            break
    assert seen == [6, 5, 4, 3, 2, 1, 0], seen
    frame = mlflow.search_logged_models([experiment], filter_string="params.kind = 'a'", output_format="list")
    assert len(frame) == 3


def keeps_registered_models():
    made = client.create_registered_model("flights", tags={"team": "ops"}, description="How late")
    assert made.name == "flights" and made.description == "How late" and made.tags == {"team": "ops"}
    refused(lambda: client.create_registered_model("flights"), "Registered Model (name=flights) already exists.")
    client.set_registered_model_tag("flights", "tier", "1")
    client.delete_registered_model_tag("flights", "team")
    assert client.update_registered_model("flights", "How late they are").description == "How late they are"
    client.rename_registered_model("flights", "flights-2")
    assert client.get_registered_model("flights-2").tags == {"tier": "1"}
    refused(lambda: client.get_registered_model("flights"), "Registered Model with name=flights not found")
    for name in ["b", "a", "C"]:
        client.create_registered_model(name)
    names = [one.name for one in client.search_registered_models(order_by=["name DESC"])]
    assert names == ["flights-2", "b", "a", "C"], names
    page = client.search_registered_models(max_results=3)
    assert [one.name for one in page] == ["C", "a", "b"]
    rest = client.search_registered_models(max_results=3, page_token=page.token)
    assert [one.name for one in rest] == ["flights-2"] and not rest.token
    found = client.search_registered_models("name ILIKE 'FLIGHTS%' and tags.tier = '1'")
    assert [one.name for one in found] == ["flights-2"]
    for name in ["b", "a", "C", "flights-2"]:
        client.delete_registered_model(name)
    assert client.search_registered_models() == []


def makes_versions_of_runs():
    run = client.create_run("0")
    client.create_registered_model("late")
    first = client.create_model_version("late", f"runs:/{run.info.run_id}/model", run.info.run_id, tags={"k": "v"})
    assert (first.version, first.status, first.tags) == ("1", "READY", {"k": "v"}) and first.run_id == run.info.run_id
    assert client.get_model_version_download_uri("late", "1") == f"runs:/{run.info.run_id}/model"
    assert client.create_model_version("late", "s3://bucket/model").version == "2"
    client.update_model_version("late", "2", "The better one")
    client.set_model_version_tag("late", "2", "good", "yes")
    client.delete_model_version_tag("late", "1", "k")
    found = client.get_model_version("late", "2")
    assert found.description == "The better one" and found.tags == {"good": "yes"}
    assert client.get_model_version("late", "1").tags == {}
    copied = client.copy_model_version("models:/late/2", "later")
    assert copied.name == "later" and client.get_model_version_download_uri("later", "1") == "s3://bucket/model"
    client.delete_model_version("late", "2")
    refused(lambda: client.get_model_version("late", "2"), "Model Version (name=late, version=2) not found")
    assert client.create_model_version("late", "s3://bucket/model").version == "3"
    refused(lambda: client.create_model_version("late", "/etc"), "Invalid model version source: '/etc'")


def makes_versions_of_logged_models():
    run = client.create_run("0")
    model = client.create_logged_model("0", name="m", source_run_id=run.info.run_id)
    client.finalize_logged_model(model.model_id, "READY")
    client.create_registered_model("logged")
    made = client.create_model_version("logged", f"models:/{model.model_id}", model_id=model.model_id)
    assert made.version == "1" and made.run_id == run.info.run_id
    assert client.get_model_version_download_uri("logged", "1") == model.artifact_location
    assert '"name": "logged"' in client.get_logged_model(model.model_id).tags["mlflow.modelVersions"]
    client.copy_model_version("models:/logged/1", "logged too")
    assert client.get_model_version_download_uri("logged too", "1") == model.artifact_location


def moves_aliases_and_stages():
    client.create_registered_model("moved")
    for k in range(3):
        client.create_model_version("moved", f"s3://bucket/{k}")
    client.set_registered_model_alias("moved", "champion", "1")
    client.set_registered_model_alias("moved", "challenger", "1")
    client.set_registered_model_alias("moved", "champion", "2")
    assert client.get_model_version_by_alias("moved", "champion").version == "2"
    assert client.get_model_version("moved", "1").aliases == ["challenger"]
    assert client.get_registered_model("moved").aliases == {"champion": "2", "challenger": "1"}
    client.delete_registered_model_alias("moved", "challenger")
    refused(lambda: client.get_model_version_by_alias("moved", "challenger"), "alias challenger not found")
    refused(lambda: client.set_registered_model_alias("moved", "v7", "1"), "reserved")
    client.transition_model_version_stage("moved", "1", "Production")
    moved = client.transition_model_version_stage("moved", "2", "production", archive_existing_versions=True)
    assert moved.current_stage == "Production" and moved.aliases == ["champion"]
    assert client.get_model_version("moved", "1").current_stage == "Archived"
    latest = {one.current_stage: one.version for one in client.get_latest_versions("moved")}
    assert latest == {"None": "3", "Production": "2", "Archived": "1"}, latest
    assert [one.version for one in client.get_latest_versions("moved", ["Production"])] == ["2"]


def finds_versions():
    run = client.create_run("0")
    for name in ["one", "two"]:
        client.create_registered_model(name)
        for k in range(4):
            client.create_model_version(name, f"s3://bucket/{name}/{k}", run.info.run_id if k == 3 else None, {"k": str(k)})

    def versions(filter_string, **options):
        return [(one.name, one.version) for one in client.search_model_versions(filter_string, **options)]

    assert versions("name = 'one'", order_by=["version_number DESC"]) == [("one", str(k)) for k in [4, 3, 2, 1]]
    assert versions(f"run_id = '{run.info.run_id}'", order_by=["name DESC"]) == [("two", "4"), ("one", "4")]
    assert versions("name = 'two' and tags.k = '1'") == [("two", "2")]
    assert versions("version_number > 2 and source_path LIKE '%/two/%'", order_by=["version_number"]) == [("two", "3"), ("two", "4")]
    seen, token = [], None
    for _ in range(4):
        page = client.search_model_versions("name = 'one'", max_results=3, order_by=["version_number"], page_token=token)
        seen += [one.version for one in page]
        token = page.token
        if not token:
            break
    assert seen == ["1", "2", "3", "4"], seen
    refused(lambda: client.search_model_versions("bogus = 'x'"), "Invalid attribute key 'bogus'")


def keeps_prompts():
    first = mlflow.genai.register_prompt("greeting", "Dear {{name}}", commit_message="first", tags={"tone": "warm"})
    assert first.version == 1
    mlflow.genai.register_prompt("greeting", "Hello {{name}}" + "!" * 50_000)
    assert mlflow.genai.load_prompt("prompts:/greeting/1").format(name="Ana") == "Dear Ana"
    mlflow.genai.set_prompt_alias("greeting", "live", 2)
    assert mlflow.genai.load_prompt("prompts:/greeting@live").version == 2
    assert [one.name for one in mlflow.genai.search_prompts()] == ["greeting"]
    assert "greeting" not in [one.name for one in client.search_registered_models()]
    assert "greeting" not in [one.name for one in client.search_model_versions()]
    refused(lambda: client.create_registered_model("greeting"), "already taken by a prompt")


# Clients of MLflow 2 know neither logged models nor these prompts.
is_new = hasattr(client, "create_logged_model")
run([
    *([keeps_logged_models, finds_logged_models_by_their_metrics] if is_new else []),
    keeps_registered_models,
    makes_versions_of_runs,
    *([makes_versions_of_logged_models] if is_new else []),
    moves_aliases_and_stages,
    finds_versions,
    *([keeps_prompts] if is_new else []),
])
