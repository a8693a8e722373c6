// What every ObjectStore must do. A store's test includes this and says
//
//   INSTANTIATE_TEST_SUITE_P(MyStore, ObjectStoreSuite, ::testing::Values(StoreUnderTest{"MyStore", &OpenMyStore}));
#ifndef DATAHAUL_TESTING_OBJECT_STORE_SUITE_H_
#define DATAHAUL_TESTING_OBJECT_STORE_SUITE_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "base/random.h"
#include "base/status.h"
#include "base/text.h"
#include "io/checksum.h"
#include "model/object_store.h"

namespace datahaul {

struct StoreUnderTest {
  std::string name;
  struct Opened {
    std::unique_ptr<ObjectStore> store;
    std::string folder;  // a uri below which there is nothing yet; further folders may be made up below it
  };
  std::function<Opened()> open;

  // What is known to be otherwise, each for a reason that the store's test states.
  bool names_like_folders = true;   // both A and A/B may be objects
  bool checks_finished = true;      // FinishUpload knows an upload that it has finished before
  bool lists_uploads_below = true;  // ListUploads finds those below a folder, not only those to an object
  bool begins_once = true;          // no beginning of an upload is repeated because its answer was lost
  // Of stand-ins that do less than what they stand for.
  bool checks_writes = true;    // Write's preconditions are looked at
  bool checks_finishes = true;  // those of FinishUpload are
  bool checks_deletes = true;   // those of Delete are
  bool knows_versions = true;   // who asks for a version does not get another

  friend void PrintTo(const StoreUnderTest& store, std::ostream* out) { *out << store.name; }
};

class ObjectStoreSuite : public ::testing::TestWithParam<StoreUnderTest> {
 protected:
  ObjectStoreSuite() : opened_(GetParam().open()), store_(*opened_.store), folder_(opened_.folder) {}

  std::string Uri(std::string_view name) const { return StrCat(folder_, "/", name); }

