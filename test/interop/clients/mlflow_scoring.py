"""MLflow's scoring client. Argument: host:port of a server of the models 'columns' and 'row_sum'."""

import json
import sys

import numpy as np
import pandas as pd
import requests
from checks import equal, refused, run
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

COLUMNS, ROW_SUM = (f"{sys.argv[1]}/models/{model}" for model in ("columns", "row_sum"))
# The client puts host and port before its addresses: what follows the port names the model.
columns = ScoringServerClient(*COLUMNS.split(":"))
row_sum = ScoringServerClient(*ROW_SUM.split(":"))

FLIGHTS = pd.DataFrame(
    {
        "number": np.array([2**53 + 1, -5], dtype=np.int64),
        "origin": ["JFK", "ñ, \"quoted\""],
        "distance": [2586.5, np.nan],
        "unused": ["x", "y"],
    }
)


def check_flights(found):
    assert list(found.columns) == ["origin_out", "distance_out", "number_out"], found
    assert found["origin_out"].tolist() == FLIGHTS["origin"].tolist(), found
    equal(found["distance_out"].to_numpy(dtype=float), FLIGHTS["distance"].to_numpy())
    equal(found["number_out"].to_numpy(), FLIGHTS["number"].to_numpy())


def post(address, body, content_type="application/json"):
    return requests.post(f"http://{address}/invocations", data=body, headers={"Content-Type": content_type}, timeout=20)


def is_alive():
    columns.ping()
    columns.wait_server_ready(timeout=5)
    assert columns.get_version()
    assert requests.get(f"http://{COLUMNS}/health", timeout=20).status_code == 200


def scores_a_data_frame():
    check_flights(columns.invoke(FLIGHTS).get_predictions())
    rows = pd.DataFrame(np.arange(6, dtype=float).reshape(2, 3), columns=["a", "b", "c"])
    found = row_sum.invoke(rows).get_predictions()
    assert list(found.columns) == ["sum"], found
    equal(found["sum"].to_numpy(), np.array([3.0, 12.0]))


def scores_records():
    body = json.dumps({"dataframe_records": json.loads(FLIGHTS.to_json(orient="records"))})
    check_flights(pd.DataFrame(post(COLUMNS, body).json()["predictions"]))


def scores_csv():
    answer = post(COLUMNS, FLIGHTS.to_csv(index=False), "text/csv")
    assert answer.status_code == 200, answer.text
    check_flights(pd.DataFrame(json.loads(answer.text)["predictions"]))


def scores_arrays():
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    equal(np.array(row_sum.invoke(values)["predictions"]["sum"]), np.array([[3.0], [12.0]]))
    answer = post(ROW_SUM, json.dumps({"instances": values.tolist()}))
    equal(np.array(answer.json()["predictions"]["sum"]), np.array([[3.0], [12.0]]))
    named = {"inputs": {"origin": ["A"], "distance": [1.5], "number": [7]}}
    found = post(COLUMNS, json.dumps(named)).json()["predictions"]
    assert found == {"origin_out": [["A"]], "distance_out": [[1.5]], "number_out": [[7]]}, found


def takes_params():
    values = np.ones((1, 3), dtype=np.float32)
    found = row_sum.invoke(values, params={"timeout": 5_000_000})["predictions"]
    equal(np.array(found["sum"]), np.array([[3.0]]))


def says_what_is_wrong():
    refused(lambda: columns.invoke(FLIGHTS.drop(columns="origin")), "400", "origin", "BAD_REQUEST")
    assert post(COLUMNS, "{}", "text/plain").status_code == 415
    for body in ("", "[", "{}", '{"inputs": [], "instances": []}', json.dumps({"inputs": [[1]]})):
        answer = post(COLUMNS, body)
        assert answer.status_code == 400 and answer.json()["error_code"] == "BAD_REQUEST", answer.text


run([is_alive, scores_a_data_frame, scores_records, scores_csv, scores_arrays, takes_params, says_what_is_wrong])
