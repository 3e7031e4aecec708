// The six forms of a stage as the runtime sees them. Authors do not derive from these: catalog.hpp wraps
// plain classes into them and documents what each form asks of such a class.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/sdk/message.hpp"

namespace ipet {

enum class Form { source, map, keyed, fold, task, sink };
[[nodiscard]] std::string_view form_text(Form form);

/// Where a message stands in the order of the run. Lanes sort by name; within one, messages count up from 0.
/// Lane names depend on the data only, so (lane, sequence) is the same for every number of threads.
struct Origin {
  std::string lane;
  std::uint64_t sequence = 0;
};

class Stage {
 public:
  Stage() = default;
  Stage& operator=(Stage&&) = delete;
  virtual ~Stage() = default;
};

/// Reads one unit step by step. A step emits about one batch and returns; the runtime calls the next step
/// when the memory budget has room. `emit` may wait, and run other stages meanwhile: hold no lock there.
class UnitReader {
 public:
  virtual ~UnitReader() = default;
  /// False when the unit is exhausted (what this step emitted still counts).
  virtual bool next(Emitter& emit) = 0;
  /// The run was stopped (first Ctrl-C) before the end of the unit: `next` is not called again.
  virtual void stopped() {}
};

class SourceStage : public Stage {
 public:
  /// Names of the units, in order; a name is the key of the unit's messages. Called once.
  virtual std::vector<std::string> units() = 0;
  virtual std::unique_ptr<UnitReader> open(std::size_t unit) = 0;
  /// All units were read, or, after the first Ctrl-C (StageContext::interrupted), no more of them is. Once,
  /// before the streams below end. Not after an error.
  virtual void finish(Emitter& emit) { static_cast<void>(emit); }
};

class MapStage : public Stage {
 public:
  virtual void on_message(std::size_t port, const Message& message, Emitter& emit) const = 0;
};

class KeyState {
 public:
  virtual ~KeyState() = default;
};

class KeyedStage : public Stage {
 public:
  /// Under which key the stage takes what comes with this one: a coarser one puts several keys together,
  /// which must come in one lane. The same every time.
  [[nodiscard]] virtual std::string key_of(const std::string& key) const { return key; }
  virtual std::unique_ptr<KeyState> begin(const std::string& key) = 0;
  virtual void on_message(KeyState& state, std::size_t port, const Message& message, Emitter& emit) = 0;
  virtual void on_end(KeyState& state, Emitter& emit) = 0;
  /// All keys have ended. Once, also where there was none, before the streams below end. Not after an error.
  virtual void finish(Emitter& emit) { static_cast<void>(emit); }
};

class Partial {
 public:
  virtual ~Partial() = default;
};

class FoldStage : public Stage {
 public:
  virtual std::unique_ptr<Partial> begin() = 0;
  virtual void add(Partial& partial, std::size_t port, const Message& message) = 0;
  virtual void merge(Partial& into, Partial& from) = 0;
  virtual void finish(Partial& partial, Emitter& emit) = 0;
};

class TaskStage : public Stage {
 public:
  virtual void run(Emitter& emit) = 0;
};

class SinkStage : public Stage {
 public:
  virtual void write(std::size_t port, const Message& message, const Origin& origin) = 0;
  /// Everything has come. Completes the result and hands its files over with StageContext::publish; they get
  /// their names when all sinks have committed.
  virtual void commit() = 0;
};

}  // namespace ipet
