#include <ctime>

#include "pipeline/text/lists.hpp"
#include "stages/storage/format.hpp"
#include "stages/storage/sections.hpp"
#include "stages/storage/stored_table.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::storage {

namespace {

std::string now() {
  return traffic::time_text(std::time(nullptr) * traffic::second);
}

using traffic::CaptureSummary;
using traffic::DeviceTotals;
using traffic::LeftOut;

/// Packets that do not count, a column for each reason.
template <class Row>
void add_left_out(Table& table, const std::vector<Row>& rows) {
  const auto column = [&](const char* name, std::uint64_t LeftOut::*reason) {
    table.column(name, "packets", text::mapped(rows, [&](const Row& row) { return row.left_out.*reason; }));
  };
  column("empty_packets", &LeftOut::empty);
  column("local_packets", &LeftOut::local);
  column("outside_packets", &LeftOut::outside);
  column("multicast_packets", &LeftOut::multicast);
}

void write_totals(Group& group, const Directory& directory) {
  const std::vector<CaptureSummary>& rows = directory.summaries();
  Table table;
  table
      .column("capture", "row of /captures/names",
              text::mapped(rows,
                           [&](const CaptureSummary& row) {
                             return directory.capture(row.capture, row.capture_name);
                           }))
      .column("counted_packets", "packets",
              text::mapped(rows,
                           [](const CaptureSummary& row) {
                             std::uint64_t sum = 0;
                             for (const DeviceTotals& device : row.devices) sum += device.packets;
                             return sum;
                           }))
      .column("unknown_packets", "packets", text::mapped(rows, &CaptureSummary::unknown_packets));
  add_left_out(table, rows);
  table
      .column("unknown", "MAC or IP addresses",
              text::mapped(rows, [](const CaptureSummary& row) { return text::joined(row.unknown, " "); }))
      .column("networks", "IPv6 networks of the home that were found",
              text::mapped(rows, [](const CaptureSummary& row) { return text::joined(row.networks, " "); }))
      .write(group, "totals");
}

void write_captures(Group& root, const Directory& directory) {
  std::vector<std::uint32_t> capture;
  std::vector<DeviceTotals> rows;
  for (const CaptureSummary& summary : directory.summaries()) {
    capture.insert(capture.end(), summary.devices.size(),
                   directory.capture(summary.capture, summary.capture_name));
    for (const DeviceTotals& totals : summary.devices) {
      rows.push_back(totals);
      rows.back().addresses.clear();
    }
  }
  Group group = root.group("captures");
  group.names("names", directory.captures());
  group.numbers("numbers", directory.capture_order());
  group.dimensions("numbers", {"names"});
  write_totals(group, directory);
  Table table;
  table.column("capture", "row of /captures/names", capture)
      .column("device", "row of /devices",
              text::mapped(rows, [&](const DeviceTotals& row) { return directory.device(row.device); }))
      .column("packets", "packets", text::mapped(rows, &DeviceTotals::packets))
      .column("bytes", "bytes of payload", text::mapped(rows, &DeviceTotals::payload_bytes))
      .column("first", epoch_ns, text::mapped(rows, &DeviceTotals::first))
      .column("last", epoch_ns, text::mapped(rows, &DeviceTotals::last));
  add_left_out(table, rows);
  table.write(group, "devices");
}

}  // namespace

/// What depends on when, where and how the run was started is in /provenance and nowhere else: all that lies
/// outside is the same whenever pipeline, seed and the content of the inputs are.
void write_provenance(Group& root, const RunFacts& facts) {
  root.attribute("format_version", static_cast<std::int64_t>(format_version));
  root.attribute("name", facts.name);
  root.attribute("seed", facts.seed);
  root.attribute("version", facts.version);
  root.attribute("interrupted", facts.interrupted);
  Group group = root.group("provenance");
  group.attribute("pipeline", facts.definition);
  group.attribute("command_line", facts.command_line);
  group.attribute("created", facts.created);
  group.attribute("finished", now());
  using Plugin = RunFacts::Plugin;
  Table()
      .column("name", "", text::mapped(facts.plugins, &Plugin::name))
      .column("version", "", text::mapped(facts.plugins, &Plugin::version))
      .column("path", "", text::mapped(facts.plugins, &Plugin::path))
      .column("checksum", "XXH3-128, hexadecimal", text::mapped(facts.plugins, &Plugin::checksum))
      .write(group, "plugins");
  using Input = RunFacts::Input;
  Table()
      .column("path", "", text::mapped(facts.inputs, &Input::path))
      .column("bytes", "bytes", text::mapped(facts.inputs, &Input::bytes))
      .column("checksum", "XXH3-128, hexadecimal", text::mapped(facts.inputs, &Input::checksum))
      .write(group, "inputs");
  using Stage = RunFacts::Stage;
  Table()
      .column("stage", "", text::mapped(facts.stages, &Stage::stage))
      .column("plugin", "", text::mapped(facts.stages, &Stage::plugin))
      .column("seconds", "s", text::mapped(facts.stages, &Stage::seconds))
      .column("cpu_seconds", "s", text::mapped(facts.stages, &Stage::cpu_seconds))
      .column("peak_bytes", "bytes", text::mapped(facts.stages, &Stage::peak_bytes))
      .column("messages", "", text::mapped(facts.stages, &Stage::messages))
      .column("items", "", text::mapped(facts.stages, &Stage::items))
      .write(group, "stages");
}

void write_digests(Group& root, const std::vector<DatasetDigest>& digests) {
  Table()
      .column("path", "", text::mapped(digests, &DatasetDigest::path))
      .column("digest", "XXH3-128 of the stored chunks in their order, hexadecimal",
              text::mapped(digests, &DatasetDigest::digest))
      .write(root, "provenance/digests");
}

void write_directory(Group& root, const Directory& directory, Tables tables) {
  const std::size_t count = directory.devices().size();
  std::vector<std::uint16_t> id(count);
  std::vector<std::uint64_t> packets(count), bytes(count), windows(count);
  std::vector<std::set<std::string>> macs(count);
  for (std::size_t i = 0; i < count; ++i) id[i] = static_cast<std::uint16_t>(i);
  for (const StoredTable& table : tables) windows[directory.device(table.key.device)] += table.rows;
  for (const traffic::CaptureSummary& summary : directory.summaries()) {
    for (const traffic::DeviceTotals& totals : summary.devices) {
      const std::size_t row = directory.device(totals.device);
      packets[row] += totals.packets;
      bytes[row] += totals.payload_bytes;
      if (!totals.mac.empty()) macs[row].insert(totals.mac);
    }
  }
  std::vector<bool> declared(count), protect(count);
  for (std::size_t i = 0; i < count; ++i) {
    declared[i] = directory.is_declared(i);
    protect[i] = directory.is_protected(directory.devices()[i]);
  }
  Table()
      .column("id", "", id)
      .column("name", "", directory.devices())
      .column("mac", "", text::mapped(macs, [](const auto& of) { return text::joined(of, " "); }))
      .column("packets", "packets", packets)
      .column("bytes", "bytes of payload", bytes)
      .column("windows", "rows of /windows", windows)
      .column("declared", "", declared)
      .column("protect", "", protect)
      .write(root, "devices");
  write_captures(root, directory);
}

}  // namespace ipet::storage
