"""`ipet validate` of each pipeline that ships, with plugins that were described before."""
import json
import shutil
import subprocess

from bench import Row


def words(bench, pipeline):
    """With a value for each parameter that needs one: a file that is there."""
    done = subprocess.run([bench.ipet, "validate", pipeline, "--format", "json"], capture_output=True, text=True,
                          cwd=bench.source)
    missing = [problem["message"].split("'")[1] for problem in json.loads(done.stdout)["problems"]
               if problem["code"] == "missing-param"]
    return ["validate", pipeline, *(word for name in missing for word in ("--set", f"{name}={pipeline}"))]


def rows(bench):
    folder, bench.folder = bench.folder, bench.source  # where paths in the pipelines begin; validate writes nothing
    try:
        return measured(bench)
    finally:
        bench.folder = folder


def measured(bench):
    repeat = 3 if bench.quick else 30
    empty = bench.measure([shutil.which("true")], cores=1, repeat=repeat)
    out = []
    for pipeline in sorted((bench.source / "pipelines").glob("*.toml")):
        arguments = words(bench, pipeline)
        for kept in (bench.build / "bin" / "plugins").glob("*.description"):
            kept.unlink()
        first = bench.measure([bench.ipet, *arguments], cores=1, repeat=1)
        ours = bench.measure([bench.ipet, *arguments], cores=1, repeat=repeat)
        note = f"The first time, when the plugins are loaded to be described: {1000 * first.wall:.0f} ms."
        if pipeline.stem == "ingest" and bench.build == (bench.source / "build" / "release").resolve():
            launcher = bench.measure([bench.source / "ipet", *arguments], repeat=1 if bench.quick else 5, env={"IPET_SKIP_SETUP": "1"})
            note += f" The launcher ./ipet, which looks whether the build is up to date, takes {1000 * launcher.wall:.0f} ms with it."
        out.append(Row(part=f"ipet validate {pipeline.name}", unit="ms", ours=1000 * ours.wall, at_least=100, lower=True,
                       limit_name="an empty process", limit=1000 * empty.wall, note=note))
    return out
