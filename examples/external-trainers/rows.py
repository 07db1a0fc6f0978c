"""What Millrace hands to a trainer, as pandas and numpy take it, and how a model is handed back."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd

description = json.loads(Path(os.environ["MILLRACE_DESCRIPTION"]).read_text())
parameters = json.loads(Path(os.environ["MILLRACE_PARAMETERS"]).read_text())
seed = int(os.environ["MILLRACE_SEED"])
threads = int(os.environ["MILLRACE_THREADS"])
output = Path(os.environ["MILLRACE_OUTPUT"])

target = description["target"]["name"]
texts = [f["name"] for f in description["features"] if f["type"] in ("categorical", "text")]
numbers = [f["name"] for f in description["features"] if f["name"] not in texts]

train = pd.read_parquet(os.environ["MILLRACE_TRAIN_DATA"])
validation = pd.read_parquet(os.environ["MILLRACE_VALIDATION_DATA"])
for rows in (train, validation):
    # As in the graph that will serve: a missing text is empty, a missing number is NaN.
    rows[texts] = rows[texts].astype(object).where(rows[texts].notna(), "")
    rows[numbers] = rows[numbers].astype("float32")

categories = {name: sorted(set(train[name]) - {""}) for name in texts}


def matrix(rows):
    """Numbers as they are, texts as their places among the categories: what `matrix_inputs` tells Millrace to do."""
    codes = [rows[name].map({text: code for code, text in enumerate(categories[name])}) for name in texts]
    return np.column_stack([rows[numbers].to_numpy(), *codes]).astype(np.float32)


def matrix_inputs(name):
    """How the columns of a matrix come about, for interface.json."""
    coded = [{"column": text, "categories": categories[text]} for text in texts]
    return {"inputs": {name: [*numbers, *coded]}}


def progress(share, text=""):
    print(f"::progress {share:.3f} {text}", flush=True)


def hand_back(model, interface=None, metrics=None):
    """Leaves an ONNX model, and what goes with it."""
    (output / "model.onnx").write_bytes(model.SerializeToString())
    if interface:
        (output / "interface.json").write_text(json.dumps(interface))
    if metrics:
        (output / "metrics.json").write_text(json.dumps(metrics))
    progress(1)
