"""`mlflow models serve` of the ONNX file in MLflow's own flavour, in this environment, with two workers and no access log.

Usage: serve_mlflow.py MODEL.onnx PORT
Speaks MLflow's scoring protocol at /invocations: {"inputs": {"x": [[...], ...]}}.
"""

import os
import shutil
import sys
import tempfile

import mlflow.onnx
import numpy
import onnx
from mlflow.models import ModelSignature
from mlflow.types.schema import Schema, TensorSpec


def main():
    path, port = sys.argv[1:]
    model = onnx.load(path)
    width = model.graph.input[0].type.tensor_type.shape.dim[1].dim_value
    folder = os.path.join(tempfile.mkdtemp(dir=os.path.dirname(path)), "model")
    mlflow.onnx.save_model(
        model,
        folder,
        signature=ModelSignature(Schema([TensorSpec(numpy.dtype("float32"), (-1, width), "x")])),
        onnx_execution_providers=["CPUExecutionProvider"],
        onnx_session_options={"intra_op_num_threads": 1, "inter_op_num_threads": 1},
        pip_requirements=[],
    )
    # The very bytes that the others serve, not ones written anew.
    shutil.copyfile(path, os.path.join(folder, "model.onnx"))
    mlflow_program = os.path.join(os.path.dirname(sys.executable), "mlflow")
    parameters = ["models", "serve", "-m", folder, "-h", "127.0.0.1", "-p", port, "--env-manager", "local", "--workers", "2"]
    os.execv(mlflow_program, ["mlflow", *parameters])


if __name__ == "__main__":
    os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", UVICORN_ACCESS_LOG="false", UVICORN_LOG_LEVEL="warning")
    main()
