"""What a result file keeps of splits and answers is enough to compute every score again, to compare attackers row by row
and to hold a vote; splits are the same for the same split_seed, and folds test everything once."""

import csv
import subprocess
import sys

import h5py
import numpy as np

import support

PIPELINE = """schema = 1
name = "predictions"

[stages.capture]
plugin = "pcap_reader"
options.files = "home"

[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.devices = "home/devices.toml"

[stages.windows]
plugin = "windowing"
inputs = "devices.packets"

[stages.discriminator]
plugin = "discriminator_training"
inputs.windows = "windows"
options = { model = { name = "mlp", dense_width = 8 }, max_epochs = 2, SPLIT }

[stages.mixed]
plugin = "mixer"
inputs.packets = "devices.packets"
options.defence = "netflow"

[stages.defended_windows]
plugin = "windowing"
inputs = "mixed.packets"

[stages.evaluation]
plugin = "evaluation"
inputs = { windows = "windows", discriminator = "discriminator", defended = "defended_windows", overhead = "mixed.summary" }
options = { defence_name = "netflow", max_epochs = 2, EVALUATION }

[stages.store]
plugin = "hdf5_writer"
inputs = ["devices.summary", "windows", "discriminator", "evaluation"]
options.file = "${run.output}/result.h5"

[stages.answers]
plugin = "csv_writer"
inputs = "evaluation"
options = { file = "${run.output}/predictions.csv", table = "predictions" }
"""

DEVICES = 3
DAYS = 4


def day(number):
    """Twenty minutes of three devices whose sizes and gaps overlap, so that nobody tells them apart for sure."""
    random = np.random.default_rng(number)
    packets = []
    for d in range(DEVICES):
        time = 1_700_006_400 + 86_400 * number + random.uniform(0, 5)
        while time < 1_700_006_400 + 86_400 * number + 1200:
            frame = support.udp_frame(int(random.integers(20, 60 + 30 * d)), random.random() < 0.5)
            own = bytes([2, 0, 0, 0, 0, d + 1])
            frame = frame.replace(bytes.fromhex("020000000001"), own)
            packets.append((time, frame.replace(bytes([192, 168, 1, 10]), bytes([192, 168, 1, 10 + d]))))
            time += random.exponential(3 + d)
    return support.pcap(sorted(packets, key=lambda packet: packet[0]))


def devices_toml():
    text = 'local_networks = ["192.168.0.0/16"]\n'
    for d in range(DEVICES):
        text += f'\n[[device]]\nname = "device {d}"\nmac = "02:00:00:00:00:0{d + 1}"\n'
    return text


def answers_of(file, score):
    """(rows, truth, predicted, probabilities) of one row of /evaluation/scores."""
    p = file["evaluation/predictions"]
    of = p["score"][:] == score
    return p["row"][:][of], p["truth"][:][of], p["predicted"][:][of], p["probabilities"][:][of]


def identities(file):
    """(view, capture, device, start) of every test row."""
    r = file["evaluation/test_rows"]
    views, captures = r["views"].asstr()[:], r["captures"].asstr()[:]
    devices = list(file["evaluation"].attrs["devices"])
    return list(zip(views[r["view"][:]], captures[r["capture"][:]], [devices[d] for d in r["device"][:]],
                    r["start"][:].tolist()))


def windows_of(group, devices):
    """The same of /windows and of /models/<stage>/split, without the view."""
    captures = group["captures"].asstr()[:]
    return list(zip(captures[group["capture"][:]], [devices[d] for d in group["device"][:]],
                    group["start"][:].tolist()))


def macro_f1(confusion):
    """Mean F1 over classes with rows; 2 TP / (2 TP + FP + FN)."""
    hits, rows, named = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    present = rows > 0
    return np.mean((2 * hits / np.maximum(rows + named, 1))[present])


