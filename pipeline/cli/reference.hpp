// What `ipet inspect` says about a stage or component, made from its declaration alone.
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "pipeline/catalog/plugin_catalog.hpp"

namespace ipet::cli {

/// A stage or component as `inspect` sees it. Exactly one pointer is set.
struct Subject {
  const StageDescription* stage = nullptr;
  const ComponentDescription* component = nullptr;
  const catalog::Library* library = nullptr;

  [[nodiscard]] const std::string& name() const { return stage != nullptr ? stage->name : component->name; }
  [[nodiscard]] const std::string& about() const {
    return stage != nullptr ? stage->about : component->about;
  }
  [[nodiscard]] const OptionSet& options() const {
    return stage != nullptr ? stage->options : component->options;
  }
  /// "stage (keyed)", "fingerprint_model"
  [[nodiscard]] std::string kind() const;
};

/// Everything loaded that bears the name, or everything when there is none; stages first, sorted by name.
std::vector<Subject> subjects(const catalog::PluginCatalog& catalog, const std::optional<std::string>& name);

std::string text_reference(const Subject& subject);
std::string markdown_reference(const Subject& subject);
nlohmann::ordered_json json_reference(const Subject& subject);
nlohmann::ordered_json value_json(const Value& value);

/// "at least 0.001", "0 to 1", "one of: a, b", or empty.
std::string limits_text(const OptionDescription& option);
/// "packet_batch/1 or device_packets/1"
std::string types_text(const InputDescription& input);
/// The default as TOML; "required" where there is none.
std::string default_text(const OptionDescription& option);

}  // namespace ipet::cli
