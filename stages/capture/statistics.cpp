#include "stages/capture/statistics.hpp"

#include "pipeline/text/lists.hpp"

namespace ipet::capture {

void FrameCounts::add(const FrameCounts& more) {
  frames += more.frames;
  other_protocols += more.other_protocols;
  fragments += more.fragments;
  encrypted += more.encrypted;
  undecodable += more.undecodable;
  unsupported += more.unsupported;
  others.add(more.others);
}

void FrameCounts::leave_out(Outcome outcome, const OtherProtocol& other) {
  if (outcome == Outcome::other) others.add(other);
  ++(outcome == Outcome::other         ? other_protocols
     : outcome == Outcome::fragment    ? fragments
     : outcome == Outcome::encrypted   ? encrypted
     : outcome == Outcome::undecodable ? undecodable
                                       : unsupported);
}

void CaptureStatistics::add(const CaptureStatistics& other) {
  FrameCounts::add(other);
  files += other.files;
  packets += other.packets;
  without_time += other.without_time;
  reordered += other.reordered;
  wrong_times += other.wrong_times;
  clock_steps += other.clock_steps;
  late += other.late;
  cut_short += other.cut_short;
  without_frames += other.without_frames;
  left_out += other.left_out;
}

std::vector<std::string> CaptureStatistics::losses() const {
  std::vector<std::string> texts;
  auto say = [&texts](std::uint64_t number, const std::string& noun, const std::string& text) {
    if (number > 0) texts.push_back(text::counted(number, noun) + " " + text);
  };
  say(encrypted, "frame",
      "of encrypted 802.11 data left out: nothing but their length and their stations is in the clear");
  say(undecodable, "frame", "not decodable: headers not captured or contradictory");
  say(unsupported, "frame", "left out: their interface's link type cannot be decoded");
  say(fragments, "later fragment", "not counted: their datagrams count once, with the first fragment");
  say(without_time, "packet", "without a usable time got the time of a neighbour");
  say(wrong_times, "packet", "of a wrong clock got the time of the packet before");
  say(late, "packet", "more than a second out of order got the time of the newest packet before");
  return texts;
}

std::string CaptureStatistics::mostly_other() const {
  if (other_protocols * 2 <= frames) return {};
  const OtherProtocol most = others.most();
  return "more than half of the frames (" + std::to_string(other_protocols) + " of " +
         std::to_string(frames) + ") hold neither TCP nor UDP, most of them " + text(most) +
         (is_tunnel(most) ? "; tunnels = \"inner\" takes the packets inside" : "");
}

std::string CaptureStatistics::summary() const {
  std::string text = text::counted(files, "file") + ", " + text::counted(frames, "frame") + ": " +
                     std::to_string(packets) + " TCP/UDP, " + std::to_string(other_protocols) + " other";
  if (fragments > 0) text += ", " + text::counted(fragments, "later fragment");
  if (encrypted > 0) text += ", " + std::to_string(encrypted) + " encrypted";
  if (undecodable + unsupported > 0)
    text += ", " + std::to_string(undecodable + unsupported) + " undecodable";
  if (reordered > 0) text += "; " + text::counted(reordered, "packet") + " put in time order";
  if (wrong_times > 0) text += "; " + text::counted(wrong_times, "packet") + " of a wrong clock";
  if (clock_steps > 0) text += "; " + text::counted(clock_steps, "step") + " of the clock";
  if (left_out > 0) text += "; " + text::counted(left_out, "file") + " left out that could not be read";
  return text;
}

}  // namespace ipet::capture
