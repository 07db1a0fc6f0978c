"""MLflow's own clients of tracking, fluent and plain. Argument: host:port of a server."""

import math
import sys
import time

import mlflow
import pandas as pd
from checks import refused, run
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType

mlflow.set_tracking_uri(f"http://{sys.argv[1]}")
client = MlflowClient()


def keeps_experiments():
    assert client.get_experiment("0").name == "Default"
    made = client.create_experiment("flights", tags={"team": "ops"})
    assert client.get_experiment_by_name("flights").experiment_id == made
    client.set_experiment_tag(made, "stage", "trial")
    assert client.get_experiment(made).tags == {"team": "ops", "stage": "trial"}
    client.rename_experiment(made, "flights-2")
    assert client.get_experiment_by_name("flights") is None
    found = client.search_experiments(filter_string="name LIKE 'fl%' AND tags.team = 'ops'")
    assert [one.experiment_id for one in found] == [made], found
    client.delete_experiment(made)
    assert client.get_experiment(made).lifecycle_stage == "deleted"
    assert made not in [one.experiment_id for one in client.search_experiments()]
    assert made in [one.experiment_id for one in client.search_experiments(view_type=ViewType.DELETED_ONLY)]
    client.restore_experiment(made)
    assert client.get_experiment(made).lifecycle_stage == "active"


def logs_with_the_fluent_api():
    mlflow.set_experiment("fluent")
    with mlflow.start_run(run_name="first", tags={"kind": "trial"}) as active:
        mlflow.log_param("lr", 0.01)
        mlflow.log_params({"depth": 6, "note": "größe"})
        for step in range(3):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"auc": 0.9, "broken": math.nan, "wide": math.inf})
        mlflow.set_tag("done", "yes")
        with mlflow.start_run(nested=True) as child:
            mlflow.log_metric("loss", 7)
    run = client.get_run(active.info.run_id)
    assert run.info.status == "FINISHED" and run.info.run_name == "first" and run.info.end_time >= run.info.start_time
    assert run.data.params == {"lr": "0.01", "depth": "6", "note": "größe"}, run.data.params
    assert run.data.metrics["loss"] == 1 / 3 and run.data.metrics["auc"] == 0.9
    assert math.isnan(run.data.metrics["broken"]) and run.data.metrics["wide"] == sys.float_info.max
    assert run.data.tags["done"] == "yes" and run.data.tags["mlflow.runName"] == "first"
    history = client.get_metric_history(active.info.run_id, "loss")
    assert [(one.step, one.value) for one in history] == [(0, 1.0), (1, 0.5), (2, 1 / 3)], history
    children = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{active.info.run_id}'")
    assert children["run_id"].tolist() == [child.info.run_id]


def logs_batches_and_datasets():
    run = client.create_run("0", run_name="batch")
    now = int(time.time() * 1000)
    metrics = [Metric(f"m{k}", k / 7, now, 0) for k in range(500)]
    client.log_batch(run.info.run_id, metrics, [Param("a", "1")], [RunTag("t", "v")])
    # A batch whose answer was lost is sent again.
    client.log_batch(run.info.run_id, metrics, [Param("a", "1")], [RunTag("t", "v")])
    found = client.get_run(run.info.run_id)
    assert found.data.metrics == {f"m{k}": k / 7 for k in range(500)}
    assert len(client.get_metric_history(run.info.run_id, "m3")) == 1
    dataset = mlflow.data.from_pandas(pd.DataFrame({"x": [1.0, 2.0]}), name="pairs")
    mlflow.set_experiment(experiment_id="0")
    with mlflow.start_run(run_id=run.info.run_id):
        mlflow.log_input(dataset, context="train")
    inputs = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert [(one.dataset.name, one.tags[0].value) for one in inputs] == [("pairs", "train")]
    by_dataset = client.search_runs(["0"], "dataset.name = 'pairs' and dataset.context = 'train'")
    assert [one.info.run_id for one in by_dataset] == [run.info.run_id]


