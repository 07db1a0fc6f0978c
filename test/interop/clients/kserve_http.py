"""KServe's client over HTTP. Argument: host:port."""

import asyncio
import sys

import numpy as np
from checks import equal, refused, run
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

URL = f"http://{sys.argv[1]}"
A = np.arange(16, dtype=np.int32).reshape(1, 16)
B = np.full((1, 16), 3, dtype=np.int32)


def call(use):
    async def calls():
        async with InferenceRESTClient(RESTConfig(protocol="v2", retries=0)) as client:
            return await use(client)

    return asyncio.run(calls())


def request(binary, model="simple"):
    inputs = []
    for name, values in (("INPUT0", A), ("INPUT1", B)):
        one = InferInput(name, [1, 16], "INT32")
        one.set_data_from_numpy(values, binary_data=binary)
        inputs.append(one)
    parameters = {"binary_data_output": binary}
    return InferRequest(model_name=model, request_id="mine", infer_inputs=inputs, parameters=parameters)


def infer(binary):
    response = call(lambda client: client.infer(URL, request(binary), model_name="simple"))
    assert response.id == "mine" and response.model_name == "simple", response
    equal(response.outputs[0].as_numpy(), A + B)
    equal(response.outputs[1].as_numpy(), A - B)


def health():
    assert call(lambda client: client.is_server_live(URL))
    assert call(lambda client: client.is_server_ready(URL))
    assert call(lambda client: client.is_model_ready(URL, "simple"))


def infers_json():
    infer(binary=False)


def infers_binary():
    infer(binary=True)


def errors():
    refused(lambda: call(lambda client: client.infer(URL, request(False, "nobody"), model_name="nobody")), "404")


run([health, infers_json, infers_binary, errors])
