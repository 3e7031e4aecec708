// Writes the result file of a run: HDF5 with the schema of stages/storage/README.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stages/files/directory.hpp"
#include "stages/files/error.hpp"
#include "stages/files/publish.hpp"
#include "stages/files/row_store.hpp"
#include "stages/files/staging.hpp"
#include "stages/generator/generator_set.hpp"
#include "stages/generator/perturbations.hpp"
#include "stages/model/trained_model.hpp"
#include "stages/report/detection_report.hpp"
#include "stages/report/report.hpp"
#include "stages/storage/run_facts.hpp"
#include "stages/traffic/packet.hpp"
#include "stages/windows/aggregate.hpp"
#include "stages/windows/window.hpp"

namespace ipet::storage {

/// Takes messages in any order; the file depends on their positions only. Streams go to a nameless scratch
/// file beside the result, so memory does not grow with them (32 bytes a message). Call from one thread at a
/// time. All errors are StorageError and begin with the path.
class Hdf5Writer {
 public:
  /// Creates the folder, a staging folder in it and the scratch file. `compression`: deflate level 0 (none)
  /// to 9. Throws when another writer of this process has the same file.
  Hdf5Writer(std::filesystem::path file, int compression);

  void add(const windows::WindowBatch& batch, const Position& position);
  void add(const windows::AggregateBatch& batch, const Position& position);
  void add(const traffic::DevicePackets& batch, const Position& position);
  void add(const traffic::CaptureSummary& summary) { directory_.add(summary); }
  /// `stage` is the id of the stage that made the value. One set of generators and one of perturbations fit
  /// in a file.
  void add(const fingerprint::TrainedModel& model, const std::string& stage);
  void add(const generator::GeneratorSet& generators, const std::string& stage);
  void add(const defence::Perturbations& perturbations, const std::string& stage);
  void add(const evaluation::EvaluationReport& report, const std::string& stage);
  void add(const evaluation::DetectionReport& report, const std::string& stage);

  /// Staging::on_write: so that a long commit can be cancelled.
  void on_write(std::function<void()> call) { staging_.on_write(std::move(call)); }

  /// Writes the file under a temporary name in the same folder, flushes it to the disk and gives it to
  /// `publish`. An earlier file of that name stays as it is until that renames, and for good if this throws.
  /// The part of an interrupted run replaces no earlier file: it goes beside it, to "<file>.interrupted".
  /// Returns the name that the result gets. Call once; the writer must live until the file has its name.
  std::filesystem::path commit(const RunFacts& facts, const Publisher& publish = publish_at_once);
  /// After commit: devices of /devices without a row in /windows; empty when no windows were stored at all.
  [[nodiscard]] const std::vector<std::string>& devices_without_windows() const { return without_windows_; }

 private:
  template <class Value>
  struct Made {
    std::string stage;
    Value value;
  };
  template <class Value>
  void keep(std::optional<Made<Value>>& into, const Value& value, const std::string& stage, const char* what);
  template <class Report>
  void keep(std::map<std::string, Report>& into, const Report& report, const std::string& stage);
  void check_window_shape(const windows::WindowBatch& batch);
  void check_bin(const windows::AggregateBatch& batch);
  void write(class Group& root, const RunFacts& facts);

  std::filesystem::path file_;
  Claim claim_;
  Staging staging_;
  int compression_;
  RowStore rows_;
  std::vector<char> packed_;  ///< windows on their way to the scratch file
  Directory directory_;
  struct WindowShape {
    std::uint32_t slots;
    double omega;
  };
  std::optional<WindowShape> window_shape_[2];  ///< clean, defended
  std::optional<double> bin_[2];                ///< of aggregates, clean and defended
  std::map<std::string, fingerprint::TrainedModel> models_;
  std::optional<Made<generator::GeneratorSet>> generators_;
  std::optional<Made<defence::Perturbations>> perturbations_;
  std::map<std::string, evaluation::EvaluationReport> reports_;  ///< by stage
  std::map<std::string, evaluation::DetectionReport> detections_;
  std::vector<std::string> without_windows_;
};

}  // namespace ipet::storage
