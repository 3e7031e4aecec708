"""The games of pipelines/games.toml on four short days of the synthetic home; results against what the captures say."""

import csv

import h5py
import numpy as np

import support

PIPELINE = support.home_pipeline("games", 4, 1200) + """
[stages.activity]
plugin = "activity"
inputs.traces = "devices.packets"
options.lines = "home"
options.repeats = 2
options.draws = 2
options.levels = ["T0", "T2"]
options.defences = ["netflow"]
options.attackers = [{ name = "aggregate_attacker", model = { name = "gradient_boosting", rounds = 10 }, minutes = MINUTES }]

[stages.presence]
plugin = "presence"
inputs.traces = "devices.packets"
options.homes = 20
options.repeats = 1
options.draws = 1
options.levels = ["T0"]
options.vote_minutes = [20]
options.products = [["plug-kitchen", "plug-desk"]]
options.attackers = [{ name = "aggregate_attacker", model = { name = "gradient_boosting", rounds = 10 }, minutes = 5 }]

[stages.scores]
plugin = "csv_writer"
inputs = ["activity.report", "presence.report"]
options.file = "${run.output}/games.csv"

[stages.store]
plugin = "hdf5_writer"
inputs = ["devices.summary", "devices.packets", "activity.report", "presence.report"]
options.file = "${run.output}/games.h5"
"""


def minutes_of_large_bursts(rows, day):
    """Begins of whole minutes of the day with a packet of a run of at least 8 packets, gaps under 2 s."""
    times = rows["time_ns"][(rows["size"] > 0) & (rows["time_ns"] // 86_400_000_000_000 == day)]
    runs = np.split(times, np.flatnonzero(np.diff(times) >= 2_000_000_000) + 1)
    return {minute for run in runs if len(run) >= 8 for minute in range(run[0] // 60_000_000_000, run[-1] // 60_000_000_000 + 1)}


class Games(support.WithFolder):
    def play(self, folder, minutes, *arguments, check=0):
        file = self.write("games.toml", PIPELINE.replace("MINUTES", str(minutes)))
        return support.ipet("run", file, "--output", self.folder / folder, *arguments, check=check)

    def test_say_what_can_be_found_and_what_defences_cost(self):
        done = self.play("one", 1)
        for text in ("the game 'activity': in which minutes", "the game 'presence': which products", "plug-kitchen | plug-desk"):
            self.assertIn(text, done.stdout)
        with open(self.folder / "one" / "games.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        with h5py.File(self.folder / "one" / "games.h5") as file:
            stored = support.table(file["detection/scores"])
            packets = {device: support.table(table) for capture in file["packets"].values() for device, table in capture.items()}
            (days,) = {tuple(sorted({int(t) // 86_400_000_000_000 for capture in file["packets"].values()
                                     for table in capture.values() for t in table["time_ns"][:1]}))}
            camera = {day: minutes_of_large_bursts(np.concatenate([support.table(capture["camera-hall"])
                                                                   for capture in file["packets"].values()
                                                                   if "camera-hall" in capture]), day) for day in days[-2:]}
        self.assertGreater(len(packets), 10)
        self.assertEqual(len(rows), len(stored))
        np.testing.assert_array_equal([float(row["average_precision"] or "nan") for row in rows], stored["average_precision"])

        activity = {(row["defence"], row["level"], row["target"]): row for row in rows if row["game"] == "activity"}
        found = activity["none", "T0", "camera-hall"]
        # Day one warms up, one of the others is trained on; the last two hold 21 minutes each at most.
        self.assertLessEqual(float(found["moments"]), 42)
        self.assertGreaterEqual(float(found["positives"]), sum(map(len, camera.values())))
        self.assertGreater(sum(map(len, camera.values())), 0)
        covered = activity["netflow", "T2", "camera-hall"]
        self.assertEqual((found["draws"], covered["draws"]), ("1", "2"))
        self.assertEqual((found["lines"], covered["lines"]), ("1", "1"))
        self.assertEqual(float(found["payload_bytes_per_second"]), 0)
        self.assertGreater(float(covered["payload_bytes_per_second"]), 0)

        presence = {(row["target"], row["seconds"]): row for row in rows if row["game"] == "presence"}
        # Two days with twenty homes each.
        self.assertEqual(float(presence["hub-zigbee", "1200"]["moments"]) % 40, 0)
        self.assertGreater(float(presence["hub-zigbee", "300"]["area_under_curve"]), 0.9)

    def test_do_not_depend_on_the_number_of_threads(self):
        self.play("one", 1, "-j", "1")
        self.play("two", 1, "-j", "2")
        self.assertEqual((self.folder / "one" / "games.csv").read_bytes(), (self.folder / "two" / "games.csv").read_bytes())

    def test_attackers_of_other_rows_than_minutes_are_refused_before_the_run(self):
        done = self.play("none", 15, check=2)
        self.assertIn("option 'attackers'", done.stderr)
        self.assertIn("looks at aggregates of 15 min, and is asked about each minute: take an attacker with minutes = 1", done.stderr)


if __name__ == "__main__":
    support.main()
