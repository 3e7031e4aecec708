// Decompression of whatever a capture is packed with.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "stages/capture/byte_source.hpp"

namespace ipet::capture {

/// The data of gzip (RFC 1952), zstd (RFC 8878), xz, bzip2 and lz4 (frame format) files, told by the first
/// bytes; anything else as it is. Several members, frames or streams one after another are one, skippable
/// frames (also in front) are skipped, and zero bytes behind gzip and bzip2 data are padding, no damage.
std::unique_ptr<Input> decompressed(std::unique_ptr<Input> packed);

/// What a file is that is no capture, with the command that makes one of it, where its first bytes tell: "a
/// zip archive; unpack it with 'unzip'". Empty when they do not.
std::string what_else_it_is(std::span<const std::uint8_t> head);

}  // namespace ipet::capture
