// One kind of result as a CSV file (stages/interchange/README.md).
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "pipeline/text/words.hpp"
#include "stages/files/publish.hpp"
#include "stages/files/staging.hpp"
#include "stages/generator/perturbations.hpp"
#include "stages/interchange/stream_store.hpp"
#include "stages/report/detection_report.hpp"
#include "stages/report/report.hpp"

namespace ipet::interchange {

/// Columns that say what a row of perturbations belongs to.
enum class Labels {
  automatic,  ///< device, sample, slot where several devices are stored, none for a single one
  always,
  never  ///< several devices are refused
};
inline constexpr text::Word<Labels> label_words[] = {
    {"auto", Labels::automatic}, {"always", Labels::always}, {"never", Labels::never}};

/// Which table of evaluations.
enum class EvaluationTable { scores, predictions, overhead };
inline constexpr text::Word<EvaluationTable> evaluation_tables[] = {
    {"scores", EvaluationTable::scores},
    {"predictions", EvaluationTable::predictions},
    {"overhead", EvaluationTable::overhead}};

struct CsvOptions {
  bool header = true;
  Labels labels = Labels::automatic;
  EvaluationTable evaluation = EvaluationTable::scores;
};

/// What the file holds depends on what is added; two kinds are refused.
///  perturbations  a row per slot: out_packets,out_bytes,in_packets,in_bytes; before them device,sample,slot
///                 (see Labels). Devices in the order of their generator set, then samples, then slots.
///  windows        a row per window: capture,device,defended,start_ns,silence, then the four columns of each
///                 slot: out_packets_0,out_bytes_0,in_packets_0,in_bytes_0,out_packets_1,... Sorted by
///                 capture, device and time, defended ones after all others.
///  packets        a row per packet: capture,device,defended,time_ns,direction,size,protocol,dummy, sorted
///                 likewise
///  evaluation     a row per stage and score, columns as in /evaluation/scores of result files and, of
///                 comparisons, what that defence and variant cost as in /evaluation/costs; then recall_NAME
///                 for each device (empty: no test windows). Or, EvaluationTable::overhead, a row per stage,
///                 defence, variant and device as in /evaluation/overhead: {user, dummy, sent}_{out, in}_
///                 {packets, payload_bytes, wire_bytes}, what came, what left without user data and all that
///                 left, then delays of user packets and bytes that were not sent. As a CSV file has no
///                 attributes, names of columns end with the unit: delay_{p50, p95, p99, most}_seconds,
///                 peak_second_bytes, over_budget_devices, and overhead_percent for `percent`. Or,
///                 EvaluationTable::predictions, a row per score and test row, with the names of what
///                 /evaluation/test_rows and /evaluation/predictions number: whose traffic (device), what was
///                 right (truth), what was said (predicted), and probability_NAME for each device (empty: not
///                 stored); times (start, day) in ISO 8601, UTC, to the nanosecond. Of a run that is a point
///                 of a sweep, each of these tables begins with a column sweep_NAME for each axis, so that
///                 tables of several points can be put together. Stages in the order of their names.
///  game           a row per stage, defence, level, attacker and target, columns as in /detection/scores of
///                 result files, then `lines` and the other columns of costs as evaluations have them; or,
///                 EvaluationTable::overhead, as of evaluations.
/// Numbers read back exactly; texts with commas, quotes or line ends are quoted (RFC 4180). Call from one
/// thread at a time. Errors are StorageError and begin with the file.
class CsvWriter {
 public:
  /// Creates the folder.
  CsvWriter(std::filesystem::path file, const CsvOptions& options);

  void add(const defence::Perturbations& perturbations, const std::string& stage);
  void add(const evaluation::EvaluationReport& report, const std::string& stage);
  void add(const evaluation::DetectionReport& report, const std::string& stage);
  void add(const windows::WindowBatch& batch, const Position& position);
  void add(const traffic::DevicePackets& batch, const Position& position);

  /// Staging::on_write: so that a long commit can be cancelled.
  void on_write(std::function<void()> call) { staging_.on_write(std::move(call)); }

  /// Writes the file under a temporary name, flushes it and gives it to `publish`. Where nothing was added
  /// there is no file: an earlier one stays. The part of an interrupted run goes to "<file>.interrupted"
  /// where there is an earlier file. Returns the name that the result gets, or an empty path. Call once; the
  /// writer must live until the file has its name.
  std::filesystem::path commit(bool interrupted,
                               const storage::Publisher& publish = storage::publish_at_once);

 private:
  enum class Kind { nothing, perturbations, evaluation, windows, packets, game };
  void expect(Kind kind);
  void refuse_several_devices(std::size_t devices) const;
  void write(class CsvFile& out);
  void write(CsvFile& out, const defence::Perturbations& perturbations) const;
  void write_evaluation(class CsvFile& out) const;
  void write_windows(CsvFile& out);
  void write_packets(CsvFile& out);

  std::filesystem::path file_;
  storage::Claim claim_;
  std::filesystem::path folder_;
  storage::Staging staging_;
  CsvOptions options_;
  Kind kind_ = Kind::nothing;
  std::string stage_;  ///< that gave the perturbations
  std::optional<defence::Perturbations> perturbations_;
  std::map<std::string, evaluation::EvaluationReport> reports_;  ///< by stage
  std::map<std::string, evaluation::DetectionReport> detections_;
  std::optional<StreamStore> streams_;
};

}  // namespace ipet::interchange
