"""Result files with as many windows as a test wants: what ipet stored of a small synthetic home, with made-up windows in
place of its own."""

import h5py
import numpy as np

HOME = """
schema = 1
name = "home"
[run]
output = "{output}"
seed = 20
[stages.home]
plugin = "traffic_synthesizer"
options = {{ home = "{home}", captures = 4, duration_seconds = 120 }}
[stages.capture]
plugin = "pcap_reader"
inputs.captures = "home"
[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.devices = "${{run.output}}/captures/devices.toml"
[stages.windows]
plugin = "windowing"
inputs = "devices.packets"
[stages.store]
plugin = "hdf5_writer"
inputs = ["devices.summary", "windows"]
options.file = "${{run.output}}/windows.h5"
"""
TRAIN = """
schema = 1
name = "train from file"
[params]
file = {{ type = "path" }}
output = {{ type = "path", default = "runs/train" }}
features = {{ type = "string", default = "file" }}
shuffle_buffer = {{ type = "int", default = 16384 }}
epochs = {{ type = "int", default = 1 }}
[run]
output = "${{params.output}}"
memory_mib = {memory_mib}
seed = 20
[stages.file]
plugin = "hdf5_reader"
options = {{ file = "${{params.file}}", features = "${{params.features}}" }}
[stages.discriminator]
plugin = "discriminator_training"
inputs.windows = "file.windows"
options.model = {model}
options.split = "random"
options.max_epochs = "${{params.epochs}}"
options.batch = {batch}
options.shuffle_buffer = "${{params.shuffle_buffer}}"
{more}
[stages.store]
plugin = "hdf5_writer"
inputs = {stored}
options.file = "${{run.output}}/model.h5"
"""
TINY = '{ name = "mlp", first_width = 4, second_width = 2, dense_width = 8 }'


def training(model=TINY, memory_mib=32, batch=512, more="", stored='["discriminator"]'):
    """A pipeline that trains on a stored file: params file, output, features, shuffle_buffer, epochs."""
    return TRAIN.format(model=model, memory_mib=memory_mib, batch=batch, more=more, stored=stored)


def small_home(ipet, source, folder):
    """Runs the program (`ipet(arguments...)`) on the synthetic home; its result file."""
    definition = folder / "home.toml"
    definition.write_text(HOME.format(output=folder / "home", home=source / "datasets/synthetic-home/home.toml"))
    ipet("run", definition)
    return folder / "home" / "windows.h5"


def enlarge(file, windows, compression=None, seed=1):
    """Replaces the windows of a result file by `windows` made-up ones, one a second: each device has its own rhythm."""
    random = np.random.default_rng(seed)
    with h5py.File(file, "r+") as out:
        group = out["windows"]
        runs = sorted(set(zip(group["capture"][:].tolist(), group["device"][:].tolist())))
        slots = int(group.attrs["slots"])
        sizes = [windows * (i + 1) // len(runs) - windows * i // len(runs) for i in range(len(runs))]
        replace(group, "capture", np.repeat([c for c, _ in runs], sizes).astype("u4"), compression)
        replace(group, "device", np.repeat([d for _, d in runs], sizes).astype("u2"), compression)
        replace(group, "start", (1_700_000_000 + np.arange(windows)) * 1_000_000_000, compression)
        replace(group, "silence", random.exponential(5, windows).astype("f4"), compression)
        features = replace(group, "features", None, compression, (windows, slots, 4))
        at = 0
        for (_, device), size in zip(runs, sizes):
            for begin in range(at, at + size, 8192):
                count = min(8192, at + size - begin)
                busy = (np.arange(slots) + random.integers(0, 3 + device, (count, 1))) % (3 + device) == 0
                packets = random.integers(1, 4, (count, slots)) * busy
                block = np.stack([packets, packets * (40 + 25 * device), packets // 2, packets // 2 * 60], axis=2)
                features[begin:begin + count] = block.astype("f4")
            at += size


def replace(group, name, values, compression, shape=None):
    attributes = dict(group[name].attrs)
    del group[name]
    shape = shape or values.shape
    chunk = (min(shape[0], 256 if len(shape) == 3 else 32768),) + tuple(shape[1:])
    made = group.create_dataset(name, shape, "f4" if values is None else values.dtype, values, chunks=chunk,
                                compression=compression, shuffle=compression is not None, track_times=False)
    made.attrs.update(attributes)
    return made
