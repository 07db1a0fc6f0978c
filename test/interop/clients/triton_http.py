"""tritonclient over HTTP. Argument: host:port."""

import asyncio
import sys

import numpy as np
import tritonclient.http as http
import tritonclient.http.aio as http_aio
from checks import equal, run
from simple_model import A, B, check_simple, refuses_mistakes
from tensors import every_datatype, text_of

ADDRESS = sys.argv[1]
client = http.InferenceServerClient(ADDRESS, concurrency=4)


def simple_inputs(binary=True, kind=http):
    inputs = [kind.InferInput(name, [1, 16], "INT32") for name in ("INPUT0", "INPUT1")]
    for one, values in zip(inputs, (A, B)):
        one.set_data_from_numpy(values, binary_data=binary)
    return inputs


def identity(datatype, values, binary_in=True, binary_out=None):
    one = http.InferInput("INPUT0", list(values.shape), datatype)
    one.set_data_from_numpy(values, binary_data=binary_in)
    outputs = None if binary_out is None else [http.InferRequestedOutput("OUTPUT0", binary_data=binary_out)]
    return client.infer(f"identity_{datatype.lower()}", [one], outputs=outputs).as_numpy("OUTPUT0")


def same(datatype, found, values):
    if datatype == "BYTES":
        assert text_of(found) == values.tolist(), f"{text_of(found)} instead of {values.tolist()}"
    else:
        equal(found, values, datatype)


def health():
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("simple")
    assert client.is_model_ready("simple", "1")
    assert not client.is_model_ready("nobody")


def metadata():
    server = client.get_server_metadata()
    assert {"name", "version", "extensions"} <= set(server), server
    assert "binary_tensor_data" in server["extensions"], server
    model = client.get_model_metadata("simple")
    assert model["name"] == "simple" and model["platform"] == "onnx_onnxv1", model
    assert model["inputs"][0] == {"name": "INPUT0", "datatype": "INT32", "shape": [-1, 16]}, model
    assert "1" in client.get_model_metadata("simple", "1")["versions"]


def config():
    found = client.get_model_config("simple")
    assert found["name"] == "simple", found
    assert [one["name"] for one in found["input"]] == ["INPUT0", "INPUT1"], found
    assert found["input"][0]["data_type"] == "TYPE_INT32", found


def statistics():
    before = client.get_inference_statistics("simple")["model_stats"][0]["inference_count"]
    client.infer("simple", simple_inputs())
    after = client.get_inference_statistics("simple", "1")["model_stats"][0]
    assert after["inference_count"] == before + 1, (before, after)
    assert after["inference_stats"]["success"]["count"] > 0, after
    assert len(client.get_inference_statistics()["model_stats"]) > 1


def binary_by_default():
    check_simple(client.infer("simple", simple_inputs()))


def json_only():
    outputs = [http.InferRequestedOutput(name, binary_data=False) for name in ("OUTPUT0", "OUTPUT1")]
    result = client.infer("simple", simple_inputs(binary=False), outputs=outputs)
    check_simple(result)
    assert isinstance(result.get_output("OUTPUT0")["data"], list)


def mixed_json_and_binary():
    inputs = [simple_inputs(binary=False)[0], simple_inputs(binary=True)[1]]
    outputs = [
        http.InferRequestedOutput("OUTPUT0", binary_data=True),
        http.InferRequestedOutput("OUTPUT1", binary_data=False),
    ]
    check_simple(client.infer("simple", inputs, outputs=outputs))


def every_datatype_binary():
    for datatype, values in every_datatype().items():
        same(datatype, identity(datatype, values), values)


def every_datatype_json():
    for datatype, values in every_datatype(halves=False).items():
        if values.dtype.kind == "f":
            values = values[np.isfinite(values)]
        same(datatype, identity(datatype, values, binary_in=False, binary_out=False), values)


def compression():
    for request in (None, "gzip", "deflate"):
        for response in (None, "gzip", "deflate"):
            for binary in (True, False):
                result = client.infer(
                    "simple",
                    simple_inputs(binary),
                    request_compression_algorithm=request,
                    response_compression_algorithm=response,
                )
                check_simple(result)


def requested_outputs():
    result = client.infer("simple", simple_inputs(), outputs=[http.InferRequestedOutput("OUTPUT1")])
    equal(result.as_numpy("OUTPUT1"), A - B)
    assert result.as_numpy("OUTPUT0") is None
    assert [one["name"] for one in result.get_response()["outputs"]] == ["OUTPUT1"]


def request_id_and_version():
    response = client.infer("simple", simple_inputs(), model_version="1", request_id="mine").get_response()
    assert response["id"] == "mine", response
    assert response["model_name"] == "simple" and response["model_version"] == "1", response


def many_rows():
    rows = np.arange(16 * 500, dtype=np.int32).reshape(500, 16)
    inputs = [http.InferInput(name, [500, 16], "INT32") for name in ("INPUT0", "INPUT1")]
    for one in inputs:
        one.set_data_from_numpy(rows)
    equal(client.infer("simple", inputs).as_numpy("OUTPUT0"), rows * 2)


def no_rows():
    found = identity("FP32", np.zeros((0,), dtype=np.float32))
    assert found.shape == (0,), found.shape


def asynchronous():
    pending = [client.async_infer("simple", simple_inputs()) for _ in range(20)]
    for one in pending:
        check_simple(one.get_result())


def timeout_parameter():
    check_simple(client.infer("simple", simple_inputs(), timeout=5_000_000))


def aio():
    async def calls():
        async with http_aio.InferenceServerClient(ADDRESS) as other:
            assert await other.is_server_live() and await other.is_model_ready("simple")
            assert (await other.get_model_metadata("simple"))["name"] == "simple"
            for result in await asyncio.gather(*(other.infer("simple", simple_inputs()) for _ in range(20))):
                check_simple(result)

    asyncio.run(calls())


def errors():
    refuses_mistakes(client, http, simple_inputs, "404", "400")


run(
    [
        health,
        metadata,
        config,
        statistics,
        binary_by_default,
        json_only,
        mixed_json_and_binary,
        every_datatype_binary,
        every_datatype_json,
        compression,
        requested_outputs,
        request_id_and_version,
        many_rows,
        no_rows,
        asynchronous,
        timeout_parameter,
        aio,
        errors,
    ]
)
