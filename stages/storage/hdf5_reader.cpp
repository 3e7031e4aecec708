#include "stages/storage/hdf5_reader.hpp"

#include <algorithm>
#include <limits>

#include "pipeline/text/lists.hpp"
#include "pipeline/text/printable.hpp"
#include "stages/files/object_names.hpp"
#include "stages/storage/read_node.hpp"
#include "stages/storage/read_values.hpp"

namespace ipet::storage {

namespace {

/// Groups that can be read back, as messages name them.
constexpr const char* readable[] = {"windows", "defended_windows", "packets",
                                    "mixed",   "aggregates",       "defended_aggregates",
                                    "models",  "generators",       "perturbations"};

/// A row number of another table; refuses those that it does not have.
template <class Number>
std::size_t row_of(const ReadTable& from, Number row, std::size_t rows, const char* table) {
  if (row >= rows)
    from.refuse("row " + std::to_string(row) + " of " + table + ", which has " + std::to_string(rows));
  return row;
}

std::vector<traffic::LeftOut> left_out_of(const ReadTable& table) {
  const auto multicast = table.column<std::uint64_t>("multicast_packets"),
             local = table.column<std::uint64_t>("local_packets"),
             outside = table.column<std::uint64_t>("outside_packets"),
             empty = table.column<std::uint64_t>("empty_packets");
  std::vector<traffic::LeftOut> out;
  for (std::size_t i = 0; i < empty.size(); ++i)
    out.push_back({multicast[i], local[i], outside[i], empty[i]});
  return out;
}

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

}  // namespace

Hdf5Reader::Hdf5Reader(const std::filesystem::path& file, const Warn& warn, const Walker& walker) {
  // Without the lock: a child may take its time.
  OpenFile opened = open_guarded(file, walker);
  const h5::Library library;
  root_ = std::make_unique<ReadGroup>(root_of(file, std::move(opened), warn, walker.while_waiting));
  try {
    if (warn && root_->has_attribute("interrupted") && root_->flag("interrupted"))
      warn(file.string() +
           ": is of a run that was interrupted, and holds what was complete then; run its pipeline again "
           "for all of it");
    read_devices();
    read_captures();
  } catch (...) {
    root_.reset();  // under the lock
    throw;
  }
}

Hdf5Reader::~Hdf5Reader() {
  const h5::Library library;
  arrays_.clear();
  packet_tables_.clear();
  root_.reset();
}

bool Hdf5Reader::has(const std::string& group) const {
  const h5::Library library;
  return root_->has(group);
}

std::string Hdf5Reader::contents() const {
  std::string out;
  for (const char* group : readable) {
    if (!has(group)) continue;
    out += (out.empty() ? "" : ", ") + std::string(group);
    if (group != std::string_view("models")) continue;
    out += " (" + text::joined(models(), ", ", text::shown) + ")";
  }
  return out.empty() ? "none of what can be read back" : out;
}

void Hdf5Reader::require(const std::string& group) const {
  if (has(group)) return;
  const h5::Library library;
  root_->group_missing(group, "the file has: " + contents());
}

void Hdf5Reader::read_devices() {
  const ReadTable table = root_->table("devices");
  const auto name = table.text_column("name"), mac = table.text_column("mac");
  const auto packets = table.column<std::uint64_t>("packets"), bytes = table.column<std::uint64_t>("bytes"),
             windows = table.column<std::uint64_t>("windows");
  const auto declared = table.flag_column("declared"), protect = table.flag_column("protect");
  if (name.size() > std::numeric_limits<std::uint16_t>::max()) table.refuse("more than 65535 devices");
  std::vector<std::string> names;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (!text::is_plain(name[i]))
      table.refuse("row " + std::to_string(i) + " has the name '" + text::shown(name[i]) +
                   "', which holds control characters or is no UTF-8");
    devices_.push_back({name[i], mac[i], packets[i], bytes[i], windows[i], declared[i], protect[i]});
    if (declared[i]) names.push_back(name[i]);
  }
  std::vector<std::string> sorted = name;
  std::ranges::sort(sorted);
  if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end())
    table.refuse("two devices are named '" + *twice + "'");
  if (!names.empty()) declared_ = std::make_shared<const std::vector<std::string>>(std::move(names));
}

