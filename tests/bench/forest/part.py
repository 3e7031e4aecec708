"""The random forest: growing, which is XGBoost's work, and asking, against XGBoost's own prediction.

tests/forest/trees_test.cpp proves that both give the same numbers."""
from bench import Row, Series


def rows(bench):
    times = bench.google("forest", filter="^(training|prediction|xgboost_prediction)", repetitions=1 if bench.quick else 5,
                         min_time=0.01 if bench.quick else 0.1)
    return [
        Row(part="forest training", unit="rows x trees/s", ours=times["training/1/4000"].rate,
            two_cores=times["training/2/4000"].rate, note="4,000 rows, 20 columns, 10 classes; XGBoost grows the trees"),
        Row(part="forest prediction", unit="rows x trees/s", ours=times["prediction/1"].rate,
            peer_name="XGBoost", peer=times["xgboost_prediction"].rate, two_cores=times["prediction/2"].rate,
            note="ours begins with the stored arrays; the peer with its own trees in memory"),
    ]


def series(bench):
    if bench.quick:
        return []
    times = bench.google("forest", filter="^rows/", repetitions=3, min_time=0.1)
    return [Series("forest training", "rows", [times[f"rows/2/{1000 << i}"].seconds for i in range(4)],
                   note="trees get deeper with more rows")]
