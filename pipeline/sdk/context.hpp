// What the runtime offers a stage while it runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/sdk/message.hpp"

namespace ipet {

/// Thrown by StageContext::check when the run was cancelled; stages let it pass.
class Cancelled : public std::runtime_error {
 public:
  Cancelled() : std::runtime_error("cancelled") {}
};

/// "I stopped early, as was asked": thrown by StageContext::check_interrupted after the first Ctrl-C, or by a
/// stage itself; stages let it pass. A task or a fold then gives no value, which is no error; no further pass
/// starts, and sinks commit what is complete. From any other form of stage, of whose messages a part has left
/// already, it ends the run with nothing committed. Either way the run counts as interrupted (exit code 130).
/// To throw it when nobody asked for a stop is an error.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

/// A loaded plugin library, for provenance.
struct PluginRecord {
  std::string name;
  std::string version;
  std::string path;
  std::string checksum;  ///< XXH3-128 of the library file, hexadecimal
};

/// A file that a stage read, for provenance.
struct InputRecord {
  std::string path;
  std::uint64_t bytes = 0;
  std::string checksum;  ///< XXH3-128, hexadecimal
};

/// What a result file says about the run that made it.
/// What a stage has used until now.
struct StageUse {
  std::string stage, plugin;
  double seconds = 0;  ///< in which a thread ran its code, to about 0.01 s
  double cpu_seconds =
      0;  ///< of the processor, its helping threads included: its share where stages work together
  std::uint64_t peak_bytes = 0;           ///< of messages that waited for it or that it kept
  std::uint64_t messages = 0, items = 0;  ///< emitted; of sinks: received
};

struct RunRecord {
  std::string pipeline;    ///< name of the pipeline
  std::string definition;  ///< resolved TOML
  std::string command_line;
  std::string version;  ///< of ipet
  std::string created;  ///< ISO 8601, UTC
  std::uint64_t seed = 0;
  std::vector<PluginRecord> plugins;
  std::vector<InputRecord> inputs;  ///< recorded so far, sorted by path
  std::vector<StageUse> stages;     ///< in pipeline order
};

/// What lies under the name of an output file. Of files that ipet makes, a record is kept in a file
/// .ipet-made.json; so it knows them again.
enum class Earlier {
  nothing,
  made,     ///< by ipet, and not changed since
  changed,  ///< made by ipet, and edited by somebody since
  foreign   ///< anything else
};

/// Complete files by the names that they are to get: their temporary ones.
using CompleteFiles = std::map<std::filesystem::path, std::filesystem::path>;

/// A whole input that components of a stage need (ComponentBuilder::needs).
struct ComponentInput {
  std::string port;
  TypeName type;
  std::shared_ptr<const void> value;  ///< of that type
};

class StageContext {
 public:
  virtual ~StageContext() = default;

  [[nodiscard]] virtual const std::string& stage() const = 0;  ///< id in the pipeline file
  /// Seed of the run. Derive random streams from it and from what they are for (stage, device, chain, day
  /// ...), never from threads or arrival order.
  [[nodiscard]] virtual std::uint64_t seed() const = 0;
  [[nodiscard]] virtual std::size_t threads() const = 0;
  [[nodiscard]] virtual std::filesystem::path output_folder() const = 0;  ///< `run.output`; may not exist yet
  [[nodiscard]] virtual RunRecord run() const = 0;

  /// The complete value on a whole input port; null only for an optional port that is not connected.
  template <Payload T>
  [[nodiscard]] std::shared_ptr<const T> whole(std::string_view port) const {
    return std::static_pointer_cast<const T>(whole_payload(port, type_name_of<T>()));
  }

  /// What came through the inputs that this stage has for components of its options (passes_needs); without
  /// optional ones that are not connected, and without what the stage meets itself.
  [[nodiscard]] virtual std::vector<ComponentInput> component_inputs() const { return {}; }

  /// Whether anything takes what this stage sends through `output`, in this pass: what nobody takes need not
  /// be read or computed.
  [[nodiscard]] virtual bool connected(std::string_view output) const {
    static_cast<void>(output);
    return true;
  }
  /// A component that is only known while running, because a file names it: `options` is a TOML table as
  /// Component::options gives it. Throws std::runtime_error when there is none of that name, or when it does
  /// not take these options.
  template <Named Interface>
  [[nodiscard]] std::shared_ptr<const Interface> component(const std::string& name,
                                                           const std::string& options) {
    return std::static_pointer_cast<const Interface>(
        make_component(type_name_of<Interface>(), name, options));
  }

