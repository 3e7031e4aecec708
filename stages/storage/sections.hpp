// The parts of a result file. Each writes one group of the root; the schema is in README.md.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "stages/storage/node.hpp"
#include "stages/storage/result_writer.hpp"

namespace ipet::storage {

/// One row of a packet table, in the file and in the scratch file.
#pragma pack(push, 1)
struct PacketRow {
  std::int64_t time_ns;
  std::uint32_t size;
  std::uint8_t direction;
  std::uint8_t protocol;
  std::int8_t dummy;
};
#pragma pack(pop)

/// Its type in the file: what is written, and what a reader asks for.
h5::Type packet_type();

using Tables = std::span<const StoredTable>;

void write_provenance(Group& root, const RunFacts& facts);
/// /devices and /captures. `tables` are those of the clean windows.
void write_directory(Group& root, const Directory& directory, Tables tables);
/// /windows or /defended_windows, sorted by capture, device and time.
void write_windows(Group& root, const std::string& name, const Directory& directory, RowStore& rows,
                   Tables tables, std::uint32_t slots, double omega);
/// /packets or /mixed.
void write_packets(Group& root, const std::string& name, const Directory& directory, RowStore& rows,
                   Tables tables);
/// /models/<stage>
void write_model(Group& models, const std::string& stage, const fingerprint::TrainedModel& model);
void write_generators(Group& root, const std::string& stage, const generator::GeneratorSet& generators);
void write_perturbations(Group& root, const std::string& stage, const defence::Perturbations& perturbations);
void write_evaluation(Group& root, const std::string& stage, const evaluation::EvaluationReport& report);

/// Parameters of a network, one dataset each.
void write_parameters(Group& into, const std::vector<fingerprint::NamedArray>& parameters);

}  // namespace ipet::storage
