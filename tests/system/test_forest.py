"""The random forest as an attacker through the whole program: trained on aggregates, stored, scored on clean and
defended traffic, and refused where it does not fit."""

import h5py
import numpy as np

import support

HEAD = """schema = 1
name = "forest"
[run]
output = "{output}"
seed = 20
[stages.capture]
plugin = "pcap_reader"
options.files = "{home}"
[stages.devices]
plugin = "device_splitter"
inputs = "capture"
options.devices = "{home}/devices.toml"
[stages.aggregates]
plugin = "aggregation"
inputs = "devices.packets"
options.agg_minutes = {minutes}
"""

FOREST = """[stages.forest]
plugin = "discriminator_training"
inputs.aggregates = "aggregates"
options = {{ model = "forest", split = "{split}" }}
[stages.forest_attack]
plugin = "evaluation"
inputs.aggregates = "aggregates"
inputs.discriminator = "forest"
"""

# Generators that are hardly trained: what matters here is that their traffic reaches the forest.
DEFENCE = """inputs.defended_aggregates = "defended_aggregates"
inputs.overhead = "mixed.summary"
[stages.windows]
plugin = "windowing"
inputs = "devices.packets"
[stages.lstm]
plugin = "discriminator_training"
inputs.windows = "windows"
options = { model = "lstm", split = "random", max_epochs = 1, max_windows_per_device = 40 }
[stages.generators]
plugin = "generator_training"
inputs = { windows = "windows", discriminator = "lstm" }
options = { training_stages = 1, chains = 1, generator_epochs = [1], discriminator_epochs = [1], max_windows_per_device = 20 }
[stages.perturbations]
plugin = "predictor"
inputs.generators = "generators"
options.num_samples = 1
[stages.mixed]
plugin = "mixer"
inputs = { packets = "devices.packets", perturbations = "perturbations" }
[stages.defended_aggregates]
plugin = "aggregation"
inputs = "mixed.packets"
options.agg_minutes = 1.0
[stages.lstm_attack]
plugin = "evaluation"
inputs = { windows = "windows", discriminator = "lstm" }
[stages.store]
plugin = "hdf5_writer"
inputs = ["devices.summary", "aggregates", "defended_aggregates", "forest", "lstm_attack", "forest_attack"]
options.file = "${run.output}/forest.h5"
"""

TRAINED_AGAINST = """[stages.windows]
plugin = "windowing"
inputs = "devices.packets"
[stages.generators]
plugin = "generator_training"
inputs = { windows = "windows", discriminator = "forest" }
"""


def home(packets):
    """`packets` of the device `cam` and of a second one, which sends more rarely and other sizes."""
    other = bytes.fromhex("020000000002")
    frames = []
    for i in range(packets):
        frames.append((1_700_000_000 + 0.7 * i, support.udp_frame(20 + i % 50, i % 3 != 0)))
        if i % 4 == 0:
            frame = support.udp_frame(200 + i % 30, i % 8 != 0)
            frame = frame.replace(bytes.fromhex("020000000001"), other).replace(bytes([192, 168, 1, 10]),
                                                                                bytes([192, 168, 1, 11]))
            frames.append((1_700_000_000 + 0.7 * i + 0.1, frame))
    return support.pcap(frames)