  virtual void info(std::string_view text) = 0;
  virtual void warn(std::string_view text) = 0;
  /// Shown as is on standard output after the run, in pipeline order: result tables.
  virtual void print_at_end(std::string text) = 0;
  /// Progress of a long task: `fraction` in 0..1, `text` for example "epoch 3/100, loss 0.41".
  virtual void progress(double fraction, std::string_view text) = 0;
  /// Says where a run of the same command would go on, should this one end early: "the training goes on from
  /// stage 2 of 5". The last text of each stage is shown when the run is interrupted; "" takes it back.
  virtual void resume_point(std::string_view text) { static_cast<void>(text); }
  /// Notes a file read, with size and checksum, in the provenance of the run. Every reading of a file is to
  /// be noted, those of a stage that runs again too: a file that was another one before, or is gone, is an
  /// error, since the parts of the result would not be of one input. A file that is parsed apart from this
  /// call is best noted before and after.
  virtual void record_input(const std::filesystem::path& file) = 0;
  /// The same for a stage that knows size and checksum of what it read, having read it to its end; without a
  /// checksum, of a file that was read in part.
  virtual void record_input(InputRecord input) { record_input(std::filesystem::path(input.path)); }
  /// True after the run was cancelled (second Ctrl-C or an error elsewhere). Long loops ask, or call check().
  [[nodiscard]] virtual bool cancelled() const = 0;
  /// True after the first Ctrl-C: sources stopped early, what they had read is still drained and committed.
  /// Result files say so. Who asks and is told so may leave work out: the run counts as cut short.
  [[nodiscard]] virtual bool interrupted() const = 0;
  /// The same, but also while results are written, which the first Ctrl-C else changes nothing about. For a
  /// sink that computes for long while it writes and could do so again: it then writes nothing, and an
  /// earlier result stays.
  [[nodiscard]] virtual bool stop_requested() const { return interrupted(); }
  void check() const {
    if (cancelled()) throw Cancelled();
  }
  /// For long computations, about once a second at least: throws Cancelled as check() does, and Interrupted
  /// after the first Ctrl-C already. What can be used again (checkpoints) is to be on the disk by then.
  void check_interrupted() const {
    check();
    if (interrupted()) throw Interrupted();
  }
  /// `ipet run --fresh`: nothing that an earlier run left in the output folder may be used again.
  [[nodiscard]] virtual bool fresh() const { return false; }
  /// How often the inputs of this source are read in the whole run: once in each pass that needs it, and once
  /// more by each sink below it that says so (StageBuilder::reads_inputs_again). A pipe can be read once.
  [[nodiscard]] virtual std::size_t readings() const { return 1; }

  // Writing files. A stage tells in its constructor what it will write (reserve), writes to names of its own,
  // on the file system of the final ones, and in the end hands complete, flushed files over (publish). The
  // runtime gives them their names: those of sinks when every sink of the run has committed without an error,
  // or none of them; those of other stages at once, since later stages read them.

  /// Tells that this file, or files of this folder, will be written. Throws std::runtime_error, before any
  /// work is done, when something is in the way that must not be replaced: a file that ipet did not make, one
  /// that was edited since, an input of this run. Returns `result`.
  virtual const std::filesystem::path& reserve(const std::filesystem::path& result) { return result; }
  /// Gives files their final names. `result` is the one file, or the folder that holds them all. An earlier
  /// result of the same definition and inputs is replaced, another one is kept beside it as "RESULT.1". The
  /// temporary files are the runtime's from here on until the stage is destroyed. A stage may call this
  /// several times, with other results.
  virtual void publish(const std::filesystem::path& result, const CompleteFiles& files) {
    static_cast<void>(result);
    for (const auto& [final, temporary] : files) {
      if (final.has_parent_path()) std::filesystem::create_directories(final.parent_path());
      std::filesystem::rename(temporary, final);
    }
  }
  /// For a stage that goes to another name rather than having its file refused.
  [[nodiscard]] virtual Earlier earlier(const std::filesystem::path& file) const {
    return std::filesystem::exists(std::filesystem::symlink_status(file)) ? Earlier::foreign
                                                                          : Earlier::nothing;
  }

 protected:
  [[nodiscard]] virtual std::shared_ptr<const void> whole_payload(std::string_view port,
                                                                  const TypeName& type) const = 0;
  virtual std::shared_ptr<const void> make_component(const TypeName& interface, const std::string& name,
                                                     const std::string& options) {
    static_cast<void>(options);
    throw std::runtime_error("no " + interface.name + " '" + name + "': this program knows no components");
  }
};

}  // namespace ipet
