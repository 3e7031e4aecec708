"""Each shipped pipeline is valid, and has its drawn graph beside it."""

import unittest

import support

# Parameters without a default; `validate` sees that they name what is there.
HOME = ["captures=datasets", "devices=README.md"]
NEEDS = {"ipet": HOME, "train": HOME, "published": HOME, "preprint": HOME, "compare-models": HOME, "compare-defences": HOME,
         "budget-curve": HOME, "chorus": HOME, "games": HOME, "naming": HOME, "tunnel-ceiling": HOME, "chorus-attacks": [*HOME, "device=z"], "ingest": ["captures=datasets"],
         "mix": [*HOME, "generators=README.md"], "predict": ["generators=README.md"]}


class DrawnGraphs(unittest.TestCase):
    def test_every_pipeline_has_its_graph_beside_it(self):
        pipelines = sorted((support.SOURCE / "pipelines").glob("*.toml"))
        self.assertGreaterEqual(len(pipelines), 3)
        for path in pipelines:
            with self.subTest(path.name):
                given = [word for value in NEEDS.get(path.stem, []) for word in ("--set", value)]
                support.ipet("validate", path, *given, check=0)
                drawn = support.ipet("graph", path, "--format", "mermaid", *given, check=0).stdout
                kept = path.with_suffix(".mmd")
                self.assertTrue(kept.exists(), f"ipet graph {path.name} > {kept.name}")
                self.assertEqual(drawn, kept.read_text(), f"{kept.name} is out of date: ipet graph {path.name}")


class Reference(unittest.TestCase):
    def test_the_reference_of_all_plugins_is_up_to_date(self):
        drawn = support.ipet("inspect", "--all", "--format", "markdown", check=0).stdout
        self.assertIn(drawn, (support.SOURCE / "plugins" / "README.md").read_text(),
                      "plugins/README.md is out of date: ipet inspect --all --format markdown")


if __name__ == "__main__":
    support.main()
