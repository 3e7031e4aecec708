#include "stages/windows/window_count.hpp"

#include "stages/traffic/text_table.hpp"

namespace ipet::windows {

namespace {

void add_to(WindowCount::Row& sum, const WindowCount::Row& row) {
  sum.packets += row.packets;
  sum.dropped_packets += row.dropped_packets;
  sum.windows += row.windows;
  sum.skipped += row.skipped;
}

}  // namespace

void WindowCount::add(const std::string& device, const Row& row) {
  add_to(devices_[device], row);
  add_to(all_, row);
}

std::string WindowCount::table() const {
  traffic::TextTable table(
      {"device", "packets", "in windows", "in dropped last windows", "windows", "idle windows left out"});
  const auto add = [&](const std::string& name, const Row& row) {
    table.row(name, {row.packets, row.packets - row.dropped_packets, row.dropped_packets, row.windows,
                     row.skipped});
  };
  for (const auto& [name, row] : devices_) add(name, row);
  add("all", all_);
  return "packets and windows\n" + table.text();
}

}  // namespace ipet::windows
