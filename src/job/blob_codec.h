// JobSpec and Snapshot as blobs: tagged, length-prefixed fields, so that fields can be added without a migration.
#ifndef DATAHAUL_JOB_BLOB_CODEC_H_
#define DATAHAUL_JOB_BLOB_CODEC_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "job/job.h"

namespace datahaul {

std::string EncodeSpec(const JobSpec& spec);
absl::StatusOr<JobSpec> DecodeSpec(std::string_view blob);  // DATA_LOSS if it is not one

std::string EncodeSnapshot(const Snapshot& snapshot);
absl::StatusOr<Snapshot> DecodeSnapshot(std::string_view blob);

}  // namespace datahaul

#endif  // DATAHAUL_JOB_BLOB_CODEC_H_
