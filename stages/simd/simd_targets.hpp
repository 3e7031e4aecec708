// The targets that Highway compiles the kernels for: AVX-512, AVX2 with fused multiply-add, and what every
// processor of the architecture has. Included before Highway, in every file that uses it: the choice at run
// time is one for all.
#pragma once

// Targets that bring nothing over their neighbours here, and those whose vectors have no fixed size.
#define HWY_DISABLED_TARGETS \
  (HWY_AVX3_DL | HWY_SSE4 | HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
