"""tritonclient's control of the repository. Arguments: http or grpc, host:port, an ONNX file that adds INT32 [N, 16]."""

import sys

import numpy as np
from checks import equal, refused, run
from tritonclient.utils import InferenceServerException

PROTOCOL, ADDRESS, FILE = sys.argv[1:4]
if PROTOCOL == "http":
    import tritonclient.http as triton
else:
    import tritonclient.grpc as triton

client = triton.InferenceServerClient(ADDRESS)
NAME = f"loaded_by_{PROTOCOL}"


def index():
    found = client.get_model_repository_index()
    if PROTOCOL == "grpc":
        return {(one.name, one.version): one.state for one in found.models}
    return {(one["name"], one.get("version", "")): one.get("state", "") for one in found}


def infer():
    values = np.ones((1, 16), dtype=np.int32)
    inputs = [triton.InferInput(name, [1, 16], "INT32") for name in ("INPUT0", "INPUT1")]
    for one in inputs:
        one.set_data_from_numpy(values)
    equal(client.infer(NAME, inputs).as_numpy("OUTPUT0"), values * 2)


def lists_what_is_there():
    assert index()[("simple", "1")] == "READY", index()


def loads_a_file_that_is_handed_over():
    with open(FILE, "rb") as file:
        client.load_model(NAME, config="{}", files={"file:1/model.onnx": file.read()})
    assert client.is_model_ready(NAME)
    assert index()[(NAME, "1")] == "READY", index()
    infer()


def unloads_and_loads_again():
    client.unload_model(NAME)
    assert not client.is_model_ready(NAME)
    refused(infer, kind=InferenceServerException)
    client.load_model(NAME)
    infer()


def refuses_what_is_no_model():
    refused(lambda: client.load_model("broken", config="{}", files={"file:1/model.onnx": b"no model"}), kind=InferenceServerException)
    refused(lambda: client.load_model("../nobody"), kind=InferenceServerException)
    refused(lambda: client.unload_model("nobody"), kind=InferenceServerException)
    infer()


run([lists_what_is_there, loads_a_file_that_is_handed_over, unloads_and_loads_again, refuses_what_is_no_model])
