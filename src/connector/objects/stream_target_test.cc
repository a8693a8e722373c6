#include "connector/objects/stream_target.h"

#include <csignal>
#include <fcntl.h>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "testing/line_format.h"

namespace datahaul {
namespace {

using ::testing::HasSubstr;

class StreamTargetTest : public testing::Test {
 protected:
  StreamTargetTest() { EXPECT_EQ(::pipe(pipe_), 0); }
  ~StreamTargetTest() override {
    for (int fd : pipe_) ::close(fd);
  }
  std::unique_ptr<EncodedSlice> Slice(const std::string& text) {
    auto slice = std::make_unique<EncodedSlice>(&pool_, Compression::kNone, SliceStamp{});
    if (!text.empty()) {
      const uint32_t piece = slice->AddPiece(Extent{.object = "A"}, true);
      slice->Begin(piece)->Append(text);
    }
    EXPECT_TRUE(slice->Finish().ok());
    return slice;
  }
  std::string Output(size_t size) {
    std::string text(size, '\0');
    size_t done = 0;
    while (done < size) {
      const ssize_t got = ::read(pipe_[0], text.data() + done, size - done);
      if (got <= 0) break;
      done += static_cast<size_t>(got);
    }
    return text;
  }

  int pipe_[2];
  BufferPool pool_;
  const LineFormat format_;
  const ObjectHead head_{&format_, {}, Compression::kNone};
};

TEST_F(StreamTargetTest, WritesInTheOrderOfPlacesWhoeverComesFirst) {
  StreamTarget target(pipe_[1], &head_);
  ASSERT_TRUE(target.Prepare({}).ok());
  std::vector<std::unique_ptr<EncodedSlice>> slices;
  std::string expected;
  for (int i = 0; i < 30; ++i) {
    const std::string text = i % 5 == 3 ? "" : std::string(5000, static_cast<char>('a' + i % 26));
    expected += text;
    slices.push_back(Slice(text));
    ASSERT_TRUE(target.Place(slices.back().get()).ok());
  }
  std::vector<std::thread> threads;
  for (auto slice = slices.rbegin(); slice != slices.rend(); ++slice) {
    threads.emplace_back([&target, slice] { EXPECT_TRUE(target.Write(slice->get()).ok()); });
  }
  EXPECT_EQ(Output(expected.size()), expected);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(slices[1]->Extents()[0].object, "-");
  EXPECT_EQ(slices[1]->Extents()[0].offset, 5000u);
}

TEST_F(StreamTargetTest, WaitsForANonBlockingReader) {
  ASSERT_EQ(::fcntl(pipe_[1], F_SETFL, O_NONBLOCK), 0);
  StreamTarget target(pipe_[1], &head_);
  ASSERT_TRUE(target.Prepare({}).ok());
  const auto slice = Slice(std::string(300'000, 'x'));
  ASSERT_TRUE(target.Place(slice.get()).ok());
  std::thread writer([&] { EXPECT_TRUE(target.Write(slice.get()).ok()); });
  EXPECT_EQ(Output(300'000), std::string(300'000, 'x'));
  writer.join();
}

TEST_F(StreamTargetTest, GivesUpWhenAnEarlierSliceDoes) {
  StreamTarget target(pipe_[1], &head_);
  ASSERT_TRUE(target.Prepare({}).ok());
  const auto first = Slice("first"), second = Slice("second");
  ASSERT_TRUE(target.Place(first.get()).ok());
  ASSERT_TRUE(target.Place(second.get()).ok());
  std::thread writer([&] { EXPECT_EQ(RetryOf(target.Write(second.get())), Retry::kTask); });
  target.Abandon();
  writer.join();
  ASSERT_TRUE(target.Prepare({}).ok());  // nothing was written: the same process can go on
  const auto again = Slice("first");
  ASSERT_TRUE(target.Place(again.get()).ok());
  ASSERT_TRUE(target.Write(again.get()).ok());
  EXPECT_EQ(Output(5), "first");
}

TEST_F(StreamTargetTest, AnotherProcessCannotContinue) {
  StreamTarget target(pipe_[1], &head_);
  const std::vector<Extent> committed = {Extent{.object = "-", .length = 10}};
  JobContext context;
  context.committed = committed;
  const absl::Status status = target.Prepare(context);
  EXPECT_EQ(RetryOf(status), Retry::kNever);
  EXPECT_THAT(status.ToString(), HasSubstr("run the job again"));
}

TEST_F(StreamTargetTest, AClosedPipeIsAnError) {
  const auto handler = std::signal(SIGPIPE, SIG_IGN);
  ::close(pipe_[0]);
  StreamTarget target(pipe_[1], &head_);
  ASSERT_TRUE(target.Prepare({}).ok());
  const auto slice = Slice("x");
  ASSERT_TRUE(target.Place(slice.get()).ok());
  EXPECT_THAT(target.Write(slice.get()).ToString(), HasSubstr("writing to standard output: Broken pipe"));
  std::signal(SIGPIPE, handler);
  pipe_[0] = ::open("/dev/null", O_RDONLY);
}

}  // namespace
}  // namespace datahaul
