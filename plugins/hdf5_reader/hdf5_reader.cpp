// Source: starts a pipeline from what an earlier run stored in its HDF5 result file.
#include "stages/storage/hdf5_reader.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <set>
#include <stdexcept>
#include <utility>

#include "pipeline/sdk/input_path.hpp"
#include "pipeline/sdk/made.hpp"
#include "pipeline/sdk/plugin.hpp"
#include "pipeline/text/lists.hpp"
#include "stages/model/model_factory.hpp"
#include "stages/storage/format.hpp"
#include "stages/storage/stored_features.hpp"

namespace {

using namespace ipet;
using storage::Hdf5Reader;
using storage::StoredRows;
using storage::Stream;

/// Where the features of windows are found.
enum class Features { file, memory };

struct ReaderOptions {
  InputFile file;
  std::string model;
  Features features = Features::file;
};

/// Each leaves through a port that is called as its group in the file.
constexpr Stream streams[] = {Stream::windows, Stream::defended_windows, Stream::packets,
                              Stream::mixed,   Stream::aggregates,       Stream::defended_aggregates};

/// For the last line of the run.
void tell_read(StageContext& context, Stream stream, std::uint64_t count) {
  const auto [one, many] = [stream]() -> std::pair<const char*, const char*> {
    switch (stream) {
      case Stream::windows:
        return {"window", "windows"};
      case Stream::defended_windows:
        return {"defended window", "defended windows"};
      case Stream::packets:
        return {"packet", "packets"};
      case Stream::mixed:
        return {"defended packet", "defended packets"};
      case Stream::aggregates:
        return {"aggregate", "aggregates"};
      case Stream::defended_aggregates:
        break;
    }
    return {"defended aggregate", "defended aggregates"};
  }();
  tell_made(context, count, one, many);
}

/// One stream of one capture, in the file's order. Lanes and keys are those of windowing and device_splitter.
class CaptureUnit final : public UnitReader {
 public:
  /// `store`: where the features of windows stay; null for other streams.
  CaptureUnit(StageContext& context, std::shared_ptr<const Hdf5Reader> reader,
              std::shared_ptr<const windows::FeatureStore> store, std::string port,
              std::vector<StoredRows> tables)
      : context_(context),
        reader_(std::move(reader)),
        store_(std::move(store)),
        port_(std::move(port)),
        tables_(std::move(tables)) {}

  bool next(Emitter& emit) override {
    const StoredRows& rows = tables_.at(table_);
    const bool packets = rows.stream == Stream::packets || rows.stream == Stream::mixed;
    const std::uint64_t count = std::min<std::uint64_t>(packets ? 4096 : 512, rows.count - row_);
    if (packets)
      send(reader_->read_packets(rows, row_, count), emit);
    else if (rows.stream == Stream::windows || rows.stream == Stream::defended_windows)
      send_windows(rows, count, emit);
    else
      send(reader_->read_aggregates(rows, row_, count), emit);
    tell_read(context_, rows.stream, count);
    row_ += count;
    if (row_ < rows.count) return true;
    row_ = 0;
    return ++table_ < tables_.size();
  }

 private:
  void send_windows(const StoredRows& rows, std::uint64_t count, Emitter& emit) const {
    windows::WindowBatch batch = reader_->read_windows(rows, row_, count);
    batch.store = store_;
    batch.stored_row = rows.first + row_;
    send(std::move(batch), emit);
  }
  template <class Batch>
  void send(Batch batch, Emitter& emit) const {
    std::string key = traffic::device_key(batch.capture, *batch.device);
    emit.to(port_, std::move(batch), std::move(key));
  }

  StageContext& context_;
  std::shared_ptr<const Hdf5Reader> reader_;
  std::shared_ptr<const windows::FeatureStore> store_;
  std::string port_;
  std::vector<StoredRows> tables_;
  std::size_t table_ = 0;
  std::uint64_t row_ = 0;
};

/// Something that is read in one step.
class ValueUnit final : public UnitReader {
 public:
  explicit ValueUnit(std::function<void(Emitter&)> read) : read_(std::move(read)) {}
  bool next(Emitter& emit) override {
    read_(emit);
    return false;
  }

 private:
  std::function<void(Emitter&)> read_;
};

class Hdf5ReaderStage {
 public:
  using Options = ReaderOptions;

  Hdf5ReaderStage(const Options& options, StageContext& context)
      : options_(options),
        context_(context),
        reader_(std::make_shared<const Hdf5Reader>(
            options.file, [&context](const std::string& text) { context.warn(text); },
            walker_of(context, streaming_))) {
    for (const Stream stream : streams) add_stream(storage::group_of(stream), stream);
    if (!devices_.empty()) tell_made(context, devices_.size(), "device", "devices");
    for (const Stream stream : streams)  // in this order, whichever is read first
      if (context.connected(storage::group_of(stream))) tell_read(context, stream, 0);
    if (context.connected("summary")) add_summaries();
    if (context.connected("discriminator")) add_model();
    if (context.connected("generators")) add_value("generators", &Hdf5Reader::generators);
    if (context.connected("perturbations")) add_value("perturbations", &Hdf5Reader::perturbations);
    context.record_input(options.file);
  }

  std::vector<std::string> units() const { return text::mapped(units_, &Unit::name); }
  std::unique_ptr<UnitReader> open(std::size_t unit) const {
    *streaming_ = true;
    return units_.at(unit).open();
  }

 private:
  using Flag = std::shared_ptr<std::atomic<bool>>;
  struct Unit {
    std::string name;
    std::function<std::unique_ptr<UnitReader>()> open;
  };

