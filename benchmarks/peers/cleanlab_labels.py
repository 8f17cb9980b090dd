"""cleanlab 2.9: label quality scores and flagged rows of one task, for several set-ups.

``cleanlab_labels.py TASK.npz OUT.npz``. The task holds unit vectors (MiniLM), texts and labels.
"""

import sys
import time
import warnings

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier

warnings.filterwarnings("ignore")
METHODS = ("self_confidence", "normalized_margin", "confidence_weighted_entropy")


def main():
    task = np.load(sys.argv[1], allow_pickle=False)
    labels = task["labels"]
    tfidf = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2).fit_transform(task["texts"].tolist())
    models = {
        "MiniLM + LR": (LogisticRegression(max_iter=400), task["vectors"]),  # the tutorial
        "MiniLM + LR, C=10": (LogisticRegression(max_iter=400, C=10), task["vectors"]),
        "MiniLM + kNN": (KNeighborsClassifier(15, metric="cosine", weights="distance"), task["vectors"]),
        "TF-IDF + LR": (LogisticRegression(max_iter=200, C=10), tfidf),
    }
    out = {}
    for name, (model, features) in models.items():
        started = time.perf_counter()
        folds = StratifiedKFold(5, shuffle=True, random_state=0)
        chances = cross_val_predict(model, features, labels, cv=folds, method="predict_proba")
        chances = np.maximum(chances, 1e-9)
        chances /= chances.sum(axis=1, keepdims=True)
        out[f"{name}|seconds"] = time.perf_counter() - started
        out[f"{name}|flagged"] = find_label_issues(labels, chances, n_jobs=1)
        for method in METHODS:
            adjust = method != "confidence_weighted_entropy"
            for adjusted in (False, True) if adjust else (False,):
                score = get_label_quality_scores(labels, chances, method=method, adjust_pred_probs=adjusted)
                out[f"{name}|{method}{', adjusted' if adjusted else ''}"] = -score
    np.savez(sys.argv[2], **out)


if __name__ == "__main__":
    main()
