// What reading a recording found, and what it lost.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stages/capture/decode.hpp"
#include "stages/capture/other_protocols.hpp"

namespace ipet::capture {

struct FrameCounts {
  std::uint64_t frames = 0;           ///< all that were whole in their files; the sum of packets and these
  std::uint64_t other_protocols = 0;  ///< ARP, ICMP ...
  std::uint64_t fragments = 0;        ///< later fragments of TCP or UDP datagrams
  std::uint64_t encrypted = 0;        ///< data of 802.11
  std::uint64_t undecodable = 0;      ///< headers cut away or contradictory
  std::uint64_t unsupported = 0;      ///< of pcapng interfaces whose link type cannot be decoded
  OtherProtocols others = {};         ///< which ones the other protocols were

  void add(const FrameCounts& more);
  /// A frame that gave no packet.
  void leave_out(Outcome outcome, const OtherProtocol& other);
};

struct CaptureStatistics : FrameCounts {
  std::uint64_t files = 0;
  std::uint64_t packets = 0;       ///< TCP and UDP
  std::uint64_t without_time = 0;  ///< packets that got the time of a neighbour
  std::uint64_t reordered = 0;     ///< packets that were put in order
  std::uint64_t wrong_times = 0;   ///< packets of a wrong clock that got the time of a neighbour
  std::uint64_t clock_steps = 0;   ///< clock_watch.hpp
  std::uint64_t late = 0;          ///< packets too old to be put in order; got the time of the newest before
  std::uint64_t cut_short = 0;     ///< files of which the rest could not be read
  std::uint64_t without_frames = 0;  ///< files with a header and nothing else
  std::uint64_t left_out = 0;        ///< files of which nothing could be read

  void add(const CaptureStatistics& other);
  /// A sentence for each kind of loss that occurred, of one recording.
  [[nodiscard]] std::vector<std::string> losses() const;
  /// A sentence where most frames are of other protocols, which names the most frequent one; else empty.
  [[nodiscard]] std::string mostly_other() const;
  /// "12 files, 1034 frames: 1000 TCP/UDP packets, ..."
  [[nodiscard]] std::string summary() const;
};

}  // namespace ipet::capture
