# LibTorch: that of the Python package torch where CMAKE_PREFIX_PATH leads to an environment that has it, else the
# distribution's. TORCH_INCLUDE_DIRS, TORCH_LIBRARIES, TORCH_CXX_FLAGS, Torch_VERSION.
#
# The package's own CMake files want CUDA's compiler, also of those who compute on the processor only (torch 2.15.0). Its
# libraries are linked with two of CUDA's that are small: the packages nvidia-cuda-cupti and nvidia-cuda-runtime.
set(prefixes "$ENV{CMAKE_PREFIX_PATH}")
string(REPLACE ":" ";" prefixes "${prefixes}")
set(packages)
foreach(prefix IN LISTS CMAKE_PREFIX_PATH prefixes)
  file(GLOB found ${prefix}/lib/python3*/site-packages/torch)
  list(APPEND packages ${found})
endforeach()

if(NOT packages)
  find_package(Torch CONFIG QUIET)
  include(FindPackageHandleStandardArgs)
  find_package_handle_standard_args(Torch CONFIG_MODE)
  return()
endif()

list(GET packages 0 package)
string(FIND "${package}/" "${CMAKE_SOURCE_DIR}/" below)
if(below EQUAL 0)  # CMake lets no target that is installed have headers there
  message(FATAL_ERROR "${package} lies in the source tree: make the environment elsewhere (python3 -m venv ../env)")
endif()
file(STRINGS ${package}/version.py version REGEX "^__version__ = ")
string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" Torch_VERSION "${version}")
set(TORCH_INCLUDE_DIRS ${package}/include ${package}/include/torch/csrc/api/include)
set(TORCH_LIBRARIES ${package}/lib/libtorch_cpu.so ${package}/lib/libc10.so)
set(TORCH_CXX_FLAGS "-D_GLIBCXX_USE_CXX11_ABI=1")
file(GLOB cuda ${package}/../nvidia/*/lib/libcupti.so.*)
set(TORCH_CUDA_LIBRARIES ${cuda})
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  Torch REQUIRED_VARS TORCH_CUDA_LIBRARIES VERSION_VAR Torch_VERSION
  REASON_FAILURE_MESSAGE "${package} needs these beside it: pip install nvidia-cuda-cupti nvidia-cuda-runtime")
