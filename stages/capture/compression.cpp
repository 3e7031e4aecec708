#include "stages/capture/compression.hpp"

#include <algorithm>
#include <cstring>

#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "stages/capture/bytes.hpp"

namespace ipet::capture {

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Gives back the bytes that were read to tell the format.
class PrefixedInput final : public Input {
 public:
  PrefixedInput(Bytes prefix, std::unique_ptr<Input> rest)
      : prefix_(std::move(prefix)), rest_(std::move(rest)) {}

  std::size_t read(std::uint8_t* to, std::size_t size) override {
    const std::size_t from_prefix = std::min(size, prefix_.size() - used_);
    std::copy_n(prefix_.begin() + static_cast<std::ptrdiff_t>(used_), from_prefix, to);
    used_ += from_prefix;
    if (from_prefix == size) return size;
    const std::size_t total = from_prefix + rest_->read(to + from_prefix, size - from_prefix);
    damage_ = rest_->damage();
    return total;
  }

 private:
  Bytes prefix_;
  std::size_t used_ = 0;
  std::unique_ptr<Input> rest_;
};

/// What the decompressors share: a buffer of compressed bytes.
class CompressedInput : public Input {
 public:
  std::size_t read(std::uint8_t* to, std::size_t size) override {
    std::size_t made = 0;
    while (made < size && !done_) {
      if (!fill() && whole_) {
        done_ = true;
        break;
      }
      if (next_ < size_ && whole_ && skip_padding()) continue;
      const std::size_t before = next_, got = step(to + made, size - made);
      made += got;
      if (got == 0 && next_ == before && !done_) {
        done_ = true;
        cut_short();
      }
    }
    return made;
  }

 protected:
  CompressedInput(std::unique_ptr<Input> packed, std::string name, bool padded)
      : packed_(std::move(packed)), name_(std::move(name)), padded_(padded), bytes_(1 << 17) {}

  /// Decompresses some of [next_, size_), of which nothing is left at the end of the data; returns how much
  /// it made. Sets `whole_` where a member ends, and calls damaged() where it has to give up.
  virtual std::size_t step(std::uint8_t* to, std::size_t size) = 0;

  void damaged(const std::string& why) {
    done_ = true;
    if (damage_.empty()) damage_ = "the " + name_ + " data are damaged: " + why;
  }
  [[nodiscard]] std::uint8_t* next() { return bytes_.data() + next_; }
  [[nodiscard]] std::size_t left() const { return size_ - next_; }

  std::size_t next_ = 0, size_ = 0;
  bool whole_ = false;  ///< a member has ended, and no other one has begun
  bool done_ = false;
  bool ended_ = false;  ///< no more compressed bytes

 private:
  /// False at the end of the compressed data.
  bool fill() {
    if (next_ < size_) return true;
    next_ = 0;
    size_ = packed_->read(bytes_.data(), bytes_.size());
    if (damage_.empty()) damage_ = packed_->damage();
    ended_ = size_ == 0;
    return size_ > 0;
  }
  /// True when there was some: blocks of tapes and disks are filled up with zeros.
  bool skip_padding() {
    const std::size_t before = next_;
    while (padded_ && next_ < size_ && bytes_[next_] == 0) ++next_;
    return next_ > before;
  }
  void cut_short() {
    if (damage_.empty()) damage_ = "the compressed data are cut short";
  }

  std::unique_ptr<Input> packed_;
  std::string name_;
  bool padded_;
  Bytes bytes_;
};

class GzipInput final : public CompressedInput {
 public:
  explicit GzipInput(std::unique_ptr<Input> packed) : CompressedInput(std::move(packed), "gzip", true) {
    constexpr int gzip_only = 15 + 16;
    if (inflateInit2(&stream_, gzip_only) != Z_OK) throw std::bad_alloc();
  }
  GzipInput& operator=(GzipInput&&) = delete;
  ~GzipInput() override { inflateEnd(&stream_); }

 protected:
  std::size_t step(std::uint8_t* to, std::size_t size) override {
    whole_ = false;
    stream_.next_in = next();
    stream_.avail_in = static_cast<uInt>(left());
    stream_.next_out = to;
    stream_.avail_out = static_cast<uInt>(size);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    next_ = size_ - stream_.avail_in;
    if (result == Z_STREAM_END) {
      whole_ = true;
      inflateReset(&stream_);
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      damaged(stream_.msg ? stream_.msg : "unknown error");
    }
    return size - stream_.avail_out;
  }

