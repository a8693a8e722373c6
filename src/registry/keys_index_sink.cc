#include "registry/keys_index_sink.h"

#include "base/status.h"
#include "base/text.h"
#include "io/folder.h"
#include "report/keys_index.h"

namespace datahaul {

absl::StatusOr<Receipt> KeysIndexSink::Close(const JobContext& context, Outcome outcome) {
  // Named after the job: another's is none of our business.
  const std::string new_folder = StrCat(JoinPath(folder_, kKeysFolder), ".", context.job, ".partial");
  DH_RETURN_IF_ERROR(RemoveTree(new_folder));
  if (outcome == Outcome::kDiscarded) return inner_->Close(context, outcome);
  if (wanted_) DH_RETURN_IF_ERROR(WriteNew(context, new_folder));
  DH_ASSIGN_OR_RETURN(Receipt receipt, inner_->Close(context, outcome));
  DH_RETURN_IF_ERROR(Swap(new_folder));
  return receipt;
}

absl::Status KeysIndexSink::WriteNew(const JobContext& context, const std::string& folder) const {
  DH_ASSIGN_OR_RETURN(const std::unique_ptr<Source> source, connectors_->OpenSource(spec_));
  DH_RETURN_IF_ERROR(MakeFolders(folder).status());
  return WriteKeysIndex(*source, spec_.selection, *context.digests, folder, {});
}

absl::Status KeysIndexSink::Swap(const std::string& new_folder) const {
  const std::string folder = JoinPath(folder_, kKeysFolder);
  DH_RETURN_IF_ERROR(RemoveTree(folder));
  if (!wanted_) return absl::OkStatus();
  DH_RETURN_IF_ERROR(RenameFile(new_folder, folder));
  return SyncFolder(folder_);
}

}  // namespace datahaul
