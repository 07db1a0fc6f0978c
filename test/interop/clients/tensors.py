"""Values of every datatype, at the ends of their ranges."""

import numpy as np


def every_datatype(halves=True):
    """Datatype to array; text as numpy's objects, which is how tritonclient takes it."""
    values = {
        "BOOL": np.array([True, False, True]),
        "BYTES": np.array(["a", "", "ñ🛫"], dtype=np.object_),
        "FP32": np.array([1.5, -np.inf, np.nan, 3e38], dtype=np.float32),
        "FP64": np.array([0.1, np.inf, np.nan, -1e300], dtype=np.float64),
    }
    if halves:
        values["FP16"] = np.array([1.5, -np.inf, np.nan, 6e-8], dtype=np.float16)
    for bits in (8, 16, 32, 64):
        for kind in ("int", "uint"):
            ends = np.iinfo(f"{kind}{bits}")
            values[f"{kind.upper()}{bits}"] = np.array([ends.min, 7, ends.max], dtype=f"{kind}{bits}")
    values["INT64"] = np.array([2**53 + 1, -(2**63), 2**63 - 1], dtype=np.int64)
    return values


def text_of(array):
    """The texts of a BYTES tensor that a client gives as bytes."""
    return [value.decode("utf-8") if isinstance(value, bytes) else value for value in array.tolist()]
