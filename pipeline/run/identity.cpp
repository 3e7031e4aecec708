#include "pipeline/run/identity.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "pipeline/run/checksum.hpp"
#include "pipeline/sdk/input_path.hpp"

namespace ipet::run {
namespace {

namespace fs = std::filesystem;

class Identity {
 public:
  Identity(const plan::Plan& plan, const std::string& version) : plan_(plan) {
    if (!plan.run.output.empty()) output_ = place(plan.run.output);
    add(version);
    add(plan.name);
    add(std::to_string(plan.run.seed));
  }

  std::string of(std::size_t stage) {
    std::vector<bool> needed(plan_.stages.size());
    needed[stage] = true;
    for (std::size_t i = stage + 1; i-- > 0;) {
      for (const plan::Edge& edge : plan_.edges)
        if (edge.to == i && needed[i]) needed[edge.from] = true;
    }
    for (std::size_t i = 0; i <= stage; ++i)
      if (needed[i]) add_stage(i);
    return checksum_text(text_);
  }

 private:
  /// With its length, so that no two lists of texts give the same.
  void add(const std::string& text) { text_ += std::to_string(text.size()) + ':' + text; }

  void add_stage(std::size_t index) {
    const plan::PlannedStage& stage = plan_.stages[index];
    add(stage.id);
    add(stage.description->name);
    const Value options = plain(stage.description->options, stage.options_table, stage);
    for (const Entry& entry : *options.table()) {
      add(entry.key);
      add(entry.value.toml());
    }
    for (const plan::Edge& edge : plan_.edges) {
      if (edge.to != index) continue;
      add(plan_.stages[edge.from].id);
      add(std::to_string(edge.output));
      add(std::to_string(edge.input));
    }
  }

  /// What is read as the same is written in the same way. All options, defaults as if they were given.
  [[nodiscard]] Value plain(const OptionSet& options, const Value& table,
                            const plan::PlannedStage& stage) const {
    Value out;
    for (const OptionDescription& option : options.options) {
      const Entry* given = table.find(option.name);
      out.table()->push_back(
          {option.name, {}, plain(given != nullptr ? given->value : option.fallback, option, stage)});
    }
    return out;
  }
  [[nodiscard]] Value plain(const Value& value, const OptionDescription& option,
                            const plan::PlannedStage& stage) const {
    constexpr std::string_view list = "list of ";
    if (!option.type.starts_with(list)) return plain(value, option.type, option, stage);
    Array all;
    const auto* array = value.get_if<Array>();
    for (const Value& element : array != nullptr ? *array : Array{value})
      all.push_back(plain(element, option.type.substr(list.size()), option, stage));
    return Value(all);
  }
  [[nodiscard]] Value plain(const Value& value, const std::string& type, const OptionDescription& option,
                            const plan::PlannedStage& stage) const {
    if (option.component) return plain_component(value, option.component->interface.name, stage);
    const auto* integer = value.get_if<std::int64_t>();
    if (type == "float" && integer != nullptr) return Value(static_cast<double>(*integer));
    if (const std::optional<double> time = detail::time_of(value, option)) return Value(*time);
    const auto* text = value.get_if<std::string>();
    if (text == nullptr || text->empty() || !is_path(*text, type, option, stage.description->form))
      return value;
    return Value(shown(place(*text)));
  }
  /// A table with its present name.
  [[nodiscard]] Value plain_component(const Value& value, const std::string& interface,
                                      const plan::PlannedStage& stage) const {
    const Entry* entry = value.find("name");
    const auto* name = (entry != nullptr ? entry->value : value).get_if<std::string>();
    if (name == nullptr) return value;
    const auto found = stage.components.find(interface + " '" + *name + "'");
    if (found == stage.components.end()) return value;
    Value out = plain(found->second->options, entry != nullptr ? value : Value(), stage);
    out.table()->push_back({"name", {}, Value(found->second->name)});
    return out;
  }
  /// Sources of others' may take patterns of file names as strings.
  static bool is_path(const std::string& text, const std::string& type, const OptionDescription& option,
                      Form form) {
    if (type == "path" || type == input_file_type || type == input_path_type) return true;
    return form == Form::source && type == "string" && option.choices.empty() &&
           text.find('/') != std::string::npos;
  }

  /// Without links, "." and "..", and without a slash at the end.
  static fs::path place(const fs::path& given) {
    std::error_code error;
    const fs::path absolute = fs::absolute(given, error).lexically_normal();
    fs::path found = fs::weakly_canonical(absolute, error);
    if (error) found = absolute;
    return found.has_filename() ? found : found.parent_path();
  }
  [[nodiscard]] std::string shown(const fs::path& place) const {
    if (output_.empty()) return place.string();
    const auto [rest, end] = std::mismatch(place.begin(), place.end(), output_.begin(), output_.end());
    if (end != output_.end()) return place.string();
    return "${run.output}/" + place.lexically_relative(output_).string();
  }

  const plan::Plan& plan_;
  fs::path output_;
  std::string text_;
};

}  // namespace

std::string identity_of(const plan::Plan& plan, std::size_t stage, const std::string& version) {
  return Identity(plan, version).of(stage);
}

}  // namespace ipet::run
