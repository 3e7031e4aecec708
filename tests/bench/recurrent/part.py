"""A training step of the recurrent models (forward, loss, backward, update) against the same network of LibTorch's
own layers, torch::optim::Adam and OpenBLAS, in one process. tests/fingerprint/{bilstm,gru,recurrent_step}.cpp prove
that both compute the same."""
from bench import Row, Series

ENV = {"OPENBLAS_NUM_THREADS": "1"}
SLOTS, CLASSES, HEAD = 40, 10, 128
# Operations of a unit's step besides its products, forward and backward; divisions, 1.5 of an LSTM's unit and 1 of
# a GRU's, run beside them.
FUNCTIONS = {"lstm": 78 + 17, "gru": 46 + 14}


def operations(layer, width):
    """Multiply-adds, or operations as dear, of a window's step. Of each layer's products with the inputs two (forward,
    gradient of the weights), with the state three; the second layer has a gradient for its inputs, too."""
    gates, directions = (4, 2) if layer == "lstm" else (3, 1)
    states = directions * width
    total = 0
    for inputs, of_x in ((4, 0), (states, states)):
        products = gates * width * (2 * inputs + of_x + 3 * width)
        total += SLOTS * directions * (products + FUNCTIONS[layer] * width)
    return total + 3 * HEAD * (states + 1 + CLASSES)


def rows(bench):
    times = bench.google("recurrent", filter="^(lstm|gru|limit)", min_time=0.01 if bench.quick else 0.1, env=ENV)

    def find(name):
        return next((timing for key, timing in times.items() if key.startswith(name + "/") or key == name), None)

    result = []
    for layer, width, at_least, label in (("lstm", 8, 10, "lstm"), ("lstm", 64, 2, "lstm of width 64"), ("gru", 32, 4, "gru")):
        peer, one, two = (find(f"{layer}_{width}/{what}") for what in ("peer", "1_threads", "2_threads"))
        for simd in ("avx512", "avx2"):
            ours, limit = find(f"{layer}_{width}/{simd}"), find(f"limit/{simd}/iterations:1")
            if ours is None:
                continue
            best = simd == "avx512" or find(f"{layer}_{width}/avx512") is None
            result.append(Row(
                part=f"training, {label}, {simd}", unit="windows/s", ours=ours.rate, peer_name="LibTorch nn::" + layer.upper(),
                peer=peer.rate, at_least=at_least, limit_name="multiply-adds in registers",
                limit=limit.counters["multiply_adds"] / operations(layer, width),
                two_cores=ours.rate * one.seconds / two.seconds if best else None,
                note="Batches of 128, 40 slots, 10 classes. Two shards of a batch, one to a core; the step's rest (sum of the "
                     "gradients, Adam, taking part again) is serial." if not result else ""))
    return result


def series(bench):
    times = bench.google("recurrent", filter="^series", env=ENV)
    seconds = [times[f"series/{256 * n}"].seconds for n in (1, 2, 4, 8)]
    return [Series(part="training, lstm", work="windows", seconds=seconds)]
