#include <ctime>

#include "stages/storage/format.hpp"
#include "stages/storage/sections.hpp"
#include "stages/storage/table.hpp"

namespace ipet::storage {

namespace {

std::string now() {
  const std::time_t seconds = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

/// One member of each element.
template <class Row, class Member>
std::vector<Member> column(const std::vector<Row>& rows, Member Row::*member) {
  std::vector<Member> out;
  for (const Row& row : rows) out.push_back(row.*member);
  return out;
}

void write_captures(Group& root, const Directory& directory) {
  std::vector<std::uint64_t> unknown, ignored, packets, bytes;
  std::vector<std::uint32_t> capture, row_capture;
  std::vector<std::int64_t> first, last;
  std::vector<std::uint16_t> device;
  std::vector<std::string> unknown_names;
  for (const traffic::CaptureSummary& summary : directory.summaries()) {
    capture.push_back(directory.capture(summary.capture, summary.capture_name));
    unknown.push_back(summary.unknown_packets);
    ignored.push_back(summary.ignored_packets);
    std::string& names = unknown_names.emplace_back();
    for (const std::string& name : summary.unknown) names += (names.empty() ? "" : " ") + name;
    for (const traffic::DeviceTotals& totals : summary.devices) {
      row_capture.push_back(capture.back());
      device.push_back(directory.device(totals.device));
      packets.push_back(totals.packets);
      bytes.push_back(totals.payload_bytes);
      first.push_back(totals.first);
      last.push_back(totals.last);
    }
  }
  Group group = root.group("captures");
  group.texts("names", directory.captures());
  const std::vector<std::uint32_t> numbers = directory.capture_order();
  ArrayWriter array = group.array<std::uint32_t>("numbers", {numbers.size(), {}});
  array.append(numbers.data(), numbers.size());
  array.finish();
  Table()
      .column("capture", "row of /captures/names", capture)
      .column("unknown_packets", "packets", unknown)
      .column("ignored_packets", "packets", ignored)
      .column("unknown", "MAC or IP addresses", unknown_names)
      .write(group, "totals");
  Table()
      .column("capture", "row of /captures/names", row_capture)
      .column("device", "row of /devices", device)
      .column("packets", "packets", packets)
      .column("bytes", "bytes of payload", bytes)
      .column("first", "ns since 1970-01-01T00:00:00Z", first)
      .column("last", "ns since 1970-01-01T00:00:00Z", last)
      .write(group, "devices");
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
