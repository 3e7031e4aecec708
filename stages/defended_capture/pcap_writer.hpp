// Writes defended traffic as captures again: the frames of the original captures with the dummies among them
// (stages/defended_capture/README.md).
//
// One pcap (nanoseconds) per recording, or a pcapng where it has several link types, with all its frames byte
// for byte and in their order; of a recording that a step of the clock divided, those of the part. A dummy
// stands before the first frame that is later; at equal times the frame goes first. It is a UDP datagram
// between the device and a relay: with the address and the link header (Ethernet with VLAN tags, Linux
// cooked, loopback, raw IP) of the device's last frame in that direction, as many payload bytes as the
// dummy's size, and correct checksums. The pcap does not tell which frames are dummies; a table beside it
// does
// ("a.dummies.csv": frame_number as in Wireshark, time_ns, device, direction, size).
//
// Dummies larger than what a datagram holds (65,507 bytes over IPv4) are cut to that and counted. A datagram
// larger than a network's MTU stands as one frame, as captures of machines with segmentation offload have it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/text/words.hpp"
#include "stages/capture/frame_sequence.hpp"
#include "stages/defended_capture/dummies.hpp"
#include "stages/defended_capture/relay.hpp"
#include "stages/files/publish.hpp"
#include "stages/files/staging.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::defended_capture {

/// The bytes in the dummies.
enum class Payload { random, zero };
inline constexpr text::Word<Payload> payloads[] = {{"random", Payload::random}, {"zero", Payload::zero}};

struct WriterSettings {
  std::filesystem::path folder;
  std::vector<Relay> relays;  ///< a dummy takes the first one of a family in which its device was seen
  std::uint16_t device_port = 49'152;
  Payload payload = Payload::random;
  std::uint64_t seed = 0;
  /// Called with every original that was read again for its frames; may throw, when it is another one by now.
  capture::FrameSequence::Read read = {};
};

class PcapWriter {
 public:
  /// Creates the folder, which one writer of a process has to itself. Errors of all functions are
  /// std::runtime_error that name a file or a capture.
  explicit PcapWriter(WriterSettings settings);

  /// Mixed traffic in any order; `lane` and `sequence`: a message's place in the order of the run. Throws
  /// with the first message of a capture that cannot be read again.
  void add(const traffic::DevicePackets& packets, const std::string& lane, std::uint64_t sequence);
  /// One per capture, also where nothing was mixed.
  void add(const traffic::CaptureSummary& summary);

  struct Report {
    std::vector<std::filesystem::path> files;  ///< the pcaps
    std::uint64_t frames = 0;                  ///< original ones
    std::uint64_t dummies = 0;
    std::vector<std::string> losses;  ///< sentences
  };
  /// Writes all captures, and when all are complete gives them to `publish`. `progress` gets the share that
  /// is done and what is being written, and may throw. The writer must live until the files have their names.
  Report commit(const std::function<void(double, const std::string&)>& progress,
                const storage::Publisher& publish = storage::publish_at_once);

 private:
  using CaptureKey = std::pair<std::uint32_t, std::string>;
  /// Throws when a file is no capture, or when the result would lie among its originals.
  void check_original(const std::string& file) const;
  void check_originals(const std::string& capture, const std::vector<std::string>& files) const;

  WriterSettings settings_;
  storage::Claim claim_;  ///< of the folder
  storage::Staging staging_;
  DummyStore dummies_;
  std::map<CaptureKey, traffic::CaptureSummary> summaries_;
  std::set<CaptureKey> seen_;
};

}  // namespace ipet::defended_capture
