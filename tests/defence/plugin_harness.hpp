// Runs one stage of a plugin library without the runtime.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <dlfcn.h>

#include "pipeline/sdk/plugin.hpp"

namespace ipet::test {

/// Loads plugins/<name>.so and keeps the stage or component that it registers.
class LoadedStage final : public Catalog {
 public:
  explicit LoadedStage(const std::string& name) {
    const std::string path = IPET_BINARY_DIR "/plugins/" + name + ".so";
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw std::runtime_error(dlerror());
    const auto* plugin = static_cast<const ipet_plugin_descriptor_v3*>(dlsym(library, IPET_PLUGIN_SYMBOL));
    if (plugin == nullptr) throw std::runtime_error(dlerror());
    plugin->register_components(static_cast<Catalog*>(this));
  }
  void add(StageDescription stage) override { description = std::move(stage); }
  void add(ComponentDescription made) override { component = std::move(made); }

  StageDescription description;
  ComponentDescription component;
};

/// Each from the plugin of its name.
struct PluginComponents final : ComponentSource {
  const ComponentDescription* find_component(const TypeName&, const std::string& name, const Place&,
                                             Problems&) override {
    static std::map<std::string, LoadedStage> loaded;
    return &loaded.try_emplace(name, name).first->second.component;
  }
};

using Given = std::vector<std::pair<std::string, Value::Data>>;

/// A component with options of its own, as the value of an option.
inline Value::Data component(const std::string& name, const Given& given) {
  Value table;
  table.table()->push_back({"name", {}, Value(Value::Data(name))});
  for (const auto& [key, data] : given) table.table()->push_back({key, {}, Value(data)});
  return table.data;
}

/// The component of the plugin of that name, as a pipeline makes it.
template <class Interface>
std::shared_ptr<const Interface> make_component(const std::string& plugin, const Given& given = {}) {
  PluginComponents components;
  Problems problems;
  const ComponentDescription* made = components.find_component({}, plugin, {}, problems);
  Value table;
  for (const auto& [key, data] : given) table.table()->push_back({key, {}, Value(data)});
  const Options options = made->options.parse(table, plugin, components, problems);
  if (!problems.empty()) throw std::runtime_error(problems.front().message);
  return std::static_pointer_cast<const Interface>(made->create(options.get()));
}

/// Parses options; null when there were problems.
inline Options parse(const StageDescription& stage, const Given& given, Problems& problems) {
  Value table;
  for (const auto& [key, data] : given) table.table()->push_back({key, {}, Value(data)});
  PluginComponents components;
  return stage.options.parse(table, "stage 'x'", components, problems);
}

class TestContext final : public StageContext {
 public:
  const std::string& stage() const override { return stage_; }
  std::uint64_t seed() const override { return 20; }
  std::size_t threads() const override { return 1; }
  std::filesystem::path output_folder() const override { return output; }
  RunRecord run() const override { return {}; }
  void info(std::string_view text) override { infos.emplace_back(text); }
  void warn(std::string_view text) override { warnings.emplace_back(text); }
  void print_at_end(std::string text) override { printed.push_back(std::move(text)); }
  void progress(double, std::string_view) override {}
  void record_input(const std::filesystem::path& file) override { inputs.push_back(file); }
  bool cancelled() const override { return cancel; }
  bool connected(std::string_view output) const override {
    return outputs ? outputs->contains(std::string(output)) : output != "example";
  }
  bool interrupted() const override { return interrupt; }
  bool stop_requested() const override { return interrupt || stop; }
  Earlier earlier(const std::filesystem::path& file) const override {
    return made.contains(file) ? Earlier::made : StageContext::earlier(file);
  }

  /// What components of the stage need, beside what it reads itself.
  template <class T>
  void give(const std::string& port, std::shared_ptr<T> value) {
    wholes[port] = value;
    if (value != nullptr) needs.push_back({port, type_name_of<std::remove_const_t<T>>(), value});
  }
  std::vector<ComponentInput> component_inputs() const override { return needs; }

  std::vector<ComponentInput> needs;
  std::map<std::string, std::shared_ptr<const void>> wholes;
  std::map<std::string, std::shared_ptr<const void>> components;
  /// Those that are connected; none given: all but `example`, which is for pictures.
  std::optional<std::set<std::string>> outputs;
  std::vector<std::string> infos, warnings, printed;
  std::vector<std::filesystem::path> inputs;
  std::filesystem::path output;
  std::set<std::filesystem::path> made;  ///< by earlier runs
  bool cancel = false, interrupt = false;
  bool stop = false;  ///< asked for while results are written

 protected:
  std::shared_ptr<const void> whole_payload(std::string_view port, const TypeName&) const override {
    const auto found = wholes.find(std::string(port));
    return found == wholes.end() ? nullptr : found->second;  // optional, and not connected
  }

  std::shared_ptr<const void> make_component(const TypeName&, const std::string& name,
                                             const std::string&) override {
    return components.at(name);
  }

 private:
  std::string stage_ = "x";
};

class TestEmitter final : public Emitter {
 public:
  explicit TestEmitter(std::string key = {}) : key_(std::move(key)) {}
  const std::string& key() const override { return key_; }
  std::vector<Message> sent;
  std::vector<std::string> ports;  ///< of those, "" where the type tells

 protected:
  void send(std::string_view port, Message message) override {
    ports.emplace_back(port);
    sent.push_back(std::move(message));
  }

 private:
  std::string key_;
};

}  // namespace ipet::test
