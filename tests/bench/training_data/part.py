"""Training on windows that stay in their HDF5 file, against the same training with all of them in memory.

Both give the same bits: tests/system/test_training_from_disk.py, tests/fingerprint/window_feed.cpp."""
import shutil
import sys

from bench import Row, Series

LSTM = '"lstm"'
TINY = '{ name = "mlp", first_width = 4, second_width = 2, dense_width = 8 }'


class Home:
    """Result files with made-up windows, deflated as hdf5_writer does."""

    def __init__(self, bench):
        sys.path.insert(0, str(bench.source / "tests" / "system"))
        import stored_windows
        self.bench, self.made = bench, stored_windows
        self.small = stored_windows.small_home(lambda *words: bench.run([bench.ipet, *words]), bench.source, bench.folder)

    def file(self, windows):
        path = self.bench.folder / f"windows-{windows}.h5"
        if not path.exists():
            shutil.copyfile(self.small, path)
            self.made.enlarge(path, windows, compression=4)
        return path

    def train(self, windows, model, features="file", epochs=1, repeat=None):
        definition = self.bench.folder / "train.toml"
        definition.write_text(self.made.training(model, memory_mib=64, batch=128))
        return self.bench.measure(
            [self.bench.ipet, "run", definition, "--set", f"file={self.file(windows)}", "--set", f"features={features}",
             "--set", f"epochs={epochs}", "--output", self.bench.folder / "out"], repeat=repeat)

    def epoch(self, windows, model, features):
        """(windows per second of one epoch, peak MiB): runs of one epoch and of three, so that the rest cancels."""
        one, three = (self.train(windows, model, features, epochs) for epochs in (1, 3))
        return windows * 2 / max(three.wall - one.wall, 1e-3), three.peak


def rows(bench):
    home = Home(bench)
    lines = []
    cases = [("lstm", LSTM, 30_000), ("smallest mlp", TINY, 100_000)]
    for name, model, windows in cases[1:] if bench.quick else cases:
        windows = 6000 if bench.quick else windows
        ours, peak = home.epoch(windows, model, "file")
        peer, all_of_it = home.epoch(windows, model, "memory")
        lines.append(Row(
            part=f"training from disk, {name}", unit="windows/s", ours=ours, peer_name="the same in memory", peer=peer,
            note=f"an epoch of {windows:,} windows of 40 slots with validation, shuffle_buffer 16,384; peak "
                 f"{peak:.0f} MiB, in memory {all_of_it:.0f} MiB, of which the program and LibTorch alone take about 190"))
    return lines


def series(bench):
    home = Home(bench)
    base = 1000 if bench.quick else 50_000
    return [Series(part="training from disk", work=f"windows, 1x is {base:,}",
                   seconds=[home.train(base * n, TINY, repeat=1 if bench.quick else 2).wall for n in (1, 2, 4, 8)],
                   note="a whole run of one epoch with the smallest mlp, with the start of the program")]
