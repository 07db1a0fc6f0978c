"""tritonclient over gRPC. Argument: host:port."""

import asyncio
import queue
import sys

import numpy as np
import tritonclient.grpc as grpc
import tritonclient.grpc.aio as grpc_aio
from checks import equal, refused, run
from simple_model import A, B, check_simple, refuses_mistakes
from tensors import every_datatype, text_of
from tritonclient.grpc import service_pb2, service_pb2_grpc
from tritonclient.utils import InferenceServerException

ADDRESS = sys.argv[1]
client = grpc.InferenceServerClient(ADDRESS)


def simple_inputs():
    inputs = [grpc.InferInput(name, [1, 16], "INT32") for name in ("INPUT0", "INPUT1")]
    for one, values in zip(inputs, (A, B)):
        one.set_data_from_numpy(values)
    return inputs


def health():
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("simple")
    assert client.is_model_ready("simple", "1")
    assert not client.is_model_ready("nobody")


def metadata():
    server = client.get_server_metadata()
    assert server.name and server.version and server.extensions, server
    model = client.get_model_metadata("simple")
    assert model.name == "simple" and model.platform == "onnx_onnxv1", model
    assert list(model.inputs[0].shape) == [-1, 16] and model.inputs[0].datatype == "INT32", model
    assert client.get_model_metadata("simple", "1", as_json=True)["versions"] == ["1"]


def config():
    found = client.get_model_config("simple", as_json=True)["config"]
    assert found["name"] == "simple" and found["backend"] == "onnxruntime", found
    assert found["input"][0] == {"name": "INPUT0", "data_type": "TYPE_INT32", "dims": ["-1", "16"]}, found


def statistics():
    before = client.get_inference_statistics("simple").model_stats[0].inference_count
    client.infer("simple", simple_inputs())
    after = client.get_inference_statistics("simple", "1").model_stats[0]
    assert after.inference_count == before + 1, (before, after)
    assert after.inference_stats.success.count > 0 and after.last_inference > 0, after
    assert len(client.get_inference_statistics().model_stats) > 1


def synchronous():
    check_simple(client.infer("simple", simple_inputs()))


def every_datatype_raw():
    for datatype, values in every_datatype().items():
        one = grpc.InferInput("INPUT0", list(values.shape), datatype)
        one.set_data_from_numpy(values)
        found = client.infer(f"identity_{datatype.lower()}", [one]).as_numpy("OUTPUT0")
        if datatype == "BYTES":
            assert text_of(found) == values.tolist(), found
        else:
            equal(found, values, datatype)


def every_datatype_typed():
    """Typed contents, which tritonclient itself does not send: through its generated stub."""
    fields = {"BOOL": "bool", "BYTES": "bytes", "FP32": "fp32", "FP64": "fp64", "INT64": "int64", "UINT64": "uint64"}
    with grpc_channel() as channel:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        for datatype, values in every_datatype(halves=False).items():
            field = f"{fields.get(datatype, 'uint' if datatype.startswith('U') else 'int')}_contents"
            request = service_pb2.ModelInferRequest(model_name=f"identity_{datatype.lower()}", id="mine")
            one = request.inputs.add(name="INPUT0", datatype=datatype, shape=values.shape)
            sent = [text.encode() for text in values] if datatype == "BYTES" else values.tolist()
            getattr(one.contents, field).extend(sent)
            response = stub.ModelInfer(request)
            assert response.id == "mine" and not response.raw_output_contents, response
            found = list(getattr(response.outputs[0].contents, field))
            equal(np.array(found), np.array(sent), datatype)


def grpc_channel():
    import grpc as plain

    return plain.insecure_channel(ADDRESS)


def requested_outputs():
    result = client.infer("simple", simple_inputs(), outputs=[grpc.InferRequestedOutput("OUTPUT1")])
    equal(result.as_numpy("OUTPUT1"), A - B)
    assert result.as_numpy("OUTPUT0") is None


def request_id_and_version():
    response = client.infer("simple", simple_inputs(), model_version="1", request_id="mine").get_response()
    assert response.id == "mine" and response.model_name == "simple" and response.model_version == "1", response


def many_rows():
    rows = np.arange(16 * 5000, dtype=np.int32).reshape(5000, 16)
    inputs = [grpc.InferInput(name, [5000, 16], "INT32") for name in ("INPUT0", "INPUT1")]
    for one in inputs:
        one.set_data_from_numpy(rows)
    equal(client.infer("simple", inputs).as_numpy("OUTPUT0"), rows * 2)


def no_rows():
    one = grpc.InferInput("INPUT0", [0], "FP32")
    one.set_data_from_numpy(np.zeros((0,), dtype=np.float32))
    found = client.infer("identity_fp32", [one]).as_numpy("OUTPUT0")
    assert found.shape == (0,), found.shape


def asynchronous():
    answers = queue.Queue()
    for _ in range(20):
        client.async_infer("simple", simple_inputs(), callback=lambda result, error: answers.put((result, error)))
    for _ in range(20):
        result, error = answers.get(timeout=20)
        assert error is None, error
        check_simple(result)


def aio():
    async def calls():
        async with grpc_aio.InferenceServerClient(ADDRESS) as other:
            assert await other.is_server_live() and await other.is_model_ready("simple")
            for result in await asyncio.gather(*(other.infer("simple", simple_inputs()) for _ in range(20))):
                check_simple(result)

    asyncio.run(calls())


def compression():
    for algorithm in ("gzip", "deflate"):
        check_simple(client.infer("simple", simple_inputs(), compression_algorithm=algorithm))


def deadlines():
    check_simple(client.infer("simple", simple_inputs(), client_timeout=5, timeout=5_000_000))
    one = grpc.InferInput("INPUT0", [1], "FP32")
    one.set_data_from_numpy(np.ones((1,), dtype=np.float32))
    refused(
        lambda: client.infer("identity_fp32", [one], client_timeout=1e-6),
        "DEADLINE_EXCEEDED",
        kind=InferenceServerException,
    )


def errors():
    refuses_mistakes(client, grpc, simple_inputs, "NOT_FOUND", "INVALID_ARGUMENT")


run(
    [
        health,
        metadata,
        config,
        statistics,
        synchronous,
        every_datatype_raw,
        every_datatype_typed,
        requested_outputs,
        request_id_and_version,
        many_rows,
        no_rows,
        asynchronous,
        aio,
        compression,
        deadlines,
        errors,
    ]
)
