// What an answer of Azure that is not a success means.
#ifndef DATAHAUL_OBJECTS_AZURE_AZURE_ERROR_H_
#define DATAHAUL_OBJECTS_AZURE_AZURE_ERROR_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "http/http.h"
#include "objects/azure/azure_uri.h"
#include "objects/azure/credentials.h"

namespace datahaul {

// The least roles that reading and writing take.
inline constexpr char kReaderRole[] = "Storage Blob Data Reader";
inline constexpr char kContributorRole[] = "Storage Blob Data Contributor";

// What was asked for, for the message.
struct AzureRequest {
  std::string_view action;  // "writing"
  const AzureUri& object;
  std::string_view role;       // what it takes: kReaderRole, kContributorRole
  std::string_view principal;  // who asked
  AzureCredentials::Kind kind;
  std::string_view account;
  std::string_view endpoint;  // who was asked
};

// NOT_FOUND: no such blob (a retry never helps) or container (a person must act). FAILED_PRECONDITION: what answers is
// no store, or a lease, a snapshot or a policy is in the way. PERMISSION_DENIED: names principal, account, container
// and what to give. ALREADY_EXISTS, ABORTED: a precondition that `when_failed` says. UNIMPLEMENTED: the store never
// does this. UNAVAILABLE: a retry of the call may help, after the wait that the answer asks for.
absl::Status AzureError(const HttpResponse& response, const AzureRequest& request,
                        absl::StatusCode when_failed = absl::StatusCode::kAlreadyExists);

}  // namespace datahaul

#endif  // DATAHAUL_OBJECTS_AZURE_AZURE_ERROR_H_
