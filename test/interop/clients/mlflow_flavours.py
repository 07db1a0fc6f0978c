"""
MLflow's flavours: models of scikit-learn, LightGBM, XGBoost and ONNX, logged by themselves or when asked. Those whose packages
are not installed are left out. Argument: host:port of a server.
"""

import os
import sys
from importlib.util import find_spec

import mlflow
import numpy as np
from checks import run
from mlflow import MlflowClient
from mlflow.models import infer_signature

os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "1"
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
mlflow.set_tracking_uri(f"http://{sys.argv[1]}")
client = MlflowClient()
IS_NEW = hasattr(client, "create_logged_model")
random = np.random.default_rng(7)
rows = random.normal(size=(120, 4)).astype("float32")
late = (rows[:, 0] + rows[:, 1] > 0).astype("int64")


def artifacts(run_id, path=None):
    return {one.path for one in client.list_artifacts(run_id, path)}


def logged_by_itself(name, train):
    """Trains within an experiment of its own. Gives its only run, and the model that it logged, loaded."""
    experiment = mlflow.set_experiment(f"{name} by itself").experiment_id
    train()
    [found] = client.search_runs([experiment])
    assert found.info.status == "FINISHED", found.info
    if not IS_NEW:
        assert "model/MLmodel" in artifacts(found.info.run_id, "model")
        return found, mlflow.pyfunc.load_model(f"runs:/{found.info.run_id}/model")
    [model] = mlflow.search_logged_models([experiment], output_format="list")
    assert model.status == "READY" and model.source_run_id == found.info.run_id, model
    return found, mlflow.pyfunc.load_model(model.model_uri)


def keeps(name, flavour, model, predict, **options):
    """Logs and registers a model; what comes back predicts the same, by flavour and as a function."""
    # Before it is logged: weights of ONNX that are moved to a file leave the model that they are logged from.
    wanted = np.asarray(predict(model))
    with mlflow.start_run():
        where = {"name": "model"} if IS_NEW else {"artifact_path": "model"}
        info = flavour.log_model(
            model,
            **where,
            registered_model_name=name,
            signature=infer_signature(rows, wanted),
            pip_requirements=["mlflow"],
            **options,
        )
    client.set_registered_model_alias(name, "champion", "1")
    for uri in [info.model_uri, f"models:/{name}/1", f"models:/{name}@champion"]:
        assert np.allclose(predict(flavour.load_model(uri)), wanted), uri
        found = mlflow.pyfunc.load_model(uri).predict(rows)
        found = next(iter(found.values())) if isinstance(found, dict) else found
        assert np.allclose(np.asarray(found).reshape(wanted.shape), wanted), uri
    assert client.get_model_version(name, "1").status == "READY"


def logs_scikit_learn_by_itself():
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=0.5)
    mlflow.sklearn.autolog()
    try:
        found, loaded = logged_by_itself("scikit-learn", lambda: model.fit(rows, late))
    finally:
        mlflow.sklearn.autolog(disable=True)
    assert found.data.params["C"] == "0.5" and found.data.metrics["training_accuracy_score"] > 0.8, found.data
    assert found.data.tags["estimator_name"] == "LogisticRegression"
    assert np.array_equal(loaded.predict(rows), model.predict(rows))


def keeps_scikit_learn_models():
    from sklearn.linear_model import LinearRegression

    keeps("scikit-learn", mlflow.sklearn, LinearRegression().fit(rows, rows[:, 0]), lambda model: model.predict(rows))


def logs_lightgbm_by_itself():
    import lightgbm

    def train():
        data = lightgbm.Dataset(rows, late)
        options = {"objective": "binary", "metric": "binary_logloss", "verbose": -1, "num_threads": 1}
        made.append(lightgbm.train(options, data, num_boost_round=12, valid_sets=[data], valid_names=["train"]))

    made = []
    mlflow.lightgbm.autolog()
    try:
        found, loaded = logged_by_itself("LightGBM", train)
    finally:
        mlflow.lightgbm.autolog(disable=True)
    assert found.data.params["objective"] == "binary" and found.data.params["num_boost_round"] == "12"
    history = client.get_metric_history(found.info.run_id, "train-binary_logloss")
    assert [one.step for one in history] == list(range(12)) and history[-1].value < history[0].value
    assert "feature_importance_gain.json" in artifacts(found.info.run_id)
    assert np.allclose(loaded.predict(rows), made[0].predict(rows))


def keeps_lightgbm_models():
    import lightgbm

    data = lightgbm.Dataset(rows, late)
    model = lightgbm.train({"objective": "binary", "verbose": -1, "num_threads": 1}, data, num_boost_round=5)
    keeps("LightGBM", mlflow.lightgbm, model, lambda model: model.predict(rows))


def logs_xgboost_by_itself():
    import xgboost

    def train():
        data = xgboost.DMatrix(rows, late)
        options = {"objective": "binary:logistic", "nthread": 1}
        made.append(xgboost.train(options, data, num_boost_round=12, evals=[(data, "train")], verbose_eval=False))

    made = []
    mlflow.xgboost.autolog()
    try:
        found, loaded = logged_by_itself("XGBoost", train)
    finally:
        mlflow.xgboost.autolog(disable=True)
    assert found.data.params["objective"] == "binary:logistic"
    history = client.get_metric_history(found.info.run_id, "train-logloss")
    assert [one.step for one in history] == list(range(12)) and history[-1].value < history[0].value
    assert "feature_importance_weight.json" in artifacts(found.info.run_id)
    assert np.allclose(loaded.predict(rows), made[0].predict(xgboost.DMatrix(rows)))


def keeps_xgboost_models():
    import xgboost

    options = {"objective": "binary:logistic", "nthread": 1}
    model = xgboost.train(options, xgboost.DMatrix(rows, late), num_boost_round=5)
    keeps("XGBoost", mlflow.xgboost, model, lambda model: model.predict(xgboost.DMatrix(rows)))


def keeps_onnx_models():
    """Weights of more than 1024 bytes stand in a file beside the graph."""
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    weights = numpy_helper.from_array(random.normal(size=(4, 300)).astype("float32"), "weights")
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, width]) for name, width in [("x", 4), ("y", 300)]
    ]
    node = helper.make_node("MatMul", ["x", "weights"], ["y"])
    graph = helper.make_graph([node], "linear", ends[:1], ends[1:], [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)

    def predict(one):
        session = onnxruntime.InferenceSession(one.SerializeToString(), providers=["CPUExecutionProvider"])
        return session.run(None, {"x": rows})[0]

    keeps("ONNX", mlflow.onnx, model, predict, onnx_execution_providers=["CPUExecutionProvider"])


run([
    logs_scikit_learn_by_itself,
    keeps_scikit_learn_models,
    *([logs_lightgbm_by_itself, keeps_lightgbm_models] if find_spec("lightgbm") else []),
    *([logs_xgboost_by_itself, keeps_xgboost_models] if find_spec("xgboost") else []),
    *([keeps_onnx_models] if find_spec("onnx") else []),
])