void Hdf5Reader::read_captures() {
  const ReadGroup group = root_->group("captures");
  const ReadArray numbers = group.array("numbers");
  const std::vector<std::string> names = group.array("names").texts();
  numbers.expect_shape({names.size()});
  const auto number = numbers.read<std::uint32_t>();
  // A number is a position in the list of captures that was read; sets of windows are as long as it.
  constexpr std::uint32_t largest = 1 << 24;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (number[i] > largest || (i > 0 && number[i] < number[i - 1]))
      numbers.refuse("row " + std::to_string(i) + ": capture number " + std::to_string(number[i]) +
                     " is out of order or too large");
    captures_.push_back({number[i], std::make_shared<const std::string>(names[i])});
  }
}

std::vector<traffic::CaptureSummary> Hdf5Reader::summaries() const {
  const h5::Library library;
  const ReadGroup group = root_->group("captures");
  const ReadTable totals = group.table("totals"), rows = group.table("devices");
  const auto capture = totals.column<std::uint32_t>("capture");
  const auto unknown_packets = totals.column<std::uint64_t>("unknown_packets");
  const std::vector<traffic::LeftOut> left_out = left_out_of(totals), left_out_by_device = left_out_of(rows);
  const auto unknown = totals.text_column("unknown"), networks = totals.text_column("networks");
  std::vector<traffic::CaptureSummary> out;
  std::vector<std::size_t> summary_of(captures_.size(), captures_.size());
  for (std::size_t i = 0; i < capture.size(); ++i) {
    const std::size_t row = row_of(totals, capture[i], captures_.size(), "/captures/names");
    summary_of[row] = i;
    out.push_back({captures_[row].number,
                   *captures_[row].name,
                   {},
                   unknown_packets[i],
                   words(unknown[i]),
                   left_out[i],
                   {},
                   {},
                   words(networks[i])});
  }
  const auto of = rows.column<std::uint32_t>("capture");
  const auto device = rows.column<std::uint16_t>("device");
  const auto packets = rows.column<std::uint64_t>("packets"), bytes = rows.column<std::uint64_t>("bytes");
  const auto first = rows.column<std::int64_t>("first"), last = rows.column<std::int64_t>("last");
  for (std::size_t i = 0; i < of.size(); ++i) {
    const StoredDevice& known = devices_[row_of(rows, device[i], devices_.size(), "/devices")];
    const std::size_t at = summary_of[row_of(rows, of[i], captures_.size(), "/captures/names")];
    if (at >= out.size())
      rows.refuse("row " + std::to_string(i) + ": its capture is not in /captures/totals");
    out[at].devices.push_back(
        {known.name, known.mac, packets[i], bytes[i], first[i], last[i], {}, left_out_by_device[i]});
  }
  return out;
}

std::vector<std::string> Hdf5Reader::models() const {
  const h5::Library library;
  if (!root_->has("models")) return {};
  return root_->group("models").original_names();
}

fingerprint::TrainedModel Hdf5Reader::model(const std::string& stage) const {
  const h5::Library library;
  require("models");
  const ReadGroup models = root_->group("models");
  const std::string name = encode_name(stage);
  if (!models.has(name)) models.group_missing(name, "the file has: " + contents());
  return read_model(models.group(name));
}

generator::GeneratorSet Hdf5Reader::generators() const {
  const h5::Library library;
  require("generators");
  return read_generators(root_->group("generators"));
}

defence::Perturbations Hdf5Reader::perturbations() const {
  const h5::Library library;
  require("perturbations");
  return read_perturbations(root_->group("perturbations"));
}

std::string Hdf5Reader::stage_of(const std::string& group) const {
  const h5::Library library;
  require(group);
  return root_->group(group).text("stage");
}

}  // namespace ipet::storage
