#include "pipeline/definition/stages.hpp"

#include <algorithm>

#include "pipeline/definition/limits.hpp"
#include "pipeline/definition/toml_reader.hpp"
#include "pipeline/sdk/hint.hpp"
#include "pipeline/text/printable.hpp"

namespace ipet::definition {
namespace {

const std::vector<std::string> stage_keys = {"inputs", "options", "plugin"};
const std::vector<std::string> reserved_keys = {"when",    "resources", "cache",
                                                "ordered", "on_error",  "concurrency"};

class StageReader {
 public:
  StageReader(const Entry& entry, Problems& problems) : entry_(entry), problems_(problems) {
    out_.id = entry.key;
    out_.where = out_.inputs_where = entry.where;
    out_.options.where = entry.where;
  }

  StageDefinition read() {
    if (!is_name(entry_.key)) {
      report(problems_, "stage-id", entry_.where, "'" + text::shown(entry_.key) + "' is no stage id",
             "small letters, digits and _, beginning with a letter");
    }
    if (entry_.value.table() == nullptr) {
      report(problems_, "wrong-type", entry_.value.where,
             owner() + " takes a table, not " + entry_.value.toml());
      return out_;
    }
    check_keys();
    read_plugin();
    if (const Entry* inputs = entry_.value.find("inputs")) read_inputs(*inputs);
    if (const Entry* options = entry_.value.find("options")) read_options(*options);
    return out_;
  }

 private:
  [[nodiscard]] std::string owner() const { return "stage '" + text::shown(entry_.key) + "'"; }

  void check_keys() {
    for (const Entry& key : *entry_.value.table()) {
      if (std::find(reserved_keys.begin(), reserved_keys.end(), key.key) != reserved_keys.end()) {
        report(problems_, "reserved-key", key.where,
               owner() + ": '" + key.key + "' is reserved and not supported by this version of ipet",
               "an option of that name goes into options");
      } else if (std::find(stage_keys.begin(), stage_keys.end(), key.key) == stage_keys.end()) {
        problems_.push_back(unknown_key(key, owner(), stage_keys));
        problems_.back().hint += "; what the plugin takes goes into options";
      }
    }
  }

  void read_plugin() {
    const Entry* plugin = entry_.value.find("plugin");
    if (plugin == nullptr) {
      report(problems_, "missing-key", entry_.where, owner() + " has no plugin", "`ipet list` shows them");
      return;
    }
    out_.plugin_where = plugin->value.where;
    const auto* name = plugin->value.get_if<std::string>();
    if (name != nullptr && name->find_first_not_of(' ') != std::string::npos)
      out_.plugin = *name;
    else
      report(problems_, "wrong-type", plugin->value.where,
             owner() + ": plugin takes a name, not " + plugin->value.toml());
  }

  void read_options(const Entry& options) {
    if (options.value.table() != nullptr) {
      out_.options = options.value;
      return;
    }
    report(problems_, "wrong-type", options.value.where,
           owner() + ": options takes a table, not " + options.value.toml());
  }

  void read_inputs(const Entry& inputs) {
    out_.inputs_where = inputs.where;
    if (inputs.value.table() == nullptr)
      read_port("", inputs.value, nullptr);
    else
      for (const Entry& port : *inputs.value.table()) read_port(port.key, port.value, &port.where);
    if (out_.inputs.size() <= most_inputs) return;
    report(problems_, "too-many", inputs.where,
           owner() + ": " + std::to_string(out_.inputs.size()) + " inputs, more than " +
               std::to_string(most_inputs));
    out_.inputs.clear();
    out_.inputs_broken = true;
  }

  void read_port(const std::string& port, const Value& value, const Place* port_where) {
    if (const auto* references = value.get_if<Array>()) {
      for (const Value& reference : *references) read_reference(port, reference, port_where);
    } else {
      read_reference(port, value, port_where);
    }
  }

  void read_reference(const std::string& port, const Value& value, const Place* port_where) {
    const auto* text = value.get_if<std::string>();
    if (text == nullptr) {
      out_.inputs_broken = true;
      report(problems_, "wrong-type", value.where,
             owner() + ": an input is \"stage\" or \"stage.port\", not " + value.toml());
      return;
    }
    const std::size_t dot = text->find('.');
    InputReference reference;
    reference.port = port;
    reference.stage = text->substr(0, dot);
    if (dot != std::string::npos) reference.output = text->substr(dot + 1);
    reference.where = value.where;
    reference.port_where = port_where != nullptr ? *port_where : value.where;
    if (!is_name(reference.stage) || (dot != std::string::npos && !is_name(reference.output))) {
      out_.inputs_broken = true;
      report(problems_, "input", value.where, owner() + ": " + value.toml() + " is no reference",
             "write \"stage\" or \"stage.port\"");
      return;
    }
    out_.inputs.push_back(std::move(reference));
  }

  const Entry& entry_;
  Problems& problems_;
  StageDefinition out_;
};

}  // namespace

std::vector<StageDefinition> read_stages(const Value& root, const std::filesystem::path& file,
                                         Problems& problems) {
  std::vector<StageDefinition> out;
  const Value& stages = root.find("stages")->value;
  if (stages.table()->size() > most_stages) {
    report(problems, "too-many", stages.table()->at(most_stages).where,
           std::to_string(stages.table()->size()) + " stages, more than " + std::to_string(most_stages));
    return out;
  }
  for (const Entry& entry : *stages.table()) out.push_back(StageReader(entry, problems).read());
  if (out.empty())
    report(problems, "missing-key", whole_file(file), "no stages", "a stage is a table [stages.NAME]");
  return out;
}

Problem unknown_key(const Entry& entry, const std::string& owner, const std::vector<std::string>& known) {
  return {"unknown-key", entry.where, owner + ": no key '" + text::shown(entry.key) + "'",
          misspelt_hint(entry.key, known, "keys: ")};
}

bool is_name(const std::string& text) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
  constexpr std::string_view all = "abcdefghijklmnopqrstuvwxyz0123456789_";
  return !text.empty() && letters.find(text[0]) != std::string_view::npos &&
         text.find_first_not_of(all) == std::string::npos;
}

bool is_at(const std::vector<Place>& places, const Place& where) {
  return std::any_of(places.begin(), places.end(), [&](const Place& place) {
    return place.line == where.line && place.column == where.column && place.file && where.file &&
           *place.file == *where.file;
  });
}

}  // namespace ipet::definition
