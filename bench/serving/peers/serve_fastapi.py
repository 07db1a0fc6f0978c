"""FastAPI, uvicorn and onnxruntime written by hand: the server that a careful team writes itself.

Usage: serve_fastapi.py MODEL.onnx PORT
Speaks the V2 JSON body at /v2/models/model/infer. Tuned: two workers on uvloop and httptools, orjson instead of
pydantic models, no access log, and the run in the event loop, since one row costs less than a thread's hand-over.
"""

import os
import sys

import numpy
import onnxruntime
import orjson
import uvicorn
from fastapi import FastAPI, Request, Response

app = FastAPI(openapi_url=None)


def open_session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


session = open_session(os.environ["MODEL_FILE"]) if "MODEL_FILE" in os.environ else None


@app.post("/v2/models/model/infer")
async def infer(request: Request):
    tensor = orjson.loads(await request.body())["inputs"][0]
    rows = numpy.array(tensor["data"], numpy.float32).reshape(tensor["shape"])
    (y,) = session.run(["y"], {"x": rows})
    output = {"name": "y", "shape": y.shape, "datatype": "FP32", "data": y.ravel()}
    answer = orjson.dumps({"model_name": "model", "outputs": [output]}, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(answer, media_type="application/json")


if __name__ == "__main__":
    os.environ["MODEL_FILE"] = sys.argv[1]
    uvicorn.run(
        "serve_fastapi:app",
        host="127.0.0.1",
        port=int(sys.argv[2]),
        workers=2,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