  /// Before the first unit a first Ctrl-C ends the wait; then a source stops behind what it reads, and only
  /// the second one breaks it off.
  static storage::Walker walker_of(StageContext& context, const Flag& streaming) {
    storage::Walker walker;
    walker.while_waiting = [&context, streaming] {
      if (*streaming)
        context.check();
      else
        context.check_interrupted();
    };
    return walker;
  }

  void add_stream(const std::string& port, Stream stream) {
    if (!context_.connected(port)) return;
    reader_->require(port);
    std::shared_ptr<const windows::FeatureStore> store;
    const bool of_windows = stream == Stream::windows || stream == Stream::defended_windows;
    if (of_windows && options_.features == Features::file)
      store = std::make_shared<const storage::StoredFeatures>(reader_, stream);
    std::vector<StoredRows> tables;
    for (StoredRows& rows : reader_->rows(stream)) {
      devices_.insert(rows.device);
      if (!tables.empty() && tables.back().capture != rows.capture)
        add_capture(port, store, std::exchange(tables, {}));
      tables.push_back(std::move(rows));
    }
    if (!tables.empty()) add_capture(port, store, std::move(tables));
  }
  void add_capture(const std::string& port, const std::shared_ptr<const windows::FeatureStore>& store,
                   std::vector<StoredRows> tables) {
    std::string name = port + "/" + *reader_->captures().at(tables.front().capture).name;
    units_.push_back({std::move(name), [this, store, port, tables = std::move(tables)] {
                        return std::make_unique<CaptureUnit>(context_, reader_, store, port, tables);
                      }});
  }

  /// A value's unit ends with ":" and the id of the stage that made it, as lanes of whole values do, so that
  /// hdf5_writer stores it under that id again.
  void add_unit(std::string name, std::function<void(Emitter&)> read) {
    units_.push_back(
        {std::move(name), [read = std::move(read)] { return std::make_unique<ValueUnit>(read); }});
  }
  template <class Value>
  void add_value(const std::string& port, Value (Hdf5Reader::*read)() const) {
    add_unit(port + ":" + reader_->stage_of(port),
             [this, read](Emitter& emit) { emit(((*reader_).*read)()); });
  }
  void add_summaries() {
    add_unit("summary", [this](Emitter& emit) {
      for (traffic::CaptureSummary& summary : reader_->summaries()) {
        std::string key = summary.capture_name;
        emit(std::move(summary), std::move(key));
      }
    });
  }
  void add_model() {
    std::string stage = chosen_model();
    add_unit("discriminator:" + stage, [this, stage](Emitter& emit) {
      fingerprint::TrainedModel model = reader_->model(stage);
      model.factory = context_.component<fingerprint::ModelFactory>(model.model, model.options);
      emit(std::move(model));
    });
  }
  /// The model of option `model`, or the only one.
  [[nodiscard]] std::string chosen_model() const {
    reader_->require("models");
    const std::vector<std::string> stages = reader_->models();
    if (options_.model.empty() && stages.size() == 1) return stages.front();
    if (std::ranges::find(stages, options_.model) != stages.end()) return options_.model;
    throw std::runtime_error(options_.file.string() + ": /models: " +
                             (options_.model.empty() ? "several models; choose one with option 'model': "
                                                     : "no model '" + options_.model + "'; there are: ") +
                             text::joined(stages));
  }

  Options options_;
  StageContext& context_;
  Flag streaming_ = std::make_shared<std::atomic<bool>>(false);  // before reader_, which is made with it
  std::shared_ptr<const Hdf5Reader> reader_;
  std::vector<Unit> units_;
  std::set<std::string> devices_;  ///< with rows in what is read
};

}  // namespace

IPET_PLUGIN("hdf5_reader", "1.0", catalog) {
  catalog.source<Hdf5ReaderStage>("hdf5_reader")
      .about(
          "Starts a pipeline from what an earlier run stored: windows, packets, models, generators. Training "
          "and evaluation leave the features of its windows in the file and fetch them in blocks, so there "
          "may be more than fit into memory.")
      .output<windows::WindowBatch>("windows", "Windows of the captures.")
      .output<windows::WindowBatch>("defended_windows", "Windows of defended traffic.")
      .output<traffic::DevicePackets>("packets", "Packets per device and capture.")
      .output<traffic::DevicePackets>("mixed", "Packets with cover traffic among them.")
      .output<windows::AggregateBatch>("aggregates", "Statistics of minutes of traffic.")
      .output<windows::AggregateBatch>("defended_aggregates", "The same of defended traffic.")
      .output<traffic::CaptureSummary>("summary", "What each capture held, per device.")
      .output<fingerprint::TrainedModel>("discriminator", "One trained model.")
      .output<generator::GeneratorSet>("generators", "All generators.")
      .output<defence::Perturbations>("perturbations", "Stored samples, to be mixed or exported again.")
      .option("file", &ReaderOptions::file, required{}, "Result file of hdf5_writer.")
      .option("model", &ReaderOptions::model,
              "Stage that trained the model, a group below /models; empty: the only one.")
      .option(
          "features", &ReaderOptions::features,
          choices<Features>({{"file", Features::file}, {"memory", Features::memory}}),
          "Where training and evaluation find the features of windows: in the file, fetched in blocks, so "
          "that there may be more than fit into memory; or in memory. The results are the same.")
      .check_environment([](const ReaderOptions& options, const Place& where, Problems& problems) {
        try {
          (void)storage::check_format(options.file);
        } catch (const storage::StorageError& error) {
          problems.push_back({"input", where, error.what(), {}});
        }
      });
}
