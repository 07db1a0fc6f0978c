"""Trains LightGBM on one thread and writes its predictions: the peer of bench/boosted-trees.ts.

Usage: lightgbm.py TRAIN.parquet TEST.parquet PREDICTIONS.f64 '{"rounds": 100, "leaves": 31, "categorical": [...], "numeric": [...]}'
Prints one line of JSON: version, and seconds of processor time from columns in memory to the trained model.
"""

import json
import sys
import time

# This file bears the name of the package it imports: it must not find itself.
sys.path = [folder for folder in sys.path if not folder.endswith("peers")]

import lightgbm  # noqa: E402
import pandas  # noqa: E402

train_file, test_file, predictions_file, options = sys.argv[1:]
options = json.loads(options)
train, test = pandas.read_parquet(train_file), pandas.read_parquet(test_file)
features = options["categorical"] + options["numeric"]
for name in options["categorical"]:
    known = train[name].value_counts().index
    for table in (train, test):
        table[name] = pandas.Categorical(table[name], categories=known)
inputs, labels, unseen = train[features], train["late"].astype(int).to_numpy(), test[features]

params = {
    "objective": "binary",
    "metric": "None",
    "num_threads": 1,
    "num_leaves": options["leaves"],
    "learning_rate": options["learningRate"],
    "verbose": -1,
}
started = time.process_time()
model = lightgbm.train(params, lightgbm.Dataset(inputs, labels, params=params), options["rounds"])
seconds = time.process_time() - started

model.predict(unseen, num_threads=1).astype("float64").tofile(predictions_file)
print(json.dumps({"version": lightgbm.__version__, "seconds": seconds}))
