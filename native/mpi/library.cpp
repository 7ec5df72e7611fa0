#include "library.h"

#include <bit>
#include <cstdint>

#include "calls.h"

#ifdef _WIN32

namespace gemsbok::mpi {

std::unique_ptr<Library> open_library(const std::vector<std::string>&) {
  throw Unavailable("MPI is used on Linux and macOS alone");
}

}  // namespace gemsbok::mpi

#else

#include <dlfcn.h>

#include <cstdlib>

namespace gemsbok::mpi {
namespace {

// A constant that stands for an address.
void* pointer(std::intptr_t value) { return std::bit_cast<void*>(value); }

std::string last_error() {
  const char* error = dlerror();
  return error == nullptr ? "not found" : error;
}

template <class Function>
void find(void* library, const char* name, Function& function) {
  void* found = dlsym(library, name);
  if (found == nullptr) throw Unavailable(last_error());
  function = reinterpret_cast<Function>(found);
}

// The constants of Open MPI are addresses.
void* address(void* library, const char* name) {
  void* found = dlsym(library, name);
  if (found == nullptr) throw Unavailable(last_error());
  return found;
}

Constants<void*> open_mpi(void* library) {
  return {"openmpi",
          address(library, "ompi_mpi_comm_world"),
          address(library, "ompi_mpi_float"),
          address(library, "ompi_mpi_double"),
          address(library, "ompi_mpi_byte"),
          address(library, "ompi_mpi_op_sum"),
          address(library, "ompi_mpi_errors_return"),
          address(library, "ompi_mpi_info_null"),
          pointer(1),
          2,
          0};
}

// The interface that MPICH, Intel MPI, MVAPICH and Cray MPICH share: the MPICH ABI Compatibility Initiative.
constexpr int kMpichWorld = 0x44000000, kMpichFloat = 0x4c00040a, kMpichDouble = 0x4c00080b, kMpichByte = 0x4c00010d,
              kMpichSum = 0x58000003, kMpichErrorsReturn = 0x54000001, kMpichNoInfo = 0x1c000000;

Constants<int> mpich() {
  return {"mpich",   kMpichWorld,        kMpichFloat,  kMpichDouble, kMpichByte,
          kMpichSum, kMpichErrorsReturn, kMpichNoInfo, pointer(-1),  2,
          1};
}

// The standard interface: MPI 5.0, chapter 20, and the header mpi.h of the MPI Forum.
Constants<void*> mpi_abi() {
  return {"mpi-abi",
          pointer(0x101),
          pointer(0x210),
          pointer(0x214),
          pointer(0x247),
          pointer(0x21),
          pointer(0x143),
          pointer(0x130),
          pointer(1),
          2048,
          221};
}

// A library of MPI 5 may have the standard interface, or say that it has its own.
bool has_standard_interface(void* library) {
  const auto get = reinterpret_cast<int (*)(int*, int*)>(dlsym(library, "MPI_Abi_get_version"));
  int major = -1, minor = -1;
  return get != nullptr && get(&major, &minor) == 0 && major > 0;
}

std::unique_ptr<Library> calls_of(void* library) {
  const auto find_in = [library](const char* name, auto& function) { find(library, name, function); };
  if (has_standard_interface(library)) return std::make_unique<Calls<void*> >(mpi_abi(), find_in);
  if (dlsym(library, "ompi_mpi_comm_world") != nullptr) {
    return std::make_unique<Calls<void*> >(open_mpi(library), find_in);
  }
  return std::make_unique<Calls<int> >(mpich(), find_in);
}

// UCX, which MPICH may use, sees as it loads whether it notices that the heap's end moves: up by a page, then down.
// Node's code often lies right above the heap: the first fails, and the second takes the last page from who uses it.
// Without such hooks UCX registers memory for each message, or as Open MPI, which has its own, tells.
void keep_heap() { setenv("UCX_MEM_MMAP_HOOK_MODE", "none", 0); }

}  // namespace

// Never with RTLD_DEEPBIND: the libraries must share `environ` and the allocator with Node.
std::unique_ptr<Library> open_library(const std::vector<std::string>& names) {
  keep_heap();
  std::string tried;
  for (const auto& name : names) {
    try {
      void* library = dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL);
      if (library == nullptr) throw Unavailable(last_error());
      return calls_of(library);
    } catch (const Unavailable& error) {
      tried += (tried.empty() ? "" : "; ") + name + " (" + error.what() + ")";
    }
  }
  throw Unavailable(tried);
}

}  // namespace gemsbok::mpi

#endif
