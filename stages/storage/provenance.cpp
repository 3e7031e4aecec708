#include <ctime>

#include "stages/storage/format.hpp"
#include "stages/storage/sections.hpp"
#include "stages/storage/stored_table.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::storage {

namespace {

std::string now() {
  return traffic::time_text(std::time(nullptr) * traffic::second);
}

/// One member of each element.
template <class Row, class Member>
std::vector<Member> column(const std::vector<Row>& rows, Member Row::*member) {
  std::vector<Member> out;
  for (const Row& row : rows) out.push_back(row.*member);
  return out;
}

using traffic::CaptureSummary;
using traffic::DeviceTotals;
using traffic::LeftOut;

std::string joined(const std::vector<std::string>& texts) {
  std::string text;
  for (const std::string& one : texts) text += (text.empty() ? "" : " ") + one;
  return text;
}

/// Packets that do not count, a column for each reason.
template <class Row>
void add_left_out(Table& table, const std::vector<Row>& rows) {
  const auto column = [&](const char* name, std::uint64_t LeftOut::*reason) {
    table.column(name, "packets", column_of(rows, [&](const Row& row) { return row.left_out.*reason; }));
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
              column_of(rows,
                        [&](const CaptureSummary& row) {
                          return directory.capture(row.capture, row.capture_name);
                        }))
      .column("counted_packets", "packets",
              column_of(rows,
                        [](const CaptureSummary& row) {
                          std::uint64_t sum = 0;
                          for (const DeviceTotals& device : row.devices) sum += device.packets;
                          return sum;
                        }))
      .column("unknown_packets", "packets", column(rows, &CaptureSummary::unknown_packets));
  add_left_out(table, rows);
  table
      .column("unknown", "MAC or IP addresses",
              column_of(rows, [](const CaptureSummary& row) { return joined(row.unknown); }))
      .column("networks", "IPv6 networks of the home that were found",
              column_of(rows, [](const CaptureSummary& row) { return joined(row.networks); }))
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
  const std::vector<std::uint32_t> numbers = directory.capture_order();
  ArrayWriter array = group.array<std::uint32_t>("numbers", {numbers.size(), {}});
  array.append(numbers.data(), numbers.size());
  array.finish();
  group.dimensions("numbers", {"names"});
  write_totals(group, directory);
  Table table;
  table.column("capture", "row of /captures/names", capture)
      .column("device", "row of /devices",
              column_of(rows, [&](const DeviceTotals& row) { return directory.device(row.device); }))
      .column("packets", "packets", column(rows, &DeviceTotals::packets))
      .column("bytes", "bytes of payload", column(rows, &DeviceTotals::payload_bytes))
      .column("first", epoch_ns, column(rows, &DeviceTotals::first))
      .column("last", epoch_ns, column(rows, &DeviceTotals::last));
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
      .column("name", "", column(facts.plugins, &Plugin::name))
      .column("version", "", column(facts.plugins, &Plugin::version))
      .column("path", "", column(facts.plugins, &Plugin::path))
      .column("checksum", "XXH3-128, hexadecimal", column(facts.plugins, &Plugin::checksum))
      .write(group, "plugins");
  using Input = RunFacts::Input;
  Table()
      .column("path", "", column(facts.inputs, &Input::path))
      .column("bytes", "bytes", column(facts.inputs, &Input::bytes))
      .column("checksum", "XXH3-128, hexadecimal", column(facts.inputs, &Input::checksum))
      .write(group, "inputs");
}

void write_digests(Group& root, const std::vector<DatasetDigest>& digests) {
  Table()
      .column("path", "", column(digests, &DatasetDigest::path))
      .column("digest", "XXH3-128 of the stored chunks in their order, hexadecimal",
              column(digests, &DatasetDigest::digest))
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
  std::vector<std::string> mac(count);
  std::vector<bool> declared(count), protect(count);
  for (std::size_t i = 0; i < count; ++i) {
    declared[i] = directory.is_declared(i);
    protect[i] = directory.is_protected(directory.devices()[i]);
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (const std::string& one : macs[i]) mac[i] += (mac[i].empty() ? "" : " ") + one;
  }
  Table()
      .column("id", "", id)
      .column("name", "", directory.devices())
      .column("mac", "", mac)
      .column("packets", "packets", packets)
      .column("bytes", "bytes of payload", bytes)
      .column("windows", "rows of /windows", windows)
      .column("declared", "", declared)
      .column("protect", "", protect)
      .write(root, "devices");
  write_captures(root, directory);
}

}  // namespace ipet::storage
