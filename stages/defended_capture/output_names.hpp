// What the defended captures are called.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ipet::defended_capture {

/// One output per recording, by its name (capture/recordings.hpp): "day1/a.pcap" for day1/a.pcap.gz,
/// day1/a.pcapng or the joined files of day1/a. Where two would get one
/// name, they keep their whole names: "day1/a.pcap.gz.pcap". Throws std::runtime_error when that is not
/// enough.
std::vector<std::filesystem::path> output_names(const std::vector<std::string>& recordings);

}  // namespace ipet::defended_capture
