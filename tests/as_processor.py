#!/usr/bin/python3
"""Runs a command as a processor with fewer instructions would: `tests/as_processor.py PROCESSOR COMMAND...`

  avx512, avx2   our kernels, LibTorch, OpenBLAS and oneDNN choose the instructions of such a processor
  plain          none of them uses more than every x86-64 has, nor does the C library in exp, log, sin and the like

Variables that are already set stay as they are. All tests, in the folder of a build:
  for p in avx512 avx2 plain; do tests/as_processor.py $p ctest --test-dir build/release --output-on-failure; done

Exit code 77, with a message, where this processor lacks what PROCESSOR has; else that of the command."""

import os
import platform
import sys

PROCESSORS = {
    "avx512": ({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"},
               {"IPET_SIMD": "avx512", "ATEN_CPU_CAPABILITY": "avx512", "OPENBLAS_CORETYPE": "SkylakeX",
                "ONEDNN_MAX_CPU_ISA": "AVX512_CORE"}),
    "avx2": ({"avx2", "fma", "bmi2"},
             {"IPET_SIMD": "avx2", "ATEN_CPU_CAPABILITY": "avx2", "OPENBLAS_CORETYPE": "Haswell",
              "ONEDNN_MAX_CPU_ISA": "AVX2"}),
    "plain": (set(),
              {"IPET_SIMD": "portable", "ATEN_CPU_CAPABILITY": "default", "OPENBLAS_CORETYPE": "Prescott",
               "ONEDNN_MAX_CPU_ISA": "SSE41",
               "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-FMA4,-AVX512F,-SSE4_1"}),
}


def flags():
    """What this processor has; empty where Linux does not say so."""
    try:
        with open("/proc/cpuinfo") as file:
            return set(next((line for line in file if line.startswith("flags")), "").split())
    except OSError:
        return set()


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in PROCESSORS:
        sys.exit(__doc__)
    name, command = sys.argv[1], sys.argv[2:]
    needed, settings = PROCESSORS[name]
    missing = needed - flags()
    if missing:
        print(f"skipped: this processor ({platform.machine()}) is no {name} one, it lacks {', '.join(sorted(missing))}")
        return 77
    os.environ.update({**settings, **os.environ})
    os.execvp(command[0], command)


if __name__ == "__main__":
    sys.exit(main())
