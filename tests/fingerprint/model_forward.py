"""Class probabilities of the published models from their stored parameters, in double precision, written from
the equations of the architectures (stages/fingerprint/README.md; GRU: Cho et al. 2014 with the reset gate after the product).
Reads a JSON file and prints the largest difference to the probabilities in it."""
import json
import sys

import numpy as np

case = json.load(open(sys.argv[1]))
parameter = {a["name"]: np.array(a["values"]).reshape(a["shape"]) for a in case["parameters"]}
features = np.array(case["features"]).reshape(-1, case["slots"], 4)
silence = np.array(case["silence"]).reshape(-1, 1)


def normalise(x, kind):
    if case["normalisation"] == "none":
        return x
    p = "normalisation." + kind
    return (np.log1p(x) - parameter[p + "_mean"]) * parameter[p + "_scale"]


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))  # does not overflow


def dense(x, layer):
    return np.tensordot(x, parameter[layer + ".kernel"], 1) + parameter[layer + ".bias"]


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


def gru(x, layer):
    kernel, recurrent, bias = (parameter[f"{layer}.{k}"] for k in ("kernel", "recurrent", "bias"))
    width = recurrent.shape[0]
    (wz, wr, wc), (uz, ur, uc) = np.split(kernel, 3, 1), np.split(recurrent, 3, 1)
    (bz, br, bc), (dz, dr, dc) = np.split(bias[0], 3), np.split(bias[1], 3)
    h = np.zeros((x.shape[0], width))
    states = []
    for t in range(x.shape[1]):
        update = sigmoid(x[:, t] @ wz + bz + h @ uz + dz)
        reset = sigmoid(x[:, t] @ wr + br + h @ ur + dr)
        candidate = np.tanh(x[:, t] @ wc + bc + reset * (h @ uc + dc))
        h = update * h + (1 - update) * candidate
        states.append(h)
    return states


def convolution(x, layer):
    kernel, bias = parameter[layer + ".kernel"], parameter[layer + ".bias"]
    size = kernel.shape[0]
    out = np.empty((x.shape[0], x.shape[1] - size + 1, kernel.shape[2]))
    for t in range(out.shape[1]):
        out[:, t] = np.einsum("nki,kif->nf", x[:, t:t + size], kernel) + bias
    return out


def lstm_body(x):
    forward, backward = lstm(x, "lstm_1", "forward"), lstm(x, "lstm_1", "backward")
    x = np.concatenate([np.stack(forward, 1), np.stack(backward[::-1], 1)], 2)
    return np.concatenate([lstm(x, "lstm_2", d)[-1] for d in ("forward", "backward")], 1)


def gru_body(x):
    return gru(np.stack(gru(x, "gru_1"), 1), "gru_2")[-1]


def cnn_body(x):
    x = np.maximum(convolution(x, "convolution_1"), 0)
    x = np.maximum(convolution(x, "convolution_2"), 0)
    pool = case["pool_size"]
    pooled = [x[:, t:t + pool].max(1) for t in range(0, x.shape[1] - pool + 1, pool)]
    return np.concatenate(pooled, 1)


def mlp_body(x):
    x = np.tanh(dense(np.tanh(dense(x, "slot_dense_1")), "slot_dense_2"))
    return x.reshape(len(x), -1)


body = {"lstm": lstm_body, "gru": gru_body, "cnn": cnn_body, "mlp": mlp_body}[case["model"]]
x = np.concatenate([body(normalise(features, "feature")), normalise(silence, "silence")], 1)
logits = dense(np.tanh(dense(x, "dense")), "output")
p = np.exp(logits - logits.max(1, keepdims=True))
p /= p.sum(1, keepdims=True)
got = np.array(case["probabilities"]).reshape(p.shape)
assert got.std(0).max() > 1e-3, "all windows get the same probabilities: this would prove nothing"
print(np.abs(got - p).max())
