#include "base/status.h"

#include <cerrno>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace datahaul {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(RetryTest, FollowsFromTheCode) {
  const struct {
    absl::StatusCode code;
    Retry retry;
  } kCases[] = {
      {absl::StatusCode::kUnavailable, Retry::kCall},       {absl::StatusCode::kDeadlineExceeded, Retry::kCall},
      {absl::StatusCode::kAborted, Retry::kTask},           {absl::StatusCode::kResourceExhausted, Retry::kHuman},
      {absl::StatusCode::kPermissionDenied, Retry::kHuman}, {absl::StatusCode::kUnauthenticated, Retry::kHuman},
      {absl::StatusCode::kAlreadyExists, Retry::kHuman},    {absl::StatusCode::kFailedPrecondition, Retry::kHuman},
      {absl::StatusCode::kDataLoss, Retry::kNever},         {absl::StatusCode::kInvalidArgument, Retry::kUsage},
      {absl::StatusCode::kNotFound, Retry::kNever},         {absl::StatusCode::kInternal, Retry::kNever},
      {absl::StatusCode::kUnknown, Retry::kNever},          {absl::StatusCode::kCancelled, Retry::kNever},
      {absl::StatusCode::kOutOfRange, Retry::kNever},       {absl::StatusCode::kUnimplemented, Retry::kNever},
  };
  for (const auto& [code, retry] : kCases) EXPECT_EQ(RetryOf(absl::Status(code, "x")), retry) << static_cast<int>(code);
}

TEST(RetryTest, AMarkWinsOverTheCodeAndTheLastMarkCounts) {
  for (const Retry retry : {Retry::kNever, Retry::kCall, Retry::kTask, Retry::kHuman, Retry::kUsage}) {
    for (const absl::Status& status :
         {absl::UnavailableError("x"), absl::DataLossError("x"), absl::AbortedError("x")}) {
      EXPECT_EQ(RetryOf(WithRetry(status, retry)), retry);
      EXPECT_EQ(RetryOf(WithRetry(WithRetry(status, Retry::kCall), retry)), retry);
    }
  }
}

TEST(RetryTest, OkStaysOk) {
  EXPECT_EQ(WithRetry(absl::OkStatus(), Retry::kHuman), absl::OkStatus());
  EXPECT_EQ(RetryOf(absl::OkStatus()), Retry::kNever);
}

TEST(StatusTest, Shorthands) {
  const struct {
    absl::Status status;
    absl::StatusCode code;
    Retry retry;
  } kCases[] = {
      {DataError("why"), absl::StatusCode::kDataLoss, Retry::kNever},
      {HumanError("why"), absl::StatusCode::kFailedPrecondition, Retry::kHuman},
      {UsageError("why"), absl::StatusCode::kInvalidArgument, Retry::kUsage},
      {InternalError("why"), absl::StatusCode::kInternal, Retry::kNever},
  };
  for (const auto& [status, code, retry] : kCases) {
    EXPECT_EQ(status.code(), code);
    EXPECT_EQ(RetryOf(status), retry);
    EXPECT_EQ(Message(status), "why");
  }
}

TEST(ErrnoErrorTest, CodeAndRetry) {
  const struct {
    int error;
    absl::StatusCode code;
    Retry retry;
  } kCases[] = {
      {ENOENT, absl::StatusCode::kNotFound, Retry::kNever},
      {ENOTDIR, absl::StatusCode::kNotFound, Retry::kNever},
      {EEXIST, absl::StatusCode::kAlreadyExists, Retry::kHuman},
      {EACCES, absl::StatusCode::kPermissionDenied, Retry::kHuman},
      {EPERM, absl::StatusCode::kPermissionDenied, Retry::kHuman},
      {EROFS, absl::StatusCode::kPermissionDenied, Retry::kHuman},
      {ENOSPC, absl::StatusCode::kResourceExhausted, Retry::kHuman},
      {EDQUOT, absl::StatusCode::kResourceExhausted, Retry::kHuman},
      {EMFILE, absl::StatusCode::kUnknown, Retry::kHuman},
      {EINTR, absl::StatusCode::kUnavailable, Retry::kCall},
      {EAGAIN, absl::StatusCode::kUnavailable, Retry::kCall},
      {EIO, absl::StatusCode::kUnknown, Retry::kTask},
      {EINVAL, absl::StatusCode::kUnknown, Retry::kNever},
  };
  for (const auto& [error, code, retry] : kCases) {
    const absl::Status status = ErrnoError(error, "writing a/b");
    EXPECT_EQ(status.code(), code) << error;
    EXPECT_EQ(RetryOf(status), retry) << error;
    EXPECT_THAT(std::string(Message(status)), StartsWith("writing a/b: ")) << error;
  }
}

TEST(ErrnoErrorTest, ADiskFullNamesTheRemedy) {
  EXPECT_EQ(Message(ErrnoError(ENOSPC, "writing f")),
            "writing f: No space left on device; free some room, then resume the job");
  EXPECT_THAT(std::string(Message(ErrnoError(EDQUOT, "writing f"))), HasSubstr("free some room"));
  EXPECT_EQ(Message(ErrnoError(ENOENT, "reading f")), "reading f: No such file or directory");
}

TEST(AnnotateTest, KeepsCodeRetryAndOtherPayloads) {
  absl::Status status = WithRetry(absl::DataLossError("cut"), Retry::kTask);
  status.SetPayload("other", absl::Cord("kept"));
  const absl::Status annotated = Annotate(Annotate(status, "inner"), "outer");
  EXPECT_EQ(Message(annotated), "outer: inner: cut");
  EXPECT_EQ(annotated.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(RetryOf(annotated), Retry::kTask);
  EXPECT_EQ(annotated.GetPayload("other"), absl::Cord("kept"));
  EXPECT_EQ(Annotate(absl::OkStatus(), "outer"), absl::OkStatus());
}

absl::Status Three(const absl::Status& first, int* reached) {
  DH_RETURN_IF_ERROR(first);
  ++*reached;
  if (*reached > 5) DH_RETURN_IF_ERROR(DataError("too far"));
  return absl::OkStatus();
}

TEST(MacroTest, ReturnIfError) {
  int reached = 0;
  EXPECT_EQ(Three(DataError("x"), &reached), DataError("x"));
  EXPECT_EQ(reached, 0);
  EXPECT_EQ(Three(absl::OkStatus(), &reached), absl::OkStatus());
  EXPECT_EQ(reached, 1);
  reached = 5;
  EXPECT_EQ(Three(absl::OkStatus(), &reached), DataError("too far"));
}

absl::StatusOr<std::string> Join(absl::StatusOr<std::string> a, absl::StatusOr<std::string> b) {
  DH_ASSIGN_OR_RETURN(const std::string first, std::move(a));
  std::string second;
  DH_ASSIGN_OR_RETURN(second, std::move(b));
  return first + second;
}

TEST(MacroTest, AssignOrReturn) {
  EXPECT_EQ(*Join("a", "b"), "ab");
  EXPECT_EQ(Join(DataError("x"), "b").status(), DataError("x"));
  EXPECT_EQ(Join("a", UsageError("y")).status(), UsageError("y"));
}

}  // namespace
}  // namespace datahaul
