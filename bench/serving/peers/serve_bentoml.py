"""BentoML with two workers and adaptive batching.

Usage: serve_bentoml.py MODEL.onnx PORT
Speaks BentoML's own JSON at /predict: {"x": [[...], ...]}, answered by the rows of `y`.
"""

import os
import sys

import bentoml
import numpy
import onnxruntime
from bentoml.validators import DType, Shape
from typing_extensions import Annotated


@bentoml.service(
    name="peer",
    workers=2,
    logging={"access": {"enabled": False}},
    metrics={"enabled": False},
    tracing={"sample_rate": 0.0},
)
class Peer:
    def __init__(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        path = os.environ["MODEL_FILE"]
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.width = self.session.get_inputs()[0].shape[1]

    @bentoml.api(batchable=True, batch_dim=0, max_batch_size=32, max_latency_ms=1000)
    async def predict(self, x: Annotated[numpy.ndarray, DType("float32")]) -> numpy.ndarray:
        (y,) = self.session.run(["y"], {"x": x})
        return y


if __name__ == "__main__":
    path, port = sys.argv[1:]
    os.environ.update(MODEL_FILE=path, BENTOML_DO_NOT_TRACK="True", BENTOML_HOME=os.path.dirname(path))
    here = os.path.dirname(os.path.abspath(__file__))
    parameters = ["bentoml", "serve", "serve_bentoml:Peer", "--working-dir", here, "--host", "127.0.0.1", "--port", port]
    os.execv(os.path.join(os.path.dirname(sys.executable), "bentoml"), parameters)
