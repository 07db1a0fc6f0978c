"""MLflow's own client logs and registers models of ONNX; what is registered answers. Argument: host:port of a server."""

import json
import pickle
import sys
import tempfile
import urllib.error
import urllib.request

import mlflow
import numpy as np
import onnx
import pandas as pd
from checks import refused, run
from mlflow import MlflowClient
from mlflow.models import infer_signature
from onnx import TensorProto, helper, numpy_helper

server = f"http://{sys.argv[1]}"
mlflow.set_tracking_uri(server)
client = MlflowClient()


def classifier(columns, domain=""):
    """A linear classifier of three classes, as exporters write them."""
    weights = np.random.RandomState(7).randn(columns, 3).astype("float32")
    nodes = [
        helper.make_node("MatMul", ["input", "weights"], ["scores"], domain=domain),
        helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
        helper.make_node("ArgMax", ["probabilities"], ["label"], axis=1, keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "classifier",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [None, columns])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 3]),
        ],
        [numpy_helper.from_array(weights, "weights")],
    )
    opsets = [helper.make_opsetid("", 17)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    return helper.make_model(graph, opset_imports=opsets, ir_version=9), weights


def probabilities(rows, weights):
    scores = np.exp(rows @ weights)
    return scores / scores.sum(axis=1, keepdims=True)


def post(path, body):
    request = urllib.request.Request(server + path, json.dumps(body).encode(), {"content-type": "application/json"})
    return json.loads(urllib.request.urlopen(request).read())


def refusal(path, body):
    try:
        raise AssertionError(f"{path} answered {post(path, body)}")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def log(model, name, **options):
    with mlflow.start_run():
        return mlflow.onnx.log_model(model, name="model", registered_model_name=name, **options)


def serves_what_it_registers():
    model, weights = classifier(4)
    rows = np.array([[1, 2, 3, 4], [0, -1, 1, 0.5]], "float32")
    wanted = probabilities(rows, weights)
    signature = infer_signature(rows, {"label": np.zeros(2, "int64"), "probabilities": wanted})
    info = log(model, "served", signature=signature, input_example=rows)
    version = client.get_model_version("served", info.registered_model_version)
    assert version.status == "READY" and "/v2/models/served/versions/1/infer" in version.status_message, version
    tensor = {"name": "input", "datatype": "FP32", "shape": [2, 4], "data": rows.ravel().tolist()}
    answer = post("/v2/models/served/infer", {"inputs": [tensor], "outputs": [{"name": "probabilities"}]})
    np.testing.assert_allclose(answer["outputs"][0]["data"], wanted.ravel(), rtol=1e-5)
    answer = post("/models/served/invocations", {"inputs": rows.tolist()})
    np.testing.assert_allclose(answer["predictions"]["probabilities"], wanted, rtol=1e-5)


def brings_weights_in_files_beside():
    model, weights = classifier(500)
    rows = np.ones((1, 500), "float32") / 100
    log(model, "large", input_example=rows)
    answer = post("/models/large/invocations", {"instances": rows.tolist()})
    np.testing.assert_allclose(answer["predictions"]["probabilities"], probabilities(rows, weights), rtol=1e-4)


def serves_columns_of_pandas():
    model, weights = classifier(2)
    frame = pd.DataFrame({"height": [1.0, 2.0], "width": [0.5, 0.25]})
    wanted = probabilities(frame.to_numpy("float32"), weights)
    log(model, "frames", signature=infer_signature(frame), input_example=frame)
    answer = post("/models/frames/invocations", {"dataframe_split": frame.to_dict(orient="split")})
    found = [row["probabilities"] for row in answer["predictions"]]
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


def loads_what_is_served():
    model, _ = classifier(3)
    log(model, "loaded", input_example=np.ones((1, 3), "float32"))
    client.set_registered_model_alias("loaded", "live", "1")
    found = mlflow.onnx.load_model("models:/loaded@live")
    assert [node.op_type for node in found.graph.node] == ["MatMul", "Softmax", "ArgMax"]


def is_told_why_a_version_failed():
    model, _ = classifier(3, domain="com.example")
    onnx_checker, onnx.checker.check_model = onnx.checker.check_model, lambda *args, **kwargs: None
    try:
        refused(lambda: log(model, "failed"), "FAILED_REGISTRATION", "com.example")
    finally:
        onnx.checker.check_model = onnx_checker
    version = client.get_model_version("failed", "1")
    assert version.status == "FAILED_REGISTRATION" and "com.example" in version.status_message, version
    model, _ = classifier(3)
    lie = infer_signature(np.zeros((1, 7), "float32"))
    refused(lambda: log(model, "failed", signature=lie), "FAILED_REGISTRATION", "float32 [-1, 7] differs from 'input'")
    assert client.search_model_versions("name = 'failed'") and client.get_latest_versions("failed") == []


def keeps_other_flavours_unserved():
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/model.pkl", "wb") as file:
            pickle.dump({"a": 1}, file)
        with open(f"{folder}/MLmodel", "w") as file:
            file.write("flavors:\n  sklearn: {pickled_model: model.pkl}\n")
        with mlflow.start_run() as started:
            mlflow.log_artifacts(folder, "model")
        client.create_registered_model("pickled")
        source = f"{started.info.artifact_uri}/model"
        version = client.create_model_version("pickled", source, started.info.run_id)
    assert version.status == "READY", version
    status, body = refusal("/models/pickled/invocations", {"inputs": [[1]]})
    assert status == 409 and "skl2onnx" in body, body


def lets_go_of_what_it_deletes():
    model, _ = classifier(2)
    log(model, "gone", input_example=np.ones((1, 2), "float32"))
    client.delete_model_version("gone", "1")
    status, body = refusal("/models/gone/invocations", {"inputs": [[1, 2]]})
    assert status == 404, body


run([
    serves_what_it_registers,
    brings_weights_in_files_beside,
    serves_columns_of_pandas,
    loads_what_is_served,
    is_told_why_a_version_failed,
    keeps_other_flavours_unserved,
    lets_go_of_what_it_deletes,
])