def finds_runs():
    experiment = client.create_experiment("search")
    ids = []
    for k in range(12):
        run = client.create_run(experiment, start_time=1000 + k, run_name=f"run {k}")
        client.log_metric(run.info.run_id, "score", k % 5)
        if k % 2 == 0:
            client.log_metric(run.info.run_id, "even", math.nan if k == 4 else k)
        client.log_param(run.info.run_id, "kind", "a" if k < 6 else "b")
        ids.append(run.info.run_id)

    def places(filter_string="", order_by=None, **options):
        found = client.search_runs([experiment], filter_string, order_by=order_by, **options)
        return [ids.index(one.info.run_id) for one in found]

    assert places() == [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert places("metrics.score > 2 and params.kind = 'a'") == [4, 3]
    assert places("metrics.score >= 3", ["metrics.score DESC"]) == [9, 4, 8, 3]
    assert places("", ["metrics.even ASC"]) == [0, 2, 6, 8, 10, 4, 11, 9, 7, 5, 3, 1]
    assert places("", ["metrics.even DESC"]) == [10, 8, 6, 2, 0, 4, 11, 9, 7, 5, 3, 1]
    assert places("", ["metrics.score ASC", "start_time ASC"])[:4] == [0, 5, 10, 1]
    assert places("", ["params.kind DESC", "attributes.start_time"]) == [6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5]
    assert places("attributes.run_name LIKE 'run 1%' and attributes.start_time < 1011") == [10, 1]
    assert places("params.kind ILIKE 'A'") == [5, 4, 3, 2, 1, 0]
    assert places(f"attributes.run_id IN ('{ids[3]}', '{ids[5]}')") == [5, 3]
    assert places("params.kind != 'a' and metrics.score != 2") == [11, 10, 9, 8, 6]
    assert places("metrics.nothing > 0") == []
    client.delete_run(ids[3])
    assert 3 not in places() and places(run_view_type=ViewType.DELETED_ONLY) == [3]
    client.restore_run(ids[3])
    assert len(places()) == 12
    seen, token = [], None
    for _ in range(4):
        page = client.search_runs([experiment], order_by=["metrics.even DESC"], max_results=5, page_token=token)
        seen += [ids.index(one.info.run_id) for one in page]
        token = page.token
        if not token:
            break
    assert seen == [10, 8, 6, 2, 0, 4, 11, 9, 7, 5, 3, 1], seen


def changes_runs():
    run = client.create_run("0")
    assert run.info.run_name
    client.update_run(run.info.run_id, name="renamed")
    client.set_tag(run.info.run_id, "x", "1")
    client.delete_tag(run.info.run_id, "x")
    client.set_terminated(run.info.run_id, "KILLED")
    found = client.get_run(run.info.run_id)
    assert found.info.run_name == "renamed" and found.info.status == "KILLED" and "x" not in found.data.tags
    assert found.data.tags["mlflow.runName"] == "renamed"


def says_what_is_wrong():
    refused(lambda: client.get_run("nope"), "Run with id=nope not found")
    refused(lambda: client.get_experiment("99999"), "No Experiment with id=99999 exists")
    refused(lambda: client.create_experiment("search"), "already exists")
    run = client.create_run("0")
    client.log_param(run.info.run_id, "p", "1")
    refused(lambda: client.log_param(run.info.run_id, "p", "2"), "Changing param values is not allowed")
    refused(lambda: client.search_runs(["0"], "metrics.a > 1 OR metrics.b > 1"), "'OR'")
    refused(lambda: client.search_runs(["0"], "metrics.a > 'x'"), "Expected numeric value type for metric")
    refused(lambda: client.search_runs(["0"], "name = 'x'; drop table tracking_runs"), "Invalid")
    client.delete_run(run.info.run_id)
    refused(lambda: client.log_metric(run.info.run_id, "m", 1), "must be in the 'active' state")


run([
    keeps_experiments,
    logs_with_the_fluent_api,
    logs_batches_and_datasets,
    finds_runs,
    changes_runs,
    says_what_is_wrong,
])