class Forest(support.WithFolder):
    def setUp(self):
        super().setUp()
        self.write("home/a.pcap", home(3000))  # 35 minutes
        self.write("home/devices.toml", support.DEVICES_TOML + '\n[[device]]\nname = "plug"\nmac = "02:00:00:00:00:02"\n')

    def pipeline(self, *parts, minutes="1.0", split="random"):
        text = "".join(parts[:2]).format(output=self.folder / "run", home=self.folder / "home", minutes=minutes,
                                         split=split) + "".join(parts[2:])
        return self.write("forest.toml", text)

    def test_attacks_clean_and_defended_traffic_beside_a_network(self):
        done = support.ipet("run", self.pipeline(HEAD, FOREST, DEFENCE), check=0)
        for words in ("static forest", "retrained forest", "static lstm", "by aggregates of their traffic"):
            self.assertIn(words, done.stdout)
        with h5py.File(self.folder / "run" / "forest.h5") as file:
            scores = support.table(file["evaluation/scores"])
            rows = [(s["stage"].decode(), s["defence"].decode(), s["attacker"].decode()) for s in scores]
            self.assertEqual(rows, [("forest_attack", "none", "static forest"),
                                    ("forest_attack", "perturbation", "static forest"),
                                    ("forest_attack", "perturbation", "retrained forest"),
                                    ("lstm_attack", "none", "static lstm")])
            # The two send sizes that never meet; cover traffic is of a third kind, which a new forest sees through.
            self.assertEqual(scores["accuracy"][0], 1)
            self.assertGreater(scores["accuracy"][2], 0.9)
            self.assertGreater(np.sum(file["defended_aggregates/features"][:, [0, 5, 10, 15]]),
                               np.sum(file["aggregates/features"][:, [0, 5, 10, 15]]))
            self.check_model(file)

    def check_model(self, file):
        model = file["models/forest"]
        self.assertEqual(model.attrs["model"], "forest")
        self.assertEqual((model.attrs["slots"], model.attrs["omega"]), (0, 60))
        self.assertEqual(list(model.attrs["features"]), list(file["aggregates/features"].attrs["columns"]))
        trees = model["parameters/tree_class"][:]
        self.assertEqual([list(trees).count(c) for c in (0, 1)], [100, 100])
        self.assertEqual(model["parameters/tree_nodes"][:].sum(), len(model["parameters/node_feature"]))
        # Whoever can walk a tree can ask the stored forest: all aggregates are named correctly.
        features, device = file["aggregates/features"][:], file["aggregates/device"][:]
        p = {name.split("/")[-1]: model["parameters"][name][:] for name in model["parameters"]}
        first = np.concatenate([[0], np.cumsum(p["tree_nodes"])[:-1]]).astype(int)
        shares = np.zeros((len(features), 2))
        for tree, start in enumerate(first):
            for i, row in enumerate(features):
                node = start
                while p["node_feature"][node] >= 0:
                    below = row[int(p["node_feature"][node])] < p["node_threshold"][node]
                    node = start + int(p["node_left" if below else "node_right"][node])
                shares[i, int(p["tree_class"][tree])] += p["node_value"][node]
        self.assertTrue(np.array_equal(shares.argmax(axis=1), device))

    def test_is_no_target_for_generators(self):
        done = support.ipet("run", self.pipeline(HEAD, FOREST, TRAINED_AGAINST), check=1)
        self.assertIn("stage 'generators' (plugin generator_training): generators cannot be trained against model "
                      "'forest': it has no gradients; use lstm, gru, cnn or mlp here; forest can attack (evaluation)",
                      done.stderr)

    def test_needs_aggregates_to_learn_from(self):
        text = FOREST.replace('inputs.aggregates = "aggregates"\noptions', 'inputs.windows = "windows"\noptions')
        done = support.ipet("run", self.pipeline(HEAD, text, '[stages.windows]\nplugin = "windowing"\n'
                                                             'inputs = "devices.packets"\n'), check=1)
        self.assertIn("stage 'forest' (plugin discriminator_training): model 'forest' looks at aggregates: connect the "
                      "input 'aggregates' to a stage of plugin 'aggregation'", done.stderr)

    def test_a_network_needs_windows_to_learn_from(self):
        done = support.ipet("run", self.pipeline(HEAD, FOREST.replace('"forest", split', '"lstm", split')), check=1)
        self.assertIn("model 'lstm' looks at windows: connect the input 'windows' to a stage of plugin 'windowing'",
                      done.stderr)

    def test_needs_aggregates_to_be_scored_on(self):
        text = FOREST.replace('inputs.aggregates = "aggregates"\ninputs.disc', 'inputs.windows = "windows"\ninputs.disc')
        done = support.ipet("run", self.pipeline(HEAD, text, '[stages.windows]\nplugin = "windowing"\n'
                                                             'inputs = "devices.packets"\n'), check=1)
        self.assertIn("stage 'forest_attack' (plugin evaluation): model 'forest' looks at aggregates: connect the input "
                      "'aggregates'", done.stderr)

    def test_bad_options_are_refused_before_the_run(self):
        path = self.pipeline(HEAD, FOREST.replace('"forest", split', '{{ name = "forest", features_per_split = "root" '
                                                                     '}}, split'))
        done = support.ipet("validate", path, check=2)
        self.assertIn("\"root\" is neither \"sqrt\" nor a share above 0 and up to 1", done.stderr)


class RealHome(support.WithFolder):
    @support.needs_real("cset21-home")
    def test_names_devices_of_a_day_it_has_not_seen(self):
        text = (HEAD + FOREST).format(output=self.folder / "run", home=support.REAL / "cset21-home", minutes="15.0",
                                      split="day")
        path = self.write("forest.toml", text + '[stages.store]\nplugin = "hdf5_writer"\ninputs = "forest_attack"\n'
                                                'options.file = "${run.output}/forest.h5"\n')
        support.ipet("run", path, check=0)
        with h5py.File(self.folder / "run" / "forest.h5") as file:
            (score,) = support.table(file["evaluation/scores"])
            print(f"forest, by day: accuracy {score['accuracy']:.3f}, macro F1 {score['macro_f1']:.3f}, "
                  f"majority {score['majority']:.3f} of {score['windows']} aggregates")
            self.assertGreater(score["accuracy"], score["majority"] + 0.5)


if __name__ == "__main__":
    support.main()
