"""Training on windows that stay in their HDF5 file, against the same training with all of them in memory.

Both give the same bits: tests/system/test_training_from_disk.py, tests/fingerprint/window_feed.cpp."""
import pathlib
import shutil
import sys

from bench import Row, Series

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "system"))
import stored_windows  # noqa: E402

LSTM = '"lstm"'
TINY = '{ name = "mlp", first_width = 4, second_width = 2, dense_width = 8 }'


class Home:
    """Result files with made-up windows, deflated as hdf5_writer does."""

    def __init__(self, bench):
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

    def epochs(self, windows, model):
        """{"file" and "memory": (seconds of one epoch, CPU seconds of one epoch, peak MiB)}: from runs of one epoch and
        of three, so that all else cancels. Best of some, taken in turns."""
        runs = {}
        for _ in range(1 if self.bench.quick else 3):
            for key in [(where, epochs) for where in ("file", "memory") for epochs in (1, 3)]:
                runs.setdefault(key, []).append(self.train(windows, model, *key, repeat=1))

        def best(where, quantity):
            one, three = (min(quantity(run) for run in runs[where, epochs]) for epochs in (1, 3))
            return max(three - one, 1e-3) / 2
        return {where: (best(where, lambda run: run.wall), best(where, lambda run: run.cpu),
                        max(run.peak for run in runs[where, 3])) for where in ("file", "memory")}


def rows(bench):
    home = Home(bench)
    cases = [("lstm", LSTM, 20_000), ("smallest mlp", TINY, 100_000)]
    for name, model, windows in cases[1:] if bench.quick else cases:
        windows = 6000 if bench.quick else windows
        found = home.epochs(windows, model)
        (ours, cpu, peak), (peer, peer_cpu, all_of_it) = found["file"], found["memory"]
        yield Row(
            part=f"training from disk, {name}", unit="windows/s", ours=windows / ours, peer_name="the same in memory",
            peer=windows / peer,
            note=f"an epoch of {windows:,} windows of 40 slots with validation, shuffle_buffer 16,384; CPU time "
                 f"{cpu / windows * 1e6:.1f} us a window, in memory {peer_cpu / windows * 1e6:.1f}; peak {peak:.0f} MiB, "
                 f"in memory {all_of_it:.0f} MiB, of which the program and LibTorch alone take about 190")


def series(bench):
    home = Home(bench)
    base = 1000 if bench.quick else 50_000
    return [Series(part="training from disk", work=f"windows, 1x is {base:,}",
                   seconds=[home.train(base * n, TINY, repeat=1 if bench.quick else 2).wall for n in (1, 2, 4, 8)],
                   note="a whole run of one epoch with the smallest mlp, with the start of the program")]
