"""Class probabilities of the `lstm` model from its stored parameters, by the formulas of the architecture
(ipet.md section 3) in double precision. Reads a JSON file and prints the largest difference."""
import json
import sys

import numpy as np

case = json.load(open(sys.argv[1]))
parameter = {a["name"]: np.array(a["values"]).reshape(a["shape"]) for a in case["parameters"]}
features = np.array(case["features"]).reshape(-1, case["slots"], 4)
silence = np.array(case["silence"]).reshape(-1, 1)


def normalise(x, kind):
    p = "normalisation." + kind
    return (np.log1p(x) - parameter[p + "_mean"]) * parameter[p + "_scale"]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(x, layer, direction):
    """All states of one direction, in the order in which it visits the slots."""
    kernel, recurrent, bias = (parameter[f"{layer}.{direction}_{k}"] for k in ("kernel", "recurrent", "bias"))
    width = recurrent.shape[0]
    h = c = np.zeros((x.shape[0], width))
    states = []
    for t in range(x.shape[1]) if direction == "forward" else reversed(range(x.shape[1])):
        gates = x[:, t] @ kernel + h @ recurrent + bias
        i, f, g, o = (gates[:, k * width:(k + 1) * width] for k in range(4))
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        states.append(h)
    return states


x, silence = normalise(features, "feature"), normalise(silence, "silence")
forward, backward = lstm(x, "lstm_1", "forward"), lstm(x, "lstm_1", "backward")
x = np.concatenate([np.stack(forward, 1), np.stack(backward[::-1], 1)], 2)
last = [lstm(x, "lstm_2", d)[-1] for d in ("forward", "backward")]
x = np.concatenate(last + [silence], 1)
x = np.tanh(x @ parameter["dense.kernel"] + parameter["dense.bias"])
logits = x @ parameter["output.kernel"] + parameter["output.bias"]
p = np.exp(logits - logits.max(1, keepdims=True))
p /= p.sum(1, keepdims=True)
got = np.array(case["probabilities"]).reshape(p.shape)
assert got.std() > 1e-4, "all probabilities are alike: this would prove nothing"
print(np.abs(got - p).max())
