// Memory for vectors, and a stack of it per thread that calls reuse: no call allocates once the first one
// has.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace ipet::fingerprint {

/// No load crosses a cache line.
template <class T>
struct LineAllocator {
  using value_type = T;
  static constexpr std::align_val_t line{64};
  T* allocate(std::size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), line)); }
  void deallocate(T* memory, std::size_t) { ::operator delete(memory, line); }
  bool operator==(const LineAllocator&) const = default;
};

/// Hands out parts of one array, each at a cache line.
class Workspace {
 public:
  /// For `size` numbers in at most `most_parts` parts. Values are left over from before; one at a time per
  /// thread.
  explicit Workspace(std::size_t size) {
    size += most_parts * line;
    thread_local std::vector<float, LineAllocator<float>> memory;
    if (memory.size() < size) memory = std::vector<float, LineAllocator<float>>(size);
    next_ = memory.data();
  }
  float* take(std::size_t size) {
    float* const part = next_;
    next_ += (size + line - 1) / line * line;
    return part;
  }

 private:
  static constexpr std::size_t line = 64 / sizeof(float), most_parts = 32;
  float* next_;
};

}  // namespace ipet::fingerprint
