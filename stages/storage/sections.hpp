// The parts of a result file. Each writes one group of the root; the schema is in stages/storage/README.md.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "stages/files/directory.hpp"
#include "stages/files/publish.hpp"
#include "stages/files/row_store.hpp"
#include "stages/generator/generator_set.hpp"
#include "stages/generator/perturbations.hpp"
#include "stages/model/trained_model.hpp"
#include "stages/report/detection_report.hpp"
#include "stages/report/report.hpp"
#include "stages/storage/result_node.hpp"
#include "stages/storage/run_facts.hpp"
#include "stages/traffic/packet.hpp"
#include "stages/windows/aggregate.hpp"
#include "stages/windows/window.hpp"

namespace ipet::storage {

/// One row of a packet table in the scratch file, and in files of format 3.
#pragma pack(push, 1)
struct PacketRow {
  std::int64_t time_ns;
  std::uint32_t size;
  std::uint8_t direction;
  std::uint8_t protocol;
  std::int8_t dummy;
};
#pragma pack(pop)

using Tables = std::span<const StoredTable>;

/// Units of points in time, as CF and its decoders (xarray, cftime) have them; UTC.
inline constexpr const char* epoch_ns = "nanoseconds since 1970-01-01";
inline constexpr const char* epoch_days = "days since 1970-01-01";

void write_provenance(Group& root, const RunFacts& facts);
/// /provenance/digests. They lie there because machines with another zlib store other bytes.
void write_digests(Group& root, const std::vector<DatasetDigest>& digests);
/// /devices and /captures. `tables` are those of the clean windows.
void write_directory(Group& root, const Directory& directory, Tables tables);
/// /windows or /defended_windows, sorted by capture, device and time.
void write_windows(Group& root, const std::string& name, const Directory& directory, RowStore& rows,
                   Tables tables, std::uint32_t slots, double omega);
/// /aggregates or /defended_aggregates, likewise. `bin`: seconds per row.
void write_aggregates(Group& root, const std::string& name, const Directory& directory, RowStore& rows,
                      Tables tables, double bin);
/// /packets or /mixed.
void write_packets(Group& root, const std::string& name, const Directory& directory, RowStore& rows,
                   Tables tables);
/// /models/<stage>
void write_model(Group& models, const std::string& stage, const fingerprint::TrainedModel& model);
void write_generators(Group& root, const std::string& stage, const generator::GeneratorSet& generators);
void write_perturbations(Group& root, const std::string& stage, const defence::Perturbations& perturbations);
/// Names beside those of the devices in /perturbations: its dimensions.
inline const std::vector<std::string> perturbation_scales{"sample", "slot", "column"};
/// Reports by stage.
using Reports = std::map<std::string, evaluation::EvaluationReport>;
/// All reports in one table, whose devices are those of all reports in the order in which they first appear.
/// To devices that a report does not know belong a recall of NaN and no windows.
void write_evaluation(Group& root, const Reports& reports);
using DetectionReports = std::map<std::string, evaluation::DetectionReport>;
/// /detection
void write_detections(Group& root, const DetectionReports& reports);
/// /evaluation/test_rows and /evaluation/predictions, where a report has any. `devices`: of all reports.
void write_predictions(Group& evaluation, const Reports& reports, const std::vector<std::string>& devices);
/// /models/<stage>/split: which rows were divided, and where each went.
void write_split_rows(Group& model, const fingerprint::SplitRows& rows);

/// Parameters of a network, one dataset each.
void write_parameters(Group& into, const std::vector<fingerprint::NamedArray>& parameters);

}  // namespace ipet::storage
