"""Start of `ipet validate pipelines/ingest.toml`."""
import shutil

from bench import Row


def rows(bench):
    repeat = 3 if bench.quick else 30
    pipeline = bench.source / "pipelines/ingest.toml"
    ours = bench.measure([bench.ipet, "validate", pipeline, "--set", f"captures={pipeline.parent}"], cores=1, repeat=repeat)
    empty = bench.measure([shutil.which("true")], cores=1, repeat=repeat)
    note = ""
    if bench.build == (bench.source / "build" / "release").resolve():
        launcher = bench.measure([bench.source / "ipet", "validate", pipeline, "--set", f"captures={pipeline.parent}"],
                                 repeat=1 if bench.quick else 5, env={"IPET_SKIP_SETUP": "1"})
        note = f"The launcher ./ipet, which looks whether the build is up to date, takes {1000 * launcher.wall:.0f} ms with it."
    return [Row(part="start of ipet validate ingest.toml", unit="ms", ours=1000 * ours.wall, at_least=50, lower=True,
                limit_name="an empty process", limit=1000 * empty.wall, note=note)]
