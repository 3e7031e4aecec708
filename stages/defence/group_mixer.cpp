#include "stages/defence/group_mixer.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace ipet::defence {

using traffic::DevicePacket;
using traffic::Nanoseconds;

namespace {

Mixer::Output of_line(std::size_t line, const GroupMixer::Output& output) {
  return [line, &output](std::vector<DevicePacket>&& packets) { output(line, std::move(packets)); };
}

}  // namespace

void check_topology(const Defence& defence, const Resources& resources, Topology topology,
                    const std::string& name) {
  if (topology != Topology::home) return;
  const auto known = defence.devices(resources);
  if (known != nullptr && std::ranges::find(*known, home_line) == known->end())
    throw std::runtime_error(
        "the defence '" + name +
        "' knows devices by their names, and the line that all share (lines = \"home\") is "
        "none of them: take lines = \"device\", or a defence of any line");
}

GroupMixer::GroupMixer(const Defence& defence, const Resources& resources, std::span<const Line> lines,
                       const MixerOptions& options)
    : options_(options),
      up_(lines.empty() ? std::nullopt : lines.front().up),
      contract_(options.defence, lines.empty() ? "" : lines.front().device, lines.size()) {
  if (lines.empty()) throw std::invalid_argument("a group needs a line");
  const bool together = options.protect && defence.groups();
  for (const Line& line : lines) {
    if (together)
      lines_.emplace_back(line, options.batch);
    else
      alone_.emplace_back(defence, resources, line, options);
  }
  if (!together) return;
  group_ = defence.group(resources, lines);
  if (group_ == nullptr)
    contract_.made_nothing("group: one that decides about lines together (groups()) makes them with group()");
  for (LineOutput& line : lines_) line.summary.covered = line.summary.delayed = true;
}

void GroupMixer::come_up() {
  if (begun_ || !up_) return;
  begun_ = true;
  last_user_ = up_->begin;
  group_->begin(up_->begin);
}

void GroupMixer::mix(std::span<const LinePacket> user, const Output& output) {
  for (std::size_t line = 0; line < alone_.size(); ++line) {
    std::vector<DevicePacket> own;
    for (const LinePacket& each : user)
      if (each.line == line) own.push_back(each.packet);
    alone_[line].mix(own, of_line(line, output));
  }
  if (!alone_.empty()) return;
  come_up();
  for (LinePacket each : user) {
    if (begun_) play_until(each.packet.time, output);
    last_user_ = begun_ ? std::max(last_user_, each.packet.time) : each.packet.time;
    begun_ = true;
    each.packet.time = last_user_;
    contract_.user(last_user_);
    lines_.at(each.line).arrive(each.packet);
    group_->arrive(each);
  }
  flush(output);
}

void GroupMixer::mix(std::span<const DevicePacket> user, const Output& output) {
  if (!alone_.empty()) return alone_.front().mix(user, of_line(0, output));
  std::vector<LinePacket> packets;
  for (const DevicePacket& packet : user) packets.push_back({0, packet});
  mix(packets, output);
}

void GroupMixer::finish(const Output& output) {
  for (std::size_t line = 0; line < alone_.size(); ++line) alone_[line].finish(of_line(line, output));
  if (!alone_.empty()) return;
  come_up();
  if (begun_) {
    if (up_) play_until(up_->end, output);
    const Nanoseconds end = up_ ? std::max(up_->end, last_user_) : last_user_;
    take_until(std::min(group_->ends_at(end), end + options_.drain.count()), output);
  }
  flush(output);
  for (std::size_t line = 0; line < lines_.size(); ++line) {
    MixSummary& summary = lines_[line].summary;
    for (const auto direction : {traffic::Direction::out, traffic::Direction::in})
      summary.unsent_bytes += lines_[line].waiting(direction).bytes();
    summary.exposed_minutes = group_->exposed_minutes(line);
    lines_[line].end(up_);
  }
}

/// Sends what is due before `time`.
void GroupMixer::play_until(Nanoseconds time, const Output& output) {
  const Nanoseconds gap = time - last_user_, longest = options_.longest_gap.count();
  if (gap <= longest || !group_->endless()) return take_until(time, output);
  take_until(last_user_ + longest, output);
  for (LineOutput& line : lines_) line.summary.skipped += gap - longest;
  group_->rest();
}

void GroupMixer::take_until(Nanoseconds time, const Output& output) {
  for (LinePacket each; group_->next(time, each);) {
    contract_.check(each, time);
    LineOutput& line = lines_[each.line];
    const DevicePacket& packet = each.packet;
    contract_.check(each, line.waiting(packet.direction));
    if (!packet.dummy) line.leave_alone(packet, each.user_bytes);
    line.send(packet, of_line(each.line, output));
  }
}

void GroupMixer::flush(const Output& output) {
  for (std::size_t line = 0; line < lines_.size(); ++line) lines_[line].flush(of_line(line, output));
}

}  // namespace ipet::defence
