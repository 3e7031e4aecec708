// What a stage made, in the words of its user, for the last line of a run: "14 devices, 6010 windows".
#pragma once

#include <cstdint>
#include <string_view>

#include "pipeline/sdk/context.hpp"

namespace ipet {

/// A context that wants to know. Apart from StageContext, so that plugins that were built before it still
/// fit.
class MadeListener {
 public:
  virtual ~MadeListener() = default;
  virtual void made(std::uint64_t count, std::string_view one, std::string_view many) = 0;
};

/// Tells that the stage made so many; several calls add up. `one` and `many`: "window", "windows". What
/// several stages tell is the same thing, and the most that one of them told counts: devices, or
/// perturbations that two writers store.
inline void tell_made(StageContext& context, std::uint64_t count, std::string_view one,
                      std::string_view many) {
  if (auto* listener = dynamic_cast<MadeListener*>(&context)) listener->made(count, one, many);
}

}  // namespace ipet
