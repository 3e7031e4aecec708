#include "stages/evaluation/asking.hpp"

#include "stages/dataset/dataset.hpp"
#include "stages/traffic/day.hpp"

namespace ipet::evaluation {

TestRows test_rows(const std::string& view, const windows::RowSet& set,
                   const std::vector<std::size_t>& chosen, const fingerprint::TrainedModel& model) {
  const std::vector<std::uint16_t> label = fingerprint::class_labels(set, model.classes);
  const double offset = model.split.day_offset_hours;
  TestRows rows;
  rows.view = view;
  rows.captures = set.captures;
  for (const std::size_t i : chosen) {
    const std::uint16_t device = label.at(set.device[i]);
    if (device == fingerprint::no_class) continue;
    rows.capture.push_back(set.capture[i]);
    rows.device.push_back(device);
    rows.start.push_back(set.start[i]);
    rows.day.push_back(traffic::begin_of_day(traffic::day_of(set.start[i], offset), offset));
  }
  return rows;
}

}  // namespace ipet::evaluation
