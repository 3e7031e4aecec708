// A comparison as it might come out, for tests of everything that shows one.
#pragma once

#include <cmath>
#include <limits>

#include "stages/report/report.hpp"

namespace ipet::evaluation::samples {

inline Score score(std::string defence, std::string variant, std::string level, std::string attacker,
                   double macro_f1) {
  Score s;
  s.defence = std::move(defence);
  s.variant = std::move(variant);
  s.level = std::move(level);
  s.attacker = std::move(attacker);
  s.view = "aggregates of 15 min";
  s.windows = 400;
  s.macro_f1 = macro_f1;
  s.macro_f1_low = macro_f1 - 0.05;
  s.macro_f1_high = macro_f1 + 0.04;
  s.balanced_accuracy = macro_f1 + 0.01;
  s.accuracy = macro_f1 + 0.02;
  s.majority = 0.5;
  s.chance = 1.0 / 3;
  s.recall = {0.9, macro_f1 / 2, 0.25, std::numeric_limits<double>::quiet_NaN()};
  s.highest_recall_device = "front_door-cam";
  s.highest_recall = 0.9;
  s.confusion = {90, 5, 5, 0, 60, 40, 100, 0, 30, 45, 25, 0, 0, 0, 0, 0};
  s.seeds = 2;
  return s;
}

/// Of a device with 100 s: so many dummies of 100 bytes, beside 10 user packets of 200 bytes.
inline defence::Overhead::Row overhead(std::string device, std::uint64_t dummies) {
  defence::Overhead::Row row;
  row.device = std::move(device);
  row.seconds = 100;
  row.covered = true;
  row.user[0] = {10, 2000, 2420};
  row.dummy[0] = {dummies, 100 * dummies, 142 * dummies};
  row.sent[0] = {10 + dummies, 2000 + 100 * dummies, 2420 + 142 * dummies};
  return row;
}

inline Cost cost(std::string defence, std::string variant, std::uint64_t dummies, double intensity = 1) {
  Cost c;
  c.defence = std::move(defence);
  c.variant = std::move(variant);
  c.intensity = intensity;
  c.overhead.rows = {overhead("bulb", dummies), overhead("front_door-cam", dummies)};
  c.payload_bytes_per_second = static_cast<double>(dummies);
  c.wire_bytes_per_second = 1.42 * static_cast<double>(dummies);
  c.highest_payload_bytes_per_second = 1.5 * c.payload_bytes_per_second;
  c.percent = 100 * 142 * static_cast<double>(dummies) / 2420;
  c.peak_second = 12'345;
  return c;
}

/// Three devices and "other"; no defence, chorus in two strengths and a control, and one that delays.
inline EvaluationReport comparison() {
  EvaluationReport report;
  report.rows = "rows";
  report.devices = {"bulb", "front_door-cam", "plug & socket, \"hall\"", "other"};
  report.scores = {
      score("none", "own", "T0", "boost 15 min", 0.71), score("none", "own", "T2", "lstm", 0.62),
      score("none", "own", "T2", "boost 15 min", 0.72), score("chorus", "own", "T0", "lstm", 0.1),
      score("chorus", "own", "T2", "lstm", 0.36),       score("chorus", "own", "T2", "boost 15 min", 0.34),
      score("chorus", "x0.5", "T2", "lstm", 0.48),      score("padding", "own", "T2", "lstm", 0.35),
      score("chorus", "zero budget", "T2", "lstm", 0.7)};
  report.costs = {cost("none", "own", 0), cost("chorus", "own", 80), cost("chorus", "x0.5", 40, 0.5),
                  cost("padding", "own", 2000), cost("chorus", "zero budget", 0, 0)};
  report.costs[1].over_budget = 1;
  defence::Overhead::Row& delayed = report.costs[3].overhead.rows[0];
  delayed.delayed = true;
  delayed.delays.add(traffic::second / 4);
  delayed.unsent_bytes = 77;
  report.notes = {"set 1: bulb, front_door-cam; a blind guess within it: 1/2"};
  return report;
}

/// A minute of one line.
inline LineExample example() {
  LineExample line;
  line.device = "front_door-cam";
  line.defence = "chorus";
  line.begin = traffic::Nanoseconds{1'600'000'000} * traffic::second;
  line.end = line.begin + 60 * traffic::second;
  for (int i = 0; i < 12; ++i) {
    traffic::DevicePacket packet;
    packet.time = line.begin + 5 * i * traffic::second;
    packet.size = static_cast<std::uint32_t>(100 + 90 * i);
    packet.direction = i % 3 == 0 ? traffic::Direction::in : traffic::Direction::out;
    if (i % 2 == 0) line.before.push_back(packet);
    packet.dummy = i % 2 == 1;
    line.after.push_back(packet);
  }
  return line;
}

}  // namespace ipet::evaluation::samples
