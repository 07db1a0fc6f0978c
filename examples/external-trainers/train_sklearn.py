"""A random forest of scikit-learn over one-hot columns. Its file takes each column by its name."""

from rows import hand_back, numbers, parameters, progress, seed, target, texts, threads, train, validation
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

forest = RandomForestClassifier(
    n_estimators=parameters.get("trees", 30), min_samples_leaf=20, random_state=seed, n_jobs=threads
)
encode = ColumnTransformer(
    [
        ("numbers", SimpleImputer(), numbers),
        ("texts", OneHotEncoder(handle_unknown="ignore", sparse_output=False), texts),
    ]
)
progress(0.1, "fits a forest")
model = Pipeline([("encode", encode), ("forest", forest)]).fit(train[numbers + texts], train[target])

progress(0.8, "exports it")
inputs = [(name, FloatTensorType([None, 1])) for name in numbers]
inputs += [(name, StringTensorType([None, 1])) for name in texts]
onnx = convert_sklearn(model, initial_types=inputs, options={"zipmap": False})
auc = roc_auc_score(validation[target], model.predict_proba(validation[numbers + texts])[:, 1])
hand_back(onnx, metrics={"validation auc": auc})