 private:
  z_stream stream_{};
};

class ZstdInput final : public CompressedInput {
 public:
  explicit ZstdInput(std::unique_ptr<Input> packed)
      : CompressedInput(std::move(packed), "zstd", false), stream_(ZSTD_createDStream(), ZSTD_freeDStream) {
    if (!stream_) throw std::bad_alloc();
  }

 protected:
  std::size_t step(std::uint8_t* to, std::size_t size) override {
    ZSTD_outBuffer out{to, size, 0};
    ZSTD_inBuffer in{next(), left(), 0};
    const std::size_t hint = ZSTD_decompressStream(stream_.get(), &out, &in);
    next_ += in.pos;
    if (ZSTD_isError(hint)) damaged(ZSTD_getErrorName(hint));
    whole_ = hint == 0;
    return out.pos;
  }

 private:
  std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream_;
};

class XzInput final : public CompressedInput {
 public:
  explicit XzInput(std::unique_ptr<Input> packed) : CompressedInput(std::move(packed), "xz", false) {
    if (lzma_stream_decoder(&stream_, most_memory, LZMA_CONCATENATED) != LZMA_OK) throw std::bad_alloc();
  }
  XzInput& operator=(XzInput&&) = delete;
  ~XzInput() override { lzma_end(&stream_); }

 protected:
  std::size_t step(std::uint8_t* to, std::size_t size) override {
    stream_.next_in = next();
    stream_.avail_in = left();
    stream_.next_out = to;
    stream_.avail_out = size;
    const lzma_ret result = lzma_code(&stream_, ended_ ? LZMA_FINISH : LZMA_RUN);
    next_ = size_ - stream_.avail_in;
    if (result == LZMA_STREAM_END)
      done_ = true;
    else if (result == LZMA_MEMLIMIT_ERROR)
      damaged("they need more than 512 MiB to be decompressed; decompress them with 'xz -d'");
    else if (result != LZMA_OK && result != LZMA_BUF_ERROR)
      damaged("liblzma error " + std::to_string(static_cast<int>(result)));
    return size - stream_.avail_out;
  }

 private:
  static constexpr std::uint64_t most_memory = std::uint64_t{512} << 20;  // xz -9 needs 65 MiB
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

class BzipInput final : public CompressedInput {
 public:
  explicit BzipInput(std::unique_ptr<Input> packed) : CompressedInput(std::move(packed), "bzip2", true) {
    begin();
  }
  BzipInput& operator=(BzipInput&&) = delete;
  ~BzipInput() override { BZ2_bzDecompressEnd(&stream_); }

 protected:
  std::size_t step(std::uint8_t* to, std::size_t size) override {
    whole_ = false;
    stream_.next_in = reinterpret_cast<char*>(next());
    stream_.avail_in = static_cast<unsigned>(left());
    stream_.next_out = reinterpret_cast<char*>(to);
    stream_.avail_out = static_cast<unsigned>(size);
    const int result = BZ2_bzDecompress(&stream_);
    next_ = size_ - stream_.avail_in;
    const std::size_t made = size - stream_.avail_out;
    if (result == BZ_STREAM_END) {
      whole_ = true;
      BZ2_bzDecompressEnd(&stream_);
      begin();
    } else if (result != BZ_OK) {
      damaged("libbz2 error " + std::to_string(result));
    }
    return made;
  }

 private:
  void begin() {
    stream_ = {};
    if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw std::bad_alloc();
  }
  bz_stream stream_{};
};

class Lz4Input final : public CompressedInput {
 public:
  explicit Lz4Input(std::unique_ptr<Input> packed) : CompressedInput(std::move(packed), "lz4", false) {
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION))) throw std::bad_alloc();
  }
  Lz4Input& operator=(Lz4Input&&) = delete;
  ~Lz4Input() override { LZ4F_freeDecompressionContext(context_); }

 protected:
  std::size_t step(std::uint8_t* to, std::size_t size) override {
    std::size_t made = size, used = left();
    const std::size_t hint = LZ4F_decompress(context_, to, &made, next(), &used, nullptr);
    if (LZ4F_isError(hint)) {
      damaged(LZ4F_getErrorName(hint));
      return 0;
    }
    next_ += used;
    whole_ = hint == 0;
    return made;
  }

 private:
  LZ4F_dctx* context_ = nullptr;
};

