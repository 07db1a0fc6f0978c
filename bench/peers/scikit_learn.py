"""Fits a logistic regression of scikit-learn on one thread: the peer of bench/logistic.ts.

Usage: scikit_learn.py FOLDER '{"width": 3702, "l2": 1, "tolerance": 1e-5}'
FOLDER holds the features as a sparse matrix (starts.i32, places.i32, values.f64) and labels.i32; the probabilities of
its rows are written to FOLDER/probabilities.f64. Prints one line of JSON: version, seconds of processor time of the
fit alone, its iterations, and the penalised loss a row.
"""

import json
import sys
import time

import numpy
import scipy.sparse
import scipy.special
import sklearn
from sklearn.linear_model import LogisticRegression

folder, options = sys.argv[1], json.loads(sys.argv[2])
starts, places, labels = (numpy.fromfile(f"{folder}/{name}.i32", "int32") for name in ("starts", "places", "labels"))
values = numpy.fromfile(f"{folder}/values.f64", "float64")
features = scipy.sparse.csr_matrix((values, places, starts), shape=(len(labels), options["width"]))

model = LogisticRegression(C=1 / options["l2"], tol=options["tolerance"], max_iter=10_000, solver="lbfgs")
started = time.process_time()
model.fit(features, labels)
seconds = time.process_time() - started

outputs = model.decision_function(features)
if outputs.ndim == 1:
    outputs = numpy.column_stack([numpy.zeros_like(outputs), outputs])
losses = scipy.special.logsumexp(outputs, axis=1) - outputs[numpy.arange(len(labels)), labels]
objective = (losses.sum() + options["l2"] / 2 * (model.coef_**2).sum()) / len(labels)

model.predict_proba(features).astype("float64").tofile(f"{folder}/probabilities.f64")
print(
    json.dumps(
        {
            "version": sklearn.__version__,
            "seconds": seconds,
            "iterations": int(model.n_iter_.max()),
            "objective": float(objective),
        }
    )
)
