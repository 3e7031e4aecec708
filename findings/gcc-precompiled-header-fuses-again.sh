#!/bin/sh
# A precompiled header of GCC that was made without -ffp-contract=off switches
# the option off again for functions of another instruction set, in a source
# that is compiled with it. -Winvalid-pch says nothing.
#
# Version: g++-12=12.2.0-14+deb12u1 (Debian 12), x86-64; its libraries are pinned
# below.
#
# Guessed, before running it: "GCC refuses a precompiled header whose options
# differ where that matters; -ffp-contract=off of the source holds in any case".
#
# Behaviour: the source has four functions that multiply and add, between
#   #pragma GCC push_options / target("avx2,fma") and pop_options. Compiled with
# -O3 -ffp-contract=off:
#   no precompiled header                             no fused instruction
#   one made with -O3 -ffp-contract=off               none
#   one made with -O3 (holding a single declaration)  four: vectors and loop
#
# Consequence: bits of results change without a word when a build begins to use
# precompiled headers. Sources whose arithmetic must not be fused are compiled
# without them, or with ones that are made with the same options.
#
# Output seen:
#   g++-12 (Debian 12.2.0-14+deb12u1) 12.2.0
#   none: 0 fused
#   with the option: 0 fused
#   without the option: 4 fused
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
gcc=12.2.0-14+deb12u1
apt-get download g++-12=$gcc cpp-12=$gcc gcc-12=$gcc libgcc-12-dev=$gcc libmpc3=1.3.1-1 \
  libmpfr6=4.2.0-1 libgmp10=2:6.2.1+dfsg1-1.1 libisl23=0.25-1.1 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" root; done
export LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu"
compile() { root/usr/bin/g++-12 -B root/usr/lib/gcc/x86_64-linux-gnu/12 --sysroot="$work/root" \
  -O3 -Winvalid-pch "$@"; }

echo 'int declared;' >header.hpp
cat >source.cpp <<'CODE'
#pragma GCC push_options
#pragma GCC target("avx2,fma")
typedef float Vector __attribute__((vector_size(32)));
float scalar(float a, float b, float c) { return a * b + c; }
Vector vector(Vector a, Vector b, Vector c) { return a * b + c; }
inline __attribute__((always_inline)) Vector product(Vector a, Vector b) { return a * b; }
Vector inlined(Vector a, Vector b, Vector c) { return product(a, b) + c; }
void loop(float* a, const float* b, float c) { for (int i = 0; i < 1024; ++i) a[i] = a[i] * b[i] + c; }
#pragma GCC pop_options
CODE
fused() { compile -ffp-contract=off -Wno-psabi "$@" -S -o - | grep -c fmadd || true; }
root/usr/bin/g++-12 --version | head -1
none=$(fused source.cpp)
compile -ffp-contract=off -x c++-header header.hpp -o header.hpp.gch
with=$(fused -include header.hpp source.cpp)
compile -x c++-header header.hpp -o header.hpp.gch
without=$(fused -include header.hpp source.cpp)
printf '%s fused\n' "none: $none" "with the option: $with" "without the option: $without"
[ "$none $with $without" = "0 0 4" ] || { echo "this has changed" >&2; exit 1; }