  static std::string RandomBytes(size_t size, uint64_t seed = 1) {
    Random random(seed);
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random.Next());
    return bytes;
  }
  // As large as a piece must be that is not the last.
  std::string PieceBytes(uint64_t seed) const {
    return RandomBytes(std::max<size_t>(store_.traits().least_piece_bytes, 10'000) + seed, seed);
  }

  void Write(std::string_view name, std::string_view bytes) {
    const absl::Status status = store_.Write(Uri(name), bytes);
    EXPECT_TRUE(status.ok()) << status;
  }
  std::string ReadAll(std::string_view name) {
    const auto reader = store_.Read(Uri(name));
    EXPECT_TRUE(reader.ok()) << reader.status();
    if (!reader.ok()) return "";
    std::string bytes((*reader)->size() + 10, '\0');
    const auto got = (*reader)->ReadAt(0, bytes.data(), bytes.size());
    EXPECT_TRUE(got.ok()) << got.status();
    bytes.resize(got.ok() ? *got : 0);
    EXPECT_EQ(bytes.size(), (*reader)->size());
    return bytes;
  }
  bool IsThere(std::string_view name) {
    const auto info = store_.Stat(Uri(name));
    EXPECT_TRUE(info.ok()) << info.status();
    return info.ok() && info->has_value();
  }
  ObjectInfo InfoOf(std::string_view name) {
    const auto info = store_.Stat(Uri(name));
    EXPECT_TRUE(info.ok() && *info) << info.status();
    return info.ok() && *info ? **info : ObjectInfo();
  }
  std::vector<std::string> NamesBelow(const std::string& uri) {
    std::vector<std::string> names;
    const auto objects = store_.List(uri);
    EXPECT_TRUE(objects.ok()) << objects.status();
    if (!objects.ok()) return names;
    for (const ObjectInfo& object : *objects) {
      EXPECT_EQ(object.uri, StrCat(uri, "/", object.name));
      names.push_back(object.name);
    }
    return names;
  }
  bool NothingBelow(const std::string& uri) {
    const auto objects = store_.List(uri);
    return objects.ok() ? objects->empty() : objects.status().code() == absl::StatusCode::kNotFound;
  }
  std::string Begin(std::string_view name) {
    const auto upload = store_.BeginUpload(Uri(name));
    EXPECT_TRUE(upload.ok()) << upload.status();
    return upload.ok() ? *upload : "";
  }
  UploadPiece Put(const std::string& upload, uint32_t number, std::string_view bytes) {
    const auto piece = store_.PutPiece(upload, number, bytes);
    EXPECT_TRUE(piece.ok()) << piece.status();
    if (!piece.ok()) return {};
    EXPECT_EQ(piece->number, number);
    EXPECT_EQ(piece->size, bytes.size());
    EXPECT_EQ(piece->crc32c, Crc32c(bytes));
    EXPECT_EQ(piece->tag.find_first_of(" \n"), std::string::npos) << piece->tag;
    return *piece;
  }
  void Finish(const std::string& upload, const std::vector<UploadPiece>& pieces, const Precondition& when = {}) {
    const absl::Status status = store_.FinishUpload(upload, pieces, when);
    EXPECT_TRUE(status.ok()) << status;
  }

  StoreUnderTest::Opened opened_;
  ObjectStore& store_;
  const std::string folder_;
};

TEST_P(ObjectStoreSuite, ReadsBackWhatWasWritten) {
  for (const size_t size : {0, 1, 1000, 70'000, 3'000'000}) {
    const std::string bytes = RandomBytes(size), name = StrCat("of-", size);
    Write(name, bytes);
    EXPECT_EQ(ReadAll(name), bytes);
    const ObjectInfo info = InfoOf(name);
    EXPECT_EQ(info.size, size);
    EXPECT_EQ(info.name, name);
    EXPECT_EQ(info.uri, Uri(name));
    if (info.crc32c) {
      EXPECT_EQ(*info.crc32c, Crc32c(bytes));
    }
  }
}

TEST_P(ObjectStoreSuite, ReadsAnyRange) {
  const std::string bytes = RandomBytes(2'500'000);
  Write("a", bytes);
  Random random(7);
  for (const ByteRange likely : {ObjectStore::kWholeObject, ByteRange{1'200'000, 1'300'000}, ByteRange{5, 5},
                                 ByteRange{2'500'000, 2'500'001}, ByteRange{9'000'000, UINT64_MAX}}) {
    const auto reader = store_.Read(Uri("a"), likely);
    ASSERT_TRUE(reader.ok()) << reader.status();
    EXPECT_EQ((*reader)->size(), bytes.size());
    EXPECT_EQ((*reader)->uri(), Uri("a"));
    std::string out(300'000, '\0');
    for (int i = 0; i < 20; ++i) {
      const size_t offset = i == 0 ? 1'000'000 : random.Below(bytes.size() + 100), size = random.Below(out.size());
      const auto got = (*reader)->ReadAt(offset, out.data(), size);
      ASSERT_TRUE(got.ok()) << got.status();
      const std::string expected = offset < bytes.size() ? bytes.substr(offset, size) : "";
      EXPECT_TRUE(out.substr(0, *got) == expected) << offset << " " << size << " " << *got;
    }
  }
}

TEST_P(ObjectStoreSuite, ReadersAreSafeForConcurrentUse) {
  const std::string bytes = RandomBytes(1'000'000);
  Write("a", bytes);
  const auto reader = store_.Read(Uri("a"));
  ASSERT_TRUE(reader.ok()) << reader.status();
  std::vector<std::thread> threads;
  for (uint64_t seed = 0; seed < 4; ++seed) {
    threads.emplace_back([&, seed] {
      Random random(seed);
      std::string out(10'000, '\0');
      for (int i = 0; i < 10; ++i) {
        const size_t offset = random.Below(bytes.size() - out.size());
        const auto got = (*reader)->ReadAt(offset, out.data(), out.size());
        EXPECT_TRUE(got.ok() && out == bytes.substr(offset, out.size())) << got.status();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_P(ObjectStoreSuite, WhatIsNotThere) {
  Write("folder/b", "");
  EXPECT_FALSE(IsThere("none"));
  EXPECT_FALSE(IsThere("folder"));
  EXPECT_FALSE(IsThere("folder/b/c"));
  EXPECT_EQ(store_.List(Uri("none")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_.List(Uri("fold")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_.Read(Uri("none")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(RetryOf(store_.Read(Uri("none")).status()), Retry::kNever);
  EXPECT_TRUE(store_.Delete(Uri("none")).ok());
}

TEST_P(ObjectStoreSuite, ListsAllDepthsByNameBytewise) {
  std::vector<std::string> names = {"A", "a-b", "a.x", "a/b/c", "a/d", "a0", "b", "\xc3\xa4"};
  for (const std::string& name : names) Write(name, name);
  EXPECT_EQ(NamesBelow(folder_), names);
  EXPECT_EQ(NamesBelow(Uri("a")), (std::vector<std::string>{"b/c", "d"}));
  const auto objects = store_.List(folder_ + "/");
  ASSERT_TRUE(objects.ok()) << objects.status();
  EXPECT_EQ(objects->size(), names.size());
  EXPECT_EQ(objects->at(3).size, 5u);
  EXPECT_EQ(objects->at(3).version, InfoOf("a/b/c").version);
}

TEST_P(ObjectStoreSuite, AnObjectMayBeNamedLikeAFolder) {
  if (!GetParam().names_like_folders) GTEST_SKIP() << GetParam().name << " has, or lists, folders";
  Write("a", "1");
  Write("a/b", "2");
  EXPECT_EQ(ReadAll("a"), "1");
  EXPECT_EQ(NamesBelow(folder_), (std::vector<std::string>{"a", "a/b"}));
  EXPECT_EQ(NamesBelow(Uri("a")), (std::vector<std::string>{"b"}));
}

TEST_P(ObjectStoreSuite, NamesMayHoldAlmostAnything) {
  const std::vector<std::string> names = {"a b",
                                          "a+b",
                                          "a%20b",
                                          "a&b=c",
                                          "a?b#c",
                                          "a'b\"c",
                                          "<a>&amp;",
                                          "a~b!(*)",
                                          "\xe2\x82\xac/\xf0\x9f\x98\x80",
                                          "2026-01-02T03:04:05_678/x;y,z@w$"};
  for (const std::string& name : names) Write(name, name);
  for (const std::string& name : names) EXPECT_EQ(ReadAll(name), name);
  std::vector<std::string> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(NamesBelow(folder_), sorted);
  for (const std::string& name : names) EXPECT_TRUE(store_.Delete(Uri(name)).ok()) << name;
  EXPECT_TRUE(NothingBelow(folder_));
}

TEST_P(ObjectStoreSuite, WritingReplaces) {
  Write("a", "one");
  const std::string version = InfoOf("a").version;
  Write("a", "another");
  EXPECT_EQ(ReadAll("a"), "another");
  if (!version.empty()) {
    EXPECT_NE(InfoOf("a").version, version);
  }
  EXPECT_TRUE(store_.Delete(Uri("a")).ok());
  EXPECT_FALSE(IsThere("a"));
}

TEST_P(ObjectStoreSuite, AReaderNeverMixesTwoObjects) {
  if (!GetParam().knows_versions) GTEST_SKIP() << GetParam().name << " ignores which version is asked for";
  const std::string old = RandomBytes(5'000'000, 1), fresh = RandomBytes(5'000'000, 2);
  Write("a", old);
  const auto reader = store_.Read(Uri("a"));
  ASSERT_TRUE(reader.ok()) << reader.status();
  Write("a", fresh);
  std::string out(1'000'000, '\0');
  const auto got = (*reader)->ReadAt(4'000'000, out.data(), out.size());
  if (got.ok()) {
    EXPECT_TRUE(out == old.substr(4'000'000));
  } else {
    EXPECT_EQ(RetryOf(got.status()), Retry::kHuman) << got.status();
    EXPECT_NE(got.status().ToString().find("changed while being read"), std::string::npos) << got.status();
  }
}

TEST_P(ObjectStoreSuite, CreatesOnlyWhatIsAbsent) {
  if (!GetParam().checks_writes) GTEST_SKIP() << GetParam().name << " ignores the preconditions of writes";
  ASSERT_TRUE(store_.Write(Uri("a"), "one", Precondition::Absent()).ok());
  const absl::Status again = store_.Write(Uri("a"), "two", Precondition::Absent());
  EXPECT_EQ(again.code(), absl::StatusCode::kAlreadyExists) << again;
  EXPECT_EQ(RetryOf(again), Retry::kHuman);
  EXPECT_EQ(ReadAll("a"), "one");
}

TEST_P(ObjectStoreSuite, OfManyCreatorsOneWins) {
  if (!GetParam().checks_writes) GTEST_SKIP() << GetParam().name << " ignores the preconditions of writes";
  std::atomic<int> winner = -1, wins = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      absl::Status status;
      do {  // a store may want to be asked again while another is about it
        status = store_.Write(Uri("a"), StrCat(i), Precondition::Absent());
      } while (RetryOf(status) == Retry::kCall && !status.ok());
      if (status.ok()) {
        winner = i;
        ++wins;
      } else {
        EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists) << status;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wins, 1);
  EXPECT_EQ(ReadAll("a"), StrCat(winner.load()));
}

TEST_P(ObjectStoreSuite, ReplacesOnlyTheVersionThatWasSeen) {
  if (!GetParam().checks_writes) GTEST_SKIP() << GetParam().name << " ignores the preconditions of writes";
  if (!store_.traits().conditional_replace) {
    EXPECT_EQ(store_.Write(Uri("a"), "x", Precondition::Is("1")).code(), absl::StatusCode::kUnimplemented);
    return;
  }
  Write("a", "one");
  const std::string version = InfoOf("a").version;
  ASSERT_TRUE(store_.Write(Uri("a"), "two", Precondition::Is(version)).ok());
  EXPECT_EQ(store_.Write(Uri("a"), "three", Precondition::Is(version)).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReadAll("a"), "two");
  ASSERT_TRUE(store_.Delete(Uri("a")).ok());
  EXPECT_EQ(store_.Write(Uri("a"), "four", Precondition::Is(version)).code(), absl::StatusCode::kAborted);
  EXPECT_FALSE(IsThere("a"));
}

TEST_P(ObjectStoreSuite, DeletesOnlyTheVersionThatWasSeen) {
  if (!GetParam().checks_deletes) GTEST_SKIP() << GetParam().name << " ignores the preconditions of deletions";
  if (!store_.traits().conditional_replace) {
    EXPECT_EQ(store_.Delete(Uri("a"), Precondition::Is("1")).code(), absl::StatusCode::kUnimplemented);
    return;
  }
  Write("a", "one");
  const std::string old = InfoOf("a").version;
  Write("a", "two");
  EXPECT_EQ(store_.Delete(Uri("a"), Precondition::Is(old)).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReadAll("a"), "two");
  const std::string version = InfoOf("a").version;
  EXPECT_EQ(store_.Delete(Uri("a"), Precondition::Is(version)), absl::OkStatus());
  EXPECT_FALSE(IsThere("a"));
  const absl::Status again = store_.Delete(Uri("a"), Precondition::Is(version));
  EXPECT_TRUE(again.ok() || again.code() == absl::StatusCode::kAborted) << again;
}

TEST_P(ObjectStoreSuite, UploadsPiecesFromManyThreadsInAnyOrder) {
  const std::string upload = Begin("dir/a");
  const std::vector<uint32_t> numbers = {0, 3, 4, 700};  // need not be dense
  std::vector<std::string> bytes;
  for (const uint32_t number : numbers) bytes.push_back(number == 700 ? "the last may be small" : PieceBytes(number));
  std::vector<UploadPiece> pieces(numbers.size());
  std::vector<std::thread> threads;
  for (size_t i = numbers.size(); i-- > 0;) {
    threads.emplace_back([&, i] { pieces[i] = Put(upload, numbers[i], bytes[i]); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(IsThere("dir/a"));
  EXPECT_TRUE(NothingBelow(folder_));
  Finish(upload, pieces);
  std::string whole;
  for (const std::string& part : bytes) whole += part;
  EXPECT_TRUE(ReadAll("dir/a") == whole);
  EXPECT_EQ(NamesBelow(folder_), (std::vector<std::string>{"dir/a"}));
  const ObjectInfo info = InfoOf("dir/a");
  if (info.crc32c) {
    EXPECT_EQ(*info.crc32c, Crc32c(whole));
  }
}

TEST_P(ObjectStoreSuite, UploadsNothingAndOnePiece) {
  Finish(Begin("empty"), {});
  EXPECT_EQ(ReadAll("empty"), "");
  const std::string upload = Begin("one");
  Finish(upload, {Put(upload, 5, "small")});
  EXPECT_EQ(ReadAll("one"), "small");
}

TEST_P(ObjectStoreSuite, AnUploadReplacesInOneStep) {
  Write("a", "old");
  const std::string upload = Begin("a");
  const UploadPiece piece = Put(upload, 0, "new");
  EXPECT_EQ(ReadAll("a"), "old");
  Finish(upload, {piece});
  EXPECT_EQ(ReadAll("a"), "new");
}

TEST_P(ObjectStoreSuite, APieceThatIsPutAgainNeverSlipsIn) {
  const std::string upload = Begin("a");
  const UploadPiece old = Put(upload, 0, "old bytes"), last = Put(upload, 0, "new bytes");
  const absl::Status stale = store_.FinishUpload(upload, std::vector{old});
  if (stale.ok()) {
    EXPECT_EQ(ReadAll("a"), "old bytes");
  } else {
    Finish(upload, {last});
    EXPECT_EQ(ReadAll("a"), "new bytes");
  }
}

TEST_P(ObjectStoreSuite, FinishingMayBeRepeated) {
  const std::string upload = Begin("a");
  const std::vector<UploadPiece> pieces = {Put(upload, 0, PieceBytes(1)), Put(upload, 1, "end")};
  Finish(upload, pieces, Precondition::Absent());
  Finish(upload, pieces, Precondition::Absent());
  Finish(upload, pieces);
  EXPECT_EQ(InfoOf("a").size, PieceBytes(1).size() + 3);
  Write("a", "somebody else's");
  if (GetParam().checks_finished) {
    EXPECT_FALSE(store_.FinishUpload(upload, pieces).ok());
  } else {
    EXPECT_TRUE(store_.FinishUpload(upload, pieces).ok());
  }
  EXPECT_EQ(ReadAll("a"), "somebody else's");
}

TEST_P(ObjectStoreSuite, AnUploadMayHaveToCreate) {
  if (!GetParam().checks_finishes) GTEST_SKIP() << GetParam().name << " ignores the preconditions of joining";
  const std::string upload = Begin("a");
  const UploadPiece piece = Put(upload, 0, "mine");
  Write("a", "theirs");
  const absl::Status status = store_.FinishUpload(upload, std::vector{piece}, Precondition::Absent());
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists) << status;
  EXPECT_EQ(ReadAll("a"), "theirs");
  EXPECT_TRUE(store_.AbortUpload(upload).ok());
}

TEST_P(ObjectStoreSuite, AbortedUploadsLeaveNothing) {
  const std::string upload = Begin("dir/a");
  const UploadPiece piece = Put(upload, 0, "bytes");
  ASSERT_TRUE(store_.AbortUpload(upload).ok());
  EXPECT_TRUE(store_.AbortUpload(upload).ok());
  EXPECT_FALSE(store_.FinishUpload(upload, std::vector{piece}).ok());
  EXPECT_FALSE(store_.PutPiece(upload, 1, "more").ok());
  EXPECT_FALSE(IsThere("dir/a"));
  if (GetParam().begins_once) {
    EXPECT_TRUE(store_.ListUploads(Uri("dir/a"))->empty());
  }
}

TEST_P(ObjectStoreSuite, FindsUploadsThatWereLeft) {
  if (!GetParam().begins_once) GTEST_SKIP() << GetParam().name << " leaves uploads that nobody knows";
  const std::string one = Begin("dir/a"), two = Begin("dir/a"), other = Begin("other");
  Put(one, 0, "bytes");
  const auto uploads_at = [this](std::string_view name) {
    std::vector<std::string> found;
    const auto uploads = store_.ListUploads(Uri(name));
    EXPECT_TRUE(uploads.ok()) << uploads.status();
    if (!uploads.ok()) return found;
    for (const UploadInfo& upload : *uploads) {
      EXPECT_EQ(upload.uri, Uri("dir/a"));
      EXPECT_GT(upload.begun_at, 0);
      found.push_back(upload.upload);
    }
    std::sort(found.begin(), found.end());
    return found;
  };
  std::vector<std::string> both = {one, two};
  std::sort(both.begin(), both.end());
  EXPECT_EQ(uploads_at("dir/a"), both);
  if (GetParam().lists_uploads_below) {
    EXPECT_EQ(uploads_at("dir"), both);
  }
  EXPECT_EQ(uploads_at("di"), std::vector<std::string>());
  for (const std::string& upload : {one, two, other}) EXPECT_TRUE(store_.AbortUpload(upload).ok());
  EXPECT_EQ(uploads_at("dir/a"), std::vector<std::string>());
}

TEST_P(ObjectStoreSuite, JoinsObjectsThatAreThere) {
  const std::string first = PieceBytes(3), second = PieceBytes(4);
  Write("1", first);
  Write("2", second);
  const std::string upload = Begin("joined");
  std::vector<UploadPiece> pieces;
  for (const auto& [name, range] : {std::pair("1", ByteRange{0, first.size()}),
                                    std::pair("2", ByteRange{0, second.size()}), std::pair("1", ByteRange{100, 200})}) {
    const auto piece = store_.CopyPiece(upload, static_cast<uint32_t>(pieces.size()), InfoOf(name), range);
    ASSERT_TRUE(piece.ok()) << piece.status();
    EXPECT_EQ(piece->size, range.size());
    pieces.push_back(*piece);
  }
  EXPECT_EQ(pieces[1].crc32c, Crc32c(second));
  Finish(upload, pieces);
  EXPECT_TRUE(ReadAll("joined") == first + second + first.substr(100, 100));
}

TEST_P(ObjectStoreSuite, DoesNotJoinWhatHasChanged) {
  if (!GetParam().knows_versions) GTEST_SKIP() << GetParam().name << " ignores which version is asked for";
  Write("1", RandomBytes(1000, 1));
  const ObjectInfo seen = InfoOf("1");
  Write("1", RandomBytes(1000, 2));
  const std::string upload = Begin("joined");
  const auto piece = store_.CopyPiece(upload, 0, seen, {0, 1000});
  EXPECT_EQ(piece.status().code(), absl::StatusCode::kAborted) << piece.status();
  EXPECT_TRUE(store_.AbortUpload(upload).ok());
}

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_OBJECT_STORE_SUITE_H_