class Predictions(support.WithFolder):
    def setUp(self):
        super().setUp()
        for number in range(DAYS):
            self.write(f"home/day{number}.pcap", day(number))
        self.write("home/devices.toml", devices_toml())

    def run_ipet(self, split='split = "day"', evaluation="patience = 4", extra="", arguments=(), name="out", check=0):
        text = PIPELINE.replace("SPLIT", split).replace("EVALUATION", evaluation).replace('"home', f'"{self.folder}/home')
        file = self.write("predictions.toml", text + extra)
        done = support.ipet("run", file, "--output", self.folder / name, *arguments, check=check)
        self.result = self.folder / name / "result.h5"
        return done

    def test_give_every_score_again_of_windows_that_the_split_holds_back(self):
        self.run_ipet()
        with h5py.File(self.result) as file:
            scores, devices = file["evaluation/scores"][:], list(file["evaluation"].attrs["devices"])
            self.assertEqual(len(scores), 3)
            for i, score in enumerate(scores):
                rows, truth, predicted, probabilities = answers_of(file, i)
                self.assertEqual(len(rows), score["windows"])
                self.assertTrue(np.array_equal(probabilities.argmax(axis=1), predicted))
                np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
                self.assertTrue(np.array_equal(truth, file["evaluation/test_rows/device"][:][rows]))
                confusion = np.zeros((len(devices), len(devices)), np.uint64)
                np.add.at(confusion, (truth, predicted), 1)
                self.assertTrue(np.array_equal(confusion, file["evaluation/confusion"][i]))
                self.assertAlmostEqual(np.mean(truth == predicted), score["accuracy"], places=12)
                self.assertAlmostEqual(macro_f1(confusion.astype(float)), score["macro_f1"], places=12)
            # Hard enough that the test can fail.
            self.assertLess(scores["accuracy"].min(), 1)
            self.check_csv(file)
            self.check_windows(file)
            self.check_pairs(file)

    def check_csv(self, file):
        with open(self.result.with_name("predictions.csv"), newline="") as rows:
            rows = list(csv.DictReader(rows))
        p = file["evaluation/predictions"]
        devices = list(file["evaluation"].attrs["devices"])
        self.assertEqual([r["predicted"] for r in rows], [devices[d] for d in p["predicted"][:]])
        names = identities(file)
        of = [names[r] for r in p["row"][:]]
        started = np.array([r["start"].rstrip("Z") for r in rows], "datetime64[ns]").astype(np.int64)
        self.assertEqual([(r["view"], r["capture"], r["device"], int(s)) for r, s in zip(rows, started)], of)
        columns = np.float32([[r["probability_" + d] for d in devices] for r in rows])
        self.assertTrue(np.array_equal(columns, p["probabilities"][:]))

    def check_windows(self, file):
        """Test rows are windows that the split holds back."""
        names = [n.decode() for n in file["devices"]["name"]]
        windows = windows_of(file["windows"], names)
        model = file["models/discriminator"]
        split = windows_of(model["split"], list(model.attrs["classes"]))
        self.assertEqual(sorted(split), sorted(windows))
        parts = h5py.check_enum_dtype(model["split/part"].dtype)
        of = {name: {w for w, part in zip(split, model["split/part"][:]) if part == value}
              for name, value in parts.items()}
        for name in ("training", "validation", "test"):
            self.assertEqual(len(of[name]), model.attrs[name + "_windows"])
        tested = {i[1:] for i in identities(file) if i[0] == "windows"}
        self.assertEqual(tested, of["test"])
        days = {start // (86_400 * 10**9) for _, _, start in tested}
        self.assertEqual(days, set(model["split_test_days"][:]))
        # The day that a row says it belongs to begins at midnight.
        rows = file["evaluation/test_rows"]
        self.assertTrue(np.array_equal(rows["day"][:], rows["start"][:] // (86_400 * 10**9) * (86_400 * 10**9)))

    def check_pairs(self, file):
        """What two attackers answered can be compared row by row."""
        static, retrained = answers_of(file, 1), answers_of(file, 2)
        self.assertTrue(np.array_equal(static[0], retrained[0]))  # the same rows
        right = [of[1] == of[2] for of in (static, retrained)]
        only_static, only_retrained = np.sum(right[0] & ~right[1]), np.sum(~right[0] & right[1])
        accuracy = file["evaluation/scores"]["accuracy"]
        # What McNemar's test counts explains the difference of the scores.
        self.assertAlmostEqual((only_static - only_retrained) / len(right[0]), accuracy[1] - accuracy[2], places=12)
        self.assertGreater(only_static + only_retrained, 0)

    def test_can_be_left_out(self):
        self.run_ipet(evaluation='predictions = "devices"')
        with h5py.File(self.result) as file:
            self.assertNotIn("probabilities", file["evaluation/predictions"])
            self.assertEqual(len(file["evaluation/predictions/predicted"]), file["evaluation/scores"]["windows"].sum())
        self.run_ipet(evaluation='predictions = "none"')
        with h5py.File(self.result) as file:
            self.assertNotIn("predictions", file["evaluation"])
            self.assertNotIn("test_rows", file["evaluation"])

    def test_are_the_same_bytes_for_any_number_of_threads(self):
        split = 'split = "random", folds = 3, fold = 1'
        self.run_ipet(split, arguments=("-j", "1"))
        (self.folder / "out").rename(self.folder / "one")
        self.run_ipet(split, arguments=("-j", "4"))
        compared = subprocess.run(
            [sys.executable, "-B", support.SOURCE / "tests/integration/compare_hdf5.py", self.folder / "one/result.h5",
             self.result], text=True, capture_output=True)
        self.assertEqual(compared.returncode, 0, compared.stdout + compared.stderr)
        self.assertEqual((self.folder / "one/predictions.csv").read_bytes(),
                         (self.folder / "out/predictions.csv").read_bytes())

    def asked(self, seed, split):
        self.run_ipet(split, arguments=("--set", f"run.seed={seed}"))
        with h5py.File(self.result) as file:
            clean = [i for i in identities(file) if i[0] == "windows"]
            return clean, answers_of(file, 0)[3]

    def test_are_of_the_same_windows_for_all_seeds_with_one_split_seed(self):
        pinned = 'split = "random", split_seed = 7, max_windows_per_device = 60'
        first, second = self.asked(1, pinned), self.asked(2, pinned)
        self.assertEqual(first[0], second[0])
        self.assertFalse(np.array_equal(first[1], second[1]))  # another network
        free = 'split = "random", max_windows_per_device = 60'
        self.assertNotEqual(self.asked(1, free)[0], self.asked(2, free)[0])

    def test_cover_every_window_once_over_a_sweep_of_folds(self):
        for split, folds in (('split = "leave_one_day_out"', DAYS), ('split = "auto", folds = 3', 3)):
            sweep = f'\n[sweep]\n"stages.discriminator.options.fold" = {list(range(folds))}\n'
            self.run_ipet(split, extra=sweep, arguments=("--sweep",), name=f"sweep{folds}")
            tested, windows = [], set()
            for fold in range(folds):
                with h5py.File(self.folder / f"sweep{folds}" / f"fold={fold}" / "result.h5") as file:
                    attributes = file["models/discriminator"].attrs
                    self.assertEqual((attributes["split_folds"], attributes["split_fold"]), (folds, fold))
                    names = [n.decode() for n in file["devices"]["name"]]
                    windows.update(windows_of(file["windows"], names))
                    tested += [i[1:] for i in identities(file) if i[0] == "windows"]
            self.assertEqual(len(tested), len(set(tested)))
            self.assertEqual(set(tested), windows)

    def test_of_folds_that_there_are_not_are_refused(self):
        done = self.run_ipet('split = "day", folds = 4, fold = 4', check=2)
        self.assertRegex(done.stderr, r"predictions\.toml:\d+:\d+: error\[option-value\]: stage 'discriminator': "
                                      r"option 'fold': there is no fold 4: 4 folds are 0 to 3")
        done = self.run_ipet('split = "day", folds = 5', check=1)
        self.assertIn("stage 'discriminator' (plugin discriminator_training): split: the windows are of 4 days, and 5 "
                      'folds need 5: take fewer folds, or split by "random"', done.stderr)
        done = self.run_ipet('split = "leave_one_day_out", fold = 4', check=1)
        self.assertIn("there is no fold 4: the windows are of 4 days, so that leaving one day out has folds 0 to 3",
                      done.stderr)


if __name__ == "__main__":
    support.main()
