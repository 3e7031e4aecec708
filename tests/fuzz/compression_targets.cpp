// Packed captures: what is packed here is read back as it was; damage to it, and bytes that nobody packed, do
// no harm.
#include <algorithm>
#include <memory>

#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "stages/capture/byte_source.hpp"
#include "tests/fuzz/target.hpp"

namespace ipet::fuzz {

namespace {

using Packed = std::vector<std::uint8_t>;

Packed gzip(Bytes content) {
  z_stream stream{};
  constexpr int gzip_only = 15 + 16;
  deflateInit2(&stream, 1, Z_DEFLATED, gzip_only, 8, Z_DEFAULT_STRATEGY);
  Packed out(deflateBound(&stream, content.size()));
  stream.next_in = const_cast<Bytef*>(content.data());
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

Packed zstd(Bytes content) {
  Packed out(ZSTD_compressBound(content.size()));
  out.resize(ZSTD_compress(out.data(), out.size(), content.data(), content.size(), 1));
  return out;
}

Packed xz(Bytes content) {
  Packed out(lzma_stream_buffer_bound(content.size()));
  std::size_t size = 0;
  lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, nullptr, content.data(), content.size(), out.data(), &size,
                          out.size());
  out.resize(size);
  return out;
}

Packed bzip2(Bytes content) {
  Packed out(content.size() + content.size() / 100 + 600);
  auto size = static_cast<unsigned>(out.size());
  BZ2_bzBuffToBuffCompress(reinterpret_cast<char*>(out.data()), &size,
                           reinterpret_cast<char*>(const_cast<std::uint8_t*>(content.data())),
                           static_cast<unsigned>(content.size()), 1, 0, 0);
  out.resize(size);
  return out;
}

Packed lz4(Bytes content) {
  Packed out(LZ4F_compressFrameBound(content.size(), nullptr));
  out.resize(LZ4F_compressFrame(out.data(), out.size(), content.data(), content.size(), nullptr));
  return out;
}

/// Reads a file to its end, but for the part beyond `most`.
Packed unpacked(const std::filesystem::path& file, std::string& damage) {
  constexpr std::size_t most = std::size_t{4} << 20;
  const std::unique_ptr<capture::Input> input = capture::open_input(file);
  Packed out, some(std::size_t{1} << 13);
  for (std::size_t got = some.size(); got == some.size() && out.size() < most;) {
    got = input->read(some.data(), some.size());
    out.insert(out.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(got));
  }
  damage = input->damage();
  return out;
}

/// Changes some bytes, or cuts the end off.
void damage(Packed& bytes, Parts& parts, unsigned places) {
  for (unsigned i = 0; i < places && !bytes.empty(); ++i) {
    const std::size_t at = parts.number<std::uint16_t>() % bytes.size();
    const std::uint8_t change = parts.byte();
    if (change == 0)
      bytes.resize(at);
    else
      bytes[at] ^= change;
  }
}

/// The first byte of an input: how many places are damaged, and of what the file is made.
enum Form : std::uint8_t { places = 7, as_it_is = 8, two_members = 16, padded = 32, behind_skipped = 64 };

/// A frame that zstd and lz4 skip, with no content.
constexpr std::uint8_t skipped[] = {0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0};

template <Packed (*pack)(Bytes), bool padding, bool skipping>
void run(Bytes input) {
  constexpr std::size_t most_raw = 1024;  // of which decompression makes a thousand times as much
  Parts parts(input);
  const std::uint8_t form = parts.byte();
  std::vector<std::uint8_t> changes;
  if ((form & as_it_is) != 0) {
    const Bytes raw = parts.take(most_raw);
    const auto file = scratch_file("packed", raw);
    std::string why;
    unpacked(file, why);
    if (!why.empty()) require_line(why);
    return check_recording({file}, {});
  }
  Parts where(parts.take(3 * std::size_t{form & unsigned{places}}));
  const Bytes content = parts.rest();
  const std::size_t half = (form & two_members) != 0 ? content.size() / 2 : content.size();
  Packed bytes = pack(content.first(half));
  if (half < content.size()) {
    const Packed second = pack(content.subspan(half));
    bytes.insert(bytes.end(), second.begin(), second.end());
  }
  if (padding && (form & padded) != 0) bytes.resize(bytes.size() + 100);
  if (skipping && (form & behind_skipped) != 0)
    bytes.insert(bytes.begin(), skipped, skipped + sizeof skipped);
  damage(bytes, where, form & places);
  const auto file = scratch_file("packed", bytes);
  std::string why;
  const Packed read = unpacked(file, why);
  if (!why.empty()) require_line(why);
  if ((form & places) == 0) {
    require(why.empty(), "what is whole is taken for damaged: " + why);
    require(std::ranges::equal(read, content), "what was unpacked is not what was packed");
  }
  check_recording({file}, {});
}

Target target(std::string name, void (*body)(Bytes)) {
  std::string about =
      "a capture that is packed with " + name + ", whole and damaged, and bytes that nobody packed";
  return {std::move(name),
          std::move(about),
          4096,
          "pcap.dict",
          {"stages/capture/compression.", "stages/capture/byte_source."},
          body};
}

}  // namespace

std::vector<Target> compression_targets() {
  return {target("gzip", run<gzip, true, false>), target("zstd", run<zstd, false, true>),
          target("xz", run<xz, false, false>), target("bzip2", run<bzip2, true, false>),
          target("lz4", run<lz4, false, true>)};
}

}  // namespace ipet::fuzz
