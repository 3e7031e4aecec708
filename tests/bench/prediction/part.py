"""Perturbations drawn from a generator: to memory against LibTorch, and by the stages of a run.

tests/generator/kernel_test.cpp and tests/system/test_predict.py compare what is drawn with numpy."""
from bench import Row, Series

TRAIN = """
schema = 1
name = "small"
[run]
output = "{folder}/small"
[stages.home]
plugin = "traffic_synthesizer"
options = {{ home = "{source}/datasets/synthetic-home/home.toml", captures = 3, duration_seconds = 200 }}
[stages.capture]
plugin = "pcap_reader"
inputs.captures = "home"
[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.devices = "{folder}/small/captures/devices.toml"
[stages.windows]
plugin = "windowing"
inputs = "devices.packets"
[stages.discriminator]
plugin = "discriminator_training"
inputs.windows = "windows"
options = {{ model = "lstm", max_epochs = 1, max_windows_per_device = 10 }}
[stages.generators]
plugin = "generator_training"
inputs = {{ windows = "windows", discriminator = "discriminator" }}
options = {{ training_stages = 1, generator_min_steps = 0, discriminator_min_steps = 0, max_windows_per_device = 10 }}
[stages.store]
plugin = "hdf5_writer"
inputs = ["generators"]
options.file = "{folder}/small.h5"
"""
PREDICT = """
schema = 1
name = "predict"
[params]
samples = {{ type = "int", default = 1 }}
[run]
output = "{folder}/predicted"
[stages.file]
plugin = "hdf5_reader"
options.file = "{folder}/small.h5"
[stages.perturbations]
plugin = "predictor"
inputs.generators = "file.generators"
options = {{ num_samples = "${{params.samples}}", device = "plug-desk" }}
[stages.store]
plugin = "hdf5_writer"
inputs = ["perturbations"]
options.file = "{folder}/predicted.h5"
"""


def stage_row(bench):
    """The stages `predictor` and `hdf5_writer`, whole process: starting costs as much as one sample takes."""
    words = {"folder": bench.folder, "source": bench.source}
    for name, text in (("small", TRAIN), ("predict", PREDICT)):
        (bench.folder / f"{name}.toml").write_text(text.format(**words), encoding="utf-8")
    bench.run([bench.ipet, "run", bench.folder / "small.toml"])
    samples = 2_000 if bench.quick else 200_000
    took = bench.measure([bench.ipet, "run", bench.folder / "predict.toml", "--set", f"samples={samples}"], cores=1)
    return Row(part="prediction, whole run to HDF5", unit="slots/s", ours=samples * 40 / took.cpu,
               note=f"`ipet run` with hdf5_reader, predictor and hdf5_writer, {samples} samples of one device; one core: "
                    "the writer draws and compresses one block after the other")


def rows(bench):
    times = bench.google("prediction", filter="^(ours|libtorch)/")
    one, two = times["ours/200000/1"].rate, times["ours/200000/1/real_time/threads:2"].rate
    yield Row(part="prediction to memory", unit="slots/s", ours=one, peer_name="LibTorch",
              peer=times["libtorch/200000"].rate, at_least=3, limit_name="goal of the project", limit=100e6, two_cores=two,
              note="the peer: randn, linear, sigmoid, scale, round on 200,000 vectors at once, without feasible rows. On "
                   "two cores each thread draws half")
    yield Row(part="prediction from 10 generations at random", unit="slots/s", ours=times["ours/200000/10"].rate,
              limit_name="goal of the project", limit=100e6)
    yield stage_row(bench)


def series(bench):
    if bench.quick:
        return []
    times = bench.google("prediction", filter="^vectors/", repetitions=3)
    return [Series("prediction to memory", "vectors", [times[f"vectors/{100_000 << i}/1"].seconds for i in range(4)])]
