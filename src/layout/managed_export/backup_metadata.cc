#include "layout/managed_export/backup_metadata.h"

#include <algorithm>
#include <optional>

#include "base/status.h"
#include "base/text.h"
#include "layout/managed_export/field_reader.h"
#include "layout/managed_export/overall_metadata.h"

namespace datahaul {
namespace {

absl::Status ParseInfo(FieldReader fields, BackupMetadata* backup) {
  for (;;) {
    DH_ASSIGN_OR_RETURN(const bool more, fields.Next());
    if (!more) return absl::OkStatus();
    switch (fields.number()) {
      case 1: {
        DH_ASSIGN_OR_RETURN(backup->name, fields.TakeBytes());
        break;
      }
      case 2: {
        DH_ASSIGN_OR_RETURN(const uint64_t time, fields.TakeVarint());
        backup->started = static_cast<Micros>(time);
        break;
      }
      case 3: {
        DH_ASSIGN_OR_RETURN(const uint64_t time, fields.TakeVarint());
        backup->ended = static_cast<Micros>(time);
        break;
      }
    }
  }
}

absl::Status AddFile(FieldReader* fields, BackupMetadata* backup) {
  DH_ASSIGN_OR_RETURN(const std::string_view text, fields->TakeBytes());
  const std::optional<std::string> path = NormalPath(text);
  if (!path) return fields->Expected("the name of an output file below this folder", StrCat("\"", text, "\""));
  if (std::find(backup->files.begin(), backup->files.end(), *path) != backup->files.end()) {
    return fields->Expected("each output file once", StrCat("\"", *path, "\" again"));
  }
  backup->files.push_back(*path);
  return absl::OkStatus();
}

absl::Status ParseKind(FieldReader fields, BackupMetadata* backup) {
  for (;;) {
    DH_ASSIGN_OR_RETURN(const bool more, fields.Next());
    if (!more) return absl::OkStatus();
    if (fields.number() == 1) {
      DH_ASSIGN_OR_RETURN(const std::string_view kind, fields.TakeBytes());
      backup->kinds.emplace_back(kind);
    } else if (fields.number() == 2) {
      DH_RETURN_IF_ERROR(AddFile(&fields, backup));
    }
  }
}

}  // namespace

absl::StatusOr<BackupMetadata> ParseBackupMetadata(std::string_view bytes, std::string_view uri) {
  BackupMetadata backup;
  FieldReader fields(bytes, StrCat("reading ", uri));
  for (;;) {
    DH_ASSIGN_OR_RETURN(const bool more, fields.Next());
    if (!more) return backup;
    if (fields.number() != 1 && fields.number() != 2) continue;
    DH_ASSIGN_OR_RETURN(FieldReader message, fields.TakeMessage());
    DH_RETURN_IF_ERROR(fields.number() == 1 ? ParseInfo(std::move(message), &backup)
                                            : ParseKind(std::move(message), &backup));
  }
}

}  // namespace datahaul
