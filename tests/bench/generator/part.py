"""Staged training of generators: one stage of 25 devices against plain LibTorch, one device after the other.

tests/generator/plain_torch_test.cpp proves that both come to the same weights."""
from bench import Row, Series

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}  # as the program sets it; the peer's is one intra-op thread, too


def rows(bench):
    times = bench.google("generator", filter="^(ours|plain_libtorch)/", env=ONE_THREAD,
                         repetitions=1 if bench.quick else 5, min_time=0.01)
    result = []
    for batch, epochs, note in ((128, 3, "a step is a batch of one device's windows; ours and the peer's in one run. The "
                                "ratio compares ours on TWO cores with the peer on one, as required; ours on one core is "
                                "`ours on 2 cores` divided by `1 to 2 cores`. Where that is below 1.6x: 25 devices on two "
                                "cores allow 1.92x, the rest is not explained; the smaller batch comes closer"),
                                (32, 1, "the default batch")):
        one, two = (times[f"ours/{threads}/25/400/{batch}/{epochs}/1"].rate for threads in (1, 2))
        peer = times[f"plain_libtorch/2/400/{batch}/{epochs}"].rate
        result.append(Row(part=f"generator training, batch {batch}, 2 cores", unit="steps/s", ours=two,
                          peer_name="LibTorch modules, 1 core", peer=peer, at_least=12 if batch == 128 else None, note=note))
        result.append(Row(part=f"generator training, batch {batch}", unit="steps/s", ours=one,
                          peer_name="LibTorch modules", peer=peer, two_cores=two))
    return result


def series(bench):
    steps = range(1) if bench.quick else range(4)
    times = bench.google("generator", filter="^(devices|chains|windows)/" if not bench.quick else "^devices/2/5/",
                         env=ONE_THREAD, repetitions=1 if bench.quick else 3, min_time=0.01)
    if bench.quick:
        return []
    return [
        Series("generator training", "devices", [times[f"devices/2/{5 << i}/400/128/3/1"].seconds for i in steps]),
        Series("generator training", "chains", [times[f"chains/2/8/400/128/3/{1 << i}"].seconds for i in steps]),
        Series("generator training", "windows", [times[f"windows/2/8/{384 << i}/128/3/1"].seconds for i in steps]),
    ]
