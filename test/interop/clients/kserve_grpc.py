"""KServe's client over gRPC. Argument: host:port."""

import asyncio
import sys

import numpy as np
from checks import equal, refused, run
from kserve import InferenceGRPCClient, InferInput, InferRequest

ADDRESS = sys.argv[1]
A = np.arange(16, dtype=np.int32).reshape(1, 16)
B = np.full((1, 16), 3, dtype=np.int32)


def call(use):
    async def calls():
        async with InferenceGRPCClient(ADDRESS, retries=0) as client:
            return await use(client)

    return asyncio.run(calls())


def request(raw, model="simple"):
    inputs = []
    for name, values in (("INPUT0", A), ("INPUT1", B)):
        one = InferInput(name, [1, 16], "INT32", data=None if raw else values.flatten().tolist())
        if raw:
            one.set_data_from_numpy(values, binary_data=True)
        inputs.append(one)
    return InferRequest(model_name=model, request_id="mine", infer_inputs=inputs)


def infer(raw):
    response = call(lambda client: client.infer(request(raw)))
    assert response.id == "mine" and response.model_name == "simple", response
    equal(response.outputs[0].as_numpy(), A + B)
    equal(response.outputs[1].as_numpy(), A - B)


def health():
    assert call(lambda client: client.is_server_live())
    assert call(lambda client: client.is_server_ready())
    assert call(lambda client: client.is_model_ready("simple"))


def infers_raw():
    infer(raw=True)


def infers_typed():
    infer(raw=False)


def errors():
    refused(lambda: call(lambda client: client.infer(request(True, model="nobody"))), "NOT_FOUND")


run([health, infers_raw, infers_typed, errors])
