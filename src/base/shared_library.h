#ifndef DATAHAUL_BASE_SHARED_LIBRARY_H_
#define DATAHAUL_BASE_SHARED_LIBRARY_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace datahaul {

// A library that is loaded when it is first needed, and never closed. Not safe for concurrent use.
class SharedLibrary {
 public:
  // `file` as the linker knows it ("libpq.so.5"), `name` and `remedy` ("install libpq5") for messages.
  // FAILED_PRECONDITION if it is not there.
  static absl::StatusOr<SharedLibrary> Load(const char* file, std::string name, std::string remedy);

  // Looks a function up; see status().
  template <typename Function>
  SharedLibrary& Find(const char* symbol, Function** function) {
    *function = reinterpret_cast<Function*>(Find(symbol));
    return *this;
  }
  // FAILED_PRECONDITION, naming it, if a function was not found.
  absl::Status status() const;

 private:
  SharedLibrary(void* handle, std::string name, std::string remedy)
      : handle_(handle), name_(std::move(name)), remedy_(std::move(remedy)) {}

  void* Find(const char* symbol);

  void* handle_;
  std::string name_, remedy_;
  std::string missing_;  // the first function that is
};

}  // namespace datahaul

#endif  // DATAHAUL_BASE_SHARED_LIBRARY_H_
