"""The model `simple`, which gives the sums and the differences of two rows of 16 whole numbers, as tritonclient asks it."""

import numpy as np
from checks import equal, refused
from tritonclient.utils import InferenceServerException

A = np.arange(16, dtype=np.int32).reshape(1, 16)
B = np.full((1, 16), 3, dtype=np.int32)


def check_simple(result):
    equal(result.as_numpy("OUTPUT0"), A + B, "OUTPUT0")
    equal(result.as_numpy("OUTPUT1"), A - B, "OUTPUT1")


def refuses_mistakes(client, module, simple_inputs, absent, invalid):
    """`absent` and `invalid` are what the errors for unknown models and for wrong requests say."""
    kind = InferenceServerException
    refused(lambda: client.infer("nobody", simple_inputs()), absent, kind=kind)
    refused(lambda: client.infer("simple", simple_inputs(), model_version="99"), absent, kind=kind)
    refused(lambda: client.get_model_metadata("nobody"), absent, kind=kind)
    refused(lambda: client.infer("simple", simple_inputs()[:1]), invalid, "INPUT1", kind=kind)
    wrong = module.InferInput("INPUT0", [1, 16], "FP32")
    wrong.set_data_from_numpy(A.astype(np.float32))
    refused(lambda: client.infer("simple", [wrong, simple_inputs()[1]]), invalid, "INPUT0", kind=kind)
    outputs = [module.InferRequestedOutput("OUTPUT9")]
    refused(lambda: client.infer("simple", simple_inputs(), outputs=outputs), invalid, "OUTPUT9", kind=kind)
    check_simple(client.infer("simple", simple_inputs()))