template <class T>
std::unique_ptr<Input> wrap(std::unique_ptr<Input> packed) {
  return std::make_unique<T>(std::move(packed));
}

struct Format {
  std::string_view magic;
  std::unique_ptr<Input> (*wrap)(std::unique_ptr<Input>);
};
constexpr Format formats[] = {{"\x1f\x8b", wrap<GzipInput>},
                              {"\x28\xb5\x2f\xfd", wrap<ZstdInput>},
                              {"\xfd"
                               "7zXZ",
                               wrap<XzInput>},
                              {"BZh", wrap<BzipInput>},
                              {"\x04\x22\x4d\x18", wrap<Lz4Input>}};

bool begins_with(std::span<const std::uint8_t> bytes, std::string_view magic) {
  return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

/// zstd and lz4 share the frames that are skipped: their format is that of the first frame that is not.
std::size_t skipped(Bytes& head, Input& packed) {
  constexpr std::size_t most = std::size_t{1} << 20;
  std::size_t at = 0;
  const auto have = [&](std::size_t size) {
    if (size > most) return false;
    const std::size_t before = head.size();
    if (size <= before) return true;
    head.resize(size);
    head.resize(before + packed.read(head.data() + before, size - before));
    return head.size() == size;
  };
  while (have(at + 8)) {
    const auto magic = load<std::uint32_t>(head.data() + at, false);
    if ((magic & 0xfffffff0U) != 0x184d2a50U) break;
    at += 8 + std::size_t{load<std::uint32_t>(head.data() + at + 4, false)};
  }
  return std::min(at, head.size());
}

struct Foreign {
  std::string_view magic, what;
};
constexpr Foreign foreign[] = {
    {"PK\x03\x04", "a zip archive; unpack it with 'unzip'"},
    {"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it with '7z x'"},
    {"Rar!", "a rar archive; unpack it with 'unrar x'"},
    {"\x1f\x9d", "compressed with compress; unpack it with 'gunzip'"},
    {"LZIP", "compressed with lzip; unpack it with 'lzip -d'"},
    {"\x5d\x00\x00\x80\x00", "compressed with lzma; unpack it with 'unlzma'"},
    {"\x02\x21\x4c\x18", "compressed with lz4 in its old format; unpack it with 'lz4 -d'"},
    {"snoop", "a capture of snoop; convert it with 'editcap -F pcap IN OUT'"},
    {"GMBU", "a capture of Microsoft Network Monitor; convert it with 'editcap -F pcap IN OUT'"},
    {"RTSS", "a capture of Microsoft Network Monitor; convert it with 'editcap -F pcap IN OUT'"},
    {"XCP", "a capture of NetXRay; convert it with 'editcap -F pcap IN OUT'"},
    {"TRSNIFF data", "a capture of Sniffer; convert it with 'editcap -F pcap IN OUT'"},
    {"\x89HDF", "an HDF5 file, as results of ipet are"},
};

}  // namespace

std::unique_ptr<Input> decompressed(std::unique_ptr<Input> packed) {
  Bytes head;
  const std::size_t at = skipped(head, *packed);
  const std::span<const std::uint8_t> first = std::span(head).subspan(at);
  const auto format =
      std::ranges::find_if(formats, [&](const Format& f) { return begins_with(first, f.magic); });
  const bool known = format != std::end(formats);
  auto whole = std::make_unique<PrefixedInput>(std::move(head), std::move(packed));
  if (known) return format->wrap(std::move(whole));
  // More was skipped than is looked at: pzstd writes such frames.
  return at > 0 ? wrap<ZstdInput>(std::move(whole)) : std::move(whole);
}

std::string what_else_it_is(std::span<const std::uint8_t> head) {
  for (const Foreign& each : foreign)
    if (begins_with(head, each.magic)) return std::string(each.what);
  return {};
}

}  // namespace ipet::capture
