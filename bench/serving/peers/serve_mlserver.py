"""MLServer with a runtime of our own for ONNX files, as it ships none.

Usage: serve_mlserver.py MODEL.onnx PORT
Tuned: two workers, adaptive batching (32 requests, 2 ms), gzip, access log and traces off.
"""

import json
import os
import sys
import tempfile

import numpy
import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse


class OnnxModel(MLModel):
    async def load(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        path = self.settings.parameters.uri
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        return True

    async def predict(self, payload):
        rows = NumpyCodec.decode_input(payload.inputs[0]).astype(numpy.float32, copy=False)
        (y,) = self.session.run(["y"], {"x": rows})
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("y", y)])


def main():
    path, port = sys.argv[1:]
    folder = tempfile.mkdtemp(dir=os.path.dirname(path))
    settings = {
        "host": "127.0.0.1",
        "http_port": int(port),
        "grpc_port": int(port) + 1,
        "metrics_port": int(port) + 2,
        "metrics_dir": folder,
        "parallel_workers": 2,
        "debug": False,
        "gzip_enabled": False,
    }
    model = {
        "name": "model",
        "implementation": "serve_mlserver.OnnxModel",
        "max_batch_size": 32,
        "max_batch_time": 0.002,
        "parameters": {"uri": path},
    }
    for name, content in (("settings.json", settings), ("model-settings.json", model)):
        with open(os.path.join(folder, name), "w") as file:
            json.dump(content, file)
    os.execv(os.path.join(os.path.dirname(sys.executable), "mlserver"), ["mlserver", "start", folder])


if __name__ == "__main__":
    main()
