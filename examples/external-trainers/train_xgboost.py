"""Boosted trees of XGBoost over numbers and the places of texts. Its file takes one matrix."""

import xgboost
from onnxmltools import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from rows import hand_back, matrix, matrix_inputs, parameters, progress, seed, target, threads, train, validation

learn, judge = matrix(train), matrix(validation)
model = xgboost.XGBClassifier(
    n_estimators=parameters.get("rounds", 60),
    max_depth=4,
    random_state=seed,
    n_jobs=threads,
    early_stopping_rounds=20,
    eval_metric="logloss",
)
progress(0.1, "fits trees")
model.fit(learn, train[target], eval_set=[(judge, validation[target])], verbose=False)
onnx = convert_xgboost(model, initial_types=[("X", FloatTensorType([None, learn.shape[1]]))], target_opset=15)
hand_back(onnx, matrix_inputs("X"), {"rounds": model.best_iteration + 1})
