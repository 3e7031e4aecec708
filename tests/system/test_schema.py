"""`ipet schema`: editors complete and check pipeline files by it. The validator here knows what it uses of JSON Schema, draft 7."""

import json
import re
import tomllib

import support

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}


def fits_type(value, name):
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


class Validator:
    def __init__(self, root):
        self.root = root

    def faults(self, value, schema, path=""):
        """What is wrong, as (path, keyword)."""
        if "$ref" in schema:
            return self.faults(value, self.root["definitions"][schema["$ref"].removeprefix("#/definitions/")], path)
        found = []
        if "anyOf" in schema and all(self.faults(value, each, path) for each in schema["anyOf"]):
            found.append((path, "anyOf"))
        for each in schema.get("allOf", []):
            if "if" not in each or not self.faults(value, each["if"], path):
                found += self.faults(value, each.get("then", each), path)
        if "type" in schema and not fits_type(value, schema["type"]):
            return found + [(path, "type")]
        if "const" in schema and value != schema["const"] or "enum" in schema and value not in schema["enum"]:
            found.append((path, "enum"))
        if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
            found.append((path, "pattern"))
        if isinstance(value, (int, float)) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            found.append((path, "range"))
        if isinstance(value, list) and "items" in schema:
            for i, each in enumerate(value):
                found += self.faults(each, schema["items"], f"{path}/{i}")
        if isinstance(value, dict):
            found += [(path, f"without {key}") for key in schema.get("required", []) if key not in value]
            others = schema.get("additionalProperties", True)
            for key, each in value.items():
                if key in schema.get("properties", {}):
                    found += self.faults(each, schema["properties"][key], f"{path}/{key}")
                elif others is False:
                    found.append((f"{path}/{key}", "unknown"))
                elif others is not True:
                    found += self.faults(each, others, f"{path}/{key}")
        return found


class Schema(support.WithFolder):
    @classmethod
    def setUpClass(cls):
        cls.schema = json.loads(support.ipet("schema", check=0).stdout)
        cls.validator = Validator(cls.schema)

    def faults(self, text):
        return self.validator.faults(tomllib.loads(text), self.schema)

    def test_all_shipped_files_follow_it(self):
        files = [*support.SOURCE.glob("pipelines/**/*.toml")]
        self.assertGreater(len(files), 15)
        for file in files:
            self.assertEqual(self.faults(file.read_text()), [], file)

    def test_mistakes_of_each_kind_are_found_at_their_place(self):
        for text, place in (
                ('[stages.w]\nplugin = "windwing"', "/stages/w/plugin"),
                ('[stages.w]\nplugin = "windowing"\noptions.omga = 1.0', "/stages/w/options/omga"),
                ('[stages.w]\nplugin = "windowing"\noptions.total_time = -1', "/stages/w/options/total_time"),
                ('[stages.w]\nplugin = "windowing"\noptions.silence = "never"', "/stages/w/options/silence"),
                ('[stages.w]\nplugin = "windowing"\ninput = "devices"', "/stages/w/input"),
                ('[stages.m]\nplugin = "mixer"\noptions.defence = "chros"', "/stages/m/options/defence"),
                ('[stages.m]\nplugin = "mixer"\noptions.defence = { name = "front", cell = 3 }', "/stages/m/options/defence"),
                ('[params.x]\ntype = "text"', "/params/x/type"),
                ('[run]\nseed = -1', "/run/seed"),
                ("stage = {}", "/stage")):
            with self.subTest(text):
                self.assertIn(place, [path for path, _ in self.faults(text)])

    def test_what_a_parameter_gives_may_stand_anywhere(self):
        self.assertEqual(self.faults('[run]\nseed = "${params.seed}"\n[stages.w]\nplugin = "windowing"\n'
                                     'options = { omega = "100 ms", silence = "${params.silence}", total_time = 4 }'), [])

    def test_options_have_their_line_of_documentation_and_their_default(self):
        known = {each["name"]: each for each in json.loads(support.ipet("inspect", "windowing", "--format", "json", check=0).stdout)[0]["options"]}
        said = self.schema["definitions"]["stage.windowing"]["properties"]
        self.assertEqual(set(said), set(known))
        for name, option in known.items():
            self.assertTrue(said[name]["description"].startswith(option["about"]), name)
            self.assertEqual(said[name].get("default"), option.get("default"), name)


if __name__ == "__main__":
    support.main()
