#include "stages/capture/statistics.hpp"

namespace ipet::capture {

namespace {

std::string count(std::uint64_t number, const std::string& noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

}  // namespace

void CaptureStatistics::add(const CaptureStatistics& other) {
  files += other.files;
  frames += other.frames;
  packets += other.packets;
  other_protocols += other.other_protocols;
  fragments += other.fragments;
  undecodable += other.undecodable;
  unsupported += other.unsupported;
  without_time += other.without_time;
  reordered += other.reordered;
  late += other.late;
  cut_short += other.cut_short;
  without_frames += other.without_frames;
}

std::vector<std::string> CaptureStatistics::losses() const {
  std::vector<std::string> texts;
  auto say = [&texts](std::uint64_t number, const std::string& noun, const std::string& text) {
    if (number > 0) texts.push_back(count(number, noun) + " " + text);
  };
  say(undecodable, "frame", "not decodable: headers not captured or contradictory");
  say(unsupported, "frame", "left out: their interface's link type cannot be decoded");
  say(fragments, "later fragment", "not counted: their datagrams count once, with the first fragment");
  say(without_time, "packet", "without a usable time got the time of a neighbour");
  say(late, "packet", "more than a second out of order got the time of the newest packet before");
  return texts;
}

std::string CaptureStatistics::summary() const {
  std::string text = count(files, "file") + ", " + count(frames, "frame") + ": " + std::to_string(packets) +
                     " TCP/UDP, " + std::to_string(other_protocols) + " other";
  if (fragments > 0) text += ", " + count(fragments, "later fragment");
  if (undecodable + unsupported > 0)
    text += ", " + std::to_string(undecodable + unsupported) + " undecodable";
  if (reordered > 0) text += "; " + count(reordered, "packet") + " put in time order";
  return text;
}

}  // namespace ipet::capture
