"""Ray Serve with two replicas that batch.

Usage: serve_ray.py MODEL.onnx PORT
Speaks the V2 JSON body at /v2/models/model/infer. Tuned: HAProxy before the replicas and the settings for throughput
that Ray documents, orjson, no access log, no dashboard.
"""

import os
import signal
import sys

os.environ.update(
    RAY_SERVE_ENABLE_HA_PROXY="1",
    RAY_SERVE_THROUGHPUT_OPTIMIZED="1",
    RAY_USAGE_STATS_ENABLED="0",
    RAY_DEDUP_LOGS="0",
)

import numpy  # noqa: E402
import onnxruntime  # noqa: E402
import orjson  # noqa: E402
import ray  # noqa: E402
from ray import serve  # noqa: E402
from ray.serve.config import HTTPOptions  # noqa: E402
from ray.serve.schema import LoggingConfig  # noqa: E402
from starlette.responses import Response  # noqa: E402


@serve.deployment(
    num_replicas=2,
    max_ongoing_requests=64,
    ray_actor_options={"num_cpus": 0.5},
    logging_config=LoggingConfig(enable_access_log=False, log_level="ERROR"),
)
class Peer:
    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    @serve.batch(max_batch_size=32, batch_wait_timeout_s=0.002)
    async def predict(self, requests):
        (y,) = self.session.run(["y"], {"x": numpy.concatenate(requests)})
        ends = numpy.cumsum([len(rows) for rows in requests])
        return numpy.split(y, ends[:-1])

    async def __call__(self, request):
        tensor = orjson.loads(await request.body())["inputs"][0]
        y = await self.predict(numpy.array(tensor["data"], numpy.float32).reshape(tensor["shape"]))
        output = {"name": "y", "shape": y.shape, "datatype": "FP32", "data": y.ravel()}
        answer = orjson.dumps({"model_name": "model", "outputs": [output]}, option=orjson.OPT_SERIALIZE_NUMPY)
        return Response(answer, media_type="application/json")


def main():
    path, port = sys.argv[1:]
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=200_000_000)
    serve.start(
        http_options=HTTPOptions(host="127.0.0.1", port=int(port)),
        logging_config=LoggingConfig(enable_access_log=False, log_level="ERROR"),
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serve.run(Peer.bind(path), route_prefix="/v2/models/model/infer")
    try:
        signal.pause()
    finally:
        serve.shutdown()
        ray.shutdown()


if __name__ == "__main__":
    main()
