"""Boosted trees of LightGBM, with its own categories. It logs each tenth round with MLflow's client to the run of its candidate."""

import lightgbm
import mlflow
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType
from rows import hand_back, matrix, matrix_inputs, numbers, parameters, progress, seed, target, texts, threads, train, validation

rounds = parameters.get("rounds", 60)
learn, judge = matrix(train), matrix(validation)


def tell(found):
    """After each round."""
    if found.iteration % 10 == 9:
        progress(0.9 * found.iteration / rounds, f"round {found.iteration + 1}")
        for _, name, value, *_ in found.evaluation_result_list:
            mlflow.log_metric(f"validation {name}", value, step=found.iteration)


with mlflow.start_run():
    model = lightgbm.LGBMClassifier(
        n_estimators=rounds, num_leaves=15, random_state=seed, n_jobs=threads, deterministic=True, verbose=-1
    )
    mlflow.log_param("leaves", 15)
    model.fit(
        learn,
        train[target],
        eval_set=[(judge, validation[target])],
        callbacks=[tell, lightgbm.early_stopping(20, verbose=False)],
    )

onnx = convert_lightgbm(model, initial_types=[("X", FloatTensorType([None, learn.shape[1]]))], zipmap=False, target_opset=15)
hand_back(onnx, matrix_inputs("X"), {"rounds": model.best_iteration_})
