"""MLflow's own clients with tokens. Arguments: host:port of a server, a token bound to 'team-a', a token bound to no project."""

import os
import sys

import mlflow
from checks import refused, run
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

address, bound, free = sys.argv[1:]
mlflow.set_tracking_uri(f"http://{address}")
client = MlflowClient()
names = ["MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_WORKSPACE"]
made = {}


def become(**settings):
    for name in names:
        os.environ.pop(name, None)
    for name, value in settings.items():
        os.environ[f"MLFLOW_{name}"] = value


def logs_in_the_project_of_its_token():
    become(TRACKING_TOKEN=bound)
    with mlflow.start_run() as active:
        mlflow.log_metric("loss", 0.5)
        mlflow.log_text("hello", "note.txt")
    made["run"] = active.info.run_id
    assert mlflow.artifacts.load_text(f"{active.info.artifact_uri}/note.txt") == "hello"
    assert client.get_experiment("0").name == "Default"
    assert [one.info.run_id for one in client.search_runs(["0"])] == [made["run"]]
    client.create_registered_model("private")


def sends_the_token_as_password():
    become(TRACKING_USERNAME="ana", TRACKING_PASSWORD=bound)
    assert client.get_run(made["run"]).data.metrics == {"loss": 0.5}


def sees_nothing_of_other_projects():
    become(TRACKING_TOKEN=free)
    refused(lambda: client.get_run(made["run"]), "RESOURCE_DOES_NOT_EXIST", kind=MlflowException)
    refused(lambda: client.get_registered_model("private"), "RESOURCE_DOES_NOT_EXIST", kind=MlflowException)
    assert made["run"] not in [one.info.run_id for one in client.search_runs(["0", "1", "2"])]
    assert "private" not in [one.name for one in client.search_registered_models()]


def chooses_a_project():
    become(TRACKING_TOKEN=free, WORKSPACE="team-a")
    assert client.get_run(made["run"]).info.status == "FINISHED"
    assert [one.path for one in client.list_artifacts(made["run"])] == ["note.txt"]
    assert [one.name for one in client.search_registered_models()] == ["private"]
    become(TRACKING_TOKEN=bound, WORKSPACE="team-b")
    refused(lambda: client.get_run(made["run"]), "PERMISSION_DENIED", "'team-b'", kind=MlflowException)


def says_what_is_wrong():
    become(TRACKING_TOKEN=bound[:-1])
    refused(lambda: client.get_run(made["run"]), "UNAUTHENTICATED", "not known here", kind=MlflowException)
    become()


run(
    [
        logs_in_the_project_of_its_token,
        sends_the_token_as_password,
        sees_nothing_of_other_projects,
        chooses_a_project,
        says_what_is_wrong,
    ]
)
