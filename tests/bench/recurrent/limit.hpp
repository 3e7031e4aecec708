// What the processor could do at most. No LibTorch here.
#pragma once

namespace ipet::bench {

/// Fused multiply-adds of single numbers per second, in registers alone, with the instruction set in use.
double multiply_adds_per_second();

}  // namespace ipet::bench
