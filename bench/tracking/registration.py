"""Registers small models with MLflow's own client and asks what became of each; prints the seconds of each as JSON.

Arguments: address of the server, name of a system of two columns and two classes."""

import json
import sys
import time
import urllib.request

import mlflow
import numpy as np
from onnx import TensorProto, helper, numpy_helper

server, system = sys.argv[1:]
mlflow.set_tracking_uri(server)
mlflow.set_experiment("registration")


def post(path, body):
    request = urllib.request.Request(server + path, json.dumps(body).encode(), {"content-type": "application/json"})
    return json.loads(urllib.request.urlopen(request).read())


def classifier(sharpness):
    weights = np.array([[0, sharpness], [0, -sharpness]], "float32")
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["input", "weights"], ["scores"]),
            helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
        ],
        "classifier",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 2])],
        [numpy_helper.from_array(weights, "weights")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def seconds(name, sharpness, ask):
    model, example = classifier(sharpness), np.ones((1, 2), "float32")
    began = time.perf_counter()
    with mlflow.start_run():
        mlflow.onnx.log_model(model, name="model", registered_model_name=name, input_example=example)
    registered = time.perf_counter() - began
    ask()
    return {"registered": registered, "answered": time.perf_counter() - began}


def ask_file():
    post("/models/alone/invocations", {"inputs": [[1, 2]]})


def ask_system():
    post(f"/api/v1/systems/{system}/predict", {"clicks": 3, "pages": 1})


print(
    json.dumps(
        {
            "file": [seconds("alone", k + 1, ask_file) for k in range(3)],
            "system": [seconds(system, k + 1, ask_system) for k in range(3)],
        }
    )
)
