// The physical reference of a whole job: how fast the same output bytes can be written by nothing but write().
//
//   bare_write FROM TO [--threads N] [--repeat N] [--fsync yes|no] [--overwrite]
//
// Reads the files below FROM into memory, then writes them below TO with N threads in pieces of 8 MiB, and with --fsync
// syncs each file and its folder, as a job does before its receipt. Without --overwrite each repeat makes new files, as
// a job must; with it the files and their page cache are there already. Prints one line a repeat: "bare_write <MB/s>".
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

namespace fs = std::filesystem;
constexpr size_t kPiece = 8 << 20;

struct File {
  fs::path to;
  std::string data;
  int fd = -1;
};

struct Piece {
  File* file;
  size_t offset, length;
};

void Check(bool ok, const fs::path& path) {
  if (!ok) throw std::runtime_error("writing " + path.string() + ": " + std::strerror(errno));
}

double Write(std::vector<File>& files, const std::vector<Piece>& pieces, int threads, bool sync, bool overwrite) {
  if (!overwrite) {
    for (File& file : files) fs::remove(file.to);
  }
  auto start = std::chrono::steady_clock::now();
  for (File& file : files) {
    file.fd = ::open(file.to.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    Check(file.fd >= 0, file.to);
  }
  std::atomic<size_t> next = 0;
  std::atomic<bool> failed = false;
  auto work = [&] {
    for (size_t i; (i = next++) < pieces.size();) {
      const Piece& piece = pieces[i];
      for (size_t done = 0; done < piece.length;) {
        ssize_t n = ::pwrite(piece.file->fd, piece.file->data.data() + piece.offset + done, piece.length - done,
                             static_cast<off_t>(piece.offset + done));
        if (n < 0) {
          failed = true;
          return;
        }
        done += static_cast<size_t>(n);
      }
    }
  };
  std::vector<std::thread> pool;
  for (int i = 1; i < threads; ++i) pool.emplace_back(work);
  work();
  for (std::thread& thread : pool) thread.join();
  if (failed) throw std::runtime_error("writing failed; is the disk full?");
  for (File& file : files) {
    if (sync) Check(::fsync(file.fd) == 0, file.to);
    Check(::close(file.fd) == 0, file.to);
    if (sync) {
      int folder = ::open(file.to.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      Check(folder >= 0 && ::fsync(folder) == 0 && ::close(folder) == 0, file.to.parent_path());
    }
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

int main(int argc, char** argv) try {
  std::vector<std::string> paths;
  int threads = 1, repeat = 5;
  bool sync = true, overwrite = false;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (argument == "--overwrite") {
      overwrite = true;
    } else if (argument.starts_with("--") && i + 1 < argc) {
      std::string value = argv[++i];
      if (argument == "--threads") threads = std::stoi(value);
      if (argument == "--repeat") repeat = std::stoi(value);
      if (argument == "--fsync") sync = value == "yes";
    } else {
      paths.push_back(argument);
    }
  }
  if (paths.size() != 2) {
    std::fputs("usage: bare_write FROM TO [--threads N] [--repeat N] [--fsync yes|no] [--overwrite]\n", stderr);
    return 2;
  }
  std::vector<File> files;
  uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(paths[0])) {
    if (!entry.is_regular_file()) continue;
    File& file = files.emplace_back();
    file.to = fs::path(paths[1]) / fs::relative(entry.path(), paths[0]);
    fs::create_directories(file.to.parent_path());
    file.data.resize(entry.file_size());
    std::ifstream(entry.path(), std::ios::binary)
        .read(file.data.data(), static_cast<std::streamsize>(file.data.size()));
    bytes += file.data.size();
  }
  std::vector<Piece> pieces;
  for (File& file : files) {
    for (size_t at = 0; at < file.data.size(); at += kPiece)
      pieces.push_back({&file, at, std::min(kPiece, file.data.size() - at)});
  }
  Write(files, pieces, threads, sync, false);  // warms the memory
  for (int i = 0; i < repeat; ++i) {
    std::printf("bare_write %.1f\n", static_cast<double>(bytes) / 1e6 / Write(files, pieces, threads, sync, overwrite));
  }
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bare_write: %s\n", e.what());
  return 1;
}
