#ifndef DATAHAUL_JOB_POSTGRES_URL_H_
#define DATAHAUL_JOB_POSTGRES_URL_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace datahaul {

// Where a PostgreSQL server is, as libpq understands it: postgresql://[USER@]HOST[:PORT][,HOST[:PORT]…]/DATABASE[?…].
class PostgresUrl {
 public:
  static bool Is(std::string_view text);  // by its scheme
  // INVALID_ARGUMENT if it is none, and if it holds a password, which the message does not show.
  static absl::StatusOr<PostgresUrl> Parse(const std::string& text);

  const std::string& text() const { return text_; }  // without a password

 private:
  explicit PostgresUrl(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace datahaul

#endif  // DATAHAUL_JOB_POSTGRES_URL_H_
