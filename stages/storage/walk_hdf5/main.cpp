// ipet-walk-hdf5 SECONDS < FILE: looks at all that HDF5 would have to look at in reading a file. Started by
// walk.cpp for files that ipet did not write. Whatever a damaged file does to HDF5, it does to this process:
// it crashes, or is ended by its limits. Errors that HDF5 reports in good order are not this program's
// matter.
#include <csignal>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include <hdf5.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "stages/storage/walk_hdf5/answers.hpp"

namespace {

namespace walk = ipet::storage::walk;

/// Datasets and attributes up to this size are read.
constexpr hsize_t small_bytes = hsize_t{64} << 20;

void set_limits(rlim_t seconds) {
  const auto limit = [](auto resource, rlim_t soft, rlim_t hard) {
    const rlimit values{soft, hard};
    ::setrlimit(resource, &values);
  };
  limit(RLIMIT_CPU, seconds, seconds + 1);
  limit(RLIMIT_CORE, 0, 0);
#if !defined(__SANITIZE_ADDRESS__)  // which has terabytes of addresses
  limit(RLIMIT_AS, rlim_t{walk::memory_mib} << 20, rlim_t{walk::memory_mib} << 20);
#endif
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/// Ends the program when HDF5's last failure was one of memory; forgets the failure.
void check_memory() {
  const auto find = [](unsigned, const H5E_error2_t* error, void* found) -> herr_t {
    if (error->maj_num == H5E_RESOURCE && error->min_num == H5E_NOSPACE) *static_cast<bool*>(found) = true;
    return 0;
  };
  bool found = false;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, find, &found);
  H5Eclear2(H5E_DEFAULT);
  if (found) std::_Exit(walk::out_of_memory);
}

/// HDF5 1.10 and 1.12 have other structures behind one name.
template <class Info>
haddr_t address_of(herr_t (*get)(hid_t, Info*), hid_t object) {
  Info info{};
  return get(object, &info) < 0 ? HADDR_UNDEF : info.addr;
}

/// Bytes of all elements in memory; more than small_bytes when they are too many to tell.
hsize_t bytes_of(hid_t space, hid_t type) {
  const hssize_t points = H5Sget_simple_extent_npoints(space);
  const std::size_t size = H5Tget_size(type);
  if (points < 0 || size == 0 || static_cast<hsize_t>(points) > small_bytes / size) return small_bytes + 1;
  return static_cast<hsize_t>(points) * size;
}

template <class Read>
void read_small(hid_t space, hid_t type, Read read) {
  const hsize_t bytes = bytes_of(space, type);
  if (bytes > small_bytes || bytes == 0) return;
  std::vector<char> values(bytes);
  if (read(values.data()) >= 0 && H5Tdetect_class(type, H5T_VLEN) + H5Tis_variable_str(type) > 0)
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, values.data());
}

void walk_attributes(hid_t object) {
  const auto look = [](hid_t of, const char* name, const H5A_info_t*, void*) -> herr_t {
    const hid_t attribute = H5Aopen(of, name, H5P_DEFAULT);
    if (attribute < 0) return 0;
    const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    if (type >= 0 && space >= 0)
      read_small(space, type, [&](void* into) { return H5Aread(attribute, type, into); });
    check_memory();
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    return 0;
  };
  H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, nullptr, look, nullptr);
  check_memory();
}

/// Whether its values lie in the file itself.
bool is_plain(hid_t dataset) {
  const hid_t create = H5Dget_create_plist(dataset);
  const bool plain =
      create >= 0 && H5Pget_layout(create) != H5D_VIRTUAL && H5Pget_external_count(create) == 0;
  H5Pclose(create);
  return plain;
}

void walk_dataset(hid_t dataset) {
  if (!is_plain(dataset)) return;  // the reader refuses it
  const hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
  (void)H5Dget_storage_size(dataset);  // goes through the whole index of its chunks
  check_memory();
  if (type >= 0 && space >= 0)
    read_small(space, type,
               [&](void* into) { return H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, into); });
  check_memory();
  H5Sclose(space);
  H5Tclose(type);
}

void walk_group(hid_t group, std::set<haddr_t>& seen);

void walk_object(hid_t object, std::set<haddr_t>& seen) {
  const haddr_t address = address_of(H5Oget_info1, object);
  // One without an address cannot be told from others; as a group it could hold itself.
  if (address == HADDR_UNDEF && H5Iget_type(object) == H5I_GROUP) return;
  if (address != HADDR_UNDEF && !seen.insert(address).second) return;
  walk_attributes(object);
  if (H5Iget_type(object) == H5I_DATASET) walk_dataset(object);
  if (H5Iget_type(object) == H5I_GROUP) walk_group(object, seen);
}

void walk_group(hid_t group, std::set<haddr_t>& seen) {
  std::vector<std::string> names;
  const auto add = [](hid_t, const char* name, const H5L_info_t* link, void* into) -> herr_t {
    if (link->type == H5L_TYPE_HARD) static_cast<std::vector<std::string>*>(into)->emplace_back(name);
    return 0;
  };
  H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &names);
  check_memory();
  for (const std::string& name : names) {
    const hid_t object = H5Oopen(group, name.c_str(), H5P_DEFAULT);
    check_memory();
    if (object < 0) continue;
    walk_object(object, seen);
    H5Oclose(object);
  }
}

}  // namespace

int main(int count, char** arguments) {
  const long seconds = count == 2 ? std::strtol(arguments[1], nullptr, 10) : 0;
  if (seconds <= 0) return walk::wrong_arguments;
  set_limits(static_cast<rlim_t>(seconds));
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  const hid_t file = H5Fopen("/proc/self/fd/0", H5F_ACC_RDONLY, H5P_DEFAULT);
  check_memory();
  if (file < 0) return walk::done;
  std::set<haddr_t> seen;
  const hid_t root = H5Oopen(file, "/", H5P_DEFAULT);
  if (root >= 0) walk_object(root, seen);
  H5Oclose(root);
  H5Fclose(file);
  check_memory();
  return walk::done;
}
